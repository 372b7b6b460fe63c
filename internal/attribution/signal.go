package attribution

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// strength says how much one signal proves by itself.
type strength uint8

const (
	hint   strength = iota // recalled, or known to be shared by many: possible at most, supports nothing
	weak                   // supports what something else says
	good                   // by itself possible; two kinds of it make probable
	strong                 // by itself probable
)

func (s strength) String() string { return [...]string{"hint", "weak", "good", "strong"}[s] }

// A family is one independent kind of evidence. Two signals of one family are
// one witness heard twice.
type family string

const (
	famProtocol  family = "the maker's own protocol"
	famSelf      family = "what the device says of itself"
	famWeb       family = "its web interface"
	famVideo     family = "its video service"
	famCert      family = "its certificate"
	famManage    family = "its management interface"
	famDHCP      family = "its address request"
	famHardware  family = "its hardware address"
	famContact   family = "the names it asks for"
	famService   family = "the ports it answers on"
	famModel     family = "its model number"
	famBehaviour family = "how it behaves"
)

// A signal is one reason to believe one value of one claim.
type signal struct {
	value    string   // as shown
	id       maker.ID // company, where the claim is about one
	by       maker.ID // company whose product a kind signal describes; "" when it names none
	family   family
	strength strength
	unread   bool // a hint only since the source of a sure pattern was not read
	ev       observation.Evidence
}

// A candidate is one value and all signals for it.
type candidate struct {
	value   string
	id      maker.ID
	signals []signal
}

// witnesses gives the best strength of each family, hints left out.
func (c *candidate) witnesses() map[family]strength {
	w := make(map[family]strength, 4)
	for _, s := range c.signals {
		if s.strength > hint && s.strength > w[s.family] {
			w[s.family] = s.strength
		}
	}
	return w
}

// grade applies the rule of docs/explanation/grades.md: confirmed needs a strong
// witness and a second, independent one (a model number is none: it comes in the
// same message); probable a strong one, a good one and a second, or three
// independent ones of any strength; anything else is possible.
func (c *candidate) grade() Grade {
	if len(c.signals) == 0 {
		return Unknown
	}
	w := c.witnesses()
	best := hint
	for _, s := range w {
		best = max(best, s)
	}
	independent := len(w)
	if _, ok := w[famModel]; ok {
		independent--
	}
	switch {
	case best == strong && independent >= 2:
		return Confirmed
	case best == strong, best == good && len(w) >= 2, independent >= 3:
		return Probable
	}
	return Possible
}

// weight orders candidates of the same grade.
func (c *candidate) weight() int {
	n := 0
	for _, s := range c.witnesses() {
		n += 1 << (2 * s)
	}
	return n
}

// rank groups signals into candidates, the best first. same says which two
// values are one; the first value seen of the strongest signal is shown.
func rank(signals []signal, same func(a, b *signal) bool) []candidate {
	signals = slices.Clone(signals)
	slices.SortStableFunc(signals, func(a, b signal) int { return cmp.Compare(b.strength, a.strength) })
	var cs []candidate
next:
	for i := range signals {
		s := &signals[i]
		for j := range cs {
			if same(&cs[j].signals[0], s) {
				cs[j].signals = append(cs[j].signals, *s)
				continue next
			}
		}
		cs = append(cs, candidate{value: s.value, id: s.id, signals: []signal{*s}})
	}
	slices.SortStableFunc(cs, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.grade(), a.grade()), cmp.Compare(b.weight(), a.weight()), strings.Compare(a.value, b.value))
	})
	return cs
}

// conclude turns candidates into a claim: the best one, with the others shown
// as conflicts. One that stands as well as the best takes a grade off it, and an
// exact tie leaves the claim unknown.
func conclude(cs []candidate) Claim {
	if len(cs) == 0 {
		return Claim{}
	}
	best := &cs[0]
	c := Claim{Value: best.value, ID: string(best.id), Grade: best.grade(), Evidence: evidenceOf(best.signals)}
	for i := range cs[1:] {
		o := &cs[1+i]
		c.Conflicts = append(c.Conflicts, Alternative{Value: o.value, ID: string(o.id), Grade: o.grade(), Evidence: evidenceOf(o.signals)})
	}
	if len(cs) == 1 || cs[1].grade() < best.grade() {
		return c
	}
	if cs[1].weight() == best.weight() {
		c.Conflicts = append([]Alternative{{Value: c.Value, ID: c.ID, Grade: c.Grade, Evidence: c.Evidence}}, c.Conflicts...)
		c.Value, c.ID, c.Grade, c.Evidence = "", "", Unknown, nil
		c.Note = "the evidence contradicts itself equally: see the conflicts"
		return c
	}
	if c.Grade > Possible {
		c.Grade--
	}
	c.Note = "graded down: other evidence says " + cs[1].value
	return c
}

// maxEvidence bounds the evidence kept for one claim; the strongest stays.
const maxEvidence = 12

var noEvidence = []observation.Evidence{}

// weigh records every signal of the candidates as a step of the claim's reasoning.
func (g *gathered) weigh(claim string, cs []candidate) {
	if g.terse {
		return
	}
	for i := range cs {
		for _, s := range cs[i].signals {
			g.step(claim, s.strength.String(), cs[i].value+": "+s.ev.Says+" ("+string(s.family)+")", s.ev)
		}
	}
}

// evidenceOf lists the evidence of signals, strongest first, each field and rule once.
func evidenceOf(signals []signal) []observation.Evidence {
	out := make([]observation.Evidence, 0, min(len(signals), maxEvidence))
	seen := make(map[[3]string]bool, len(signals))
	for _, s := range signals {
		k := [3]string{s.ev.Field, s.ev.Value, s.ev.Rule}
		if seen[k] || len(out) == maxEvidence {
			continue
		}
		seen[k] = true
		out = append(out, s.ev)
	}
	return out
}

// sameCompany joins signals that name one company, or one text when none.
func sameCompany(a, b *signal) bool {
	if a.id != "" || b.id != "" {
		return a.id == b.id
	}
	return strings.EqualFold(a.value, b.value)
}

// claims lists the claims of a, for what is done to all.
func (a *Attribution) claims() []*Claim {
	return []*Claim{&a.Kind, &a.Brand, &a.Maker, &a.Platform, &a.Model, &a.Firmware, &a.Chip, &a.ChipMaker, &a.NetworkPart}
}
