package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A controllerRow is a company that controls servers, with all that went to it.
type controllerRow struct {
	Company, Jurisdiction string // "" for not known
	UpHref, DownHref      string
	Devices               tally
	Up, Down              int64
}

// controllers sums flows by the company that controls the server, most bytes up
// first. scope narrows the lists behind them, and counts the devices.
func (c *call) controllers(flows []store.Flow, a *asking, scope string) (rows []controllerRow, unknown *controllerRow, err error) {
	counts, err := c.s.Store.Facets(c.ctx(), a.db, []string{"controller"})
	if err != nil {
		return nil, nil, err
	}
	devices := map[string]int64{}
	for _, n := range counts["controller"] {
		devices[n.Value] = n.Count
	}
	by := map[string]*controllerRow{}
	for i := range flows {
		f := &flows[i]
		r := by[f.Controller]
		if r == nil {
			r = &controllerRow{Company: f.Controller, Jurisdiction: f.Jurisdiction}
			by[f.Controller] = r
		}
		r.Up, r.Down = r.Up+f.BytesUp, r.Down+f.BytesDown
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		r := by[name]
		if name == "" {
			href := of(scope, "egress.controller!=*", outsideText)
			r.UpHref, r.DownHref = most(href, "bytes_up"), most(href, "bytes_down")
			unknown = r
			continue
		}
		href := of(scope, query.Ask("egress.controller", name))
		r.Devices, r.UpHref, r.DownHref = tally{devices[name], href}, most(href, "bytes_up"), most(href, "bytes_down")
		rows = append(rows, *r)
	}
	slices.SortStableFunc(rows, func(x, y controllerRow) int { return cmp.Compare(y.Up, x.Up) })
	return rows, unknown, nil
}

// egressHref is the page of egress with a search, and of one site.
func egressHref(text string, site int64) string {
	v := url.Values{}
	if text != "" {
		v.Set("q", text)
	}
	if site > 0 {
		v.Set("site", strconv.FormatInt(site, 10))
	}
	if len(v) == 0 {
		return "/egress"
	}
	return "/egress?" + v.Encode()
}

// An egressSums is what the sentence on top says.
type egressSums struct {
	devices, up, down, unknown int64
	countries, companies       int
	href, here                 string // the devices; the page of egress they are of
	unknownHref                string
}

func (s *egressSums) answer() []linked {
	if s.devices == 0 {
		return []linked{{Text: "No device was seen to reach outside. A capture shows what went on while it ran: a device that calls out once a day needs a day."}}
	}
	verb := " reach"
	if s.devices == 1 {
		verb = " reaches"
	}
	out := []linked{{report.Plural(s.devices, "device", "devices"), s.href}, {Text: verb + " outside: "}, {report.Size(s.up), most(s.href, "bytes_up")}, {Text: " up and "}, {report.Size(s.down), most(s.href, "bytes_down")}, {Text: " down, to "}}
	if s.countries > 0 {
		out = append(out, linked{report.Plural(int64(s.countries), "country", "countries"), s.here + "#countries"})
	} else {
		out = append(out, linked{Text: "countries that are not known"})
	}
	if s.companies > 0 {
		out = append(out, linked{Text: " and servers of "}, linked{report.Plural(int64(s.companies), "company", "companies"), s.here + "#companies"})
	}
	out = append(out, linked{Text: "."})
	if s.unknown > 0 {
		out = append(out, linked{Text: " Of "}, linked{report.Size(s.unknown), s.unknownHref}, linked{Text: " that went up, who controls the server is not known."})
	}
	return out
}
