package attribution

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// ownSource marks evidence that is a reading of ours, explained in docs, and not
// a row of the knowledge base.
var ownSource = maker.Source{URLs: []string{"https://github.com/lenscap/lenscap/blob/main/docs/explanation/grades.md"}, Verified: true}

func itoa(n int) string { return strconv.Itoa(n) }

// networkPart is the maker of the network interface, from the registered prefix.
// It says nothing about who made the rest.
func (r *Resolver) networkPart(g *gathered) Claim {
	cs := rank(g.part, sameCompany)
	c := conclude(cs)
	if len(cs) > 1 { // several interfaces are several facts, not a contradiction
		c = Claim{Value: cs[0].value, ID: string(cs[0].id), Evidence: evidenceOf(cs[0].signals), Note: "it has interfaces of several makers"}
		for _, o := range cs[1:] {
			c.Conflicts = append(c.Conflicts, Alternative{Value: o.value, ID: string(o.id), Grade: Probable, Evidence: evidenceOf(o.signals)})
		}
	}
	if c.Value == "" {
		return c
	}
	c.Grade = Probable
	for _, e := range c.Evidence {
		if strings.HasSuffix(e.Field, ".mac") {
			c.Grade = Confirmed // the device names the address itself
		}
	}
	g.step("network part", "conclusion", "network interface by "+c.Value+": "+c.Grade.String(), c.Evidence...)
	return c
}

// platform says whose firmware family runs on the device.
func (r *Resolver) platform(g *gathered) Claim {
	cs := rank(r.underOneRoof(g.platform), sameCompany)
	// A prefix or a model number alone is no firmware.
	cs = keep(cs, func(c *candidate) bool {
		return slices.ContainsFunc(c.signals, func(s *signal) bool {
			return s.strength > hint && s.family != famHardware && s.family != famModel && s.family != famContact && s.family != famService
		})
	})
	c := conclude(cs)
	if len(cs) == 0 {
		cs, c = r.platformUnread(g)
	}
	g.weigh("platform", cs)
	if c.Value != "" {
		g.chosen = cs[:1]
		g.step("platform", "conclusion", c.Value+" firmware: "+c.Grade.String())
	}
	return c
}

// platformUnread is the platform where nothing speaks for one but patterns that
// are sure of their company while their source was not read: possible, and said so.
func (r *Resolver) platformUnread(g *gathered) ([]candidate, Claim) {
	var signals []signal
	for _, s := range g.platform {
		if s.unread && s.family != famModel && s.family != famContact && s.family != famService {
			signals = append(signals, s)
		}
	}
	cs := rank(r.underOneRoof(signals), sameCompany)
	c := conclude(cs)
	if c.Value != "" {
		c.Note = join(c.Note, "the source of the pattern was not read")
	}
	return cs, c
}

// underOneRoof replaces a company by its parent where signals name both: a brand
// of the maker's own house does not contradict the maker.
func (r *Resolver) underOneRoof(in []signal) []signal {
	named := make(map[maker.ID]bool, len(in))
	for _, s := range in {
		named[s.id] = true
	}
	out := make([]signal, 0, len(in))
	for _, s := range in {
		for id := s.id; id != ""; {
			c, ok := r.base.Company(id)
			if !ok || c.Parent == "" || c.Parent == id {
				break
			}
			id = c.Parent
			if named[id] {
				s.id, s.value = id, r.name(id)
			}
		}
		out = append(out, s)
	}
	return out
}

func keep(cs []candidate, ok func(*candidate) bool) []candidate {
	out := cs[:0]
	for i := range cs {
		if ok(&cs[i]) {
			out = append(out, cs[i])
		}
	}
	return out
}

// brand is the name on the box: what the device says, what its prefix and its
// texts support. Firmware alone names no badge.
func (r *Resolver) brand(g *gathered, a *Attribution) Claim {
	signals := g.brand
	platform := g.platform
	if statedElse(g.brand, a.Platform.ID) {
		platform = nil // the device names its badge; whose firmware it runs contradicts no badge
	}
	for _, s := range platform {
		// The maker's own name counts for the badge where the device's own words
		// or its hardware address carry it, not where only the firmware speaks.
		switch s.family {
		case famHardware, famSelf, famDHCP, famManage, famWeb, famCert:
			if s.family != famHardware && s.strength > weak {
				s.strength = weak
			}
			signals = append(signals, s)
		}
	}
	cs := rank(signals, sameCompany)
	// A prefix alone is no badge unless its owner makes little but cameras; a
	// placeholder in the brand field says that the badge was left out.
	cs = keep(cs, func(c *candidate) bool {
		w := c.witnesses()
		if w.families() == 1 && w[famHardware] > hint {
			return w[famHardware] >= good && len(g.placeholder) == 0
		}
		return true
	})
	g.weigh("brand", cs)
	if len(g.placeholder) > 0 && !stated(cs) {
		c := Claim{Note: fmt.Sprintf("the device sends %q, a placeholder for a badge that was left out", g.placeholder[0].Value)}
		for _, x := range cs { // another company's prefix on that firmware is a badge
			if string(x.id) != a.Platform.ID && x.signals[0].family == famHardware {
				c = conclude([]candidate{x})
				c.Grade = Possible
				c.Note = "only the hardware address names it; the brand field is a placeholder"
			}
		}
		g.step("brand", "conclusion", orUnknown(c), g.placeholder...)
		return c
	}
	c := conclude(cs)
	if len(g.badge) > 0 && (c.Value == "" || c.ID == a.Platform.ID) {
		c = Claim{Note: "built for another badge, which the device does not name (" + g.badge[0].Says + ")"}
		g.step("brand", "against", c.Note, g.badge...)
	}
	g.step("brand", "conclusion", orUnknown(c), c.Evidence...)
	return c
}

// statedElse reports whether the device states a name other than the platform's.
func statedElse(signals []signal, platform string) bool {
	for _, s := range signals {
		if s.strength >= good && string(s.id) != platform {
			return true
		}
	}
	return false
}

func stated(cs []candidate) bool {
	for i := range cs {
		for _, s := range cs[i].signals {
			if s.family != famHardware && s.family != famModel && s.family != famContact && s.strength >= good {
				return true
			}
		}
	}
	return false
}

func orUnknown(c Claim) string {
	if c.Value == "" {
		return "unknown"
	}
	return c.Value + ": " + c.Grade.String()
}

// maker is the legal entity that produced the device. The firmware's maker is
// taken for it, since a badge is printed on what another company built; a brand
// without firmware evidence leads to a maker only as far as the knowledge base
// knows who builds for it, and never beyond possible when others build for it too.
func (r *Resolver) maker(g *gathered, a *Attribution) Claim {
	switch {
	case a.Platform.Value != "":
		return r.makerFromPlatform(g, a)
	case a.Brand.ID != "":
		return r.makerFromBrand(g, a)
	}
	return r.makerFromHardware(g, a)
}

func (r *Resolver) makerFromPlatform(g *gathered, a *Attribution) Claim {
	c := a.Platform
	c.Note = r.denial(maker.ID(c.ID))
	g.weigh("maker", g.chosen)
	if a.Brand.ID != "" && a.Brand.ID != c.ID {
		if rel, ok := r.builds(a.Brand.ID, c.ID); ok {
			ev := relationEvidence(rel, fmt.Sprintf("%s builds for %s", r.name(rel.Maker), rel.Brand))
			c.Evidence = append(append([]observation.Evidence{}, c.Evidence...), ev)
			if c.Grade == Probable && rel.Source.Verified {
				c.Grade = Confirmed
			}
			g.step("maker", "good", fmt.Sprintf("the knowledge base has %s building for %s (%s)", r.name(rel.Maker), rel.Brand, rel.Scope), ev)
		} else if !r.kin(a.Brand.ID, c.ID) {
			if c.Grade == Confirmed {
				c.Grade = Probable
			}
			c.Note = join(c.Note, fmt.Sprintf("%s firmware under the name %s; no source that %s builds for %s is on file", c.Value, a.Brand.Value, c.Value, a.Brand.Value))
		}
	}
	g.step("maker", "conclusion", orUnknown(c), c.Evidence...)
	return c
}

func (r *Resolver) makerFromBrand(g *gathered, a *Attribution) Claim {
	whole, part := r.builders(a.Brand.ID)
	c := Claim{Evidence: a.Brand.Evidence}
	switch {
	case len(whole) == 0 && !r.isBadge(maker.ID(a.Brand.ID)):
		c.Value, c.ID, c.Grade = a.Brand.Value, a.Brand.ID, min(a.Brand.Grade, Probable)
		c.Note = "from the brand: no sign of another company's firmware was seen"
	case len(whole) == 0:
		c.Value, c.ID, c.Grade = a.Brand.Value, a.Brand.ID, Possible
		c.Note = "from the brand, which buys from others too; nothing shows who built this device"
	case len(whole) == 1:
		rel := whole[0]
		c.Value, c.ID, c.Grade = r.name(rel.Maker), string(rel.Maker), Possible
		c.Evidence = append(append([]observation.Evidence{}, c.Evidence...), relationEvidence(rel, fmt.Sprintf("%s builds for %s", r.name(rel.Maker), rel.Brand)))
		c.Note = "from the brand only: decide by the device, not by the badge"
		if rel.Kind == "subsidiary-brand" && rel.Source.Verified && rel.Confidence == "high" {
			c.Grade, c.Note = min(a.Brand.Grade, Probable), a.Brand.Value+" is a brand of "+c.Value+"'s own house"
		}
	default:
		c.Evidence = nil
		for _, rel := range whole {
			c.Conflicts = append(c.Conflicts, Alternative{Value: r.name(rel.Maker), ID: string(rel.Maker), Grade: Possible, Evidence: []observation.Evidence{relationEvidence(rel, r.name(rel.Maker)+" builds for "+rel.Brand)}})
		}
		c.Note = "several companies build for " + a.Brand.Value + ": " + r.names(whole)
	}
	if len(part) > 0 {
		c.Note = join(c.Note, "some of its range is on file as built by "+r.names(part))
	}
	c.Note = join(c.Note, r.denial(maker.ID(c.ID)))
	if t, ok := r.makerTogether(g); ok && t.ID == c.ID && t.Grade > c.Grade {
		c = t // the brand was read off the hardware address alone
	}
	g.step("maker", "conclusion", orUnknown(c)+" ("+c.Note+")", c.Evidence...)
	return c
}

// builders lists who builds for a brand, one relation a maker: those that hold
// for the whole of it today, and those that hold for a part or did once.
func (r *Resolver) builders(brand string) (whole, part []maker.Relation) {
	seen := map[maker.ID]bool{maker.ID(brand): true}
	for _, rel := range r.base.OEM(brand) {
		if rel.Kind != "partial" && rel.Kind != "former OEM" && rel.To == "" && !seen[rel.Maker] {
			seen[rel.Maker] = true
			whole = append(whole, rel)
		}
	}
	for _, rel := range r.base.OEM(brand) {
		if !seen[rel.Maker] {
			seen[rel.Maker] = true
			part = append(part, rel)
		}
	}
	return whole, part
}

// names lists the makers of relations.
func (r *Resolver) names(rels []maker.Relation) string {
	out := make([]string, 0, len(rels))
	for _, rel := range rels {
		out = append(out, r.name(rel.Maker))
	}
	return strings.Join(out, ", ")
}

// builds finds the relation by which company m builds for brand b.
func (r *Resolver) builds(b, m string) (maker.Relation, bool) {
	for _, rel := range r.base.OEM(b) {
		if string(rel.Maker) == m {
			return rel, true
		}
	}
	return maker.Relation{}, false
}

// kin reports whether one company belongs to the other.
func (r *Resolver) kin(a, b string) bool {
	return r.under(a, b) || r.under(b, a)
}

func (r *Resolver) under(child, parent string) bool {
	for i, id := 0, maker.ID(child); i < 8 && id != ""; i++ {
		if string(id) == parent {
			return true
		}
		c, ok := r.base.Company(id)
		if !ok {
			return false
		}
		id = c.Parent
	}
	return false
}

// denial is the company's own statement, which stands beside every claim about
// it, at the end of its note. The text names the company.
func (r *Resolver) denial(id maker.ID) string {
	if c, ok := r.base.Company(id); ok && c.Denial != nil {
		return "the company's own statement: " + c.Denial.Text
	}
	return ""
}

func relationEvidence(rel maker.Relation, says string) observation.Evidence {
	return observation.Evidence{Protocol: "knowledge base", Field: "brand", Value: rel.Brand, Rule: rel.Row, Source: rel.Source.String(), Says: says, Unverified: !rel.Source.Verified}
}

func join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}
