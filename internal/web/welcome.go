package web

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/regime"
)

// An example is a capture that comes with the program.
type example struct{ File, Says string }

// samples are offered in this order; what is not in Config.Examples is left out.
var samples = []example{
	{"lab-station.pcapng", "a simulated firm: nine cameras and recorders of several makers, two of them rebadged, one that sends video out"},
	{"mixed-site.pcapng.gz", "recorded devices of a mixed network"},
}

// A welcomeView is the first page of a hub that holds nothing yet.
type welcomeView struct {
	MayIngest, MayAdd bool
	Examples          []example
	Organisation      input
	Type              input
	Country           input
	Site              input
	Sites             []siteOf
}

func (c *call) welcome() welcomeView {
	v := welcomeView{
		MayIngest:    c.who.MaySomewhere(access.Ingest),
		MayAdd:       c.who.May(access.Administer, 0) && c.who.May(access.Operate, 0),
		Organisation: input{Name: "organisation", Label: "Who answers for the cameras?", Value: "My organisation", Must: true, Max: 200},
		Type:         typeInput(""),
		Country:      countryInput(""),
		Site:         input{Name: "name", Label: "Where are they?", Value: "First site", Must: true, Max: 200, Hint: "One place with networks of its own. The same private address at two sites is two devices."},
	}
	for _, e := range samples {
		if c.s.Examples == nil {
			break
		}
		if f, err := c.s.Examples.Open(e.File); err == nil {
			_ = f.Close() // nothing was read of it
			v.Examples = append(v.Examples, e)
		}
	}
	return v
}

func typeInput(value string) input {
	in := input{Name: "type", Label: "What kind of organisation is it?", Value: value, Options: []option{{"", "not said"}}, Hint: "Decides which rules bind it. Not said: each rule tells to whom it would apply."}
	for _, t := range regime.OrganisationTypes {
		in.Options = append(in.Options, option{t.ID, t.Says})
	}
	return in
}

func countryInput(value string) input {
	return input{Name: "country", Label: "Country", Value: value, Max: 2, Hint: "Two letters, as GB or DE. Empty: not said."}
}

// welcomeForm makes the organisation and the site, and takes the example when
// one was chosen. It leads to where the result appears.
func welcomeForm(c *call) error {
	if !c.who.May(access.Administer, 0) || !c.who.May(access.Operate, 0) {
		return fmt.Errorf("add an organisation: %w", hub.ErrDenied)
	}
	org, err := organisationOf(c, &hub.Organisation{}, "organisation")
	if err != nil {
		return err
	}
	site := &hub.Site{Name: c.field("name")}
	if site.Name == "" {
		return invalid("name", "give the site a name")
	}
	if org, site, err = c.firstSite(org, site); err != nil {
		return err
	}
	file := c.field("example")
	if file == "" {
		return c.see(fmt.Sprintf("/inputs/new?site=%d", site.ID), "")
	}
	if !slices.ContainsFunc(samples, func(e example) bool { return e.File == file }) || c.s.Examples == nil {
		return invalid("example", "there is no example %q", file)
	}
	f, err := c.s.Examples.Open(file)
	if err != nil {
		return fmt.Errorf("open example: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	in, err := c.s.Hub.Take(c.ctx(), hub.Parcel{Site: site.ID, Organisation: org.ID, Name: file, Source: "upload", By: c.who.Actor()}, f)
	if err != nil {
		return err
	}
	return c.see(fmt.Sprintf("/inputs/%d?wait=1", in.ID), "")
}

// firstSite adds both, or finds those of that name: the form may be sent twice.
func (c *call) firstSite(org *hub.Organisation, site *hub.Site) (*hub.Organisation, *hub.Site, error) {
	err := c.s.Store.Do(c.ctx(), c.deed(0, "organisation.create", org.Name, org), func(tx hub.Tx) error { return tx.AddOrganisation(org) })
	if errors.Is(err, fs.ErrExist) {
		list, listErr := c.s.Store.Organisations(c.ctx())
		if listErr != nil {
			return nil, nil, listErr
		}
		if i := slices.IndexFunc(list, func(o hub.Organisation) bool { return o.Name == org.Name }); i >= 0 {
			org, err = &list[i], nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	site.Organisation = org.ID
	err = c.s.Store.Do(c.ctx(), c.deed(org.ID, "site.create", site.Name, nil), func(tx hub.Tx) error { return tx.AddSite(site) })
	if errors.Is(err, fs.ErrExist) {
		list, listErr := c.s.Store.Sites(c.ctx(), org.ID)
		if listErr != nil {
			return nil, nil, listErr
		}
		if i := slices.IndexFunc(list, func(s hub.Site) bool { return s.Name == site.Name }); i >= 0 {
			site, err = &list[i], nil
		}
	}
	return org, site, err
}
