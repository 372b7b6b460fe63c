package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A planView is the order in which devices are dealt with.
type planView struct {
	Answer  []linked
	Sorts   []planSort
	Burn    *burnView
	Rows    []planRow
	MayPlan bool
	searched
	Months []store.Month
}

// A planSort is another order of the steps.
type planSort struct {
	Text, Href string
	On         bool
}

// planSorts are the orders there are; the first is the store's.
var planSorts = []struct{ id, text string }{{"", "what matters most"}, {"support", "end of support"}, {"target", "target day"}}

type planRow struct {
	store.PlanRow
	Name, Href string
	Chip       *report.Chip
	Late       bool
	Ended      bool // its support has
	May        bool
	Order      int
}

// A burnView is the picture of steps left by month: what is left, and what would
// be if all went as planned.
type burnView struct {
	Width, Height int
	Left, Aim     string // points
	Most          int64
	First, Last   string
	Label         string
}

func planPage(c *call) error {
	a, err := c.asking()
	if err != nil {
		return err
	}
	v := planView{searched: a.searched, MayPlan: c.who.MaySomewhere(access.Operate)}
	if a.Error == "" {
		if err := c.planFill(&v, a); err != nil {
			return err
		}
	}
	return c.show("plan", v)
}

func (c *call) planFill(v *planView, a *asking) error {
	db := a.db
	list, err := c.s.Store.Plan(c.ctx(), db)
	if err != nil {
		return err
	}
	by, err := c.among("by", "support", "target")
	if err != nil {
		return err
	}
	for _, s := range planSorts {
		p := planSort{s.text, "/plan?" + url.Values{"q": {a.Text}, "by": {s.id}}.Encode(), s.id == by}
		v.Sorts = append(v.Sorts, p)
	}
	ranked := func(p *store.PlanRow) string {
		key := map[string]string{"support": p.Ends, "target": p.Target}[by]
		return cmp.Or(key, "9999") // what has none comes last
	}
	if by == "support" || by == "target" {
		slices.SortStableFunc(list, func(x, y store.PlanRow) int {
			return cmp.Or(strings.Compare(x.Done, "")-strings.Compare(y.Done, ""), strings.Compare(ranked(&x), ranked(&y)))
		})
	}
	today := c.today()
	only, err := c.among("show", "open", "late", "done")
	if err != nil {
		return err
	}
	open, late, done := 0, 0, 0
	for i := range list {
		raw := list[i]
		p := report.Tame(raw)
		r := planRow{PlanRow: p, Name: p.Row.Name, Href: deviceHref(raw.Site, raw.Step.Device), May: c.who.May(access.Operate, raw.Row.Organisation)}
		if r.Name == "" {
			r.Name = p.Step.Device
		}
		if p.Row.Verdict != "" {
			chip := report.ChipOf(finding.Verdict(p.Row.Verdict), "")
			r.Chip = &chip
		}
		r.Late = p.Done == "" && p.Action != "keep" && p.Target != "" && p.Target < today
		switch {
		case p.Done != "":
			done++
		case p.Action != "keep":
			open++
			r.Order = open
		}
		if r.Late {
			late++
		}
		r.Ended = p.Ends != "" && p.Ends < today
		if only == "late" && !r.Late || only == "done" && p.Done == "" || only == "open" && (p.Done != "" || p.Action == "keep") {
			continue
		}
		v.Rows = append(v.Rows, r)
	}
	v.Answer = planAnswer(a.Text, open, late, done)
	if len(list) == 0 {
		v.Answer = nil
	}
	if only != "" {
		v.Answer = append(v.Answer, linked{Text: " "}, linked{"Show the whole plan", "/plan"}, linked{Text: "."})
	}
	if v.Months, err = c.s.Store.BurnDown(c.ctx(), db); err != nil {
		return err
	}
	v.Burn = newBurn(v.Months, today[:7])
	v.Months = v.Months[min(1, len(v.Months)):] // the first says what was left before anything was to be done
	return nil
}

// planAnswer says how far the plan of a search is: late are those of open whose
// target day has passed.
func planAnswer(search string, open, late, done int) []linked {
	show := func(what, text string) linked {
		return linked{text, "/plan?" + url.Values{"q": {search}, "show": {what}}.Encode()}
	}
	none := func(n int) string {
		if n == 0 {
			return "none"
		}
		return report.Thousands(int64(n))
	}
	be := func(n int) string {
		if n == 1 {
			return " is"
		}
		return " are"
	}
	if open == 0 {
		if done == 0 {
			return []linked{{Text: "No device is to be dealt with."}}
		}
		return []linked{{Text: "No device is still to be dealt with; "}, show("done", none(done)), {Text: be(done) + " done."}}
	}
	out := []linked{show("open", report.Plural(int64(open), "device", "devices")), {Text: be(open) + " still to be dealt with, "}}
	switch {
	case late == 0:
		out = append(out, linked{Text: "none past the target day; "})
	case open == 1:
		out = append(out, linked{Text: "and is "}, show("late", "past the target day"), linked{Text: "; "})
	default:
		out = append(out, show("late", none(late)), linked{Text: " of them past the target day; "})
	}
	return append(out, show("done", none(done)), linked{Text: be(done) + " done."})
}

// newBurn draws months as two lines; nil with fewer than two. What is left at the
// end of the first is what the second begins with, and the picture begins there.
func newBurn(months []store.Month, now string) *burnView {
	if len(months) < 2 {
		return nil
	}
	v := &burnView{Width: len(months) - 1, Height: 100, First: "beginning of " + monthWord(months[1].Month), Last: "end of " + monthWord(months[len(months)-1].Month)}
	for _, m := range months {
		v.Most = max(v.Most, m.Left, m.Planned)
	}
	if v.Most == 0 {
		return nil
	}
	var left, aim []string
	at := func(i int, n int64) string { return fmt.Sprintf("%d,%.1f", i, 100-100*float64(n)/float64(v.Most)) }
	for i, m := range months {
		aim = append(aim, at(i, m.Planned))
		if m.Month <= now {
			left = append(left, at(i, m.Left))
		}
	}
	v.Left, v.Aim = strings.Join(left, " "), strings.Join(aim, " ")
	last := months[len(months)-1]
	v.Label = fmt.Sprintf("Steps left from the %s to the %s: %s at most; %s would be left at the end if all goes as planned.", v.First, v.Last, report.Thousands(v.Most), report.Thousands(last.Planned))
	return v
}

func monthWord(s string) string {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return s
	}
	return t.Format("January 2006")
}
