package web

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A compared is a device beside a line that declares it: one of them may be
// missing. A device that two lists declare is there twice.
type compared struct {
	Presence string             `json:"presence"`         // "both", "seen", "declared"
	Device   string             `json:"device,omitempty"` // id
	List     string             `json:"list,omitempty"`
	Line     int                `json:"line,omitempty"`
	Differs  []asset.Field      `json:"differs"`
	Fields   []asset.Comparison `json:"fields"`
}

// A deviceArea is where in the network a device was seen.
type deviceArea struct {
	zone string
	vlan int
}

// comparison calls fn with every line and every device of a site: those that
// were seen by id, then what is declared only.
func (c *call) comparison(site siteOf, fn func(*compared) error) error {
	all, err := c.s.Store.Declared(c.ctx(), site.ID)
	if err != nil {
		return err
	}
	lines := map[string][]*hub.Declared{} // by device
	for i := range all {
		lines[all[i].Device] = append(lines[all[i].Device], &all[i])
	}
	areas := map[string]deviceArea{}
	err = c.each(c.ctx(), &asking{db: store.DeviceQuery{Organisations: []int64{site.Organisation}, Sites: []int64{site.ID}}}, func(d *store.DeviceRow) error {
		if d.Zone != "" || d.VLAN != 0 {
			areas[d.Device.Device] = deviceArea{d.Zone, int(d.VLAN)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	err = c.s.Store.Docs(c.ctx(), site.ID, func(d *report.Device, _ []finding.Finding) error {
		seen[d.ID] = true
		s := hub.SeenAs(d)
		areas[d.ID].into(&s)
		if len(lines[d.ID]) == 0 {
			return fn(comparedOf(hub.SeenOnly, d.ID, nil, nil, &s))
		}
		for _, l := range lines[d.ID] {
			if err := c.line(hub.Both, l, &s, fn); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range all {
		if !seen[all[i].Device] {
			if err := c.line(hub.DeclaredOnly, &all[i], nil, fn); err != nil {
				return err
			}
		}
	}
	return nil
}

// into tells what was seen of the area.
func (a deviceArea) into(s *asset.Seen) {
	if a.zone != "" {
		s.Zone = []string{a.zone}
	}
	if a.vlan != 0 {
		s.VLANs = []int{a.vlan}
	}
}

func (c *call) line(presence string, l *hub.Declared, s *asset.Seen, fn func(*compared) error) error {
	var d asset.Declared
	if err := json.Unmarshal(l.Fields, &d); err != nil {
		return fmt.Errorf("line %d of asset list %q: %w", l.Line, l.List, err)
	}
	return fn(comparedOf(presence, l.Device, l, &d, s))
}

func comparedOf(presence, device string, l *hub.Declared, d *asset.Declared, s *asset.Seen) *compared {
	out := &compared{Presence: presence, Device: device, Differs: []asset.Field{}, Fields: asset.Compare(d, s)}
	if l != nil {
		out.List, out.Line = l.List, l.Line
	}
	for _, f := range out.Fields {
		if f.Says == asset.Differs {
			out.Differs = append(out.Differs, f.Field)
		}
	}
	return out
}

// exported is the site of the path, with the head of a file about it.
func (c *call) exported(kind, name string) (siteOf, error) {
	id, err := c.number("site")
	if err != nil {
		return siteOf{}, err
	}
	site, err := c.site(id, access.View)
	if err != nil {
		return siteOf{}, err
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	return site, nil
}

// comparisonCSV writes three columns for each field: declared, seen, and how
// they agree. Cells that a spreadsheet would run are defused.
func comparisonCSV(c *call) error {
	site, err := c.exported("text/csv; charset=utf-8", "comparison.csv")
	if err != nil {
		return err
	}
	w := csv.NewWriter(c.w)
	fields := asset.Compared()
	row := []string{"site", "presence", "device", "list", "line", "differences"}
	head := len(row)
	at := map[asset.Field]int{}
	for _, f := range fields {
		at[f] = len(row)
		row = append(row, string(f)+" declared", string(f)+" seen", string(f)+" agrees")
	}
	_ = w.Write(row) // Flush below has the error
	err = c.comparison(site, func(x *compared) error {
		clear(row)
		row[0], row[1], row[2], row[3], row[5] = asset.Cell(site.Name), x.Presence, x.Device, asset.Cell(x.List), strconv.Itoa(len(x.Differs))
		if x.Line > 0 {
			row[4] = strconv.Itoa(x.Line)
		}
		for _, f := range x.Fields {
			i := at[f.Field]
			row[i], row[i+1], row[i+2] = asset.Cell(f.Declared), asset.Cell(f.Seen), string(f.Says)
		}
		return w.Write(row[:head+3*len(fields)])
	})
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return c.cut(err)
}

// comparisonJSON writes the same as one list.
func comparisonJSON(c *call) error {
	site, err := c.exported("application/json", "comparison.json")
	if err != nil {
		return err
	}
	return c.cut(writeList(c.w, func(write func(any) error) error {
		return c.comparison(site, func(x *compared) error { return write(x) })
	}))
}
