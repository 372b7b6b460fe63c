package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/store"
)

// OrganisationFields is what is said of an organisation.
type OrganisationFields struct {
	Name    string `json:"name,omitempty"`
	Type    string `json:"type,omitempty"`
	Country string `json:"country,omitempty"` // ISO 3166-1 alpha-2
}

// NewSite is a site that is to be.
type NewSite struct {
	Organisation int64         `json:"organisation"`
	Name         string        `json:"name"`
	Facts        hub.SiteFacts `json:"facts,omitzero"`
}

// SiteFields is what is said of a site.
type SiteFields struct {
	Name  string        `json:"name,omitempty"`
	Facts hub.SiteFacts `json:"facts,omitzero"`
}

func checkName(s *string) error {
	*s = strings.TrimSpace(*s)
	if err := hub.CheckName("the name", *s); err != nil {
		return &fieldError{"name", err}
	}
	return nil
}

func (f *OrganisationFields) check() error {
	if err := checkName(&f.Name); err != nil {
		return err
	}
	known := false
	for _, t := range regime.OrganisationTypes {
		known = known || t.ID == f.Type
	}
	switch {
	case f.Type != "" && !known:
		return invalid("type", "there is no type %q of organisation", f.Type)
	case f.Country != "" && (len(f.Country) != 2 || strings.ToUpper(f.Country) != f.Country):
		return invalid("country", "two capital letters (ISO 3166-1 alpha-2)")
	}
	return nil
}

func organisations(c *call) error {
	ids, all := c.who.Organisations(access.View)
	return pageOf(c, func(p store.Page) ([]hub.Organisation, int64, error) {
		return c.s.Store.OrganisationPage(c.ctx(), ids, all, p)
	}, func(o *hub.Organisation) int64 { return o.ID }, self)
}

func organisationAdd(c *call) error {
	if !c.who.May(access.Administer, 0) {
		return fmt.Errorf("to add an organisation one administers all of them: %w", hub.ErrDenied)
	}
	var f OrganisationFields
	if err := c.read(&f); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	o := &hub.Organisation{Name: f.Name, Type: f.Type, Country: f.Country}
	if err := c.s.Store.Do(c.ctx(), c.deed(0, "organisation.create", "organisation "+o.Name, o), func(tx hub.Tx) error { return tx.AddOrganisation(o) }); err != nil {
		return err
	}
	return c.created(fmt.Sprintf("/organisations/%d", o.ID), o.Version, o)
}

func organisationGet(c *call) error {
	o, err := c.organisation(access.View)
	if err != nil {
		return err
	}
	return c.replyVersion(o.Version, o)
}

func organisationPatch(c *call) error {
	o, err := c.organisation(access.Operate)
	if err != nil {
		return err
	}
	if err := c.same(o.Version); err != nil {
		return err
	}
	f := OrganisationFields{o.Name, o.Type, o.Country}
	if err := c.patch(&f); err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	o.Name, o.Type, o.Country = f.Name, f.Type, f.Country
	if err := c.s.Store.Do(c.ctx(), c.deed(o.ID, "organisation.change", fmt.Sprintf("organisation %d", o.ID), o), func(tx hub.Tx) error { return tx.SetOrganisation(o) }); err != nil {
		return err
	}
	list, err := c.s.Store.Sites(c.ctx(), o.ID)
	if err != nil {
		return err
	}
	for i := range list {
		c.s.Hub.Stale(list[i].ID)
	}
	return c.replyVersion(o.Version, o)
}

func organisationDrop(c *call) error {
	o, err := c.organisation(access.View)
	if err != nil {
		return err
	}
	if !c.who.May(access.Administer, 0) {
		return fmt.Errorf("to take an organisation out one administers all of them: %w", hub.ErrDenied)
	}
	if c.query("name") != o.Name {
		return invalid("name", "it is not the name of organisation %d", o.ID)
	}
	if err := c.s.Hub.DropOrganisation(c.ctx(), c.who.Actor(), o.ID); err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(c.rt.Status)
	return nil
}

func sites(c *call) error {
	ids, all, err := c.wanted(access.View)
	if err != nil {
		return err
	}
	return pageOf(c, func(p store.Page) ([]hub.Site, int64, error) { return c.s.Store.SitePage(c.ctx(), ids, all, p) }, func(s *hub.Site) int64 { return s.ID }, self)
}

func siteAdd(c *call) error {
	var n NewSite
	if err := c.read(&n); err != nil {
		return err
	}
	if err := c.may(access.Operate, n.Organisation, fmt.Sprintf("organisation %d", n.Organisation)); err != nil {
		return err
	}
	if err := checkName(&n.Name); err != nil {
		return err
	}
	if err := n.Facts.Check(); err != nil {
		return err
	}
	s := &hub.Site{Organisation: n.Organisation, Name: n.Name, Facts: n.Facts}
	if err := c.s.Store.Do(c.ctx(), c.deed(s.Organisation, "site.create", "site "+s.Name, n.Facts), func(tx hub.Tx) error { return tx.AddSite(s) }); err != nil {
		return err
	}
	return c.created(fmt.Sprintf("/sites/%d", s.ID), s.Version, s)
}

func siteGet(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	return c.replyVersion(s.Version, s)
}

func sitePatch(c *call) error {
	s, err := c.site(access.Operate)
	if err != nil {
		return err
	}
	if err := c.same(s.Version); err != nil {
		return err
	}
	before, err := json.Marshal(s.Facts)
	if err != nil {
		return err
	}
	f := SiteFields{s.Name, s.Facts}
	if err := c.patch(&f); err != nil {
		return err
	}
	if err := checkName(&f.Name); err != nil {
		return err
	}
	if err := f.Facts.Check(); err != nil {
		return err
	}
	s.Name, s.Facts = f.Name, f.Facts
	detail := map[string]any{"before": json.RawMessage(before), "after": s.Facts}
	if err := c.s.Store.Do(c.ctx(), c.deed(s.Organisation, "site.change", fmt.Sprintf("site %d", s.ID), detail), func(tx hub.Tx) error { return tx.SetSite(s) }); err != nil {
		return err
	}
	c.s.Hub.Stale(s.ID)
	return c.replyVersion(s.Version, s)
}

func zones(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	return pageOf(c, func(p store.Page) ([]hub.Zone, int64, error) { return c.s.Store.ZonePage(c.ctx(), s.ID, p) }, func(z *hub.Zone) int64 { return z.ID }, self)
}
