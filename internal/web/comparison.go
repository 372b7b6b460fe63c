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

// A compared is a device of a site beside the lines that declare it: the page of
// the lists counts the same devices. Lines that are not compared yet are one each,
// without a device.
type compared struct {
	Presence string             `json:"presence"`         // "both", "seen", "declared"; "waiting" of a line that is not compared yet
	Device   string             `json:"device,omitempty"` // id
	Seen     []asset.Comparison `json:"seen,omitempty"`   // of a device that no list has
	Lines    []comparedLine     `json:"lines"`            // of two lists, two
}

// A comparedLine is a line of a list beside its device.
type comparedLine struct {
	List    string             `json:"list"`
	Line    int                `json:"line"`
	Differs []asset.Field      `json:"differs"`
	Fields  []asset.Comparison `json:"fields"`
}

// waitingLine is the presence of a line that is not compared yet.
const waitingLine = "waiting"

// A deviceArea is where in the network a device was seen.
type deviceArea struct {
	zone string
	vlan int
}

// comparison calls fn with every device of a site: those that were seen by id,
// then what is declared only, then lines that wait.
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
	var only []string
	err = c.each(c.ctx(), &asking{db: store.DeviceQuery{Organisations: []int64{site.Organisation}, Sites: []int64{site.ID}}}, func(d *store.DeviceRow) error {
		if d.Presence == hub.DeclaredOnly {
			only = append(only, d.Device.Device)
		}
		if d.Zone != "" || d.VLAN != 0 {
			areas[d.Device.Device] = deviceArea{d.Zone, int(d.VLAN)}
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = c.s.Store.Docs(c.ctx(), site.ID, func(d *report.Device, _ []finding.Finding) error {
		s := hub.SeenAs(d)
		areas[d.ID].into(&s)
		if len(lines[d.ID]) == 0 {
			return fn(&compared{Presence: hub.SeenOnly, Device: d.ID, Seen: asset.Compare(nil, &s), Lines: []comparedLine{}})
		}
		return beside(hub.Both, d.ID, lines[d.ID], &s, fn)
	})
	if err != nil {
		return err
	}
	for _, id := range only {
		if err := beside(hub.DeclaredOnly, id, lines[id], nil, fn); err != nil {
			return err
		}
	}
	for _, l := range lines[""] {
		if err := beside(waitingLine, "", []*hub.Declared{l}, nil, fn); err != nil {
			return err
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

// beside calls fn with a device and its lines.
func beside(presence, id string, lines []*hub.Declared, s *asset.Seen, fn func(*compared) error) error {
	out := &compared{Presence: presence, Device: id, Lines: []comparedLine{}}
	for _, l := range lines {
		var d asset.Declared
		if err := json.Unmarshal(l.Fields, &d); err != nil {
			return fmt.Errorf("line %d of asset list %q: %w", l.Line, l.List, err)
		}
		line := comparedLine{List: l.List, Line: l.Line, Differs: []asset.Field{}, Fields: asset.Compare(&d, s)}
		for _, f := range line.Fields {
			if f.Says == asset.Differs {
				line.Differs = append(line.Differs, f.Field)
			}
		}
		out.Lines = append(out.Lines, line)
	}
	return fn(out)
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

// comparisonCSV writes a row for each line of a list and each device that none has,
// with three columns for each field: declared, seen, and how they agree. Cells that a spreadsheet would run are defused.
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
	write := func(x *compared, l comparedLine) error {
		clear(row)
		row[0], row[1], row[2], row[3], row[5] = asset.Cell(site.Name), x.Presence, x.Device, asset.Cell(l.List), strconv.Itoa(len(l.Differs))
		if l.Line > 0 {
			row[4] = strconv.Itoa(l.Line)
		}
		for _, f := range l.Fields {
			i := at[f.Field]
			row[i], row[i+1], row[i+2] = asset.Cell(f.Declared), asset.Cell(f.Seen), string(f.Says)
		}
		return w.Write(row[:head+3*len(fields)])
	}
	err = c.comparison(site, func(x *compared) error {
		if len(x.Lines) == 0 {
			return write(x, comparedLine{Fields: x.Seen})
		}
		for _, l := range x.Lines {
			if err := write(x, l); err != nil {
				return err
			}
		}
		return nil
	})
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return c.cut(err)
}

// comparisonJSON writes the same as one list of devices, each with its lines.
func comparisonJSON(c *call) error {
	site, err := c.exported("application/json", "comparison.json")
	if err != nil {
		return err
	}
	return c.cut(writeList(c.w, func(write func(any) error) error {
		return c.comparison(site, func(x *compared) error { return write(x) })
	}))
}
