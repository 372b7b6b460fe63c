package web

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

const (
	flowsShown  = 60
	leaksShown  = 200 // devices of one closed site
	outsideText = "outside:true"
)

// An egressView says who the estate talks to.
type egressView struct {
	Answer    []linked
	Sankey    template.HTML
	Map       template.HTML
	Flows     []flowRow
	More      string
	Countries []countryRow
	Closed    []closedSite
	Sites     []siteOf
	Site      int64
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
	More    int64
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
	if id, _ := strconv.ParseInt(c.query("site"), 10, 64); id > 0 { // what is no number is every site
		site, err := c.site(id, access.View)
		if err != nil {
			return err
		}
		v.Site, a.db.Sites = id, []int64{id}
		scope = strings.TrimPrefix(scope+" AND "+query.Ask("site", site.Name), " AND ")
	}
	if a.Error == "" {
		if err := c.egressFlows(&v, a, scope); err != nil {
			return err
		}
	}
	if err := c.closedSites(&v); err != nil {
		return err
	}
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
	var total, unknown, down int64
	for _, k := range countries {
		up[k.Country] += uint64(max(k.BytesUp, 0))
		href := of(scope, unknownOr("egress.country", k.Country), outsideText)
		v.Countries = append(v.Countries, countryRow{k.Country, most(href, "bytes_up"), most(href, "bytes_down"), tally{k.Devices, href}, k.BytesUp, k.BytesDown})
	}
	slices.SortStableFunc(v.Countries, func(x, y countryRow) int { return cmp.Compare(y.Up, x.Up) })
	passages := make([]report.Passage, 0, len(flows))
	companies := map[string]bool{}
	for i, f := range flows {
		total, down = total+f.BytesUp, down+f.BytesDown
		if f.Controller == "" {
			unknown += f.BytesUp
		} else {
			companies[f.Controller] = true
		}
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
	if len(known(countries)) > 0 {
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
	v.Answer = egressAnswer(page.Total, of(scope, outsideText), len(known(countries)), len(companies), total, down, unknown)
	return nil
}

func known(list []store.CountryFlow) []store.CountryFlow {
	return slices.DeleteFunc(slices.Clone(list), func(k store.CountryFlow) bool { return k.Country == "" })
}

func egressAnswer(devices int64, href string, countries, companies int, up, down, unknown int64) []linked {
	if devices == 0 {
		return []linked{{Text: "No device was seen to reach outside. A capture shows what went on while it ran: a device that calls out once a day needs a day."}}
	}
	where := "to countries that are not known"
	if countries > 0 {
		where = "to " + report.Plural(int64(countries), "country", "countries")
	}
	verb := " reach"
	if devices == 1 {
		verb = " reaches"
	}
	out := []linked{{report.Plural(devices, "device", "devices"), href}, {Text: verb + " outside: "}, {report.Size(up), most(href, "bytes_up")}, {Text: " up and "}, {report.Size(down), most(href, "bytes_down")}, {Text: " down, "},
		{where, "/egress#countries"}, {Text: " and servers of "}, {report.Plural(int64(companies), "company", "companies"), "/egress#companies"}, {Text: "."}}
	if unknown > 0 {
		out = append(out, linked{Text: " Of "}, linked{report.Size(unknown), of("", "egress.controller!=*", outsideText)}, linked{Text: " that went up, who controls the server is not known."})
	}
	return out
}

func flowRowOf(f *store.Flow, text string) flowRow {
	ask := []string{query.Ask("site", f.SiteName), unknownOr("egress.controller", f.Controller), unknownOr("egress.country", f.Country), outsideText}
	href := of(text, ask...)
	r := flowRow{UpHref: most(href, "bytes_up"), DownHref: most(href, "bytes_down"), From: f.SiteName, FromHref: fmt.Sprintf("/egress?site=%d", f.Site), Controller: f.Controller, Jurisdiction: f.Jurisdiction, Country: f.Country, Up: f.BytesUp, Down: f.BytesDown,
		Devices: tally{f.Devices, href}, Video: tally{f.Video, of(text, append(ask, query.Ask("video", "video"))...)}}
	return r
}

// closedSites tests each site that is said to be closed: which of its devices
// reached outside, and when.
func (c *call) closedSites(v *egressView) error {
	ids, all := c.who.Organisations(access.View)
	for _, s := range v.Sites {
		if !s.Facts.Closed || v.Site != 0 && v.Site != s.ID {
			continue
		}
		k := closedSite{siteOf: s, Devices: tally{Href: of("", query.Ask("site", s.Name), outsideText)}}
		q, err := query.Parse(outsideText, store.Fields())
		if err != nil {
			return err
		}
		db := store.DeviceQuery{Organisations: ids, All: all, Sites: []int64{s.ID}, Sort: "bytes_up", Descending: true, Limit: leaksShown}
		db.Query = q
		page, err := c.s.Store.Devices(c.ctx(), db)
		if err != nil {
			return err
		}
		k.Devices.N, k.More = page.Total, page.Total-int64(len(page.Devices))
		for i := range page.Devices {
			l, err := c.leakOf(&page.Devices[i])
			if err != nil {
				return err
			}
			k.Leaks = append(k.Leaks, l)
		}
		v.Closed = append(v.Closed, k)
	}
	return nil
}

func (c *call) leakOf(d *store.DeviceRow) (leak, error) {
	l := leak{Name: report.Visible(cmp.Or(d.Name, d.Device.Device)), Href: deviceHref(d.Site, d.Device.Device) + "#talks", Up: d.BytesUp, Video: d.Video}
	list, err := c.s.Store.Reach(c.ctx(), d.Site, d.Device.Device)
	if err != nil {
		return l, err
	}
	first, last := d.First, d.Last
	var where []string
	for i, r := range list {
		if i == 0 || r.First.Before(first) {
			first = r.First
		}
		if i == 0 || r.Last.After(last) {
			last = r.Last
		}
		to := report.Visible(cmp.Or(r.Name, r.Address))
		if r.Country != "" {
			to += " in " + report.CountryName(r.Country)
		}
		if len(where) < 3 {
			where = append(where, to)
		}
	}
	l.Where = strings.Join(where, ", ")
	if n := len(list) - len(where); n > 0 {
		l.Where += fmt.Sprintf(" and %d more", n)
	}
	l.First, l.Last = ago(c.s.Now(), first), ago(c.s.Now(), last)
	return l, nil
}
