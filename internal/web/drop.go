package web

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// dropForm takes out what an input told.
func dropForm(c *call) error {
	in, _, err := c.ingest(access.Operate)
	if err != nil {
		return err
	}
	if err := c.s.Hub.DropIngest(c.ctx(), c.who.Actor(), in.ID); err != nil {
		return err
	}
	return c.see(fmt.Sprintf("/inputs/%d", in.ID), "What it told is being taken out.")
}

// siteDropForm takes a site out, when its name was written as a proof that it is
// meant.
func siteDropForm(c *call) error {
	id, err := c.number("site")
	if err != nil {
		return err
	}
	s, err := c.site(id, access.Administer)
	if err != nil {
		return err
	}
	if c.field("name") != s.Name {
		return invalid("name", "write the site's name as it is, to take it out")
	}
	if err := c.s.Hub.DropSite(c.ctx(), c.who.Actor(), id); err != nil {
		return err
	}
	return c.see("/sites", "The site is being taken out.")
}

// organisationDropForm takes an organisation out, likewise.
func organisationDropForm(c *call) error {
	o, err := c.organisation(access.View)
	if err != nil {
		return err
	}
	if !c.who.May(access.Administer, 0) {
		return fmt.Errorf("to take an organisation out one administers all of them: %w", hub.ErrDenied)
	}
	if c.field("drop") != o.Name {
		return invalid("drop", "write the organisation's name as it is, to take it out")
	}
	if err := c.s.Hub.DropOrganisation(c.ctx(), c.who.Actor(), o.ID); err != nil {
		return err
	}
	return c.see("/sites", o.Name+" is being taken out, with all that is kept of its sites.")
}
