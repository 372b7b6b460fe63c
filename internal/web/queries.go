package web

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// saver is the part of a transaction that keeps searches; [store.Tx] has it.
type saver interface {
	SaveQuery(q *hub.Query) error
	DropQuery(organisation, id int64) error
}

// keeping is tx as one that keeps searches.
func keeping(tx hub.Tx) (saver, error) {
	s, ok := tx.(saver)
	if !ok {
		return nil, fmt.Errorf("keep a search: %T cannot", tx)
	}
	return s, nil
}

// queryForm saves a search.
func queryForm(c *call) error {
	org, err := c.formNumber("organisation")
	if err != nil {
		return err
	}
	if err := c.may(access.Judge, org, fmt.Sprintf("organisation %d", org)); err != nil {
		return err
	}
	list, chosen := c.shown()
	q := &hub.Query{Organisation: org, Name: c.field("name"), Text: c.field("query"), Alert: c.field("alert") != "", By: c.who.Actor(), At: c.s.Now().UTC()}
	if chosen {
		for i, col := range list {
			if i > 0 {
				q.Columns += "."
			}
			q.Columns += col.ID
		}
	}
	if q.Name == "" || len(q.Name) > 100 {
		return invalid("name", "a saved search has a name of 1 to 100 letters")
	}
	parsed, err := query.Parse(q.Text, store.Fields())
	if err != nil {
		return invalid("query", "%s", err)
	}
	q.Text = parsed.String()
	err = c.s.Store.Do(c.ctx(), c.deed(org, "query.save", q.Name, q), func(tx hub.Tx) error {
		s, err := keeping(tx)
		if err != nil {
			return err
		}
		return s.SaveQuery(q)
	})
	if err != nil {
		return err
	}
	if q.Alert && c.s.Tell != nil {
		c.s.Tell.Subscribed(c.ctx(), org)
	}
	return c.see(estateAsk(q.Text), "Saved as “"+q.Name+"”.")
}

// queryDrop forgets one.
func queryDrop(c *call) error {
	id, err := c.number("query")
	if err != nil {
		return err
	}
	q, err := c.s.Store.SavedQuery(c.ctx(), id)
	if err != nil {
		return err
	}
	if err := c.may(access.Judge, q.Organisation, fmt.Sprintf("search %d", id)); err != nil {
		return err
	}
	err = c.s.Store.Do(c.ctx(), c.deed(q.Organisation, "query.drop", q.Name, nil), func(tx hub.Tx) error {
		s, err := keeping(tx)
		if err != nil {
			return err
		}
		return s.DropQuery(q.Organisation, id)
	})
	if err != nil {
		return err
	}
	return c.see("/", "Forgotten.")
}
