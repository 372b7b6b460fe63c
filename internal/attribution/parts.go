package attribution

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// firmware chooses the version. Two protocols that say the same confirm it.
func (r *Resolver) firmware(g *gathered, _ *Attribution) Claim {
	signals, before := g.latest(append([]signal(nil), g.firmware...))
	for i := range signals {
		signals[i].value = joinedBuild.ReplaceAllString(signals[i].value, "$1 build")
		if signals[i].strength == good { // as for the model: a statement is as strong as it gets
			signals[i].strength = strong
		}
	}
	cs := rank(signals, func(a, b *signal) bool { return shortVersion(a.value) == shortVersion(b.value) })
	g.weigh("firmware", cs)
	c := conclude(cs)
	if c.Value != "" {
		if before != "" && c.Note == "" {
			c.Note = "it stated " + before + " earlier"
		}
		g.step("firmware", "conclusion", c.Value+": "+c.Grade.String(), c.Evidence...)
	}
	return c
}

// latest leaves out versions that the device stated earlier: one that a field
// gave, and later another, and that nothing has given since. before is the last of
// them. What is given in turns, or by two fields differently, stays a conflict.
func (g *gathered) latest(signals []signal) (left []signal, before string) {
	if !slices.ContainsFunc(signals, func(s signal) bool { return shortVersion(s.value) != shortVersion(signals[0].value) }) {
		return signals, ""
	}
	versions := map[observation.Field]string{} // that a field's text states
	for i := range signals {
		versions[observation.Field{Name: signals[i].ev.Field, Value: signals[i].ev.Value}] = shortVersion(signals[i].value)
	}
	type stated struct{ field, version string }
	first := map[stated]time.Time{} // when a field gave a version
	given := map[string]time.Time{} // when a version was last given, in any field
	for _, o := range g.d.Observations {
		for _, f := range o.Fields {
			v, ok := versions[f]
			if !ok || o.Seen.IsZero() {
				continue
			}
			if at, ok := first[stated{f.Name, v}]; !ok || o.Seen.Before(at) {
				first[stated{f.Name, v}] = o.Seen
			}
			for _, at := range []time.Time{o.Seen, o.Last} {
				if at.After(given[v]) {
					given[v] = at
				}
			}
		}
	}
	newest := map[string]time.Time{} // when a field last began to give a version
	for s, at := range first {
		if at.After(newest[s.field]) {
			newest[s.field] = at
		}
	}
	gone := map[string]bool{}
	var end time.Time
	for i := range signals {
		v := shortVersion(signals[i].value)
		if at, ok := given[v]; ok && newest[signals[i].ev.Field].After(at) {
			gone[v] = true
			if at.After(end) {
				end, before = at, signals[i].value
			}
		}
	}
	return slices.DeleteFunc(signals, func(s signal) bool { return gone[shortVersion(s.value)] }), before
}

// joinedBuild is how SADP sends what ISAPI sends with a space: "V5.6.5build 200316".
var joinedBuild = regexp.MustCompile(`([0-9])build`)

// shortVersion is what two statements of a version are compared by: lower case,
// no spaces, no leading v, and no build after the version.
func shortVersion(v string) string {
	v = strings.ToLower(v)
	if i := strings.Index(v, "build"); i > 0 {
		v = v[:i]
	}
	v = strings.Map(func(r rune) rune {
		if r == ' ' || r == ',' || r == ';' {
			return -1
		}
		return r
	}, v)
	return strings.TrimPrefix(v, "v")
}

// chip looks the model up. A model leads to a chip only by an exact row, and the
// chip stands no better than the model does.
func (r *Resolver) chip(g *gathered, a *Attribution) (chip, by Claim) {
	if a.Model.Value == "" {
		return
	}
	var signals, makers []signal
	tried := map[string]bool{}
	for _, id := range []string{a.Maker.ID, a.Brand.ID, a.Platform.ID} {
		if id == "" || tried[id] {
			continue
		}
		tried[id] = true
		for _, row := range r.base.Chips(maker.ID(id), a.Model.Value) {
			ev := observation.Evidence{Protocol: "knowledge base", Field: "model", Value: row.Model, Rule: row.Row, Source: row.Source.String(),
				Says: "this model has a " + row.SoC + " (" + row.Evidence + ")", Unverified: !row.Source.Verified}
			st := weak
			switch {
			case !row.Source.Verified || row.Confidence == "low":
				st = hint
			case row.Confidence == "high" && a.Model.Grade >= Probable:
				st = strong
			}
			signals = append(signals, signal{value: row.SoC, family: famModel, strength: st, ev: ev})
			if row.SoCMaker != "" {
				makers = append(makers, signal{value: r.name(row.SoCMaker), id: row.SoCMaker, family: famModel, strength: st, ev: ev})
			}
		}
	}
	chip = conclude(rank(signals, func(a, b *signal) bool { return strings.EqualFold(a.value, b.value) }))
	by = conclude(rank(makers, sameCompany))
	if chip.Value == "" && len(chip.Conflicts) > 0 {
		chip.Note = "models of this name were sold with different chips"
	}
	if chip.Value != "" {
		g.step("chip", "conclusion", chip.Value+" by "+by.Value+": "+chip.Grade.String(), chip.Evidence...)
	}
	return chip, by
}
