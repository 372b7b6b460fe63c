package api

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// may is nil when the person may do that in the organisation. What they may not
// see does not exist for them.
func (c *call) may(action access.Action, organisation int64, what string) error {
	switch {
	case c.who.May(action, organisation):
		return nil
	case c.who.May(access.View, organisation):
		return fmt.Errorf("%s: to %s needs another role or scope: %w", what, action, hub.ErrDenied)
	}
	return fmt.Errorf("%s: %w", what, hub.ErrNotFound)
}

// organisation reads the one of the path, and that the person may do that there.
func (c *call) organisation(action access.Action) (*hub.Organisation, error) {
	id, err := c.number("organisation")
	if err != nil {
		return nil, err
	}
	if err := c.may(action, id, fmt.Sprintf("organisation %d", id)); err != nil {
		return nil, err
	}
	return c.s.Store.Organisation(c.ctx(), id)
}

// site reads the one of the path.
func (c *call) site(action access.Action) (*hub.Site, error) {
	id, err := c.number("site")
	if err != nil {
		return nil, err
	}
	return c.siteOf(id, action)
}

func (c *call) siteOf(id int64, action access.Action) (*hub.Site, error) {
	s, err := c.s.Store.Site(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	if err := c.may(action, s.Organisation, fmt.Sprintf("site %d", id)); err != nil {
		return nil, err
	}
	if action != access.View {
		return s, c.s.Hub.Standing(c.ctx(), id)
	}
	return s, nil
}

// ids reads a parameter with ids and commas.
func (c *call) ids(name string) ([]int64, error) {
	var out []int64
	for s := range strings.SplitSeq(c.query(name), ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		id, err := strconv.ParseInt(s, 10, 64)
		if err != nil || id <= 0 || len(out) == mostLimit {
			return nil, invalid(name, "ids with commas between")
		}
		out = append(out, id)
	}
	return out, nil
}

// wanted are the organisations that the parameter names, or all that the person
// may do that in. all says that it is every organisation.
func (c *call) wanted(action access.Action) (ids []int64, all bool, err error) {
	ids, all = c.who.Organisations(action)
	asked, err := c.ids("organisation")
	if err != nil || len(asked) == 0 {
		return ids, all, err
	}
	for _, id := range asked {
		if err := c.may(action, id, fmt.Sprintf("organisation %d", id)); err != nil {
			return nil, false, err
		}
	}
	return asked, false, nil
}

// sites are the sites of the parameter, each of which the person must be allowed
// to see; nil when none is named.
func (c *call) sites() ([]int64, error) {
	ids, err := c.ids("site")
	for _, id := range ids {
		if _, err := c.siteOf(id, access.View); err != nil {
			return nil, err
		}
	}
	return ids, err
}

// estate is the part of the estate that the address asks for.
func (c *call) estate() (q store.DeviceQuery, err error) {
	if q.Organisations, q.All, err = c.wanted(access.View); err != nil {
		return q, err
	}
	if q.Sites, err = c.sites(); err != nil {
		return q, err
	}
	parsed, err := query.Parse(c.query("q"), store.Fields())
	if err != nil {
		return q, invalid("q", "%s", err)
	}
	parsed.Now = c.s.Now()
	q.Query = parsed
	return q, nil
}

// order reads sort and desc.
func (c *call) order(known []string) (sort string, desc bool, err error) {
	sort = c.query("sort")
	if sort != "" && !slices.Contains(known, sort) {
		return "", false, invalid("sort", "one of %s", strings.Join(known, ", "))
	}
	desc, err = c.yes("desc")
	return sort, desc, err
}

// yes is a parameter that is true or false.
func (c *call) yes(name string) (bool, error) {
	s := c.query(name)
	if s == "" {
		return false, nil
	}
	v, err := strconv.ParseBool(s)
	if err != nil {
		return false, invalid(name, "true or false")
	}
	return v, nil
}
