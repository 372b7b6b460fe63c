package attribution

import (
	"regexp"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// addModel adds a model the device states. Text that only names a class of
// equipment is kept as a hint.
func (g *gathered) addModel(text string, fam family, st strength, ev observation.Evidence) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	if genericModel(text) {
		ev.Says = "a class of equipment, not a model"
		g.generic = append(g.generic, ev)
		st = hint
	}
	g.model = append(g.model, signal{value: text, family: fam, strength: st, ev: ev})
}

// genericModel reports text that names a class: one of the placeholders, or
// words without a digit.
func genericModel(s string) bool {
	if placeholder(s) {
		return true
	}
	return !strings.ContainsAny(s, "0123456789") && !strings.ContainsAny(s, "-_")
}

// inProse finds a model number inside a longer text: letters, then digits, joined
// or with one hyphen, as makers print them ("IC-3115W Network Camera").
var inProse = regexp.MustCompile(`\b(?:[A-Z]{1,4}-)?[A-Z]{1,5}[A-Za-z]{0,4}-?[0-9]{2,5}[A-Za-z0-9]{0,6}(?:-[A-Za-z0-9]{1,8}){0,4}\b`)

// shortModel is what two statements of a model are compared by: the model number
// without brand, words and punctuation.
func (r *Resolver) shortModel(text string, brands ...string) string {
	t := strings.ToLower(text)
	for _, b := range brands {
		if b != "" {
			t = strings.TrimPrefix(t, strings.ToLower(b)+" ")
		}
	}
	if i := strings.IndexAny(t, " ("); i > 0 && strings.ContainsAny(t[:i], "0123456789") {
		t = t[:i]
	}
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, t)
}

// model chooses the model. A model said in two protocols is confirmed by that;
// a class name is shown only when nothing better was said.
func (r *Resolver) model(g *gathered, a *Attribution) Claim {
	brands := []string{a.Brand.Value, a.Platform.Value}
	same := func(x, y *signal) bool {
		return r.shortModel(x.value, brands...) == r.shortModel(y.value, brands...)
	}
	signals := g.model
	if len(signals) == 0 {
		signals = r.modelFromText(g)
	}
	// What the device states outright is as strong as a statement gets: the
	// grade then depends on whether a second protocol says the same.
	for i := range signals {
		if signals[i].strength == good {
			signals[i].strength = strong
		}
	}
	cs := rank(signals, same)
	if len(cs) > 0 && cs[0].witnesses()[cs[0].signals[0].family] > weak {
		// A board name or a number in passing does not contradict a stated model.
		cs = keep(cs, func(c *candidate) bool { return c.signals[0].strength > weak })
	}
	g.weigh("model", cs)
	c := conclude(cs)
	if c.Value != "" && genericModel(c.Value) {
		c.Note = "a class of equipment as sent, not a model"
	}
	if c.Value != "" {
		g.step("model", "conclusion", "model "+c.Value+": "+c.Grade.String(), c.Evidence...)
	}
	return c
}

// modelFromText looks for a model number in names and descriptions, for devices
// that state it nowhere else. It needs a company already known from another
// kind of evidence, so that no number of another meaning becomes a model.
func (r *Resolver) modelFromText(g *gathered) []signal {
	if len(g.platform) == 0 && len(g.brand) == 0 {
		return nil
	}
	var out []signal
	for _, o := range g.d.Observations {
		for _, f := range o.Fields {
			switch f.Name {
			case observation.MDNSTXT, observation.MDNSInstance, observation.UPnPFriendlyName, observation.UPnPModelDesc,
				observation.HTTPTitle, observation.HNAPDesc, observation.DHCPHostname, observation.HTTPRealm, observation.OnvifScopeName, observation.SNMPSysDescr:
			default:
				continue
			}
			m := inProse.FindString(f.Value)
			if m == "" || looksLikeAddress(m) {
				continue
			}
			st := weak
			if f.Name == observation.MDNSTXT || f.Name == observation.UPnPModelDesc || f.Name == observation.HTTPTitle {
				st = good
			}
			src := "reading/model-in-text"
			ev := g.evidence(o, f, src, ownSource, "a model number stands in this text")
			out = append(out, signal{value: m, family: familyOf(f.Name), strength: st, ev: ev})
		}
	}
	return out
}

// looksLikeAddress reports a word that is a hardware address or a serial number
// in hexadecimal.
func looksLikeAddress(s string) bool {
	return len(s) >= 12 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}
