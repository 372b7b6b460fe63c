package web

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

var countryForm = regexp.MustCompile(`^[A-Z]{2}$`)

// organisationOf reads an organisation's form into o; name is the field of its name.
func organisationOf(c *call, o *hub.Organisation, name string) (*hub.Organisation, error) {
	o.Name, o.Type, o.Country = c.field(name), c.field("type"), strings.ToUpper(c.field("country"))
	switch {
	case o.Name == "":
		return nil, invalid(name, "give the organisation a name")
	case len(o.Name) > 200:
		return nil, invalid(name, "a name has at most 200 letters")
	case o.Type != "" && typeSays(o.Type) == "":
		return nil, invalid("type", "there is no kind of organisation %q", o.Type)
	case o.Country != "" && !countryForm.MatchString(o.Country):
		return nil, invalid("country", "%q is no country; write two letters, as GB or DE", report.Visible(o.Country))
	}
	return o, nil
}

func organisationAdd(c *call) error {
	if !c.who.May(access.Administer, 0) {
		return fmt.Errorf("add an organisation: %w", hub.ErrDenied)
	}
	o, err := organisationOf(c, &hub.Organisation{}, "organisation")
	if err != nil {
		return err
	}
	if err := c.s.Store.Do(c.ctx(), c.deed(0, "organisation.create", o.Name, o), func(tx hub.Tx) error { return tx.AddOrganisation(o) }); err != nil {
		return err
	}
	return c.see("/sites", o.Name+" was added. Now add a site to it.")
}

// An organisationView is one organisation's form.
type organisationView struct {
	*hub.Organisation
	MayChange bool
	MayDrop   bool
	Going     bool // it is being taken out
	Fields    []input
	Type      input
	Goes      []string // with it, when it is taken out
	Only      int64    // accounts that have no role then
}

func organisationPage(c *call) error {
	o, err := c.organisation(access.View)
	if err != nil {
		return err
	}
	v := organisationView{Organisation: o, MayChange: c.who.May(access.Operate, o.ID), Type: typeInput(o.Type)}
	going, err := c.s.Store.DroppingOrganisations(c.ctx())
	if err != nil {
		return err
	}
	if v.Going = slices.Contains(going, o.ID); v.Going {
		v.MayChange = false
	} else if v.MayDrop = c.who.May(access.Administer, 0); v.MayDrop {
		holds, err := c.s.Store.Holding(c.ctx(), o.ID)
		if err != nil {
			return err
		}
		v.Goes, v.Only = holds.Parts(), holds.Only
	}
	v.Fields = []input{{Name: "name", Label: "Name", Value: o.Name, Must: true, Max: 200}, countryInput(o.Country)}
	return c.show("organisation", v)
}

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

func organisationForm(c *call) error {
	o, err := c.organisation(access.Operate)
	if err != nil {
		return err
	}
	if o.Version, err = c.version(); err != nil {
		return err
	}
	if _, err := organisationOf(c, o, "name"); err != nil {
		return err
	}
	if err := c.s.Store.Do(c.ctx(), c.deed(o.ID, "organisation.change", fmt.Sprintf("organisation %d", o.ID), o), func(tx hub.Tx) error { return tx.SetOrganisation(o) }); err != nil {
		return err
	}
	sites, err := c.s.Store.Sites(c.ctx(), o.ID)
	if err != nil {
		return err
	}
	for _, s := range sites {
		c.s.Hub.Stale(s.ID)
	}
	return c.see("/sites", "Kept. Rules are being judged again for its sites.")
}
