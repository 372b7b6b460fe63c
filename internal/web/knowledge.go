package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
)

const companiesShown = 500

// A knowledgeView is the list of companies of the knowledge base.
type knowledgeView struct {
	Answer  string
	Name    string
	Date    string
	Digest  string
	Text    string
	Rows    []companyRow
	More    int
	Rules   int
	Prints  int
	Sources []string // data sets of places
}

type companyRow struct {
	ID, Name, Home, Kind string
	Parent, ParentName   string
	Brands               int
	Devices              tally
	Verified             bool
}

var errNoKnowledge = fmt.Errorf("knowledge: this hub has no knowledge base: %w", hub.ErrNotFound)

func knowledgePage(c *call) error {
	k := c.s.Knowledge
	if k == nil {
		return errNoKnowledge
	}
	v := knowledgeView{Name: k.Release.Name, Date: k.Release.Date, Digest: k.Release.Digest, Text: c.query("q"), Rules: len(c.s.regimes(c.s.Now())), Prints: len(k.Prints.Rows())}
	devices, err := c.makers()
	if err != nil {
		return err
	}
	want := strings.ToLower(v.Text)
	all := k.Base.Companies()
	for _, co := range all {
		if want != "" && !strings.Contains(strings.ToLower(string(co.ID)+" "+co.LegalName+" "+strings.Join(co.Names, " ")), want) {
			continue
		}
		if len(v.Rows) == companiesShown {
			v.More++
			continue
		}
		v.Rows = append(v.Rows, c.companyRow(co, devices))
	}
	v.Answer = report.Plural(int64(len(all)), "company", "companies") + ", " + report.Plural(int64(v.Prints), "fingerprint", "fingerprints") + " and " + report.Plural(int64(v.Rules), "rule", "rules") + ". Each row names its public source."
	return c.show("knowledge", v)
}

// makers counts the devices of each maker as it is shown.
func (c *call) makers() (map[string]int64, error) {
	a, err := c.askingOf("")
	if err != nil {
		return nil, err
	}
	counts, err := c.s.Store.Facets(c.ctx(), a.db, []string{"maker"})
	out := map[string]int64{}
	for _, n := range counts["maker"] {
		out[n.Value] = n.Count
	}
	return out, err
}

func shownName(co *maker.Company) string {
	if len(co.Names) > 0 {
		return co.Names[0]
	}
	return co.LegalName
}

func (c *call) companyRow(co *maker.Company, devices map[string]int64) companyRow {
	r := companyRow{ID: string(co.ID), Name: shownName(co), Home: co.Home, Kind: co.Kind, Parent: string(co.Parent), Brands: len(c.s.Knowledge.Base.BrandsOf(co.ID)), Verified: co.Source.Verified}
	if p, ok := c.s.Knowledge.Base.Company(co.Parent); ok {
		r.ParentName = shownName(p)
	}
	for _, n := range append([]string{co.LegalName}, co.Names...) {
		r.Devices.N = max(r.Devices.N, devices[n])
	}
	r.Devices.Href = estateAsk(query.Ask("maker", string(co.ID)))
	return r
}

// A companyView is one company with what is known of it and from where.
type companyView struct {
	*maker.Company
	Shown     string
	AsAt      string
	Chain     []companyRow // parents and majority owners, nearest first
	Owners    []ownerRow
	Sources   []sourceLink
	Makes     []relationRow // brands it makes
	MadeBy    []relationRow // who makes its brand
	Devices   tally
	DenialSrc []sourceLink
}

type ownerRow struct {
	Owner, Href, Text, Period string
	Sources                   []sourceLink
}

type relationRow struct {
	Brand, Maker, MakerHref, Kind, Scope, Period, Confidence string
	Verified                                                 bool
	Sources                                                  []sourceLink
}

func companyPage(c *call) error {
	if c.s.Knowledge == nil {
		return errNoKnowledge
	}
	b := c.s.Knowledge.Base
	co, ok := b.Company(maker.ID(c.PathValue("company")))
	if !ok {
		return fmt.Errorf("company %q: %w", c.PathValue("company"), hub.ErrNotFound)
	}
	devices, err := c.makers()
	if err != nil {
		return err
	}
	v := companyView{Company: co, Shown: shownName(co), AsAt: c.today(), Sources: sourcesOf(co.Source), Devices: c.companyRow(co, devices).Devices}
	for _, id := range b.Parents(co.ID, v.AsAt) {
		if p, ok := b.Company(id); ok {
			v.Chain = append(v.Chain, c.companyRow(p, devices))
		}
	}
	for _, o := range co.Ownership {
		r := ownerRow{Owner: string(o.Owner), Text: o.Text, Period: periodOf(o.From, o.To), Sources: sourcesOf(o.Source)}
		if p, ok := b.Company(o.Owner); ok {
			r.Owner, r.Href = shownName(p), "/knowledge/"+string(o.Owner)
		}
		v.Owners = append(v.Owners, r)
	}
	for _, r := range b.BrandsOf(co.ID) {
		v.Makes = append(v.Makes, c.relationRow(&r))
	}
	for _, r := range b.OEM(string(co.ID)) {
		v.MadeBy = append(v.MadeBy, c.relationRow(&r))
	}
	slices.SortStableFunc(v.Makes, func(x, y relationRow) int { return cmp.Compare(strings.ToLower(x.Brand), strings.ToLower(y.Brand)) })
	if co.Denial != nil {
		v.DenialSrc = sourcesOf(co.Denial.Source)
	}
	return c.show("company", v)
}

func (c *call) relationRow(r *maker.Relation) relationRow {
	out := relationRow{Brand: r.Brand, Maker: string(r.Maker), MakerHref: "/knowledge/" + string(r.Maker), Kind: r.Kind, Scope: r.Scope, Period: cmp.Or(r.Period, periodOf(r.From, r.To)), Confidence: r.Confidence, Verified: r.Source.Verified, Sources: sourcesOf(r.Source)}
	if m, ok := c.s.Knowledge.Base.Company(r.Maker); ok {
		out.Maker = shownName(m)
	}
	return out
}

func sourcesOf(s maker.Source) (out []sourceLink) {
	for _, u := range s.URLs {
		out = append(out, sourceOf(u))
	}
	return out
}

func periodOf(from, to string) string {
	switch {
	case from == "" && to == "":
		return ""
	case to == "":
		return "since " + from
	case from == "":
		return "until " + to
	}
	return from + " to " + to
}
