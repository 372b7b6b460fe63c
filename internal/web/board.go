package web

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// countriesShown are as many as stand on a page beside a map.
const countriesShown = 15

// A boardView is the report for those who answer for the estate: every figure
// with what it is of, and a link to its list.
type boardView struct {
	Organisations []option
	Organisation  int64
	Title         string
	Day           string
	Devices       tally
	Video         tally
	NoKind        tally // of no known kind: video equipment or not
	Tiles         []boardTile
	Makers        template.HTML
	MakerRows     []boardRow
	Grades        []string
	Verdicts      []boardRow
	Rules         template.HTML
	Map           template.HTML
	Sankey        template.HTML
	Egress        []linked
	Countries     []countryRow
	// OtherCountries are not in Countries; so much went up to them.
	OtherCountries int
	OtherUp        int64
	Nowhere        *countryRow // where the server stands is not known; nil for none
	Links          boardLinks
	Closed         []closedSite
	Sites          []boardSite
	Findings       store.FindingCounts
	Months         []store.Month
	Burn           *burnView
	Knowledge      string
	Exports        []exportRow
	Inputs         int
	Unread         int
}

type boardTile struct {
	Text string
	N    tally
	Of   string
}

type boardRow struct {
	Text  string
	Cells []tally
	All   tally
}

type boardSite struct {
	siteOf
	Sensitive string
	Devices   tally
	Grave     tally
	Outside   tally
}

func boardPage(c *call) error {
	v := &boardView{Day: c.s.Now().UTC().Format("2 January 2006"), Title: "the estate"}
	orgs, err := c.mine(access.View)
	if err != nil {
		return err
	}
	for _, o := range orgs {
		v.Organisations = append(v.Organisations, option{strconv.FormatInt(o.ID, 10), report.Visible(o.Name)})
	}
	if v.Organisation, err = c.id("organisation"); err != nil {
		return err
	}
	scope := ""
	if v.Organisation > 0 {
		if err := c.may(access.View, v.Organisation, "organisation"); err != nil {
			return err
		}
		i := slices.IndexFunc(v.Organisations, func(o option) bool { return o.Value == strconv.FormatInt(v.Organisation, 10) })
		if i >= 0 {
			v.Title = v.Organisations[i].Text
		}
	} else if len(orgs) == 1 {
		v.Title = v.Organisations[0].Text
	}
	if v.Organisation > 0 {
		for _, o := range orgs {
			if o.ID == v.Organisation {
				scope = query.Ask("organisation", o.Name)
			}
		}
	}
	for _, fill := range []func(*boardView, string) error{c.boardDevices, c.boardMakers, c.boardRules, c.boardEgress, c.boardSites, c.boardWork} {
		if err := fill(v, scope); err != nil {
			return err
		}
	}
	v.Links = newBoardLinks(scope, v.Organisation)
	if k := c.s.Knowledge; k != nil {
		v.Knowledge = k.Release.Name
	}
	if v.Exports, err = c.organisationExports(v.Organisation); err != nil {
		return err
	}
	return c.show("board", v)
}

// boardLinks are the lists behind sums of the page, narrowed to its organisation.
type boardLinks struct{ Findings, Accepted, Waived, InHand, Done, Overdue, Inputs, Partial, Plan string }

func newBoardLinks(scope string, organisation int64) boardLinks {
	to := func(path string, set ...string) string {
		v := url.Values{}
		if scope != "" && path != "/inputs" {
			v.Set("q", scope)
		}
		if organisation > 0 && path == "/inputs" {
			v.Set("organisation", strconv.FormatInt(organisation, 10))
		}
		for i := 0; i+1 < len(set); i += 2 {
			v.Set(set[i], set[i+1])
		}
		if len(v) == 0 {
			return path
		}
		return path + "?" + v.Encode()
	}
	every := func(set ...string) string { return to("/findings", append(set, "all", "1")...) }
	return boardLinks{every(), every("status", "accepted"), every("waived", "yes"), every("status", "in-hand"), every("status", "done"), every("due", store.Overdue), to("/inputs"), to("/inputs", "state", "partial"), to("/plan")}
}

// how asks one number of the scope, with its list.
func (c *call) how(scope string, terms ...string) (tally, error) {
	text := scope
	for _, t := range terms {
		if text != "" {
			text += " AND "
		}
		text += t
	}
	n, err := c.count(text)
	if err != nil {
		return tally{}, err
	}
	href := "/"
	if text != "" {
		href = estateAsk(text)
	}
	return tally{n, href}, nil
}

func (c *call) boardDevices(v *boardView, scope string) error {
	var err error
	if v.Devices, err = c.how(scope); err != nil {
		return err
	}
	if v.Video, err = c.how(scope, store.Cameras); err != nil {
		return err
	}
	if v.NoKind, err = c.how(scope, store.KindUnknown); err != nil {
		return err
	}
	for _, t := range []struct {
		text, of string
		terms    []string
	}{
		{"prohibited or restricted by a rule", "of cameras, recorders and other video equipment; what is accepted for a while is not counted", []string{store.Cameras, "verdict:prohibited,restricted"}},
		{"that would be, by facts not given", "likewise; whether a rule binds this organisation or site is not known", []string{store.Cameras, "verdict:would-be-prohibited,would-be-restricted"}},
		{"advised against", "likewise", []string{store.Cameras, "verdict:advised-against"}},
		{"that cannot be told", "likewise; not the same as compliant", []string{store.Cameras, "verdict:cannot-tell"}},
		{"of an unknown maker", "of the same equipment", []string{store.Cameras, "grade:unknown"}},
		{"from which video leaves the estate", "of all devices", []string{"video:video"}},
		{"that reach outside the estate", "of all devices", []string{outsideText}},
		{"declared and never seen", "of all devices", []string{"presence:declared"}},
	} {
		n, err := c.how(scope, t.terms...)
		if err != nil {
			return err
		}
		v.Tiles = append(v.Tiles, boardTile{t.text, n, t.of})
	}
	return nil
}

func (c *call) boardMakers(v *boardView, scope string) error {
	var bars []report.Bar
	by := map[string][]int{}
	v.Grades = []string{"confirmed", "probable", "possible", "unknown"}
	for i, g := range v.Grades {
		a, err := c.askingOf(andAll(scope, store.Cameras, query.Ask("grade", g)))
		if err != nil {
			return err
		}
		counts, err := c.s.Store.Facets(c.ctx(), a.db, []string{"maker"})
		if err != nil {
			return err
		}
		for _, n := range counts["maker"] {
			name := cmp.Or(n.Value, "unknown")
			if by[name] == nil {
				by[name] = make([]int, len(v.Grades))
			}
			by[name][i] += int(n.Count)
		}
	}
	total := func(n []int) (s int) {
		for _, k := range n {
			s += k
		}
		return s
	}
	for name, n := range by {
		row := boardRow{Text: report.Visible(name)}
		ask := query.Ask("maker", name)
		if name == "unknown" {
			ask = "maker!=*"
		}
		for i, k := range n {
			row.Cells = append(row.Cells, tally{int64(k), estateAsk(andAll(scope, store.Cameras, ask, query.Ask("grade", v.Grades[i])))})
		}
		row.All = tally{int64(total(n)), estateAsk(andAll(scope, store.Cameras, ask))}
		v.MakerRows = append(v.MakerRows, row)
		bars = append(bars, report.Bar{Label: name, N: n})
	}
	slices.SortFunc(v.MakerRows, func(x, y boardRow) int { return cmp.Or(cmp.Compare(y.All.N, x.All.N), cmp.Compare(x.Text, y.Text)) })
	slices.SortFunc(bars, func(x, y report.Bar) int {
		return cmp.Or(cmp.Compare(total(y.N), total(x.N)), cmp.Compare(x.Label, y.Label))
	})
	var err error
	v.Makers, err = report.GradeBars("Cameras, recorders and other video equipment by maker, shaded by how sure the maker is.", bars[:min(len(bars), 12)])
	return err
}

func andAll(terms ...string) string {
	out := ""
	for _, t := range terms {
		if t == "" {
			continue
		}
		if out != "" {
			out += " AND "
		}
		out += t
	}
	return out
}

func (c *call) boardRules(v *boardView, scope string) error {
	q, err := c.boardFindings(scope)
	if err != nil {
		return err
	}
	if v.Findings, err = c.s.Store.FindingCounts(c.ctx(), q); err != nil {
		return err
	}
	names := c.regimeNames()
	by := map[string][]int{}
	for _, r := range v.Findings.Regimes {
		if by[r.Regime] == nil {
			by[r.Regime] = make([]int, len(report.Outcomes()))
		}
		by[r.Regime][report.OutcomeOf(finding.Verdict(r.Verdict), finding.Verdict(r.WouldBe))] += int(r.Count)
	}
	var bars []report.Bar
	for id, n := range by {
		some := 0
		for _, k := range n[:len(n)-1] {
			some += k
		}
		if some > 0 {
			bars = append(bars, report.Bar{Label: cmp.Or(names[id], id), N: n})
		}
	}
	slices.SortFunc(bars, func(x, y report.Bar) int {
		for i := range x.N {
			if x.N[i] != y.N[i] && i < len(x.N)-1 {
				return y.N[i] - x.N[i]
			}
		}
		return cmp.Compare(x.Label, y.Label)
	})
	v.Rules, err = report.VerdictBars("Devices by the verdict of each rule that says something, those accepted for a while among them. This is not legal advice.", bars)
	return err
}

func (c *call) boardFindings(scope string) (store.FindingQuery, error) {
	ids, all := c.who.Organisations(access.View)
	q := store.FindingQuery{Organisations: ids, All: all, Day: c.today()}
	if scope != "" {
		a, err := c.askingOf(scope)
		if err != nil {
			return q, err
		}
		q.Query = a.db.Query
	}
	return q, nil
}

func (c *call) boardEgress(v *boardView, scope string) error {
	a, err := c.askingOf(scope)
	if err != nil {
		return err
	}
	e := egressView{}
	if err := c.egressFlows(&e, a, scope); err != nil {
		return err
	}
	v.Egress, v.Sankey, v.Map, v.Nowhere = e.Answer, e.Sankey, e.Map, e.Nowhere
	v.Countries = e.Countries[:min(len(e.Countries), countriesShown)]
	for _, k := range e.Countries[len(v.Countries):] { // the column adds up to what the sentence says
		v.OtherCountries, v.OtherUp = v.OtherCountries+1, v.OtherUp+k.Up
	}
	return nil
}

func (c *call) boardSites(v *boardView, scope string) error {
	sites, err := c.sites(access.View)
	if err != nil {
		return err
	}
	e := egressView{}
	for _, s := range sites {
		if v.Organisation > 0 && s.Organisation != v.Organisation {
			continue
		}
		e.Sites = append(e.Sites, s)
		at := query.Ask("site", s.Name)
		row := boardSite{siteOf: s, Sensitive: s.Facts.Sensitivity()}
		for _, n := range []struct {
			to    *tally
			terms []string
		}{{&row.Devices, []string{at}}, {&row.Grave, []string{at, "verdict>=advised-against"}}, {&row.Outside, []string{at, outsideText}}} {
			if *n.to, err = c.how(scope, n.terms...); err != nil {
				return err
			}
		}
		v.Sites = append(v.Sites, row)
	}
	if err := c.closedSites(&e); err != nil {
		return err
	}
	v.Closed = e.Closed
	return nil
}

// boardWork is what is being done about it.
func (c *call) boardWork(v *boardView, scope string) error {
	ids, all := c.who.Organisations(access.View)
	if v.Organisation > 0 {
		ids, all = []int64{v.Organisation}, false
	}
	var err error
	if v.Months, err = c.s.Store.BurnDown(c.ctx(), store.DeviceQuery{Organisations: ids, All: all}); err != nil {
		return err
	}
	v.Burn = newBurn(v.Months, c.s.Now().UTC().Format("2006-01"))
	list, err := c.s.Store.RecentIngests(c.ctx(), ids, all, 0, 1000)
	for i := range list {
		v.Inputs++
		if list[i].State != hub.Failed && unread(&list[i].Input) != "" {
			v.Unread++
		}
	}
	return err
}
