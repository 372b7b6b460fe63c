package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// judgedMost bounds the devices that a page judges as at another day.
const judgedMost = 20_000

// A rulesView lists every regime with who is caught.
type rulesView struct {
	AsAt     string
	Today    bool
	Answer   string
	Bars     template.HTML
	Outcomes []string
	Groups   []ruleGroup
	openQuestions
	Partial string
}

type ruleGroup struct {
	Title string
	Rules []ruleRow
}

type ruleRow struct {
	regime.Info
	Cells []tally
}

var forces = []struct {
	force finding.Force
	title string
}{{finding.Law, "Law"}, {finding.Own, "The estate's own rules"}, {finding.Policy, "Policy"}, {finding.Guidance, "Guidance"}, {finding.Risk, "Risk factors"}}

// asAt is the day of the address, today without one.
func (c *call) asAt() (time.Time, error) {
	s := c.query("as-at")
	if s == "" {
		s = c.today()
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1990 || t.Year() > 2100 {
		return t, invalid("as-at", "a day, YYYY-MM-DD, from 1990 to 2100")
	}
	return t, nil
}

// regimes are all rules as at a day: those of the knowledge base, and what is
// looked for in traffic.
func (s *Server) regimes(day time.Time) []regime.Info {
	if s.Knowledge == nil {
		return nil
	}
	kept := len(s.Knowledge.Regimes.Regimes(day))
	list := s.Knowledge.Rules(day)
	for i := kept; i < len(list); i++ {
		if list[i].InForce = "as seen in traffic"; list[i].Force == finding.Own {
			list[i].Citation = "what is answered on the site's page"
		}
	}
	return list
}

var errNoRules = fmt.Errorf("rules: this hub has no knowledge base: %w", hub.ErrNotFound)

func rulesPage(c *call) error {
	if c.s.Knowledge == nil {
		return errNoRules
	}
	day, err := c.asAt()
	if err != nil {
		return err
	}
	v := rulesView{AsAt: day.Format(time.DateOnly)}
	v.Today = v.AsAt == c.today()
	counts, partial, err := c.ruleCounts(day, v.Today)
	if err != nil {
		return err
	}
	words := report.Outcomes()
	var columns []int
	for i, word := range words {
		// What is kept for today counts what needs somebody; nobody needs an empty column.
		some := !strings.HasPrefix(word, "would ")
		for _, n := range counts {
			some = some || n[i] > 0
		}
		if some && (!v.Today || word != report.VerdictWord(finding.NotCovered)) {
			columns, v.Outcomes = append(columns, i), append(v.Outcomes, word)
		}
	}
	v.Partial = partial
	infos := c.s.regimes(day)
	var bars []report.Bar
	caught := 0
	for _, f := range forces {
		g := ruleGroup{Title: f.title}
		for _, in := range infos {
			if in.Force != f.force {
				continue
			}
			row := ruleRow{Info: in}
			some := false
			n := orEmpty(counts[in.ID], len(words))
			for _, i := range columns {
				row.Cells = append(row.Cells, tally{int64(n[i]), ruleHref(in.ID, i, v.AsAt, v.Today)})
				some = some || n[i] > 0 && i < len(words)-1
			}
			if some {
				// As for today, a bar is of those the rule says something of.
				drawn := slices.Clone(n)
				drawn[report.OutcomeOf(finding.NotCovered, "")] = 0
				bars, caught = append(bars, report.Bar{Label: in.Name, Note: string(in.Force), N: drawn}), caught+1
			}
			g.Rules = append(g.Rules, row)
		}
		if len(g.Rules) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	v.Answer = fmt.Sprintf("%d of %d rules say something of a device here, as at %s.", caught, len(infos), day.Format("2 January 2006"))
	if v.Asked, v.AskedMore, err = c.asked(nil, true, nil); err != nil {
		return err
	}
	if v.Bars, err = report.VerdictBars("Devices by the verdict of each rule. Rules that cover no device are in the table only.", bars); err != nil {
		return err
	}
	return c.show("rules", v)
}

func orEmpty(list []int, n int) []int {
	if list == nil {
		return make([]int, n)
	}
	return list
}

func ruleHref(id string, outcome int, asAt string, today bool) string {
	v := url.Values{"outcome": {report.Outcomes()[outcome]}}
	if !today {
		v.Set("as-at", asAt)
	}
	return "/rules/" + url.PathEscape(id) + "?" + v.Encode() + "#caught"
}

// ruleCounts counts devices by regime and outcome: from what is kept for today,
// by judging again for another day.
func (c *call) ruleCounts(day time.Time, today bool) (map[string][]int, string, error) {
	out := map[string][]int{}
	add := func(id string, v, would finding.Verdict, n int) {
		if out[id] == nil {
			out[id] = make([]int, len(report.Outcomes()))
		}
		out[id][report.OutcomeOf(v, would)] += n
	}
	if !today {
		partial, err := c.judgeAt(day, "", func(_ siteOf, _ *report.Device, f *finding.Finding) { add(f.Regime, f.Verdict, f.WouldBe, 1) })
		return out, partial, err
	}
	ids, all := c.who.Organisations(access.View)
	n, err := c.s.Store.FindingCounts(c.ctx(), store.FindingQuery{Organisations: ids, All: all, Day: c.today()})
	for _, r := range n.Regimes {
		add(r.Regime, finding.Verdict(r.Verdict), finding.Verdict(r.WouldBe), int(r.Count))
	}
	return out, "", err
}

var errEnough = errors.New("enough")

// judgeAt judges what is known of every device as at a day, and keeps nothing.
// What the rules say of conversations is left out: those are of their own time.
func (c *call) judgeAt(day time.Time, only string, each func(siteOf, *report.Device, *finding.Finding)) (partial string, err error) {
	sites, err := c.sites(access.View)
	if err != nil {
		return "", err
	}
	n := 0
	ctx, cancel := context.WithTimeout(c.ctx(), 20*time.Second)
	defer cancel()
	for _, s := range sites {
		org := s.Judged(s.Org)
		err := c.s.Store.Docs(ctx, s.ID, func(d *report.Device, _ []finding.Finding) error {
			if n++; n > judgedMost {
				return errEnough
			}
			for _, f := range c.s.Knowledge.Regimes.Judge(regime.Device{ID: d.ID, Attribution: d.Attribution}, org, day) {
				if only == "" || f.Regime == only {
					each(s, d, &f)
				}
			}
			return nil
		})
		if errors.Is(err, errEnough) || ctx.Err() != nil && c.ctx().Err() == nil {
			return "The figures are of the first " + report.Thousands(int64(n)) + " devices only: more were not judged for this page.", nil
		}
		if err != nil {
			return "", err
		}
	}
	return "Judged anew for this day, by what is known of the devices now. Rules about where a device reaches are left out.", nil
}

// A ruleView is one regime with who is caught.
type ruleView struct {
	regime.Info
	Texts   []sourceLink
	AsAt    string
	Today   bool
	Tallies []outcomeTally
	Queue   *findingsView // today
	Caught  []caughtRow   // another day
	Outcome string
	Partial string
	More    int
}

type sourceLink struct{ Text, Href string }

type outcomeTally struct {
	Text string
	tally
	On bool
}

type caughtRow struct {
	Name, Href, Maker, Model, Site, Why string
	Chip                                report.Chip
}

const caughtShown = 500

func rulePage(c *call) error {
	if c.s.Knowledge == nil {
		return errNoRules
	}
	day, err := c.asAt()
	if err != nil {
		return err
	}
	id := c.PathValue("regime")
	infos := c.s.regimes(day)
	i := slices.IndexFunc(infos, func(in regime.Info) bool { return in.ID == id })
	if i < 0 {
		return fmt.Errorf("rule %q: %w", id, hub.ErrNotFound)
	}
	v := &ruleView{Info: infos[i], AsAt: day.Format(time.DateOnly)}
	if v.Outcome, err = c.among("outcome", report.Outcomes()...); err != nil {
		return err
	}
	v.Today = v.AsAt == c.today()
	for _, s := range v.Sources {
		v.Texts = append(v.Texts, sourceOf(s))
	}
	counts := make([]int, len(report.Outcomes()))
	if v.Today {
		err = c.ruleToday(v, counts)
	} else {
		err = c.ruleThen(v, day, counts)
	}
	if err != nil {
		return err
	}
	for j, n := range counts {
		if n > 0 {
			v.Tallies = append(v.Tallies, outcomeTally{report.Outcomes()[j], tally{int64(n), ruleHref(id, j, v.AsAt, v.Today)}, v.Outcome == report.Outcomes()[j]})
		}
	}
	return c.show("rule", v)
}

// ruleToday shows the queue of one rule.
func (c *call) ruleToday(v *ruleView, counts []int) error {
	fixed := url.Values{"regime": {v.ID}, "all": {"1"}}
	for _, verdict := range []finding.Verdict{finding.Prohibited, finding.Restricted, finding.AdvisedAgainst, finding.NotCovered, finding.CannotTell} {
		switch v.Outcome {
		case report.VerdictWord(verdict):
			fixed.Set("verdict", string(verdict))
			if verdict == finding.CannotTell {
				fixed.Set("would", store.NothingElse)
			}
		case report.Outcomes()[report.OutcomeOf(finding.CannotTell, verdict)]:
			would := finding.Finding{Verdict: finding.CannotTell, WouldBe: verdict}
			if fixed.Set("verdict", string(would.Outcome())); would.Outcome() == finding.CannotTell { // no outcome of its own
				fixed.Set("would", string(verdict))
			}
		}
	}
	q, question, err := c.findingsOf(fixed)
	if err != nil {
		return err
	}
	q.Why = true
	if v.Queue = q; question.Verdict == "" {
		question.Severity = finding.Severity(finding.CannotTell)
	}
	path := "/rules/" + v.ID
	if err := c.findingsFill(q, question, path); err != nil {
		return err
	}
	all, _, err := c.ruleCounts(c.s.Now(), true)
	copy(counts, all[v.ID])
	return err
}

// ruleThen judges again for another day.
func (c *call) ruleThen(v *ruleView, day time.Time, counts []int) error {
	var err error
	v.Partial, err = c.judgeAt(day, v.ID, func(s siteOf, d *report.Device, f *finding.Finding) {
		o := report.OutcomeOf(f.Verdict, f.WouldBe)
		counts[o]++
		word := report.Outcomes()[o]
		if v.Outcome != "" && v.Outcome != word || v.Outcome == "" && f.Verdict == finding.NotCovered {
			return
		}
		if len(v.Caught) == caughtShown {
			v.More++
			return
		}
		v.Caught = append(v.Caught, caughtRow{report.Visible(d.Name), deviceHref(s.ID, d.ID), report.Visible(d.Maker.Value), report.Visible(d.Model.Value), report.Visible(s.Full()), report.Visible(f.Why), report.ChipOf(f.Verdict, f.WouldBe)})
	})
	return err
}

// sourceOf makes a link of a public source, if it is plainly http or https.
func sourceOf(s string) sourceLink {
	s = strings.TrimSpace(s)
	if text, ok := report.Unaddressed(s); ok {
		return sourceLink{Text: text}
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(s, " \"<>") {
		return sourceLink{Text: report.Visible(report.CutMiddle(s, 100))}
	}
	return sourceLink{report.Visible(report.CutMiddle(strings.TrimPrefix(u.Host, "www.")+u.EscapedPath(), 60)), s}
}
