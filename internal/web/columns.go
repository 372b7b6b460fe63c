package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A column of the estate's table.
type column struct {
	ID, Title string
	Sort      string // of store.Sorts; "" cannot be sorted by
	Class     string
	cell      func(c *call, d *store.DeviceRow) cellView
}

// A cellView is one cell. What comes from a device went through report.Visible.
type cellView struct {
	Text, Title, Href string
	Soft              string // behind it
	Chip              *report.Chip
	Ago               *agoView
	Code              bool
}

func textCell(s string, width int) cellView {
	s = report.Visible(s)
	if short := report.CutMiddle(s, width); short != s {
		return cellView{Text: short, Title: s}
	}
	return cellView{Text: s}
}

func text(width int, of func(*store.DeviceRow) string) func(*call, *store.DeviceRow) cellView {
	return func(_ *call, d *store.DeviceRow) cellView { return textCell(of(d), width) }
}

// columns are all there are, in their order. The first is always shown.
var columns = []column{
	{"name", "Device", "name", "", func(_ *call, d *store.DeviceRow) cellView {
		v := textCell(d.Name, 24)
		if v.Text == "" {
			v.Text = d.Device.Device
		}
		v.Href = deviceHref(d.Site, d.Device.Device)
		return v
	}},
	{"address", "Address", "address", "p1", text(26, func(d *store.DeviceRow) string { return d.Address })},
	{"kind", "Kind", "kind", "p2", text(16, func(d *store.DeviceRow) string { return report.KindName(d.Kind) })},
	{"brand", "Brand", "brand", "p3", text(18, func(d *store.DeviceRow) string { return d.Brand })},
	{"maker", "Maker", "maker", "", makerCell},
	{"grade", "How sure", "grade", "p2", func(_ *call, d *store.DeviceRow) cellView {
		return cellView{Text: report.Pips(d.MakerGrade) + " " + orUnknown(d.MakerGrade)}
	}},
	{"model", "Model", "model", "p3", text(20, func(d *store.DeviceRow) string { return d.Model })},
	{"firmware", "Firmware", "firmware", "p4", text(22, func(d *store.DeviceRow) string { return d.Firmware })},
	{"chip", "Chip", "chip", "p4", text(18, func(d *store.DeviceRow) string { return d.Chip })},
	{"platform", "Platform", "platform", "p4", text(18, func(d *store.DeviceRow) string { return d.Platform })},
	{"verdict", "Verdict", "severity", "", func(_ *call, d *store.DeviceRow) cellView {
		if d.Verdict == "" {
			return cellView{}
		}
		chip := report.ChipOf(finding.Verdict(d.Verdict), "")
		return cellView{Chip: &chip}
	}},
	{"video", "Video", "video", "p3", text(18, func(d *store.DeviceRow) string {
		if !d.Outside {
			return ""
		}
		return d.Video
	})},
	{"countries", "Reaches", "", "p2", func(_ *call, d *store.DeviceRow) cellView {
		var codes, names []string
		for _, c := range d.Countries {
			if c == "" {
				c = "not known"
			}
			codes, names = append(codes, c), append(names, report.CountryName(c))
		}
		v := textCell(strings.Join(codes, ", "), 16)
		v.Title = report.Visible(strings.Join(names, ", "))
		return v
	}},
	{"controllers", "Controlled by", "", "p4", text(26, func(d *store.DeviceRow) string { return strings.Join(d.Controllers, ", ") })},
	{"up", "Up", "bytes_up", "p4 num", func(_ *call, d *store.DeviceRow) cellView { return bytesCell(d.BytesUp) }},
	{"down", "Down", "bytes_down", "p4 num", func(_ *call, d *store.DeviceRow) cellView { return bytesCell(d.BytesDown) }},
	{"site", "Site", "site", "p2", func(_ *call, d *store.DeviceRow) cellView {
		v := textCell(d.SiteName, 20)
		v.Title, v.Href = report.Visible(d.OrganisationName+", "+d.SiteName), fmt.Sprintf("/sites/%d", d.Site)
		return v
	}},
	{"zone", "Zone", "zone", "p4", text(18, func(d *store.DeviceRow) string { return d.Zone })},
	{"presence", "Seen or declared", "presence", "p4", text(18, func(d *store.DeviceRow) string { return presenceWord(d.Presence) })},
	{"mac", "MAC", "mac", "p4", text(18, func(d *store.DeviceRow) string { return d.MAC })},
	{"serial", "Serial", "serial", "p4", text(24, func(d *store.DeviceRow) string { return d.Serial })},
	{"hostname", "Hostname", "hostname", "p4", text(24, func(d *store.DeviceRow) string { return d.Hostname })},
	{"tags", "Tags", "", "p4", text(24, func(d *store.DeviceRow) string { return strings.Join(d.Tags, ", ") })},
	{"first", "First seen", "first", "p4", func(c *call, d *store.DeviceRow) cellView { v := ago(c.s.Now(), d.First); return cellView{Ago: &v} }},
	{"last", "Last seen", "last", "p5", func(c *call, d *store.DeviceRow) cellView { v := ago(c.s.Now(), d.Last); return cellView{Ago: &v} }},
	{"changed", "Changed", "changed", "p4", func(c *call, d *store.DeviceRow) cellView { v := ago(c.s.Now(), d.Changed); return cellView{Ago: &v} }},
}

// usual are the columns of who chose none.
var usual = []string{"name", "address", "kind", "maker", "grade", "model", "verdict", "video", "countries", "site", "last"}

// makerCell names the maker, and the brand on the box where that is another. What
// only a list says is no statement of ours, and is shown as what it is.
func makerCell(_ *call, d *store.DeviceRow) cellView {
	if said := cmp.Or(d.Maker, d.Brand); said != "" && d.Presence == hub.DeclaredOnly {
		return cellView{Soft: "declared " + report.Visible(report.CutMiddle(said, 14)), Title: report.Visible(said)}
	}
	v := textCell(d.Maker, 22)
	switch brand := report.Visible(report.CutMiddle(d.Brand, 16)); {
	case brand == "" || strings.EqualFold(d.Brand, d.Maker):
	case v.Text == "":
		v.Soft = "as " + report.CutMiddle(brand, 14)
	default:
		v.Soft = "as " + brand
	}
	return v
}

func bytesCell(n int64) cellView {
	if n == 0 {
		return cellView{}
	}
	return cellView{Text: report.Size(n)}
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

func presenceWord(p string) string {
	switch p {
	case "both":
		return "seen and declared"
	case "seen":
		return "seen only"
	case "declared":
		return "declared only"
	}
	return p
}

func deviceHref(site int64, device string) string {
	return fmt.Sprintf("/devices/%d/%s", site, url.PathEscape(device))
}

const columnsCookie = "columns"

// shown are the columns the person chose, kept in a cookie, with those of a saved
// query before them.
func (c *call) shown() (list []column, chosen bool) {
	want := c.URL.Query().Get("columns")
	if want == "" {
		if k, ok := c.kept(columnsCookie); ok {
			want = k
		}
	}
	ids := strings.FieldsFunc(want, func(r rune) bool { return r == '.' || r == ',' || r == ' ' })
	if len(ids) == 0 {
		ids = usual
	} else {
		chosen = true
	}
	for i, col := range columns {
		if i == 0 || slices.Contains(ids, col.ID) {
			if chosen { // who chose columns sees them at any width
				col.Class = strings.TrimSpace(strings.NewReplacer("p1", "", "p2", "", "p3", "", "p4", "", "p5", "").Replace(col.Class))
			}
			list = append(list, col)
		}
	}
	return list, chosen
}

// columnsForm keeps the choice.
func columnsForm(c *call) error {
	if err := c.ParseForm(); err != nil {
		return invalid("columns", "load the page again")
	}
	var ids []string
	for _, col := range columns {
		if slices.Contains(c.PostForm["column"], col.ID) {
			ids = append(ids, col.ID)
		}
	}
	if c.field("usual") != "" || len(ids) == 0 {
		c.keep(columnsCookie, "", 0)
	} else {
		c.keep(columnsCookie, strings.Join(ids, "."), 365*24*time.Hour)
	}
	return c.see(c.field("back"), "")
}
