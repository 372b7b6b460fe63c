package web

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// findingFacets are the counts beside a queue. Each is of the findings that all
// filters but its own let through, so that what it leads to has as many.
type findingFacets struct {
	verdict, regime, status, owner, waived map[string]int64
	decided, overdue                       int64
	all                                    int64 // whatever the filters
}

// facetsOf counts cells by a question's filters; today is YYYY-MM-DD.
func facetsOf(cells []store.FindingCell, q *store.FindingQuery, today string) findingFacets {
	f := findingFacets{verdict: map[string]int64{}, regime: map[string]int64{}, status: map[string]int64{}, owner: map[string]int64{}, waived: map[string]int64{}}
	for i := range cells {
		c := &cells[i]
		f.all += c.Count
		severity := finding.Severity(c.Outcome())
		status := q.Status == "" || q.Status == c.Status || q.Status == store.Decided && c.Status != "open"
		outcome := string(c.Outcome())
		verdict := (q.Verdict == "" || q.Verdict == outcome) && (q.WouldBe == "" || strings.TrimPrefix(q.WouldBe, store.NothingElse) == c.WouldBe) && severity >= q.Severity
		waived := q.Waived == "" || (q.Waived == "yes") == c.Waived
		owner := q.Owner == "" || q.Owner == c.Owner
		regime := q.Regime == "" || q.Regime == c.Regime
		overdue := c.Due != "" && c.Due < today && c.Status != "done" && !c.Waived
		due := q.Due == "" || q.Due == store.Overdue && overdue || q.Due != store.Overdue && c.Due != "" && c.Due <= q.Due
		add := func(ok bool, to map[string]int64, key string) {
			if ok {
				to[key] += c.Count
			}
		}
		add(status && waived && owner && regime && due, f.verdict, outcome)
		add(status && waived && owner && verdict && due && severity > 0, f.regime, c.Regime)
		add(waived && owner && verdict && regime && due, f.status, c.Status)
		add(status && waived && verdict && regime && due && c.Owner != "", f.owner, c.Owner)
		add(status && owner && verdict && regime && due, f.waived, map[bool]string{true: "yes", false: "no"}[c.Waived])
		if waived && owner && verdict && regime && due && c.Status != "open" {
			f.decided += c.Count
		}
		if waived && owner && verdict && regime && overdue {
			f.overdue += c.Count
		}
	}
	return f
}

// ranked are the values of a facet, the most frequent first, most at most.
func ranked(counts map[string]int64, most int, value func(key string, n int64) facetValue) []facetValue {
	var list []facetValue
	for k, n := range counts {
		list = append(list, value(k, n))
	}
	slices.SortFunc(list, func(a, b facetValue) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Text, b.Text)) })
	return list[:min(len(list), most)]
}

const ownersShown = 50

// findingsCounts fills the answer and the filters.
func (c *call) findingsCounts(v *findingsView, q store.FindingQuery, path string) error {
	cells, err := c.s.Store.FindingCells(c.ctx(), store.FindingQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Query: q.Query, Day: q.Day})
	if err != nil {
		return err
	}
	n := facetsOf(cells, &q, c.today())
	names := c.regimeNames()
	one := func(title string, list []facetValue) {
		f := facetView{Title: title, Values: list}
		for _, x := range list {
			f.On = f.On || x.On
		}
		if len(list) > 0 {
			v.Filters = append(v.Filters, f)
		}
	}
	chosen := map[string]string{"verdict": q.Verdict, "status": q.Status, "waived": q.Waived, "owner": q.Owner, "regime": q.Regime}
	if q.WouldBe != "" {
		chosen["verdict"] = "" // narrower than its verdict
	}
	value := func(key, val, text string, count int64) facetValue {
		on, to := chosen[key] == val, val
		if on {
			to = ""
		}
		set := []string{key, to, "after", ""}
		if key == "verdict" { // the outcome of a rule's page is a verdict in other words
			set = append(set, "outcome", "")
		}
		return facetValue{Text: text, N: count, On: on, Href: c.link(path, set...)}
	}
	var list []facetValue
	for _, verdict := range finding.Outcomes {
		if k := n.verdict[string(verdict)]; k > 0 || q.Verdict == string(verdict) {
			list = append(list, value("verdict", string(verdict), report.VerdictWord(verdict), k))
		}
	}
	one("Verdict", list)
	list = nil
	for _, s := range statuses {
		if n.status[s] > 0 || q.Status == s {
			list = append(list, value("status", s, s, n.status[s]))
		}
	}
	one("Status", list)
	list = nil
	for _, w := range []option{{"yes", "a waiver holds"}, {"no", "none holds"}} {
		if n.waived[w.Value] > 0 || q.Waived == w.Value {
			list = append(list, value("waived", w.Value, w.Text, n.waived[w.Value]))
		}
	}
	one("Waiver", list)
	one("Owner", ranked(n.owner, ownersShown, func(key string, k int64) facetValue { return value("owner", key, report.Visible(key), k) }))
	if path == "/findings" {
		one("Rule", ranked(n.regime, len(n.regime), func(key string, k int64) facetValue { return value("regime", key, cmp.Or(names[key], key), k) }))
	}
	v.Overdue = tally{n.overdue, c.link(path, "due", store.Overdue, "status", "", "after", "")}
	to := func(verdict finding.Verdict, text string) linked {
		return linked{text, c.link(path, "verdict", string(verdict), "outcome", "", "after", "")}
	}
	v.Answer = []linked{
		to(finding.Prohibited, report.Plural(n.verdict[string(finding.Prohibited)], "finding says", "findings say")+" prohibited"), {Text: ", "},
		to(finding.Restricted, report.Thousands(n.verdict[string(finding.Restricted)])+" restricted"), {Text: ", "},
		to(finding.WouldBeProhibited, report.Thousands(n.verdict[string(finding.WouldBeProhibited)])+" "+report.VerdictWord(finding.WouldBeProhibited)), {Text: ", "},
		to(finding.WouldBeRestricted, report.Thousands(n.verdict[string(finding.WouldBeRestricted)])+" "+report.VerdictWord(finding.WouldBeRestricted)), {Text: ", "},
		to(finding.AdvisedAgainst, report.Thousands(n.verdict[string(finding.AdvisedAgainst)])+" advised against"), {Text: ", and "},
		to(finding.CannotTell, report.Thousands(n.verdict[string(finding.CannotTell)])+" cannot tell"), {Text: ". "},
		{Text: "Somebody decided on "}, {report.Thousands(n.decided), c.link(path, "status", "decided", "after", "")}, {Text: "; a waiver holds for "}, {report.Thousands(n.waived["yes"]), c.link(path, "waived", "yes", "after", "")},
		{Text: "; "}, {report.Thousands(n.overdue) + " overdue", v.Overdue.Href}, {Text: "."}}
	switch {
	case v.Narrowed:
		v.Empty = "No finding here. Take a filter away."
	case v.Why:
		v.Empty = "The rule says nothing of any device here."
	case n.all > 0:
		v.Empty = "No rule says anything here that somebody must decide about."
	default:
		v.Empty = "No finding here. Hand in a capture; what somebody must decide about will be listed here."
	}
	return nil
}
