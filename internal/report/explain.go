package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// Explain writes the reasoning about one device of doc, step by step: each
// claim with what speaks for and against it, the packets and fields it rests
// on, and what the rules make of it.
func Explain(w io.Writer, d *Device, doc *Document, opts TerminalOptions) error {
	clean, device := rewritten(*doc, visible), rewritten(*d, visible)
	t := newTerm(w, &clean, opts)
	t.who(&device)
	for _, c := range claimsOf(&device) {
		t.claim(c, device.Steps)
	}
	t.title("Which rules")
	if len(t.x.findings[device.ID]) == 0 {
		t.prose(2, 2, "No rule says anything of this device.")
	}
	for _, f := range t.x.findings[device.ID] {
		t.judgement(f)
	}
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
	if d.FirstSeen != "" {
		t.prose(2, 2, "Seen from "+d.FirstSeen+" to "+d.LastSeen+".")
	}
}

func (t *term) claim(c named, steps []attribution.Step) {
	value := c.claim.Value
	if value == "" {
		value = "unknown"
	}
	t.title(fmt.Sprintf("%s: %s  %s %s", c.name, cutMiddle(value, max(16, t.width-columns(c.name)-20)), pips(c.claim.Grade), c.claim.Grade))
	n := 0
	for _, s := range steps {
		if strings.EqualFold(strings.ReplaceAll(s.Claim, "_", " "), c.name) {
			n++
			t.step(n, s)
		}
	}
	if n == 0 { // a device read back from JSON has no steps, and its evidence still speaks
		for i := range c.claim.Evidence {
			t.step(i+1, attribution.Step{Says: c.claim.Evidence[i].Says, From: c.claim.Evidence[i : i+1]})
		}
		if len(c.claim.Evidence) == 0 {
			t.prose(2, 2, "Nothing that was seen says.")
		}
	}
	for _, a := range c.claim.Conflicts {
		t.prose(2, 2, fmt.Sprintf("Against it: %s %s %s", a.Value, pips(a.Grade), a.Grade))
		for i := range a.Evidence {
			t.evidence(&a.Evidence[i], true)
		}
	}
	if c.claim.Note != "" {
		t.prose(2, 2, "Note: "+c.claim.Note)
	}
}

func (t *term) step(n int, s attribution.Step) {
	text := s.Says
	if s.Weight != "" {
		text = s.Weight + ": " + text
	}
	t.prose(2, 4, fmt.Sprintf("%2d. %s", n, text))
	for i := range s.From {
		t.evidence(&s.From[i], s.From[i].Says != s.Says)
	}
}

// evidence writes where a statement comes from: packet and field, then the
// rule and its source.
func (t *term) evidence(e *observation.Evidence, says bool) {
	if says && e.Says != "" {
		t.prose(6, 2, e.Says)
	}
	where := e.Input
	if e.Packet > 0 {
		where += fmt.Sprintf(" packet %d", e.Packet)
	}
	t.prose(6, 2, strings.TrimSpace(fmt.Sprintf("%s: %s = %s", where, e.Field, e.Value)))
	if e.Rule != "" || e.Source != "" {
		source := e.Source
		if source == "" {
			source = "no public source"
		}
		if e.Unverified {
			source += " (unverified)"
		}
		t.prose(6, 2, "rule "+e.Rule+", "+source)
	}
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
	t.label("Would apply to", f.WouldFor)
	t.label("Not known", strings.Join(f.Missing, "; "))
	t.label("Disputed", f.Disputed)
	t.label("The company's own statement", f.Denial)
	t.label("Next", f.Next)
	t.label("Source", strings.Join(f.Sources, "; "))
}
