package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// clauses writes what each rule says in full, grouped by regime and then by
// what is said, so that a hundred cameras of one maker are one paragraph. A long
// text that came before is not printed again.
func (t *term) clauses() {
	byRegime := map[string][]*finding.Finding{}
	for _, d := range t.x.questioned(t.doc) {
		for _, f := range t.x.findings[d.ID] {
			byRegime[f.Regime] = append(byRegime[f.Regime], f)
		}
	}
	t.title("What each rule says of them")
	for _, r := range t.x.regimes {
		list := byRegime[r.ID]
		if len(list) == 0 {
			continue
		}
		fmt.Fprintln(t.b)
		t.prose(0, 2, fmt.Sprintf("%s — %s", r.Name, r.Force))
		if r.InForce != "" || r.Citation != "" {
			t.prose(2, 2, strings.Trim(r.Citation+"; "+r.InForce, "; "))
		}
		slices.SortStableFunc(list, byGravity)
		for _, group := range grouped(list) {
			t.judged(group)
		}
	}
}

// subjectOf takes a reason apart: whose device it is about ("produced by Dahua")
// and what is said of it.
func subjectOf(why string) (subject, reason string) {
	if subject, reason, ok := strings.Cut(why, ": "); ok {
		return subject, reason
	}
	return "", why
}

// sameWords is what two findings must share to be said in one breath: all but
// the device, what it is, and its maker's own statement.
func sameWords(f *finding.Finding) string {
	_, reason := subjectOf(f.Why)
	if f.Verdict == finding.NotCovered {
		return string(f.Verdict) + "\x00" + reason
	}
	return strings.Join([]string{string(f.Verdict), string(f.WouldBe), f.Clause, f.WouldFor, reason, f.Next,
		strings.Join(f.Missing, "\x01"), strings.Join(f.Also, "\x01"), f.Disputed}, "\x00")
}

// grouped puts findings that say the same together, in the order given.
func grouped(list []*finding.Finding) [][]*finding.Finding {
	at := map[string]int{}
	var out [][]*finding.Finding
	for _, f := range list {
		key := sameWords(f)
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key], out = i, append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// judged writes one paragraph: verdict and clause, the devices, then what the
// verdict lacks and rests on.
func (t *term) judged(group []*finding.Finding) {
	f := group[0]
	o := outcomeOf(f)
	verdict, rest := strings.ToUpper(verdictWord(f.Verdict)), ""
	if o.would != "" {
		rest += ", " + o.String()
	}
	_, reason := subjectOf(f.Why)
	if f.Verdict == finding.NotCovered {
		t.prose(2, 2, fmt.Sprintf("%s, %s: %s", verdict, plural(len(group), "device", "devices"), reason))
		return
	}
	if f.Clause != "" {
		rest += ": " + f.Clause
	}
	t.line(2, verdict+rest, t.colour(outcomeColour(o), verdict)+rest)
	bySubject := map[string][]*finding.Finding{}
	var subjects, denials, sources []string
	for _, g := range group {
		subject, _ := subjectOf(g.Why)
		if bySubject[subject] == nil {
			subjects = append(subjects, subject)
		}
		bySubject[subject] = append(bySubject[subject], g)
		denials, sources = union(denials, g.Denial), union(sources, g.Sources...)
	}
	for _, subject := range subjects {
		t.prose(4, 2, t.deviceWords(subject, bySubject[subject]))
	}
	t.label("Why", reason)
	t.reasons(f, denials, sources)
}

// union adds what is not there yet and not empty.
func union(list []string, more ...string) []string {
	for _, s := range more {
		if s != "" && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// reasons writes what a finding says beyond its reason, without what it says twice.
func (t *term) reasons(f *finding.Finding, denials, sources []string) {
	if !strings.Contains(f.Why, f.WouldFor) {
		t.label("Would apply to", f.WouldFor)
	}
	if m := strings.Join(f.Missing, "; "); !strings.Contains(f.Why, m) {
		t.label("Not known", m)
	}
	t.label("See also", strings.Join(f.Also, "; "))
	t.once("Disputed", f.Disputed)
	for _, d := range denials {
		t.once("The company's own statement", d)
	}
	t.label("Next", next(f))
	readable := make([]string, len(sources))
	for i, s := range sources {
		if readable[i] = s; strings.HasPrefix(s, "github-index:") {
			readable[i], _ = Unaddressed(s)
		}
	}
	if s := strings.Join(readable, "; "); !t.said[s] {
		t.said[s] = true
		t.label("Source", s)
	}
}

// label writes a labelled sentence; nothing when there is none.
func (t *term) label(name, s string) {
	if s != "" {
		t.prose(4, 2, name+": "+s)
	}
}

// once writes a labelled text in full the first time, and how it begins after that.
func (t *term) once(name, s string) {
	const long = 100
	if t.said[s] && columns(s) > long {
		t.label(name, "as above, “"+cutEnd(s, long/2)+"”")
		return
	}
	t.said[s] = true
	t.label(name, s)
}

const namesShown = 6

// deviceWords names the devices of a group and what they are.
func (t *term) deviceWords(subject string, group []*finding.Finding) string {
	s := plural(len(group), "device", "devices")
	if subject != "" {
		s += ", " + subject
	}
	shown := len(group)
	if shown > namesShown+1 {
		shown = 3
	}
	var names []string
	for _, f := range group[:shown] {
		name := f.Device
		if d := t.x.devices[f.Device]; d != nil {
			name = cutMiddle(d.Name, 32)
			if a := addressCell(d); a != "" && a != d.Name {
				name += " (" + a + ")"
			}
		}
		names = append(names, name)
	}
	s += ": " + strings.Join(names, ", ")
	if more := len(group) - shown; more > 0 {
		s += fmt.Sprintf(" and %s more", thousands(int64(more)))
	}
	return s
}
