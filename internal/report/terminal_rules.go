package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// A ruleLine is what one regime makes of the devices with one outcome.
type ruleLine struct {
	regime  *Regime
	outcome outcome
	devices int
	clause  string // of most of those devices
	whom    string // whom it would bind, "" when the organisation is known
}

// ruleLines lists what regimes say, gravest first under each force: verdicts
// that stand and those that would. The rest is for [openQuestions].
func ruleLines(x *index, devices []*Device) []ruleLine {
	at := map[string]map[outcome]int{}
	var lines []ruleLine
	clauses := map[int]map[string]int{}
	for _, d := range devices {
		for regime, f := range x.gravestOf(d.ID) {
			o := outcomeOf(f)
			if o.verdict == finding.NotCovered || o.verdict == finding.CannotTell && o.would == "" {
				continue
			}
			if at[regime] == nil {
				at[regime] = map[outcome]int{}
			}
			i, ok := at[regime][o]
			if !ok {
				i = len(lines)
				at[regime][o], clauses[i] = i, map[string]int{}
				lines = append(lines, ruleLine{regime: x.regime[regime], outcome: o})
			}
			lines[i].devices++
			clauses[i][f.Clause]++
			if f.WouldFor != "" && (lines[i].whom == "" || f.WouldFor < lines[i].whom) {
				lines[i].whom = f.WouldFor
			}
		}
	}
	for i := range lines {
		lines[i].clause = commonest(clauses[i])
	}
	place := map[string]int{}
	for i, r := range x.regimes {
		place[r.ID] = i
	}
	slices.SortFunc(lines, func(a, b ruleLine) int {
		return firstOf(forceRank(finding.Force(a.regime.Force))-forceRank(finding.Force(b.regime.Force)),
			a.outcome.gravity()-b.outcome.gravity(), b.devices-a.devices, place[a.regime.ID]-place[b.regime.ID])
	})
	return lines
}

func firstOf(order ...int) int {
	for _, n := range order {
		if n != 0 {
			return n
		}
	}
	return 0
}

// commonest is the key with the highest count, the first by name among equals.
func commonest(count map[string]int) string {
	best := ""
	for k, n := range count {
		if best == "" || n > count[best] || n == count[best] && k < best {
			best = k
		}
	}
	return best
}

// gravestOf is the gravest finding about a device in each regime.
func (x *index) gravestOf(device string) map[string]*finding.Finding {
	out := make(map[string]*finding.Finding)
	for _, f := range x.findings[device] { // gravest first
		if out[f.Regime] == nil {
			out[f.Regime] = f
		}
	}
	return out
}

// questioned are the devices that verdicts are counted of.
func (x *index) questioned(doc *Document) []*Device {
	var out []*Device
	for i := range doc.Devices {
		if d := &doc.Devices[i]; x.inQuestion(d) {
			out = append(out, d)
		}
	}
	return out
}

// rules writes one line a regime, grouped by force, then what cannot be told
// and what does not reach any device.
func (t *term) rules() {
	devices := t.x.questioned(t.doc)
	if len(devices) == 0 || len(t.doc.Findings) == 0 {
		return
	}
	t.title("Which rules they fall under, as at " + t.doc.AsAt)
	lines := ruleLines(t.x, devices)
	if estateWords(t.doc.Estate) == "" && slices.ContainsFunc(lines, func(l ruleLine) bool { return l.whom != "" }) {
		t.prose(2, 2, "Whose they are was not said, so each line names whom it would bind: say it with --org-type or --estate.")
	}
	t.ruleTable(lines)
	for _, q := range openQuestions(t.x, devices) {
		t.prose(2, 4, q.words())
	}
	t.quiet(devices)
}

// ruleTable draws the lines in columns under their force and outcome: devices,
// rule, clause, whom.
func (t *term) ruleTable(lines []ruleLine) {
	count, name, clause, whom := 0, 0, 0, 0
	for _, l := range lines {
		count = max(count, columns(thousands(int64(l.devices))))
		name, clause, whom = max(name, columns(l.regime.Name)), max(clause, columns(l.clause)), max(whom, columns(l.whom))
	}
	if !t.opts.Wide {
		name, clause, whom = shares(t.width-count-6, name, clause, whom)
	}
	for i, l := range lines {
		if i == 0 || l.regime.Force != lines[i-1].regime.Force || l.outcome != lines[i-1].outcome {
			force := forceTitles[finding.Force(l.regime.Force)]
			if force == "" {
				force = cutMiddle(l.regime.Force, 20)
			}
			fmt.Fprintf(t.b, "  %s: %s\n", t.colour(bold, force), t.colour(outcomeColour(l.outcome), l.outcome.String()))
		}
		s := "    " + padLeft(thousands(int64(l.devices)), count)
		for _, c := range []struct {
			text string
			wide int
		}{{l.regime.Name, name}, {l.clause, clause}, {l.whom, whom}} {
			if c.wide > 0 {
				s += "  " + pad(cutEnd(c.text, c.wide), c.wide)
			}
		}
		fmt.Fprintln(t.b, strings.TrimRight(s, " "))
	}
}

// shares divides the columns left among rule, clause and whom. The clause is
// left out where there is little room: many rules have it in their name.
func shares(left, name, clause, whom int) (int, int, int) {
	if left >= name+clause+whom+4 {
		return name, clause, whom
	}
	if left < 110 && whom > 0 || left < 40 {
		clause = 0
	}
	if whom > 0 {
		left -= 2
	}
	if clause > 0 {
		left -= 2
	}
	w := min(whom, left*2/5)
	n := min(name, left-w-min(clause, left/5))
	c := min(clause, left-w-n)
	w = min(whom, left-n-c)
	return n, c, w
}

// A question is a fact that is not known and keeps rules from being decided.
type question struct {
	missing string // without what is supposed of it
	devices []*Device
	hints   map[string]string // device id → "only possible: D-Link"
	rules   map[string]bool
}

// openQuestions joins the findings that cannot tell by the first fact that each
// lacks, which is one about the device: a maker that is not known keeps twenty
// rules open and is one question.
func openQuestions(x *index, devices []*Device) []*question {
	var out []*question
	at := map[string]*question{}
	for _, d := range devices {
		seen := map[string]bool{}
		for regime, f := range x.gravestOf(d.ID) {
			if f.Verdict != finding.CannotTell || outcomeOf(f).would != "" {
				continue
			}
			fact, hint := "", ""
			if len(f.Missing) > 0 {
				fact, hint, _ = strings.Cut(f.Missing[0], " (")
			}
			q := at[fact]
			if q == nil {
				q = &question{missing: fact, hints: map[string]string{}, rules: map[string]bool{}}
				at[fact], out = q, append(out, q)
			}
			q.rules[regime] = true
			q.hints[d.ID] = max(q.hints[d.ID], strings.TrimSuffix(hint, ")"))
			if !seen[fact] {
				seen[fact] = true
				q.devices = append(q.devices, d)
			}
		}
	}
	slices.SortFunc(out, func(a, b *question) int {
		return firstOf(len(b.rules)-len(a.rules), len(b.devices)-len(a.devices), strings.Compare(a.missing, b.missing))
	})
	return out
}

// words is the question in a sentence.
func (q *question) words() string {
	s := fmt.Sprintf("cannot tell under %s for %s", plural(len(q.rules), "rule", "rules"), plural(len(q.devices), "device", "devices"))
	if q.missing != "" {
		s += ": not known: " + q.missing
	}
	var names []string
	for i, d := range q.devices {
		if i == namesShown && len(q.devices) > namesShown+1 {
			names = append(names, fmt.Sprintf("and %d more", len(q.devices)-i))
			break
		}
		name := cutMiddle(d.Name, 32)
		if h := q.hints[d.ID]; h != "" {
			name += ": " + h
		}
		names = append(names, name)
	}
	return s + " (" + strings.Join(names, "; ") + ")"
}

// quiet names the regimes that cover no device.
func (t *term) quiet(devices []*Device) {
	says := map[string]bool{}
	judged := map[string]bool{}
	for _, d := range devices {
		for _, f := range t.x.findings[d.ID] {
			judged[f.Regime] = true
			says[f.Regime] = says[f.Regime] || f.Verdict != finding.NotCovered
		}
	}
	var names []string
	for _, r := range t.x.regimes {
		if judged[r.ID] && !says[r.ID] {
			names = append(names, r.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	lead := fmt.Sprintf("not covered by %s: ", plural(len(names), "rule", "rules"))
	room := 3*(t.width-6) - columns(lead) - 30
	if t.opts.Wide || t.opts.Rules {
		room = 1 << 20
	}
	n := 0
	for n < len(names) && (n == 0 || room > columns(names[n])+2) {
		room -= columns(names[n]) + 2
		n++
	}
	s := lead + strings.Join(names[:n], "; ")
	if n < len(names) {
		s += fmt.Sprintf("; and %d more (--rules)", len(names)-n)
	}
	t.prose(2, 4, s)
}
