package report

import (
	"fmt"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// judgement finds or draws what the rules say of a device. Devices of which all
// rules say the same share one: the texts stand once in the page however many
// cameras of one maker there are. It is nil when no rule says anything.
func (v *deviceViews) judgement(d *Device) *judgementView {
	list := v.x.findings[d.ID]
	if len(list) == 0 {
		return nil
	}
	question := v.x.inQuestion(d)
	key := judgementKey(list, question)
	j := v.judged[key]
	if j == nil {
		j = v.newJudgement(list, question)
		v.judged[key], v.Judgements = j, append(v.Judgements, j)
	}
	j.devices++
	j.Of = plural(j.devices, "device", "devices")
	if j.devices <= namesShown {
		j.names = append(j.names, phrase{cutMiddle(d.Name, 40), anchor("dev", d.ID)})
	}
	return j
}

// Names are the first devices of a judgement, for links back to them.
func (j *judgementView) Names() []phrase { return j.names }

// More is how many devices are not named.
func (j *judgementView) More() int { return j.devices - len(j.names) }

func judgementKey(list []*finding.Finding, question bool) string {
	if !question {
		return "none" // a printer needs one line, not one for every rule
	}
	var b []byte
	add := func(mark byte, parts ...string) { // no part holds a control character any more
		for _, p := range parts {
			b = append(append(b, p...), 0)
		}
		b = append(b, mark)
	}
	for _, f := range list {
		add(1, f.Regime, string(f.Verdict), string(f.WouldBe), f.Clause, f.WouldFor, f.Why, next(f), f.Disputed, f.Denial)
		add(2, f.Missing...)
		add(3, f.Also...)
		add(4, f.Sources...)
		for i := range f.Evidence {
			if e := &f.Evidence[i]; e.Packet == 0 && e.Input == "" {
				add(5, e.Rule, e.Says, e.Source)
			}
		}
	}
	return string(b)
}

func (v *deviceViews) newJudgement(list []*finding.Finding, question bool) *judgementView {
	j := &judgementView{Number: len(v.Judgements) + 1}
	j.ID = fmt.Sprintf("judgement-%d", j.Number)
	if !question {
		j.NotCovered = []notCovered{{}}
		j.Summary = "not covered by any rule that was judged"
		return j
	}
	at, disputed, counts := map[string]int{}, map[string]bool{}, map[outcome]int{}
	for _, f := range list {
		counts[outcomeOf(f)]++
		if f.Verdict != finding.NotCovered {
			w := v.findingOf(f)
			w.DisputedAbove, disputed[f.Disputed] = f.Disputed != "" && disputed[f.Disputed], true
			j.Findings = append(j.Findings, w)
			j.Denials = union(j.Denials, f.Denial)
			continue
		}
		i, ok := at[f.Why]
		if !ok {
			i = len(j.NotCovered)
			at[f.Why], j.NotCovered = i, append(j.NotCovered, notCovered{Why: f.Why})
		}
		j.NotCovered[i].Rules = append(j.NotCovered[i].Rules, regimeLink{f.Name, anchor("rule", f.Regime)})
	}
	var parts []string
	for _, o := range outcomes {
		if n := counts[o]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s under %s", o, plural(n, "rule", "rules")))
		}
	}
	j.Summary = strings.Join(parts, ", ")
	return j
}

func (v *deviceViews) findingOf(f *finding.Finding) findingView {
	o := outcomeOf(f)
	text := verdictWord(f.Verdict)
	if o.would != "" {
		text += ": " + o.String()
	}
	w := findingView{
		Class: "k-" + o.key(), Name: f.Name, Href: v.rule(f.Regime), Force: string(f.Force), Clause: f.Clause, AsAt: f.AsAt,
		Why: f.Why, Also: strings.Join(f.Also, "; "), Disputed: f.Disputed, Next: v.next(f),
		Verdict: verdictView{Class: "k-" + o.key(), Icon: string(f.Verdict), Text: text},
		Links:   links(f.Sources...),
	}
	if !strings.HasSuffix(w.Why, ".") {
		w.Why += "."
	}
	if !strings.Contains(f.Why, f.WouldFor) {
		w.WouldFor = f.WouldFor
	}
	if m := strings.Join(f.Missing, "; "); !strings.Contains(f.Why, m) {
		w.Missing = m
	}
	for i := range f.Evidence {
		if e := &f.Evidence[i]; e.Packet == 0 && e.Input == "" {
			w.Rows = append(w.Rows, evidenceView{Evidence: *e, Row: v.row(e)})
		}
	}
	return w
}
