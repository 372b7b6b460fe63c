package regime

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// countryNames writes the countries of makers and rules out; a country that is
// not here is written by its two letters.
var countryNames = map[string]string{"AU": "Australia", "BE": "Belgium", "BR": "Brazil", "BY": "Belarus", "CA": "Canada", "CH": "Switzerland",
	"CN": "China", "CZ": "Czechia", "DE": "Germany", "DK": "Denmark", "ES": "Spain", "FI": "Finland", "FR": "France", "GB": "the United Kingdom",
	"IE": "Ireland", "IL": "Israel", "IN": "India", "IT": "Italy", "JE": "Jersey", "JP": "Japan", "KR": "South Korea", "LT": "Lithuania",
	"NL": "the Netherlands", "NO": "Norway", "PL": "Poland", "RU": "Russia", "SE": "Sweden", "SG": "Singapore", "TW": "Taiwan", "UA": "Ukraine",
	"US": "the United States", "VN": "Vietnam"}

func countries(list []string, last string) string {
	var out []string
	for _, cc := range list {
		if name, ok := countryNames[cc]; ok {
			cc = name
		}
		out = appendNew(out, cc)
	}
	return enumerate(out, last)
}

// enumerate joins as people do: "a, b and c".
func enumerate(list []string, last string) string {
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " " + last + " " + list[n-1]
	}
	return strings.Join(list, "")
}

// outsideWhy says why a clause does not reach the device.
func (e *Engine) outsideWhy(r *regime, o *outcome) string {
	k := o.k
	switch o.state {
	case statement:
		return k.why
	case notYet:
		return "the clause is not in force until " + k.fromText()
	case ended:
		return "the clause ended on " + k.to.first
	case before:
		return "the clause reaches " + withArticle(k.reaches) + " on or after " + k.fromText() + ", and this was before"
	case excepted:
		return "an exception was granted, as you say"
	case outsideOrganisation:
		return r.notBound(k, o.view.org)
	}
	return e.notCoveredWhy(r, o)
}

// notBound says whom the clause binds instead.
func (r *regime) notBound(k *clause, org *Organisation) string {
	for _, n := range r.f.NotBound {
		for _, t := range n.Types {
			if t.Value == org.Type {
				return oneLine(n.Says)
			}
		}
	}
	who, rest, more := strings.Cut(k.wouldApplyTo, "; ")
	words := "it binds " + who
	switch t, ok := organisationType(org.Type); {
	case strings.Contains(who, ", not "): // the clause's own words say who is left out
	case ok && t.ID == "private":
		words += ", and this organisation is none of them"
	case ok:
		words += ", not " + t.Says
	case org.Country != "":
		words += ", not an organisation in " + countries([]string{org.Country}, "")
	}
	if more {
		words += "; " + rest
	}
	return words
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
		if later := v.hit["maker_listed"].later; later != "" {
			return e.withSubject(o, "it is "+o.k.listing.on()+" only from "+later)
		}
		return e.withSubject(o, "neither it nor an owner of it is "+o.k.listing.on())
	}
	if is, ok := v.known["maker_from_country"].(bool); ok && !is && o.k.reads("maker_from_country") {
		list, _ := e.homes(s.maker.chain)
		return e.withSubject(o, "it and its owners have their seat in "+countries(list, "and")+", not in "+countries(o.k.countries, "or"))
	}
	for _, i := range o.k.covers.uses {
		if val, ok := v.known[Facts[i].Name].(bool); ok && !val && Facts[i].No != "" {
			return Facts[i].No
		}
	}
	if s.maker.sure && slices.Contains(o.k.covers.uses, factIndex["maker"]) {
		return e.withSubject(o, "the rule names neither it nor an owner of it")
	}
	if kind, ok := v.known["kind"].(string); ok && slices.Contains(o.k.covers.uses, factIndex["kind"]) {
		return "the rule is about equipment of another kind, and this is " + withArticle(kind)
	}
	return "it is not what " + r.f.Name + " is about"
}

// unseen says which parts nothing was seen of.
func unseen(noted []*outcome) string {
	var parts []string
	for _, p := range []struct{ role, says string }{{"chip_maker", "system-on-chip"}, {"network_part", "network part"}, {"platform", "firmware"}} {
		if slices.ContainsFunc(noted, func(o *outcome) bool { return o.k.reads(p.role) }) {
			parts = append(parts, p.says)
		}
	}
	return "; who made its " + enumerate(parts, "and") + " was not seen and could change this"
}

// also names what other clauses of the regime add, one entry a clause.
func also(best *outcome, all []*outcome) []string {
	var out []string
	for _, o := range all {
		if o == best || o.k.id == best.k.id {
			continue
		}
		switch worse := finding.Severity(o.k.verdict) > finding.Severity(best.k.verdict); {
		case o.state == stands:
			out = appendNew(out, o.k.id+": "+string(o.k.verdict))
		case o.state == open && best.state == stands && worse:
			words := "cannot tell"
			if would := o.would(); would != "" {
				words = o.wouldWords()
			}
			out = appendNew(out, o.k.id+": "+words+"; not known: "+list(o.gaps(), "", maxWhy))
		}
	}
	return out
}
