package web

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// mine are the organisations where the person may do that, by name.
func (c *call) mine(action access.Action) ([]hub.Organisation, error) {
	list, err := c.s.Store.Organisations(c.ctx())
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(o hub.Organisation) bool { return !c.who.May(action, o.ID) }), nil
}

// organisations are the ids of those that the person may see.
func (c *call) organisations() ([]int64, error) {
	ids, all := c.who.Organisations(access.View)
	if !all {
		return ids, nil
	}
	list, err := c.s.Store.Organisations(c.ctx())
	if err != nil {
		return nil, err
	}
	for _, o := range list {
		ids = append(ids, o.ID)
	}
	return ids, nil
}

// A siteOf is a site with its organisation.
type siteOf struct {
	*hub.Site
	Org *hub.Organisation
}

// Full is the site's name, with the organisation's before it.
func (s siteOf) Full() string { return s.Org.Name + ", " + s.Name }

// sites are those where the person may do that, by organisation and name.
func (c *call) sites(action access.Action) ([]siteOf, error) {
	orgs, err := c.mine(action)
	if err != nil {
		return nil, err
	}
	var out []siteOf
	for i := range orgs {
		list, err := c.s.Store.Sites(c.ctx(), orgs[i].ID)
		if err != nil {
			return nil, err
		}
		for j := range list {
			out = append(out, siteOf{&list[j], &orgs[i]})
		}
	}
	return out, nil
}

// site reads one, and that the person may do that there. One that the person may
// not see does not exist for them.
func (c *call) site(id int64, action access.Action) (siteOf, error) {
	site, err := c.s.Store.Site(c.ctx(), id)
	if err != nil {
		return siteOf{}, err
	}
	if err := c.may(action, site.Organisation, fmt.Sprintf("site %d", id)); err != nil {
		return siteOf{}, err
	}
	if action != access.View {
		if err := c.s.Hub.Standing(c.ctx(), id); err != nil {
			return siteOf{}, err
		}
	}
	org, err := c.s.Store.Organisation(c.ctx(), site.Organisation)
	if err != nil {
		return siteOf{}, err
	}
	return siteOf{site, org}, nil
}

// may is nil when the person may do that in the organisation.
func (c *call) may(action access.Action, organisation int64, what string) error {
	switch {
	case c.who.May(action, organisation):
		return nil
	case c.who.May(access.View, organisation):
		return fmt.Errorf("%s: to %s needs another role: %w", what, action, hub.ErrDenied)
	}
	return fmt.Errorf("%s: %w", what, hub.ErrNotFound)
}

// ingest is the input of the address, and its site, where the person may act.
func (c *call) ingest(action access.Action) (*hub.Ingest, siteOf, error) {
	id, err := c.number("ingest")
	if err != nil {
		return nil, siteOf{}, err
	}
	in, err := c.s.Store.Ingest(c.ctx(), id)
	if err != nil {
		return nil, siteOf{}, err
	}
	site, err := c.site(in.Site, action)
	return in, site, err
}

// number is a part of the path as an id.
func (c *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%s %q: %w", name, c.PathValue(name), hub.ErrNotFound)
	}
	return n, nil
}

// formNumber is a field of a form as an id.
func (c *call) formNumber(name string) (int64, error) {
	n, err := strconv.ParseInt(c.FormValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, invalid(name, "choose one of the list")
	}
	return n, nil
}

// deed is what the audit log will say of a change.
func (c *call) deed(organisation int64, action, object string, detail any) hub.Deed {
	return hub.Deed{Actor: c.who.Actor(), Organisation: organisation, Action: action, Object: object, Detail: detail}
}
