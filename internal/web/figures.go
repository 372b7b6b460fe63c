package web

import (
	"slices"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/query"
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
		row, counts, err := c.figuresOf(v, o.ID, o.Name)
		if err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
		v.All.add(&row)
		for _, n := range counts {
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

// figuresOf counts one organisation; makers are those of its video equipment.
func (c *call) figuresOf(v *figuresView, id int64, name string) (row figuresRow, makers []store.Count, err error) {
	row = figuresRow{Name: name, Verdicts: make([]int64, len(v.Verdicts)), Grades: make([]int64, len(v.Grades))}
	all := store.DeviceQuery{Organisations: []int64{id}}
	kinds, err := c.s.Store.Facets(c.ctx(), all, []string{"kind"})
	if err != nil {
		return row, nil, err
	}
	for _, k := range kinds["kind"] {
		row.Devices += k.Count
	}
	if row.NoKind, err = c.withoutKind(all); err != nil {
		return row, nil, err
	}
	q, err := query.Parse(videoKinds, store.Fields())
	if err != nil {
		return row, nil, err
	}
	video := all
	video.Query = q
	counts, err := c.s.Store.Facets(c.ctx(), video, []string{"verdict", "grade", "maker", "outside"})
	if err != nil {
		return row, nil, err
	}
	for _, n := range counts["verdict"] {
		row.Video += n.Count
		if i := slices.Index(v.Verdicts, n.Value); i >= 0 {
			row.Verdicts[i] += n.Count
		}
	}
	for _, n := range counts["grade"] {
		if i := slices.Index(v.Grades, n.Value); i >= 0 {
			row.Grades[i] += n.Count
		}
	}
	for _, n := range counts["outside"] {
		if n.Value == "true" {
			row.Outside = n.Count
		}
	}
	return row, counts["maker"], nil
}

// withoutKind counts what [noKind] asks for.
func (c *call) withoutKind(of store.DeviceQuery) (int64, error) {
	q, err := query.Parse(noKind, store.Fields())
	if err != nil {
		return 0, err
	}
	of.Query, of.Limit = q, 1
	page, err := c.s.Store.Devices(c.ctx(), of)
	return page.Total, err
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
	for _, v := range finding.Outcomes {
		out = append(out, string(v))
	}
	return out
}
