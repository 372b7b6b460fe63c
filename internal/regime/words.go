package regime

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// word turns the outcome that was chosen into a finding; all are the outcomes of
// the same regime.
func (e *Engine) word(r *regime, o *outcome, all []*outcome) judged {
	s := o.view.situation
	f := finding.Finding{Regime: r.f.ID, Name: r.f.Name, Force: r.force, Clause: o.k.id, Verdict: o.verdict(), WouldBe: o.would(),
		AsAt: s.asAt.first, Also: also(o, all), Missing: []string{}, Sources: o.k.sources, Evidence: []observation.Evidence{}}
	j := judged{rests: o.rests()}
	switch o.state {
	case stands:
		f.Why, f.Next = e.withSubject(o, o.k.why), o.k.next
	case open:
		gaps := o.gaps()
		for _, g := range gaps {
			f.Missing = appendNew(f.Missing, g.says)
		}
		if slices.ContainsFunc(o.missing, isOrganisation) {
			f.WouldFor = o.k.wouldApplyTo
		}
		f.Why, f.Next, f.Asks = e.openWhy(o, gaps, f.WouldFor), gaps[0].next, gaps[0].asks
	default:
		f.Why = e.outsideWhy(r, o)
		if o.state == outsideDevice {
			var noted []*outcome // a part that nobody saw may bring the device under another clause of the regime
			for _, other := range all {
				if len(other.note) > 0 && other.state == outsideDevice && (other == o || other.mayBind) {
					noted = append(noted, other)
				}
			}
			for _, other := range noted {
				for _, n := range other.note {
					f.Missing = appendNew(f.Missing, n)
				}
			}
			if len(noted) > 0 {
				f.Why += unseen(noted)
			}
		}
	}
	if o.state == stands || o.state == open || o.state == statement {
		f.Disputed = o.k.disputed
		f.Denial = e.denial(s, j.rests)
		j.Evidence = nil
		f.Evidence = e.basis(o)
		f.Sources = withEntries(o)
	}
	j.Finding = f
	return j
}

func isOrganisation(i int) bool { return Facts[i].About == "organisation" }

// withSubject puts what the device is before a sentence part, when the clause
// asks who made it.
func (e *Engine) withSubject(o *outcome, says string) string {
	if subject := e.subject(o); subject != "" {
		return subject + ": " + says
	}
	return says
}

// subject says who made the device, as far as that counts as a fact and the
// clause cares; "" otherwise.
func (e *Engine) subject(o *outcome) string {
	s := o.view.situation
	var parts []string
	if p := &s.maker; p.sure && (o.k.reads("maker") || o.k.reads("chip_maker") || o.k.reads("network_part")) {
		made := "made by " + short(p.name)
		if b := &s.device.Brand; b.Value != "" && sure(b) && !strings.EqualFold(b.Value, p.name) {
			made += ", sold as " + short(b.Value)
		}
		parts = append(parts, made+e.owner(o, "maker", p))
	}
	if p := &s.chip; p.sure && o.k.reads("chip_maker") {
		parts = append(parts, "its system-on-chip by "+short(p.name)+e.owner(o, "chip_maker", p))
	}
	if p := &s.network; p.sure && o.k.reads("network_part") {
		parts = append(parts, "its network part by "+short(p.name)+e.owner(o, "network_part", p))
	}
	return strings.Join(parts, ", ")
}

// owner names the company that is on the list, when it is not the party itself.
func (e *Engine) owner(o *outcome, role string, p *party) string {
	if m, ok := o.view.hit[role+"_listed"]; ok && m.is == yes && m.via != p.id {
		return ", which " + e.nameOf(m.via) + " owns"
	}
	return ""
}

// reads reports whether the clause asks about a role ("chip_maker").
func (k *clause) reads(role string) bool {
	return slices.ContainsFunc(k.uses(), func(i int) bool { return strings.HasPrefix(Facts[i].Name, role) })
}

// rests lists the claims the clause looked at.
func (o *outcome) rests() uint16 {
	var bits uint16
	for _, i := range o.k.uses() {
		switch name := Facts[i].Name; {
		case name == "kind" || name == "video_surveillance":
			bits |= onKind
		case name == "brand":
			bits |= onBrand
		case strings.HasPrefix(name, "maker"):
			bits |= onMaker | onBrand
		case strings.HasPrefix(name, "platform"):
			bits |= onPlatform
		case strings.HasPrefix(name, "chip_maker"):
			bits |= onChip
		case strings.HasPrefix(name, "network_part"):
			bits |= onNetwork
		}
	}
	return bits
}

// withArticle writes a noun with "a" or "an" before it.
func withArticle(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// denial is what the companies the verdict rests on say themselves.
func (e *Engine) denial(s *situation, rests uint16) string {
	var out []string
	for _, p := range []struct {
		bit uint16
		p   *party
	}{{onMaker, &s.maker}, {onChip, &s.chip}, {onNetwork, &s.network}} {
		if rests&p.bit == 0 || !p.p.sure {
			continue
		}
		for _, id := range p.p.chain {
			c, ok := e.base.Company(id)
			if !ok || c.Denial == nil {
				continue
			}
			words := c.Denial.Text
			if src := c.Denial.Source.String(); src != "" {
				words += " (" + src + ")"
			}
			out = appendNew(out, words)
		}
	}
	return strings.Join(out, " ")
}

// basis lists the rows of the knowledge base the outcome rests on: the entries
// of lists, and the ownership that leads to them.
func (e *Engine) basis(o *outcome) []observation.Evidence {
	out := []observation.Evidence{}
	s := o.view.situation
	for _, part := range []struct {
		role string
		p    *party
	}{{"maker", &s.maker}, {"chip_maker", &s.chip}, {"network_part", &s.network}, {"platform", &s.platform}} {
		if !part.p.sure || !o.k.reads(part.role) {
			continue
		}
		via := maker.ID("")
		if m := o.view.hit[part.role+"_listed"]; m.entry != nil && m.is != no {
			via = m.via
			says := m.entry.name + " is " + o.k.listing.on() + " since " + m.entry.from.first
			if m.is == unknown {
				says = "not known: " + m.says
			}
			out = append(out, observation.Evidence{Rule: "listings/" + o.k.listing.id + ".yaml: " + m.entry.name, Source: m.entry.source, Says: says})
		}
		out = append(out, e.ownership(part.p.chain, via)...)
	}
	return out
}

// ownership gives the rows that lead from a company up to one of its owners, or
// up to the last when the list names none.
func (e *Engine) ownership(chain []maker.ID, to maker.ID) []observation.Evidence {
	var out []observation.Evidence
	for i := 0; i+1 < len(chain) && chain[i] != to; i++ {
		c, ok := e.base.Company(chain[i])
		if !ok {
			break
		}
		ev := observation.Evidence{Rule: "makers/companies.yaml: " + string(c.ID), Source: c.Source.String(),
			Says: displayName(c) + " is owned by " + e.nameOf(chain[i+1]), Unverified: !c.Source.Verified}
		for _, own := range c.Ownership {
			if own.Owner == chain[i+1] {
				ev.Source, ev.Unverified = own.Source.String(), !own.Source.Verified
			}
		}
		out = append(out, ev)
	}
	return out
}

// withEntries adds the sources of list entries to those of the clause.
func withEntries(o *outcome) []string {
	out := slices.Clone(o.k.sources)
	for _, role := range []string{"maker_listed", "chip_maker_listed", "network_part_listed", "platform_listed"} {
		if m := o.view.hit[role]; m.entry != nil && m.is != no && m.entry.source != "" {
			out = appendNew(out, m.entry.source)
		}
	}
	return out
}
