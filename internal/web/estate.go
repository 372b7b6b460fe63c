package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

const estateRows = 100

// An estateView is the first page.
type estateView struct {
	*asking
	Answer   []linked
	Total    int64
	MoreThan bool
	Heads    []headView
	Rows     []rowView
	Chosen   []term
	Facets   []facetView
	Columns  []columnChoice
	Saved    []savedView
	Pager    pager
	Export   string // parameters of the exports
	Exports  []exportRow
	Only     *facetValue // the switch to video equipment; nil where nothing is counted
	Short    string      // that a word is too short to find much
	Meant    []linked    // longer searches in its place
	MayJudge bool
	MayPlan  bool
	MaySave  []hub.Organisation
	Statuses []string
	Actions  []string
	Regimes  []option
	Examples []linked // searches to begin with
}

type headView struct {
	Title, Class, Href, Sorted string
}

type rowView struct {
	Key   string // "site/device", what a chosen line sends
	Name  string
	Cells []headedCell
}

type headedCell struct {
	cellView
	Class string
}

type facetView struct {
	Title  string
	Values []facetValue
	On     bool
}

type facetValue struct {
	Text, Href string
	N          int64
	On         bool
}

type columnChoice struct {
	ID, Title string
	On        bool
}

type savedView struct {
	hub.Query
	Href    string
	MayDrop bool
}

// searches are what the page proposes to begin with.
var searches = []string{"maker:hikvision AND egress.country!=GB", "site.sensitive:true AND verdict>=advised-against", "video:video", "presence:declared", "grade<probable AND kind:camera", "changed>7d"}

func estatePage(c *call) error {
	ids, all := c.who.Organisations(access.View)
	if c.query("q") == "" {
		recent, err := c.s.Store.RecentIngests(c.ctx(), ids, all, 0, 1)
		if err != nil {
			return err
		}
		n, err := c.count("")
		if err != nil {
			return err
		}
		if len(recent) == 0 && n == 0 {
			return c.show("welcome", c.welcome())
		}
	}
	a, err := c.asking()
	if err != nil {
		return err
	}
	v := &estateView{asking: a, Export: strings.TrimPrefix(a.href(), "/"), Actions: planActions, Statuses: statuses, Examples: c.instead(searches...)}
	if err := c.estateRows(v); err != nil {
		return err
	}
	if c.Request.Header.Get("X-Part") != "" && a.Error != "" {
		return c.show("estate", v)
	}
	if a.Error == "" && v.Total == 0 && a.Text != "" {
		if err := c.near(a); err != nil {
			return err
		}
	}
	if err := c.estateFacets(v); err != nil {
		return err
	}
	return c.estateTools(v)
}

// estateRows fills the table.
func (c *call) estateRows(v *estateView) error {
	list, chosen := c.shown()
	for _, col := range columns {
		v.Columns = append(v.Columns, columnChoice{col.ID, col.Title, slices.ContainsFunc(list, func(x column) bool { return x.ID == col.ID })})
	}
	_ = chosen
	for _, col := range list {
		h := headView{Title: col.Title, Class: col.Class}
		if col.Sort != "" {
			desc := ""
			if v.Sort == col.Sort && !v.Descending || v.Sort != col.Sort && descendsFirst[col.Sort] {
				desc = "1"
			}
			h.Href = v.href("sort", col.Sort, "desc", desc)
			if v.Sort == col.Sort {
				h.Sorted = map[bool]string{true: "descending", false: "ascending"}[v.Descending]
			}
		}
		v.Heads = append(v.Heads, h)
	}
	if v.Error != "" {
		return nil
	}
	page, err := c.s.Store.Devices(c.ctx(), v.db)
	if err != nil {
		return err
	}
	v.Total, v.MoreThan = page.Total, page.MoreThan
	v.Rows = make([]rowView, len(page.Devices))
	cells := make([]headedCell, len(page.Devices)*len(list))
	for i := range v.Rows {
		d := &page.Devices[i]
		v.Rows[i] = rowView{Key: rowKey(d.Site, d.Device.Device), Name: report.Visible(d.Name), Cells: cells[:len(list)]}
		for k := range list {
			cells[k] = headedCell{list[k].cell(c, d), list[k].Class}
		}
		cells = cells[len(list):]
	}
	v.Pager = pager{N: estateRows}
	if page.Next != "" {
		v.Pager.Next = v.href("after", page.Next)
	}
	if v.After != "" {
		v.Pager.First = v.href()
	}
	return nil
}

// descendsFirst are what one wants to see the most of.
var descendsFirst = map[string]bool{"severity": true, "bytes_up": true, "bytes_down": true, "last": true, "changed": true, "first": true}

func rowKey(site int64, device string) string { return fmt.Sprintf("%d/%s", site, device) }

// facets are what the estate is counted by: by the names of the store, and of
// the language.
var facets = []struct{ name, field, title string }{
	{"verdict", "verdict", "Verdict"}, {"maker", "maker", "Maker"}, {"kind", "kind", "Kind"}, {"grade", "grade", "How sure"}, {"site", "site", "Site"}, {"country", "egress.country", "Country"},
	{"controller", "egress.controller", "Controller"}, {"video", "video", "Video"}, {"presence", "presence", "Seen or declared"}, {"firmware", "firmware", "Firmware"}, {"tag", "tag", "Tag"},
}

// facetShown bounds a menu; the search finds the others.
const facetShown = 30

func (c *call) estateFacets(v *estateView) error {
	v.Chosen = v.terms()
	if v.Query == nil || v.Error != "" {
		v.Answer = []linked{{Text: "Nothing is shown until the search can be read."}}
		return nil
	}
	names := make([]string, len(facets))
	for i, f := range facets {
		names[i] = f.name
	}
	counts, err := c.s.Store.Facets(c.ctx(), v.db, names)
	if err != nil {
		return err
	}
	for _, f := range facets {
		fv := facetView{Title: f.title}
		for i, n := range counts[f.name] {
			if i == facetShown {
				break
			}
			if n.Value == "" {
				continue
			}
			val := facetValue{Text: report.Visible(facetWord(f.field, n.Value)), N: n.Count}
			ask := query.Ask(f.field, n.Value)
			for _, t := range v.Chosen {
				if strings.EqualFold(t.Text, ask) {
					val.On, fv.On, val.Href = true, true, t.Href
				}
			}
			if !val.On {
				val.Href = v.href("q", v.Query.And(ask))
			}
			fv.Values = append(fv.Values, val)
		}
		if len(fv.Values) > 0 {
			v.Facets = append(v.Facets, fv)
		}
	}
	v.Only = v.onlyCameras(counts["kind"])
	c.estateAnswer(v, counts)
	v.Short, v.Meant, err = c.short(v.asking)
	return err
}

func facetWord(field, value string) string {
	switch field {
	case "kind":
		return report.KindName(value)
	case "egress.country":
		return report.CountryName(value)
	case "verdict":
		return report.VerdictWord(finding.Verdict(value))
	case "grade":
		return report.Pips(value) + " " + value
	case "presence":
		return presenceWord(value)
	}
	return report.CutMiddle(value, 40)
}

// estateAnswer says in a sentence what the list below holds.
func (c *call) estateAnswer(v *estateView, counts map[string][]store.Count) {
	n := report.Plural(v.Total, "device", "devices")
	if v.MoreThan {
		n = "More than " + n
	}
	verb := " in the estate"
	if v.Text != "" {
		verb = map[bool]string{true: " matches", false: " match"}[v.Total == 1 && !v.MoreThan]
	}
	v.Answer = []linked{{Text: n + verb}}
	list := slices.Clone(counts["verdict"])
	slices.SortStableFunc(list, func(a, b store.Count) int {
		switch {
		case finding.Graver(finding.Verdict(a.Value), finding.Verdict(b.Value)):
			return -1
		case finding.Graver(finding.Verdict(b.Value), finding.Verdict(a.Value)):
			return 1
		}
		return 0
	})
	between := ". By the gravest verdict that nobody waived: "
	for _, k := range list {
		if k.Value == "" || k.Value == string(finding.NotCovered) {
			continue
		}
		says := report.Thousands(k.Count)
		if k.Value == string(finding.Accepted) {
			between = ". Accepted for a while: "
		} else {
			says += " " + report.VerdictWord(finding.Verdict(k.Value))
		}
		v.Answer = append(v.Answer, linked{Text: between}, linked{says, v.href("q", v.Query.And(query.Ask("verdict", k.Value)))})
		between = ", "
	}
	v.Answer = append(v.Answer, linked{Text: "."})
}

// estateTools fills saved queries and what may be done with chosen lines.
func (c *call) estateTools(v *estateView) error {
	var err error
	if v.MaySave, err = c.mine(access.Judge); err != nil {
		return err
	}
	v.MayJudge, v.MayPlan = len(v.MaySave) > 0, c.who.MaySomewhere(access.Operate)
	ids, err := c.organisations()
	if err != nil {
		return err
	}
	saved, err := c.s.Store.SavedQueries(c.ctx(), ids)
	if err != nil {
		return err
	}
	for _, q := range report.Tame(saved) {
		v.Saved = append(v.Saved, savedView{q, v.savedHref(&q), c.who.May(access.Judge, q.Organisation)})
	}
	if v.MayJudge && v.Total > 0 {
		if v.Regimes, err = c.rulesOf(v.db); err != nil {
			return err
		}
	}
	if v.Exports, err = c.estateExports(v.asking); err != nil {
		return err
	}
	return c.show("estate", v)
}

// rulesOf are the rules that say something of the devices of a question, by name.
func (c *call) rulesOf(q store.DeviceQuery) ([]option, error) {
	n, err := c.s.Store.FindingCounts(c.ctx(), store.FindingQuery{Organisations: q.Organisations, All: q.All, Query: q.Query, Day: c.today()})
	if err != nil {
		return nil, err
	}
	names := c.regimeNames()
	seen := map[string]bool{}
	var out []option
	for _, r := range n.Regimes {
		if finding.Severity(finding.Verdict(r.Verdict)) > 0 && !seen[r.Regime] {
			seen[r.Regime] = true
			out = append(out, option{r.Regime, cmp.Or(names[r.Regime], r.Regime)})
		}
	}
	slices.SortFunc(out, func(a, b option) int { return cmp.Compare(a.Text, b.Text) })
	return out, nil
}

func (v *estateView) savedHref(q *hub.Query) string {
	p := url.Values{"q": {q.Text}}
	if q.Columns != "" {
		p.Set("columns", q.Columns)
	}
	return "/?" + p.Encode()
}

// count is how many devices that the person may see match a search.
func (c *call) count(text string) (int64, error) {
	a, err := c.askingOf(text)
	if err != nil {
		return 0, err
	}
	if a.Error != "" {
		return 0, errors.New(a.Error)
	}
	a.db.Limit, a.db.After, a.db.Sort = 1, "", ""
	page, err := c.s.Store.Devices(c.ctx(), a.db)
	return page.Total, err
}

// deviceCount is how many devices a site has.
func (c *call) deviceCount(site int64) (int64, error) {
	ids, all := c.who.Organisations(access.View)
	page, err := c.s.Store.Devices(c.ctx(), store.DeviceQuery{Organisations: ids, All: all, Sites: []int64{site}, Limit: 1})
	return page.Total, err
}

// each visits all devices that an asking finds, page by page, until visit fails.
func (c *call) each(ctx context.Context, a *asking, visit func(*store.DeviceRow) error) error {
	q := a.db
	q.Limit, q.After = 1000, ""
	for {
		page, err := c.s.Store.Devices(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Devices {
			if err := visit(&page.Devices[i]); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		q.After = page.Next
	}
}

// completePage proposes what could stand at the cursor of the search.
func completePage(c *call) error {
	at, err := strconv.Atoi(c.query("at"))
	if err != nil {
		return invalid("at", "a number")
	}
	text := c.URL.Query().Get("q")
	values := func(field, prefix string) []string {
		name := strings.TrimPrefix(field, "egress.")
		a, err := c.askingOf("")
		if err != nil || !slices.Contains(store.FacetFields(), name) {
			return nil
		}
		counts, err := c.s.Store.Facets(c.ctx(), a.db, []string{name})
		if err != nil {
			return nil
		}
		var out []string
		for _, n := range counts[name] {
			if n.Value != "" && strings.HasPrefix(query.Fold(n.Value), query.Fold(prefix)) {
				out = append(out, n.Value)
			}
		}
		return out
	}
	type suggestion struct {
		Text string `json:"text"`
		From int    `json:"from"`
		To   int    `json:"to"`
		Says string `json:"says"`
	}
	out := []suggestion{}
	for _, s := range query.Complete(text, at, store.Fields(), values) {
		out = append(out, suggestion{s.Text, s.From, s.To, s.Says})
	}
	return c.json(out)
}
