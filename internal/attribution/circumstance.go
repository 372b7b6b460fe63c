package attribution

import (
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// makerFromHardware falls back on what by itself is no firmware: a prefix of a
// company that makes little but cameras, the names it asks for and the ports it
// answers on. Where two of these agree the rule of the grades holds, to probable
// at most; one of them, or else the model number, makes it possible and only that.
func (r *Resolver) makerFromHardware(g *gathered, _ *Attribution) Claim {
	if c, ok := r.makerTogether(g); ok {
		g.step("maker", "conclusion", orUnknown(c), c.Evidence...)
		return c
	}
	for _, alone := range []struct {
		family family
		note   string
	}{
		{famHardware, "only the hardware address names it"},
		{famModel, "only the model number speaks for it"},
		{famContact, "only the names it asks for speak for it; a computer that views cameras asks for them too"},
		{famService, "only the port on which it answers speaks for it, which any program may use"},
	} {
		if c := r.makerFrom(g, alone.family); c.Value != "" {
			c.Grade = min(c.Grade, Possible)
			c.Note = join(alone.note, r.denial(maker.ID(c.ID)))
			g.step("maker", "conclusion", orUnknown(c), c.Evidence...)
			return c
		}
	}
	g.step("maker", "conclusion", orUnknown(Claim{}))
	return Claim{}
}

// makerTogether is the company for which two of the kinds speak that alone name
// none, or of which one speaks for another company.
func (r *Resolver) makerTogether(g *gathered) (Claim, bool) {
	var signals []signal
	for _, s := range g.platform {
		if s.strength > hint && (s.family == famHardware && s.strength >= good || s.family == famService || s.family == famContact && g.counts(&s)) {
			signals = append(signals, s)
		}
	}
	cs := rank(r.underOneRoof(signals), sameCompany)
	if len(cs) == 0 || len(cs) == 1 && cs[0].families() < 2 {
		return Claim{}, false
	}
	g.weigh("maker", cs)
	c := conclude(cs)
	if c.Value != "" {
		c.Grade = min(c.Grade, Probable)
		c.Note = join(join("from its hardware address, the names it asks for or the ports it answers on; no answer of its own was recorded", c.Note), r.denial(maker.ID(c.ID)))
	}
	return c, true
}

// counts reports whether a name it asks for says something of the device: one
// that a list gives does, one in a capture where nothing shows a device that
// people use.
func (g *gathered) counts(s *signal) bool {
	return s.ev.Field == observation.Contacted || g.views == ""
}

// makerFrom is the company for which a witness of that family speaks, if a
// model number does not say another one.
func (r *Resolver) makerFrom(g *gathered, by family) Claim {
	var signals []signal
	for _, s := range g.platform {
		ok := s.family == famModel
		switch by {
		case famHardware:
			ok = ok || s.family == by && s.strength >= good
		case famContact:
			ok = ok || s.family == by && g.counts(&s)
		case famService:
			ok = ok || s.family == by
		}
		if ok {
			signals = append(signals, s)
		}
	}
	cs := keep(rank(r.underOneRoof(signals), sameCompany), func(c *candidate) bool {
		return c.witnesses()[by] > hint || by != famHardware && c.signals[0].unread
	})
	return conclude(cs)
}
