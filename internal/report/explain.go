package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// Explain writes the reasoning about one device of doc: each claim with what
// speaks for and against it, strongest first and one step a rule, the packets and
// fields it rests on, how the grade follows, who it talks to, and what the rules
// make of it.
func Explain(w io.Writer, d *Device, doc *Document, opts TerminalOptions) error {
	clean, device := harmless(doc), rewritten(*d, visible)
	t := newTerm(w, &clean, opts)
	t.who(&device)
	e := &explaining{term: t, steps: map[string]told{}}
	var unknown []string
	for _, c := range claimsOf(&device) {
		if c.claim.Value == "" && len(c.claim.Evidence) == 0 && len(c.claim.Conflicts) == 0 && c.claim.Note == "" && len(reasonsFor(c, device.Steps)) == 0 {
			unknown = append(unknown, strings.ToLower(c.name))
			continue
		}
		e.claim(c, device.Steps)
	}
	if len(unknown) > 0 {
		fmt.Fprintln(t.b)
		t.prose(0, 2, "Cannot tell "+and(unknown)+": nothing that was seen says.")
	}
	t.conversations(&device)
	t.verdicts(&device)
	return flush(t.b, "explanation")
}

func (t *term) who(d *Device) {
	fmt.Fprintln(t.b, t.colour(bold, cutMiddle(d.Name, t.width)))
	for _, line := range []struct {
		name   string
		values []string
	}{
		{"id", []string{d.ID}}, {"addresses", addressesOf(d)}, {"MAC", d.MACs}, {"serial", d.Serials},
		{"UUID", d.UUIDs}, {"hostname", d.Hostnames}, {"seen in", d.Inputs}, {"spoke", d.Protocols},
	} {
		if len(line.values) > 0 {
			for i, text := range wrap(strings.Join(line.values, ", "), t.width-13) {
				name := line.name
				if i > 0 {
					name = ""
				}
				fmt.Fprintf(t.b, "  %s%s\n", pad(name, 11), text)
			}
		}
	}
	if d.Behind != "" {
		t.prose(2, 2, "It is channel "+d.Channel+" of the recorder "+d.Behind+".")
	}
	for _, a := range d.Alike {
		t.prose(2, 2, a.Says())
	}
	if d.FirstSeen != "" {
		t.prose(2, 2, "Seen from "+clock(d.FirstSeen)+" to "+clock(d.LastSeen)+".")
	}
}

// explaining is an explanation being written.
type explaining struct {
	*term
	steps map[string]told // a rule and the field it matched → where it was written out
}

// told is where a step stands and what it says.
type told struct{ claim, number, says string }

// A reason is one rule that speaks for a claim, with every place it matched.
type reason struct {
	weight, says string
	rule, source string
	unverified   bool
	places       []observation.Evidence
}

// weights of steps, the strongest first; a conclusion is written at the end.
var weights = []string{"strong", "good", "weak", "hint", "", "against"}

func weightRank(w string) int {
	if i := slices.Index(weights, w); i >= 0 {
		return i
	}
	return len(weights)
}

// reasonsFor joins the steps of one claim by rule, strongest first. Conclusions
// are left out. Without steps, as in a device read back from JSON, the evidence
// speaks.
func reasonsFor(c named, steps []attribution.Step) []*reason {
	var out []*reason
	at := map[string]*reason{}
	add := func(weight, says string, from []observation.Evidence) {
		for _, ev := range from {
			key := weight + "\x00" + ev.Rule + "\x00" + ev.Says
			r := at[key]
			if r == nil {
				if says == "" {
					says = ev.Says
				}
				r = &reason{weight: weight, says: says, rule: ev.Rule, source: ev.Source, unverified: ev.Unverified}
				at[key], out = r, append(out, r)
			}
			r.places = append(r.places, ev)
		}
		if len(from) == 0 {
			out = append(out, &reason{weight: weight, says: says})
		}
	}
	weighed := false
	for _, s := range steps {
		if isAbout(s, c) && s.Weight != "conclusion" {
			weighed = true
			add(s.Weight, s.Says, s.From)
		}
	}
	stepped := map[string]bool{}
	for _, r := range out {
		stepped[r.rule] = true
	}
	for i := range c.claim.Evidence { // what no step weighed, as when a claim follows from another
		if !weighed || !stepped[c.claim.Evidence[i].Rule] {
			add("", c.claim.Evidence[i].Says, c.claim.Evidence[i:i+1])
		}
	}
	slices.SortStableFunc(out, func(a, b *reason) int { return cmp.Compare(weightRank(a.weight), weightRank(b.weight)) })
	return out
}

func isAbout(s attribution.Step, c named) bool {
	return strings.EqualFold(strings.ReplaceAll(s.Claim, "_", " "), c.name)
}

// reasonsShown bounds the reasons of one claim that are written out.
const reasonsShown = 3

func (e *explaining) claim(c named, steps []attribution.Step) {
	value := c.claim.Value
	if value == "" {
		value = "unknown"
	}
	e.title(fmt.Sprintf("%s: %s  %s %s", c.name, cutMiddle(value, max(16, e.width-columns(c.name)-20)), pips(c.claim.Grade), c.claim.Grade))
	list := reasonsFor(c, steps)
	if len(list) == 0 {
		e.prose(2, 2, "Nothing that was seen says.")
	}
	n, same := 0, map[string][]string{}
	var rest []*reason
	for _, r := range list {
		if first, ok := e.steps[r.key()]; ok && r.rule != "" {
			if n < reasonsShown && !strings.HasSuffix(first.says, afterColon(r.says)) { // the same field says something else here
				n++
				e.prose(2, 4, fmt.Sprintf("%2d. %s (as %s %s)", n, r.words(), first.claim, first.number))
				continue
			}
			same[first.claim] = append(same[first.claim], first.number)
			continue
		}
		if n == reasonsShown && !e.opts.Rules {
			rest = append(rest, r)
			continue
		}
		n++
		if r.rule != "" {
			e.steps[r.key()] = told{c.name, fmt.Sprint(n), r.says}
		}
		e.reason(n, r)
	}
	if len(rest) > 0 {
		e.prose(2, 4, "and "+plural(len(rest), "more rule", "more rules")+": "+shortList(rest))
	}
	if len(same) > 0 {
		e.prose(2, 4, "also "+sameWhere(same)+" above")
	}
	for _, a := range c.claim.Conflicts {
		e.prose(2, 4, fmt.Sprintf("Against it: %s %s %s%s", a.Value, pips(a.Grade), a.Grade, e.against(a.Evidence)))
	}
	e.conclusion(c, list, steps)
	if c.claim.Note != "" {
		e.prose(2, 4, "Note: "+c.claim.Note)
	}
}

// sameWhere names steps that stand elsewhere: "Kind 1, 3 and Brand 2".
func sameWhere(same map[string][]string) string {
	var parts []string
	for _, c := range claimsOf(&Device{}) {
		if numbers := same[c.name]; len(numbers) > 0 {
			slices.Sort(numbers)
			parts = append(parts, c.name+" "+strings.Join(slices.Compact(numbers), ", "))
		}
	}
	return and(parts)
}

// key tells whether a rule was shown already; the same rule may match another field.
func (r *reason) key() string {
	if r.rule == "" {
		return ""
	}
	return r.rule + "\x00" + r.places[0].Field
}

// words is the reason as a sentence, its weight first.
func (r *reason) words() string {
	if r.weight == "" {
		return r.says
	}
	return r.weight + ": " + r.says
}

// afterColon leaves out what a step puts before the evidence's own sentence:
// "camera: ", "its web interface: ".
func afterColon(s string) string {
	if _, after, ok := strings.Cut(s, ": "); ok {
		return after
	}
	return s
}

// shortList names rules, the first few of them.
func shortList(list []*reason) string {
	var names []string
	for i, r := range list {
		if i == 5 && len(list) > 6 {
			names = append(names, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		names = append(names, r.rule)
	}
	return strings.Join(names, ", ")
}

// against names what speaks for another value.
func (t *term) against(evidence []observation.Evidence) string {
	if len(evidence) == 0 {
		return ""
	}
	ev := evidence[0]
	s := fmt.Sprintf(" — %s: %s", ev.Says, t.place(&ev))
	if ev.Rule != "" {
		s += ", rule " + ev.Rule
	}
	if more := len(evidence) - 1; more > 0 {
		s += fmt.Sprintf(", and %d more", more)
	}
	return s
}

// reason writes one numbered rule: what it says, where it matched, its source.
func (e *explaining) reason(n int, r *reason) {
	e.prose(2, 4, fmt.Sprintf("%2d. %s", n, r.words()))
	if len(r.places) > 0 {
		e.prose(6, 2, e.placesWords(r.places))
	}
	if r.rule != "" || r.source != "" {
		source := r.source
		switch {
		case source == "":
			source = "no public source"
		case e.said[source]:
			source = "source as above"
		default:
			e.said[source] = true
		}
		if r.unverified {
			source += " (unverified)"
		}
		e.prose(6, 2, "rule "+r.rule+", "+source)
	}
}

// placesShown bounds the packets named for one rule.
const placesShown = 3

// placesWords names the fields a rule matched, each value once with its packets.
func (t *term) placesWords(places []observation.Evidence) string {
	type value struct{ field, value string }
	packets := map[value][]string{} // or lines, see Input.Unit
	var order []value
	shown := 0
	for _, ev := range places {
		v := value{ev.Field, ev.Value}
		if _, ok := packets[v]; !ok {
			if shown == placesShown {
				continue
			}
			order = append(order, v)
			packets[v] = nil
		}
		if shown < placesShown && ev.Packet > 0 {
			packets[v] = append(packets[v], t.x.placeIn(ev.Input, ev.Packet))
			shown++
		}
	}
	var parts []string
	for _, v := range order {
		s := cutMiddle(v.field+" = "+v.value, 120)
		if p := packets[v]; len(p) > 0 {
			s += " (" + joinPlaces(p) + ")"
		}
		parts = append(parts, s)
	}
	s := strings.Join(parts, "; ")
	if more := len(places) - max(shown, len(order)); more > 0 {
		unit := t.x.unit(places[0].Input)
		for _, ev := range places {
			if t.x.unit(ev.Input) != unit {
				unit = "place"
			}
		}
		s += " and " + plural(more, "more "+unit, "more "+unit+"s")
	}
	return s
}

// joinPlaces writes places of one kind together: "packets 3, 12".
func joinPlaces(list []string) string {
	unit, _, ok := strings.Cut(list[0], " ")
	if len(list) == 1 || !ok {
		return strings.Join(list, ", ")
	}
	numbers := make([]string, len(list))
	for i, p := range list {
		rest, same := strings.CutPrefix(p, unit+" ")
		if !same || strings.Contains(rest, " ") {
			return strings.Join(list, ", ")
		}
		numbers[i] = rest
	}
	return unit + "s " + strings.Join(numbers, ", ")
}

// place is a field with its value and where it stands.
func (t *term) place(ev *observation.Evidence) string {
	s := cutMiddle(ev.Field+" = "+ev.Value, 100)
	if p := t.x.placeIn(ev.Input, ev.Packet); p != "" {
		s += " (" + p + ")"
	}
	return s
}

// conclusion says how the grade follows: what was found of each weight, in which
// protocols, and the attribution's own last word.
func (e *explaining) conclusion(c named, list []*reason, steps []attribution.Step) {
	protocols := map[string][]string{}
	for _, r := range list {
		for _, p := range r.places {
			protocols[r.weight] = union(protocols[r.weight], protocolName(p.Protocol))
		}
		if len(r.places) == 0 {
			protocols[r.weight] = union(protocols[r.weight], "")
		}
	}
	var parts []string
	for _, w := range []string{"strong", "good", "weak", "hint"} {
		if p := protocols[w]; len(p) > 0 && len(protocols[""]) == 0 {
			parts = append(parts, w+" ("+strings.Join(p, ", ")+")")
		}
	}
	s := ""
	for _, step := range steps {
		if isAbout(step, c) && step.Weight == "conclusion" {
			s = step.Says
		}
	}
	switch {
	case len(parts) > 0:
		follows := strings.Join(parts, " + ") + " → " + c.claim.Grade.String()
		if head, ok := strings.CutSuffix(s, ": "+c.claim.Grade.String()); s != "" && !(ok && strings.Contains(head, c.claim.Value)) {
			follows += "; " + s
		}
		e.prose(2, 4, "So: "+follows)
	case s != "" && s != c.claim.Value+": "+c.claim.Grade.String():
		e.prose(2, 4, "So: "+s)
	}
}

// verdicts writes what the rules make of one device: one line each that says
// something, then what cannot be told and what does not cover it.
func (t *term) verdicts(d *Device) {
	list := t.x.findings[d.ID]
	t.title("Which rules, as at " + t.doc.AsAt)
	if len(list) == 0 {
		t.prose(2, 2, "No rule says anything of this device.")
		return
	}
	if t.opts.Rules {
		for _, f := range list {
			t.judgement(f)
		}
		return
	}
	devices := []*Device{d}
	t.ruleTable(ruleLines(t.x, devices))
	for _, q := range openQuestions(t.x, devices) {
		t.prose(2, 4, q.words())
	}
	t.quiet(devices)
	for _, f := range list {
		if f.Verdict != finding.NotCovered && f.Verdict != finding.CannotTell {
			t.own("Disputed", f.Disputed, f.Name)
		}
		if f.Verdict != finding.NotCovered {
			t.own("The company's own statement", f.Denial, "")
		}
	}
	for i, s := range todos(t.x, devices) {
		if i < 3 {
			t.prose(2, 2, "Next: "+s.text)
		}
	}
	t.prose(0, 2, "In full, with sources: --rules")
}

// own writes what is said against a verdict, each text once.
func (t *term) own(label, text, about string) {
	if text == "" || t.said[text] {
		return
	}
	t.said[text] = true
	if about != "" {
		label += " (" + cutEnd(about, 40) + ")"
	}
	t.prose(2, 4, label+": "+text)
}

func (t *term) judgement(f *finding.Finding) {
	o := outcomeOf(f)
	if f.Verdict == finding.NotCovered {
		t.prose(2, 2, fmt.Sprintf("%s (%s): not covered. %s", f.Name, f.Force, f.Why))
		return
	}
	t.prose(2, 2, fmt.Sprintf("%s (%s), %s, as at %s", f.Name, f.Force, f.Clause, f.AsAt))
	verdict := strings.ToUpper(verdictWord(f.Verdict))
	if o.would != "" {
		verdict += ", " + o.String()
	}
	fmt.Fprintln(t.b, "    "+t.colour(outcomeColour(o), verdict))
	t.label("Why", f.Why)
	t.reasons(f, union(nil, f.Denial), f.Sources)
}
