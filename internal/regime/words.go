package regime

import (
	"fmt"
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
	f := finding.Finding{Regime: r.f.ID, Name: r.f.Name, Force: r.force, Clause: o.k.id, Verdict: o.verdict(),
		AsAt: s.asAt.first, Missing: []string{}, Sources: o.k.sources, Evidence: []observation.Evidence{}}
	j := judged{rests: o.rests()}
	subject := e.subject(o)
	switch o.state {
	case stands:
		f.Why = subject + ": " + o.k.why
		f.Next = o.k.next
	case open:
		f.WouldBe, f.Missing = o.k.verdict, o.missingWords()
		if slices.ContainsFunc(o.missing, isOrganisation) {
			f.WouldFor = o.k.wouldApplyTo
		}
		f.Why = subject + ": " + o.openWhy(f.WouldFor, f.Missing)
		f.Next = o.find(f.Missing[0])
	default:
		f.Why = subject + ": " + e.outsideWhy(r, o)
		if len(o.note) > 0 && o.state == outsideDevice {
			f.Why += "; not seen: " + strings.Join(o.note, ", ") + ", and a part of a named company would change this"
			f.Missing = o.note
		}
	}
	if o.state == stands || o.state == open || o.state == statement {
		f.Disputed = o.k.disputed
		f.Denial = e.denial(s, j.rests)
		j.Evidence = nil
		f.Evidence = e.basis(o)
		f.Sources = withEntries(o)
	}
	f.Why += also(o, all)
	j.Finding = f
	return j
}

func isOrganisation(i int) bool { return Facts[i].About == "organisation" }

// subject says what the device is, as far as the clause cares.
func (e *Engine) subject(o *outcome) string {
	s := o.view.situation
	var parts []string
	switch p := &s.maker; {
	case p.sure && s.device.Brand.Value != "" && sure(&s.device.Brand) && !strings.EqualFold(s.device.Brand.Value, p.name):
		parts = append(parts, "produced by "+p.name+", sold as "+s.device.Brand.Value)
	case p.sure:
		parts = append(parts, "produced by "+p.name)
	case p.hint:
		parts = append(parts, "perhaps produced by "+p.name)
	default:
		parts = append(parts, "the maker is not known")
	}
	for _, part := range []struct {
		fact, says string
		p          *party
	}{{"maker", "", &s.maker}, {"chip_maker", "its system-on-chip is made by ", &s.chip}, {"network_part", "its network part is made by ", &s.network}} {
		m, ok := o.view.hit[part.fact+"_listed"]
		if part.says != "" && (!o.k.reads(part.fact) || !part.p.sure) {
			continue
		}
		if part.says != "" {
			parts = append(parts, part.says+part.p.name)
		}
		if ok && part.p.sure && m.is == yes && m.via != part.p.id {
			parts = append(parts, "which "+e.nameOf(m.via)+" owns")
		}
	}
	return strings.Join(parts, ", ")
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

// missingWords lists what is not known, a group of questions as one when none of
// it is known.
func (o *outcome) missingWords() []string {
	out := []string{}
	for _, i := range o.missing {
		words := o.view.word(i)
		if g := Facts[i].Group; g != "" && o.allMissing(g) {
			words = groups[g]
		}
		out = appendNew(out, words)
	}
	out = append(out, o.dates...)
	if len(out) == 0 {
		out = append(out, "whether the clause's condition holds (it could not be evaluated)")
	}
	return out
}

func (o *outcome) allMissing(group string) bool {
	for i := range Facts {
		if Facts[i].Group == group && !slices.Contains(o.missing, i) {
			return false
		}
	}
	return true
}

func (o *outcome) openWhy(wouldFor string, missing []string) string {
	k := o.k
	words := "would be " + string(k.verdict)
	if k.reaches == reachPurchase || k.reaches == reachInstallation {
		words = article(k.reaches) + " on or after " + k.fromText() + " would be " + string(k.verdict)
	}
	if wouldFor != "" {
		words += " for " + wouldFor
	}
	return words + "; not known: " + strings.Join(missing, "; ")
}

func article(reaches string) string {
	if reaches == reachInstallation {
		return "an " + reaches
	}
	return "a " + reaches
}

// find says how to supply the first missing fact.
func (o *outcome) find(words string) string {
	key := ""
	switch {
	case len(o.missing) > 0:
		key = Facts[o.missing[0]].Key
	case len(o.dates) > 0 && o.dates[0] == o.k.actText():
		key = map[string]string{reachPurchase: "purchased", reachInstallation: "installed"}[o.k.reaches]
	}
	if key == "" {
		return "Find out " + words + "."
	}
	return "Answer in estate.yaml, key " + key + ": " + words + "."
}

// outsideWhy says why a clause does not reach the device.
func (e *Engine) outsideWhy(r *regime, o *outcome) string {
	k, s := o.k, o.view.situation
	switch o.state {
	case statement:
		return k.why
	case notYet:
		return "the clause is not in force until " + k.fromText()
	case ended:
		return "the clause ended on " + k.to.first
	case before:
		return fmt.Sprintf("the clause reaches %s on or after %s, and this was before", article(k.reaches), k.fromText())
	case excepted:
		return "an exception was granted, as you say"
	case outsideOrganisation:
		words := "the clause binds " + k.wouldApplyTo
		if t, ok := organisationType(s.org.Type); ok {
			words += ", not " + t.Says
		} else if s.org.Country != "" {
			words += ", not an organisation in " + s.org.Country
		}
		return words
	}
	return e.notCoveredWhy(r, o)
}

// notCoveredWhy names the fact about the device that puts it outside.
func (e *Engine) notCoveredWhy(r *regime, o *outcome) string {
	v, s := o.view, o.view.situation
	if o.k.whyNot != "" {
		return o.k.whyNot
	}
	if is, ok := v.known["video_surveillance"].(bool); ok && !is && o.k.reads("video_surveillance") {
		return "it is not video surveillance equipment"
	}
	if is, ok := v.known["maker_listed"].(bool); ok && !is && o.k.listing != nil && o.k.reads("maker_listed") {
		words := "neither it nor an owner of it is named in the " + o.k.listing.name
		if later := v.hit["maker_listed"].later; later != "" {
			words = "it is named in the " + o.k.listing.name + " only from " + later
		}
		return words
	}
	if is, ok := v.known["maker_from_country"].(bool); ok && !is && o.k.reads("maker_from_country") {
		list, _ := e.homes(s.maker.chain)
		return fmt.Sprintf("it and its owners are in %s, the clause is about companies of %s", strings.Join(list, ", "), strings.Join(o.k.countries, ", "))
	}
	for _, i := range o.k.covers.uses {
		if val, ok := v.known[Facts[i].Name].(bool); ok && !val && Facts[i].No != "" {
			return Facts[i].No
		}
	}
	if s.maker.sure && slices.Contains(o.k.covers.uses, factIndex["maker"]) {
		return "the clause does not name it or an owner of it"
	}
	if kind, ok := v.known["kind"].(string); ok && slices.Contains(o.k.covers.uses, factIndex["kind"]) {
		return "the clause is not about equipment of this kind (" + kind + ")"
	}
	return "it is not what " + r.f.Name + " is about"
}

// also names what other clauses of the regime add.
func also(best *outcome, all []*outcome) string {
	var ids []string
	for _, o := range all {
		if o == best || o.k.id == best.k.id {
			continue
		}
		switch {
		case o.state == stands:
			ids = appendNew(ids, o.k.id+" ("+string(o.k.verdict)+")")
		case o.state == open && best.state == stands && finding.Severity(o.k.verdict) > finding.Severity(best.k.verdict):
			ids = appendNew(ids, o.k.id+" (would be "+string(o.k.verdict)+"; not known: "+strings.Join(o.missingWords(), "; ")+")")
		}
	}
	if len(ids) == 0 {
		return ""
	}
	return "; see also " + strings.Join(ids, ", ")
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
			words := displayName(c) + ": " + c.Denial.Text
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
			out = append(out, observation.Evidence{Rule: "listings/" + o.k.listing.id + ".yaml: " + m.entry.name,
				Source: m.entry.source, Says: m.entry.name + " is named in the " + o.k.listing.name + " since " + m.entry.from.first})
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
