package web

import (
	"cmp"
	"fmt"
	"html/template"

	"github.com/lenscap/lenscap/internal/report"
)

// Long tables and menus of pages, written by hand; see [markup].

// Lines are the rows of the estate's table.
func (v *estateView) Lines() template.HTML {
	m := markup{make([]byte, 0, len(v.Rows)*1024)}
	pick := v.MayJudge || v.MayPlan
	for i := range v.Rows {
		r := &v.Rows[i]
		m.raw("<tr>")
		if pick {
			m.pick("device", r.Key, "Choose "+r.Name)
		}
		for k := range r.Cells {
			c := &r.Cells[k]
			if k == 0 {
				m.raw(`<th scope="row">`)
				m.cell(&c.cellView)
				m.raw("</th>")
				continue
			}
			m.raw("<td")
			m.class(c.Class)
			m.raw(">")
			m.cell(&c.cellView)
			m.raw("</td>")
		}
		m.raw("</tr>\n")
	}
	return m.html()
}

// pick is the box that chooses a line.
func (m *markup) pick(name, value, label string) {
	m.raw(`<td class="pick"><input type="checkbox"`)
	m.attr("name", name)
	m.attr("value", value)
	m.raw(` form="bulk"`)
	m.attr("aria-label", label)
	m.raw("></td>")
}

// cell is what a cell of the estate's table shows.
func (m *markup) cell(c *cellView) {
	switch {
	case c.Chip != nil:
		m.chip(*c.Chip)
	case c.Ago != nil:
		m.ago(*c.Ago)
	case c.Href != "":
		m.raw("<a")
		m.href(c.Href)
		m.title(c.Title)
		m.raw(">")
		m.bdi(c.Text)
		m.raw("</a>")
	default:
		m.raw("<bdi")
		m.title(c.Title)
		m.raw(">")
		m.text(c.Text)
		m.raw("</bdi>")
	}
	if c.Soft != "" {
		m.raw(` <span class="soft">`)
		m.text(c.Soft)
		m.raw("</span>")
	}
}

// menus are what a list can be narrowed by.
func (m *markup) menus(list []facetView) {
	for i := range list {
		f := &list[i]
		m.raw(`<details class="menu`)
		if f.On {
			m.raw(" on")
		}
		m.raw(`"><summary>`)
		m.text(f.Title)
		m.raw(`</summary><ul class="list-of">`)
		for k := range f.Values {
			m.choice(&f.Values[k])
		}
		m.raw("</ul></details>\n")
	}
}

func (m *markup) choice(v *facetValue) {
	m.raw("<li><a")
	m.href(v.Href)
	if v.On {
		m.raw(` class="on" aria-current="true"`)
	}
	m.raw("><span>")
	if v.On {
		m.raw(`<svg class="i" aria-hidden="true"><use href="#i-check"/></svg>`)
	}
	m.raw("</span>")
	m.bdi(v.Text)
	m.raw(`<span class="num">`)
	m.text(report.Thousands(v.N))
	m.raw("</span></a></li>")
}

// Lines are the rows of the queue of findings.
func (v *findingsView) Lines() template.HTML {
	m := markup{make([]byte, 0, len(v.Rows)*1024)}
	for i := range v.Rows {
		v.line(&m, &v.Rows[i])
	}
	return m.html()
}

func (v *findingsView) line(m *markup, r *findingRow) {
	m.raw("<tr>")
	if v.MayJudge {
		m.pick("finding", r.Key, "Choose "+r.Name+" of "+r.DeviceName)
	}
	m.raw(`<th scope="row"><a`)
	m.href(r.Href)
	m.raw("><bdi")
	m.attr("title", r.DeviceName)
	m.raw(">")
	m.text(report.CutMiddle(cmp.Or(r.DeviceName, r.Device), 26))
	m.raw("</bdi></a></th>")
	if v.Why {
		m.raw(`<td class="wrap">`)
		m.text(r.Why)
	} else {
		m.raw("<td")
		m.attr("title", r.Why)
		m.raw(">")
		m.link("/rules/"+r.Regime, report.CutMiddle(r.Name, 44))
	}
	m.raw("</td><td>")
	m.chip(r.Chip)
	m.raw(`</td><td class="p3">`)
	m.bdi(report.CutMiddle(r.Maker, 22))
	m.raw(`</td><td class="p2"><a`)
	m.href(fmt.Sprintf("/sites/%d", r.Site))
	m.raw(">")
	m.bdi(report.CutMiddle(r.SiteName, 22))
	m.raw("</a></td><td>")
	if d := &r.Decision; d.Status != "accepted" {
		m.text(d.Status)
		if r.Waived {
			m.raw(", ")
		}
	} else if !r.Waived {
		m.raw("accepted")
	}
	if r.Waived {
		m.raw("accepted until ")
		m.text(r.Decision.Waiver.Until)
	}
	m.raw(`</td><td class="p3">`)
	m.bdi(r.Decision.Owner)
	m.raw(`</td><td class="p2">`)
	if r.Late {
		m.raw(`<span class="differs">`)
		m.text(r.Decision.Due)
		m.raw(", overdue</span>")
	} else {
		m.text(r.Decision.Due)
	}
	m.raw("</td></tr>\n")
}

// flowLines are the rows of the table of sites, companies and countries.
func (m *markup) flowLines(list []flowRow) {
	for i := range list {
		f := &list[i]
		m.raw(`<tr><th scope="row"><a`)
		m.href(f.FromHref)
		m.raw(">")
		m.bdi(f.From)
		m.raw("</a></th><td>")
		if f.Controller != "" {
			m.raw("<bdi")
			m.attr("title", f.Controller)
			m.raw(">")
			m.text(report.CutMiddle(f.Controller, 40))
			m.raw("</bdi></td><td>")
			m.text(cmp.Or(report.CountryName(f.Jurisdiction), "not known"))
		} else {
			m.raw(`<span class="soft">not known</span></td><td>`)
		}
		m.raw("</td><td>")
		m.text(cmp.Or(report.CountryName(f.Country), "not known"))
		m.raw(`</td><td class="num">`)
		m.count(f.Devices)
		m.raw(`</td><td class="num">`)
		m.count(f.Video)
		m.raw(`</td><td class="num">`)
		m.link(f.UpHref, report.Size(f.Up))
		m.raw(`</td><td class="num">`)
		m.link(f.DownHref, report.Size(f.Down))
		m.raw("</td></tr>\n")
	}
}

// leakLines are the devices of a closed site that reached outside.
func (m *markup) leakLines(list []leak) {
	for i := range list {
		l := &list[i]
		m.raw(`<tr><th scope="row"><a`)
		m.href(l.Href)
		m.raw(">")
		m.bdi(l.Name)
		m.raw(`</a></th><td class="wrap">`)
		m.bdi(l.Where)
		m.raw(`</td><td class="num">`)
		m.text(report.Size(l.Up))
		m.raw(`</td><td class="p2">`)
		m.text(l.Video)
		m.raw("</td><td>")
		m.ago(l.First)
		m.raw("</td><td>")
		m.ago(l.Last)
		m.raw("</td></tr>")
	}
}
