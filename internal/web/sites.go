package web

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// estateOf is the estate narrowed to one site.
func estateOf(s siteOf) string { return estateAsk(query.Ask("site", s.Name)) }

// estateAsk is the estate narrowed by a search.
func estateAsk(text string) string { return "/?" + url.Values{"q": {text}}.Encode() }

// A sitesView lists organisations with their sites.
type sitesView struct {
	Answer       string
	Groups       []siteGroup
	MayAdd       bool // organisations
	Organisation input
	Type         input
	Country      input
	Operates     []hub.Organisation // where the person may add a site
}

type siteGroup struct {
	*hub.Organisation
	Says  string // what kind it is
	Going bool   // it is being taken out
	Sites []siteRow
}

type siteRow struct {
	*hub.Site
	Sensitive string
	Devices   tally
}

func sitesPage(c *call) error {
	orgs, err := c.mine(access.View)
	if err != nil {
		return err
	}
	v := sitesView{MayAdd: c.who.May(access.Administer, 0), Type: typeInput(""), Country: countryInput(""),
		Organisation: input{Name: "organisation", Label: "Name", Must: true, Max: 200}}
	ids, all := c.who.Organisations(access.View)
	devices, err := c.s.Store.SiteDevices(c.ctx(), store.DeviceQuery{Organisations: ids, All: all})
	if err != nil {
		return err
	}
	going, err := c.s.Store.DroppingOrganisations(c.ctx())
	if err != nil {
		return err
	}
	total, open := 0, 0
	for i := range orgs {
		o := &orgs[i]
		sites, err := c.s.Store.Sites(c.ctx(), o.ID)
		if err != nil {
			return err
		}
		g := siteGroup{Organisation: o, Says: typeSays(o.Type), Going: slices.Contains(going, o.ID)}
		for j := range sites {
			s := &sites[j]
			total++
			row := siteRow{Site: s, Sensitive: s.Facts.Sensitivity(), Devices: tally{Href: estateOf(siteOf{s, o})}}
			if row.Sensitive == "unknown" {
				open++
			}
			row.Devices.N = devices[s.ID]
			g.Sites = append(g.Sites, row)
		}
		v.Groups = append(v.Groups, g)
		if c.who.May(access.Operate, o.ID) && !g.Going {
			v.Operates = append(v.Operates, *o)
		}
	}
	v.Answer = report.Plural(int64(total), "site", "sites") + " of " + report.Plural(int64(len(orgs)), "organisation", "organisations") + "."
	if open > 0 {
		v.Answer += " Whether it is sensitive is not known of " + strconv.Itoa(open) + ": several rules cannot tell until that is answered."
	}
	return c.show("sites", v)
}

func typeSays(id string) string {
	for _, t := range regime.OrganisationTypes {
		if t.ID == id {
			return t.Says
		}
	}
	return ""
}

// version is what the form was made of, so that a change in between is noticed.
func (c *call) version() (int64, error) {
	v, err := strconv.ParseInt(c.field("version"), 10, 64)
	if err != nil {
		return 0, invalid("version", "load the page again")
	}
	return v, nil
}

func siteAdd(c *call) error {
	org, err := c.formNumber("organisation")
	if err != nil {
		return err
	}
	if err := c.may(access.Operate, org, fmt.Sprintf("organisation %d", org)); err != nil {
		return err
	}
	s := &hub.Site{Organisation: org, Name: c.field("name")}
	if s.Name == "" || len(s.Name) > 200 {
		return invalid("name", "a site's name has 1 to 200 letters")
	}
	if err := c.s.Store.Do(c.ctx(), c.deed(org, "site.create", s.Name, nil), func(tx hub.Tx) error { return tx.AddSite(s) }); err != nil {
		return err
	}
	return c.see(fmt.Sprintf("/sites/%d", s.ID), s.Name+" was added. Answer what is known of it; what is not known stays open.")
}

// A siteView is one site with its questions.
type siteView struct {
	siteOf
	Sensitivity string
	MayChange   bool
	MayIngest   bool
	MayDrop     bool
	Devices     tally
	Limbs       []question
	Purposes    []question
	Facts       []question
	People      []input
	Dates       []input
	Closed      bool
	Egress      []input
	Zones       string
	Inputs      []inputRow
	Exports     []exportRow
}

// limbSays are the four questions of the UK definition of a sensitive site, in
// the words of the knowledge base where it has them.
func siteQuestions(group string, answers map[string]bool) []question {
	var out []question
	for _, k := range regime.EstateKeys() {
		if name, ok := strings.CutPrefix(k.Key, group+"."); ok && k.Type == "yes or no" {
			out = append(out, question{group + "." + name, strings.ToUpper(k.Says[:1]) + k.Says[1:], triState(answers, name)})
		}
	}
	return out
}

func sitePage(c *call) error {
	id, err := c.number("site")
	if err != nil {
		return err
	}
	s, err := c.site(id, access.View)
	if err != nil {
		return err
	}
	zones, err := c.s.Store.Zones(c.ctx(), id)
	if err != nil {
		return err
	}
	f := &s.Facts
	v := siteView{siteOf: s, Sensitivity: f.Sensitivity(), MayChange: c.who.May(access.Operate, s.Organisation), MayIngest: c.who.May(access.Ingest, s.Organisation), MayDrop: c.who.May(access.Administer, s.Organisation), Closed: f.Closed, Zones: zoneText(zones),
		Limbs: siteQuestions("sensitive", f.Sensitive), Purposes: siteQuestions("purpose", f.Purpose), Facts: siteQuestions("facts", f.Facts), Devices: tally{Href: estateOf(s)}}
	if v.Devices.N, err = c.deviceCount(s.ID); err != nil {
		return err
	}
	v.People = []input{
		{Name: "name", Label: "Name of the site", Value: s.Name, Must: true, Max: 200},
		{Name: "address", Label: "Where it is", Value: f.Address, Max: 300, Hint: "Kept in the hub. Nothing that is published names a site."},
		{Name: "owner", Label: "Who owns the equipment", Value: f.Owner, Max: 200},
		{Name: "landlord", Label: "Who owns the building", Value: f.Landlord, Max: 200},
		{Name: "controller", Label: "Data controller", Value: f.DataController, Max: 200, Hint: "In the sense of data protection law."},
		{Name: "lead", Label: "Lead organisation of a shared system", Value: f.Lead, Max: 200},
		{Name: "tags", Label: "Tags", Value: strings.Join(f.Tags, ", "), Max: 300},
	}
	v.Dates = []input{
		{Name: "purchased", Label: "Bought", Value: f.Purchased, Max: 10, Hint: "YYYY, YYYY-MM or YYYY-MM-DD."},
		{Name: "installed", Label: "Installed", Value: f.Installed, Max: 10, Hint: "Likewise."},
	}
	var inside []string
	for _, p := range f.Inside {
		inside = append(inside, p.String())
	}
	v.Egress = []input{
		{Name: "companies", Label: "Companies its devices may not talk to", Value: strings.Join(f.Companies, ", "), Max: 1000, Hint: "By name or id, with commas."},
		{Name: "countries", Label: "Countries its devices may not talk to", Value: strings.Join(f.Countries, ", "), Max: 400, Hint: "Two letters each: where a server stands, or whose law its controller is under."},
		{Name: "inside", Label: "Networks that count as inside", Value: strings.Join(inside, ", "), Max: 1000, Hint: "As 203.0.113.0/24, beside private addresses."},
	}
	list, err := c.s.Store.Ingests(c.ctx(), s.ID, 0, 10)
	if err != nil {
		return err
	}
	for i := range list {
		v.Inputs = append(v.Inputs, c.inputRow(&list[i], map[int64]siteOf{s.ID: s}))
	}
	v.Exports = sitesExports(s)
	return c.show("site", v)
}

func siteForm(c *call) error {
	id, err := c.number("site")
	if err != nil {
		return err
	}
	s, err := c.site(id, access.Operate)
	if err != nil {
		return err
	}
	if s.Version, err = c.version(); err != nil {
		return err
	}
	before, err := json.Marshal(s.Facts)
	if err != nil {
		return err
	}
	err = c.readSite(s.Site)
	var zones []hub.Zone
	if err == nil {
		zones, err = zonesOf(id, c.PostFormValue("zones"))
	}
	if err != nil {
		return err
	}
	detail := map[string]any{"before": json.RawMessage(before), "after": s.Facts}
	err = c.s.Store.Do(c.ctx(), c.deed(s.Organisation, "site.change", fmt.Sprintf("site %d", id), detail), func(tx hub.Tx) error {
		if err := tx.SetSite(s.Site); err != nil {
			return err
		}
		return tx.SetZones(id, zones)
	})
	if err != nil {
		return err
	}
	c.s.Hub.Stale(id)
	return c.see(fmt.Sprintf("/sites/%d", id), "Kept. Rules are being judged again for this site.")
}

var dateForm = regexp.MustCompile(`^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$`)

// readSite takes the form into s. The error names the field.
func (c *call) readSite(s *hub.Site) error {
	f := &s.Facts
	if s.Name = c.field("name"); s.Name == "" || len(s.Name) > 200 {
		return invalid("name", "a site's name has 1 to 200 letters")
	}
	f.Address, f.Owner, f.Landlord, f.DataController, f.Lead = c.field("address"), c.field("owner"), c.field("landlord"), c.field("controller"), c.field("lead")
	f.Purchased, f.Installed = c.field("purchased"), c.field("installed")
	for name, v := range map[string]string{"purchased": f.Purchased, "installed": f.Installed} {
		if v != "" && !dateForm.MatchString(v) {
			return invalid(name, "%q is no date; write 2021, 2021-05 or 2021-05-31", report.Visible(v))
		}
	}
	for _, group := range []struct {
		name string
		to   *map[string]bool
	}{{"sensitive", &f.Sensitive}, {"purpose", &f.Purpose}, {"facts", &f.Facts}} {
		for _, q := range siteQuestions(group.name, nil) {
			*group.to = setState(*group.to, strings.TrimPrefix(q.Name, group.name+"."), c.field(q.Name))
		}
	}
	f.Closed, f.Companies, f.Tags = c.field("closed") == "yes", lines(c.field("companies")), lines(c.field("tags"))
	f.Countries = lines(strings.ToUpper(c.field("countries")))
	for _, code := range f.Countries {
		if !countryForm.MatchString(code) {
			return invalid("countries", "%q is no country; write two letters each, as CN, RU", code)
		}
	}
	f.Inside = nil
	for _, n := range lines(c.field("inside")) {
		p, err := netip.ParsePrefix(n)
		if err != nil {
			return invalid("inside", "%q is no network as 203.0.113.0/24", n)
		}
		f.Inside = append(f.Inside, p)
	}
	return nil
}

// zoneText writes zones as a person edits them: a line each, name, VLAN, networks.
func zoneText(zones []hub.Zone) string {
	var b strings.Builder
	for _, z := range zones {
		b.WriteString(z.Name)
		if z.VLAN > 0 {
			fmt.Fprintf(&b, "; vlan %d", z.VLAN)
		}
		for _, n := range z.Networks {
			b.WriteString("; " + n.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// zonesOf is the reverse of [zoneText].
func zonesOf(site int64, text string) ([]hub.Zone, error) {
	var out []hub.Zone
	n := 0
	for line := range strings.Lines(text) {
		n++
		parts := strings.Split(strings.TrimSpace(line), ";")
		z := hub.Zone{Site: site, Name: strings.TrimSpace(parts[0])}
		if z.Name == "" && len(parts) == 1 {
			continue
		}
		for _, p := range parts[1:] {
			p = strings.TrimSpace(p)
			if v, ok := strings.CutPrefix(strings.ToLower(p), "vlan "); ok {
				id, err := strconv.ParseUint(strings.TrimSpace(v), 10, 12)
				if err != nil || id == 0 || id == 4095 {
					return nil, invalid("zones", "line %d: a VLAN has a number from 1 to 4094", n)
				}
				z.VLAN = uint16(id)
				continue
			}
			net, err := netip.ParsePrefix(p)
			if err != nil {
				return nil, invalid("zones", "line %d: %q is neither a network as 10.2.0.0/16 nor “vlan 12”", n, p)
			}
			z.Networks = append(z.Networks, net.Masked())
		}
		if z.Name == "" || len(out) == 1000 {
			return nil, invalid("zones", "line %d: a zone begins with its name, and there are at most 1,000", n)
		}
		out = append(out, z)
	}
	return out, nil
}
