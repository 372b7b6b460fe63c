package web

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

const (
	flowsShown  = 60
	leaksShown  = 200 // devices of one closed site
	leaksOfAll  = 300 // devices of all closed sites, and such sites
	outsideText = "outside:true"
)

// An egressView says who the estate talks to.
type egressView struct {
	Answer []linked
	// Twice says what inputs show twice, nil when nothing is.
	Twice     []linked
	Sankey    template.HTML
	Map       template.HTML
	Flows     []flowRow
	More      string
	Countries []countryRow
	Nowhere   *countryRow // where the server stands is not known; nil for none
	Companies []controllerRow
	// NobodyKnown is what went where the controller is not known; nil for nothing.
	NobodyKnown *controllerRow
	Closed      []closedSite
	// MoreClosed says how many closed sites are not in Closed.
	MoreClosed string
	Sites      []siteOf
	Site       int64
	Exports    []exportRow
	searched
}

type flowRow struct {
	From, FromHref, UpHref, DownHref  string
	Controller, Jurisdiction, Country string
	Devices, Video                    tally
	Up, Down                          int64
}

type countryRow struct {
	Country          string
	UpHref, DownHref string
	Devices          tally
	Up, Down         int64
}

// A closedSite is one that is said to reach nothing outside, with what does.
type closedSite struct {
	siteOf
	Devices tally
	Leaks   []leak
	More    int64 // devices that are not in Leaks
	// MoreHref lists more of them.
	MoreHref string
}

type leak struct {
	Name, Href  string
	Where       string
	Up          int64
	First, Last agoView
	Video       string
}

// of narrows a search by more terms.
func of(text string, terms ...string) string {
	if text != "" {
		terms = append([]string{"(" + text + ")"}, terms...)
	}
	return estateAsk(strings.Join(terms, " AND "))
}

// most is a list of devices with those first that have the most of something.
func most(href, sort string) string { return href + "&desc=1&sort=" + sort }

// unknownOr asks for a value, or for none where it is not known.
func unknownOr(field, value string) string {
	if value == "" {
		return field + "!=*"
	}
	return query.Ask(field, value)
}

func egressPage(c *call) error {
	a, err := c.asking()
	if err != nil {
		return err
	}
	v := egressView{searched: a.searched}
	if v.Sites, err = c.sites(access.View); err != nil {
		return err
	}
	scope := a.Text
	if id, err := c.id("site"); err != nil {
		return err
	} else if id > 0 {
		site, err := c.site(id, access.View)
		if err != nil {
			return err
		}
		v.Site, a.db.Sites = id, []int64{id}
		scope = strings.TrimPrefix(scope+" AND "+query.Ask("site", site.Name), " AND ")
	}
	sites := []int64{v.Site}
	if v.Site == 0 {
		sites = sites[:0]
		for i := range v.Sites {
			sites = append(sites, v.Sites[i].ID)
		}
	}
	if v.Twice, err = c.twice(sites); err != nil {
		return err
	}
	if a.Error == "" {
		if err := c.egressFlows(&v, a, scope); err != nil {
			return err
		}
	}
	if err := c.closedSites(&v); err != nil {
		return err
	}
	v.Exports = egressExports(v.Site)
	return c.show("egress", v)
}

func (c *call) egressFlows(v *egressView, a *asking, scope string) error {
	flows, err := c.s.Store.Flows(c.ctx(), a.db)
	if err != nil {
		return err
	}
	countries, err := c.s.Store.Countries(c.ctx(), a.db)
	if err != nil {
		return err
	}
	flows, countries = report.Tame(flows), report.Tame(countries)
	up := map[string]uint64{}
	sums := egressSums{countries: len(known(countries)), href: of(scope, outsideText), here: egressHref(a.Text, v.Site)}
	for _, k := range countries {
		up[k.Country] += uint64(max(k.BytesUp, 0))
		href := of(scope, unknownOr("egress.country", k.Country), outsideText)
		row := countryRow{k.Country, most(href, "bytes_up"), most(href, "bytes_down"), tally{k.Devices, href}, k.BytesUp, k.BytesDown}
		if k.Country == "" {
			v.Nowhere = &row
			continue
		}
		v.Countries = append(v.Countries, row)
	}
	slices.SortStableFunc(v.Countries, func(x, y countryRow) int { return cmp.Compare(y.Up, x.Up) })
	passages := make([]report.Passage, 0, len(flows))
	for i, f := range flows {
		sums.up, sums.down = sums.up+f.BytesUp, sums.down+f.BytesDown
		passages = append(passages, report.Passage{From: f.SiteName, Controller: f.Controller, Jurisdiction: f.Jurisdiction, Country: f.Country, Up: uint64(max(f.BytesUp, 0)), Down: uint64(max(f.BytesDown, 0))})
		if i < flowsShown {
			v.Flows = append(v.Flows, flowRowOf(&f, a.Text))
		}
	}
	if n := len(flows) - flowsShown; n > 0 {
		v.More = "And " + report.Plural(int64(n), "smaller line", "smaller lines") + "; narrow by a site or a search."
	}
	if v.Sankey, err = report.SankeyOf(passages); err != nil {
		return err
	}
	if sums.countries > 0 {
		if v.Map, err = report.MapOf(up); err != nil {
			return err
		}
	}
	out, err := c.askingOf(strings.TrimPrefix(a.Text+" AND "+outsideText, " AND "))
	if err != nil {
		return err
	}
	out.db.Sites, out.db.Limit = a.db.Sites, 1
	page, err := c.s.Store.Devices(c.ctx(), out.db)
	if err != nil {
		return err
	}
	var unknown *controllerRow
	if v.Companies, unknown, err = c.controllers(flows, a, scope); err != nil {
		return err
	}
	if v.NobodyKnown = unknown; unknown != nil {
		sums.unknown, sums.unknownHref = unknown.Up, unknown.UpHref
	}
	sums.devices, sums.companies = page.Total, len(v.Companies)
	v.Answer = sums.answer()
	return nil
}

func known(list []store.CountryFlow) []store.CountryFlow {
	return slices.DeleteFunc(slices.Clone(list), func(k store.CountryFlow) bool { return k.Country == "" })
}

func flowRowOf(f *store.Flow, text string) flowRow {
	ask := []string{query.Ask("site", f.SiteName), unknownOr("egress.controller", f.Controller), unknownOr("egress.country", f.Country), outsideText}
	href := of(text, ask...)
	r := flowRow{UpHref: most(href, "bytes_up"), DownHref: most(href, "bytes_down"), From: f.SiteName, FromHref: fmt.Sprintf("/egress?site=%d", f.Site), Controller: f.Controller, Jurisdiction: f.Jurisdiction, Country: f.Country, Up: f.BytesUp, Down: f.BytesDown,
		Devices: tally{f.Devices, href}, Video: tally{f.Video, of(text, append(ask, query.Ask("video", "video"))...)}}
	return r
}

// closedSites tests each site that is said to be closed: which of its devices
// reached outside, and when. Those that leak come first. Of many sites a few
// devices each are listed, and those of one when it is chosen: thousands of rows
// are slow to make and nobody reads them.
func (c *call) closedSites(v *egressView) error {
	var list []siteOf
	var which []int64
	for _, s := range v.Sites {
		if s.Facts.Closed && (v.Site == 0 || v.Site == s.ID) {
			list, which = append(list, s), append(which, s.ID)
		}
	}
	if len(list) == 0 {
		return nil
	}
	ids, all := c.who.Organisations(access.View)
	leaks, err := c.s.Store.Leaks(c.ctx(), store.DeviceQuery{Organisations: ids, All: all, Sites: which}, min(leaksShown, max(1, leaksOfAll/len(list))))
	if err != nil {
		return err
	}
	slices.SortStableFunc(list, func(x, y siteOf) int { return cmp.Compare(leaks[y.ID].Devices, leaks[x.ID].Devices) })
	if n := len(list) - leaksOfAll; n > 0 {
		leaking := 0
		for _, s := range list[leaksOfAll:] {
			if leaks[s.ID].Devices > 0 {
				leaking++
			}
		}
		v.MoreClosed = fmt.Sprintf("And %s, of which %s reached outside; narrow by a site.", report.Plural(int64(n), "more closed site", "more closed sites"), report.Thousands(int64(leaking)))
		list = list[:leaksOfAll]
	}
	for _, s := range list {
		l := leaks[s.ID]
		k := closedSite{siteOf: s, Devices: tally{l.Devices, of("", query.Ask("site", s.Name), outsideText)}, More: l.Devices - int64(len(l.Most))}
		if k.MoreHref = fmt.Sprintf("/egress?site=%d#closed", s.ID); v.Site != 0 {
			k.MoreHref = most(k.Devices.Href, "bytes_up")
		}
		for i := range l.Most {
			k.Leaks = append(k.Leaks, c.leakOf(&l.Most[i]))
		}
		v.Closed = append(v.Closed, k)
	}
	return nil
}

func (c *call) leakOf(d *store.Leak) leak {
	l := leak{Name: report.Visible(cmp.Or(d.Name, d.Device)), Href: deviceHref(d.Site, d.Device) + "#talks", Up: d.BytesUp, Video: d.Video, First: ago(c.s.Now(), d.First), Last: ago(c.s.Now(), d.Last)}
	var where []string
	for i := range d.Reach {
		r := &d.Reach[i]
		to := report.Visible(cmp.Or(r.Name, r.Address))
		if r.Country != "" {
			to += " in " + report.CountryName(r.Country)
		}
		where = append(where, to)
	}
	l.Where = strings.Join(where, ", ")
	if n := d.Places - len(where); n > 0 {
		l.Where += fmt.Sprintf(" and %d more", n)
	}
	return l
}
