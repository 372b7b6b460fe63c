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

// An asking is what the person asked of the estate, read from the address.
type asking struct {
	Text       string // as typed
	Query      *query.Query
	Error      string // why the text is none, with its place
	Sort       string
	Descending bool
	After      string
	db         store.DeviceQuery
}

// asking reads the address. A text that is no query finds nothing and says why;
// other parameters that make no sense are errors.
func (c *call) asking() (*asking, error) { return c.askingOf(c.query("q")) }

func (c *call) askingOf(text string) (*asking, error) {
	a := &asking{Text: text, Sort: c.query("sort"), Descending: c.query("desc") == "1", After: c.query("after")}
	ids, all := c.who.Organisations(access.View)
	a.db = store.DeviceQuery{Organisations: ids, All: all, Sort: a.Sort, Descending: a.Descending, After: a.After, Limit: estateRows}
	if a.Sort != "" && !slices.Contains(store.Sorts(), a.Sort) {
		return nil, invalid("sort", "the estate cannot be sorted by %q", a.Sort)
	}
	q, err := query.Parse(text, store.Fields())
	if err != nil {
		a.Error = report.Visible(err.Error())
		return a, nil
	}
	q.Now = c.s.Now()
	a.Query = q
	if q.Root == nil {
		return a, nil // no condition at all, so that the store's sums serve
	}
	if a.db.Where, a.db.Args, err = q.SQL(store.Columns()); err != nil {
		a.Error = report.Visible(err.Error())
	}
	return a, nil
}

// href is this page with other parameters; "" takes one away.
func (a *asking) href(set ...string) string {
	v := url.Values{}
	put := func(k, s string) {
		if s == "" {
			v.Del(k)
		} else {
			v.Set(k, s)
		}
	}
	put("q", a.Text)
	put("sort", a.Sort)
	if a.Descending {
		put("desc", "1")
	}
	for i := 0; i+1 < len(set); i += 2 {
		put(set[i], set[i+1])
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

// terms are the parts that must all be true, each with the query without it.
func (a *asking) terms() (out []term) {
	if a.Query == nil || a.Query.Root == nil {
		return nil
	}
	list := []query.Node{a.Query.Root}
	if and, ok := a.Query.Root.(*query.And); ok {
		list = and.Of
	}
	for i, n := range list {
		rest := slices.Delete(slices.Clone(list), i, i+1)
		without := query.Query{}
		switch len(rest) {
		case 0:
		case 1:
			without.Root = rest[0]
		default:
			without.Root = &query.And{Of: rest}
		}
		t := term{Text: (&query.Query{Root: n}).String(), Without: without.String()}
		t.Href = a.href("q", t.Without)
		out = append(out, t)
	}
	return out
}

type term struct{ Text, Without, Href string }

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
	MayJudge bool
	MayPlan  bool
	MaySave  []hub.Organisation
	Statuses []string
	Actions  []string
	Regimes  []option
	Example  string // a search to begin with
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
	v := &estateView{asking: a, Export: strings.TrimPrefix(a.href(), "/"), Actions: planActions, Statuses: statuses, Example: "maker:hikvision AND egress.country!=GB"}
	if err := c.estateRows(v); err != nil {
		return err
	}
	if c.Request.Header.Get("X-Part") != "" && a.Error != "" {
		return c.show("estate", v)
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
	for i := range page.Devices {
		d := &page.Devices[i]
		r := rowView{Key: rowKey(d.Site, d.Device.Device), Name: report.Visible(d.Name)}
		for _, col := range list {
			r.Cells = append(r.Cells, headedCell{col.cell(c, d), col.Class})
		}
		v.Rows = append(v.Rows, r)
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
	c.estateAnswer(v, counts)
	return nil
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
		return finding.Severity(finding.Verdict(b.Value)) - finding.Severity(finding.Verdict(a.Value))
	})
	between := ". By the gravest verdict that nobody waived: "
	for _, k := range list {
		if k.Value == "" || k.Value == string(finding.NotCovered) {
			continue
		}
		v.Answer = append(v.Answer, linked{Text: between}, linked{report.Thousands(k.Count) + " " + report.VerdictWord(finding.Verdict(k.Value)), v.href("q", v.Query.And(query.Ask("verdict", k.Value)))})
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
	if c.s.Knowledge != nil {
		for _, r := range c.s.regimes(c.s.Now()) {
			v.Regimes = append(v.Regimes, option{r.ID, r.Name})
		}
		slices.SortFunc(v.Regimes, func(a, b option) int { return cmp.Compare(a.Text, b.Text) })
	}
	return c.show("estate", v)
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
