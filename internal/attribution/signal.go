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
type family uint8

const (
	famProtocol family = iota
	famSelf
	famWeb
	famVideo
	famCert
	famManage
	famDHCP
	famHardware
	famContact
	famService
	famModel
	famBehaviour
	famCount
)

func (f family) String() string {
	return [famCount]string{
		famProtocol:  "the maker's own protocol",
		famSelf:      "what the device says of itself",
		famWeb:       "its web interface",
		famVideo:     "its video service",
		famCert:      "its certificate",
		famManage:    "its management interface",
		famDHCP:      "its address request",
		famHardware:  "its hardware address",
		famContact:   "the names it asks for",
		famService:   "the ports it answers on",
		famModel:     "its model number",
		famBehaviour: "how it behaves",
	}[f]
}

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
	signals []*signal
}

// A testimony is the best strength of each family, hint where nothing better
// was heard of it.
type testimony [famCount]strength

// families counts the witnesses.
func (w *testimony) families() int {
	n := 0
	for _, s := range w {
		if s > hint {
			n++
		}
	}
	return n
}

// witnesses gives the best strength of each family, hints left out.
func (c *candidate) witnesses() (w testimony) {
	for _, s := range c.signals {
		w[s.family] = max(w[s.family], s.strength)
	}
	return w
}

// families counts its witnesses.
func (c *candidate) families() int {
	w := c.witnesses()
	return w.families()
}

// heard reports whether it has a witness at all.
func (c *candidate) heard() bool {
	return slices.ContainsFunc(c.signals, func(s *signal) bool { return s.strength > hint })
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
	all := w.families()
	independent := all
	if w[famModel] > hint {
		independent--
	}
	switch {
	case best == strong && independent >= 2:
		return Confirmed
	case best == strong, best == good && all >= 2, independent >= 3:
		return Probable
	}
	return Possible
}

// weight orders candidates of the same grade.
func (c *candidate) weight() int {
	n := 0
	for _, s := range c.witnesses() {
		if s > hint {
			n += 1 << (2 * s)
		}
	}
	return n
}

// rank groups signals into candidates, the best first. same says which two
// values are one; the first value seen of the strongest signal is shown. The
// candidates point into signals.
func rank(signals []signal, same func(a, b *signal) bool) []candidate {
	best := make([]*signal, len(signals))
	for i := range signals {
		best[i] = &signals[i]
	}
	slices.SortStableFunc(best, func(a, b *signal) int { return cmp.Compare(b.strength, a.strength) })
	var cs []candidate
next:
	for i, s := range best {
		for j := range cs {
			if same(cs[j].signals[0], s) {
				cs[j].signals = append(cs[j].signals, s)
				continue next
			}
		}
		cs = append(cs, candidate{value: s.value, id: s.id, signals: best[i : i+1 : i+1]})
	}
	if len(cs) < 2 {
		return cs
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
			g.step(claim, s.strength.String(), cs[i].value+": "+s.ev.Says+" ("+s.family.String()+")", s.ev)
		}
	}
}

// evidenceOf lists the evidence of signals, strongest first, each field and rule once.
func evidenceOf(signals []*signal) []observation.Evidence {
	out := make([]observation.Evidence, 0, min(len(signals), maxEvidence))
	for _, s := range signals {
		if len(out) == maxEvidence {
			break
		}
		if !slices.ContainsFunc(out, func(e observation.Evidence) bool {
			return e.Field == s.ev.Field && e.Rule == s.ev.Rule && e.Value == s.ev.Value
		}) {
			out = append(out, s.ev)
		}
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
