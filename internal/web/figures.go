package web

import (
	"slices"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A figuresView is what a watchdog sees: sums of organisations, without the name
// of a site or a device.
type figuresView struct {
	Day      string
	Verdicts []string
	Grades   []string
	Rows     []figuresRow
	All      figuresRow
	Makers   []makerRow
}

// A figuresRow is one organisation. Every figure is of Video, the number of its
// cameras, recorders and other video equipment.
type figuresRow struct {
	Name     string
	Devices  int64
	Video    int64
	Verdicts []int64 // in the order of the view's
	Grades   []int64
	Outside  int64
	NoKind   int64 // of no known kind, and not in Video
}

// A makerRow is one maker as found, and in how many organisations.
type makerRow struct {
	Maker         string // "" unknown
	Devices       int64
	Organisations int
}

func figuresPage(c *call) error {
	orgs, err := c.s.Store.Organisations(c.ctx())
	if err != nil {
		return err
	}
	v := &figuresView{
		Day:      c.today(),
		Verdicts: verdictValues(),
		Grades:   []string{"confirmed", "probable", "possible", "unknown"},
	}
	v.All = figuresRow{Name: "Together", Verdicts: make([]int64, len(v.Verdicts)), Grades: make([]int64, len(v.Grades))}
	makers := map[string]*makerRow{}
	for _, o := range orgs {
		if !c.who.May(access.Figures, o.ID) {
			continue
		}
		f, err := c.s.Store.Figures(c.ctx(), &o)
		if err != nil {
			return err
		}
		row := figuresRowOf(v, f)
		v.Rows = append(v.Rows, row)
		v.All.add(&row)
		for _, n := range f.Makers {
			m := makers[n.Value]
			if m == nil {
				m = &makerRow{Maker: n.Value}
				makers[n.Value] = m
			}
			m.Devices += n.Count
			m.Organisations++
		}
	}
	for _, m := range makers {
		v.Makers = append(v.Makers, *m)
	}
	slices.SortFunc(v.Makers, func(a, b makerRow) int {
		if a.Devices != b.Devices {
			return int(min(max(b.Devices-a.Devices, -1), 1))
		}
		return slices.Compare([]string{a.Maker}, []string{b.Maker})
	})
	for i, verdict := range v.Verdicts {
		v.Verdicts[i] = report.VerdictWord(finding.Verdict(verdict))
	}
	return c.show("figures", v)
}

// figuresRowOf lays the sums of an organisation out as the page has its columns.
func figuresRowOf(v *figuresView, f *store.Figures) figuresRow {
	row := figuresRow{Name: f.Name, Devices: f.Devices, Video: f.Video, Outside: f.Outside, NoKind: f.NoKind}
	for _, verdict := range v.Verdicts {
		row.Verdicts = append(row.Verdicts, f.Verdicts[verdict])
	}
	for _, grade := range v.Grades {
		row.Grades = append(row.Grades, f.Grades[grade])
	}
	return row
}

func (r *figuresRow) add(o *figuresRow) {
	r.Devices += o.Devices
	r.Video += o.Video
	r.Outside += o.Outside
	r.NoKind += o.NoKind
	for i, n := range o.Verdicts {
		r.Verdicts[i] += n
	}
	for i, n := range o.Grades {
		r.Grades[i] += n
	}
}

func verdictValues() (out []string) {
	for _, v := range finding.OfDevice {
		out = append(out, string(v))
	}
	return out
}
