package api

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// A NewQuery is a search that is to be saved.
type NewQuery struct {
	Organisation int64  `json:"organisation"`
	Name         string `json:"name"`
	Query        string `json:"query"`
	Alert        bool   `json:"alert,omitempty"` // tell when a device begins to match
}

func queries(c *call) error {
	ids, all, err := c.wanted(access.View)
	if err != nil {
		return err
	}
	return pageOf(c, func(p store.Page) ([]hub.Query, int64, error) { return c.s.Store.QueryPage(c.ctx(), ids, all, p) }, func(q *hub.Query) int64 { return q.ID }, self)
}

func queryAdd(c *call) error {
	var n NewQuery
	if err := c.read(&n); err != nil {
		return err
	}
	if err := c.may(access.Judge, n.Organisation, fmt.Sprintf("organisation %d", n.Organisation)); err != nil {
		return err
	}
	if err := checkName(&n.Name); err != nil {
		return err
	}
	parsed, err := query.Parse(n.Query, store.Fields())
	if err != nil {
		return invalid("query", "%s", err)
	}
	q := &hub.Query{Organisation: n.Organisation, Name: n.Name, Text: parsed.String(), Alert: n.Alert, By: c.who.Actor()}
	if err := c.s.Store.Change(c.ctx(), c.deed(q.Organisation, "query.save", q.Name, q), func(tx *store.Tx) error { return tx.SaveQuery(q) }); err != nil {
		return err
	}
	if q.Alert {
		c.s.Tell.Subscribed(c.ctx(), q.Organisation)
	}
	return c.created(fmt.Sprintf("/queries/%d", q.ID), 0, q)
}

// saved reads the query of the path.
func (c *call) saved(action access.Action) (*hub.Query, error) {
	id, err := c.number("query")
	if err != nil {
		return nil, err
	}
	q, err := c.s.Store.SavedQuery(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	return q, c.may(action, q.Organisation, fmt.Sprintf("search %d", id))
}

func queryGet(c *call) error {
	q, err := c.saved(access.View)
	if err != nil {
		return err
	}
	return c.reply(q)
}

func queryDrop(c *call) error {
	q, err := c.saved(access.Judge)
	if err != nil {
		return err
	}
	if err := c.s.Store.Change(c.ctx(), c.deed(q.Organisation, "query.drop", q.Name, nil), func(tx *store.Tx) error { return tx.DropQuery(q.Organisation, q.ID) }); err != nil {
		return err
	}
	return c.gone()
}
