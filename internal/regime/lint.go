package regime

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
)

// Lint checks every regime and listing: that they parse, that dates are dates,
// that ids resolve, that sources are there, that conditions compile, and that
// each clause gives on its own examples the verdicts they state. It returns all
// problems, by file; none means [Load] succeeds.
func Lint(fsys fs.FS, b *maker.Base) []Problem { return lint(fsys, b) }

func lint(fsys fs.FS, base companies) []Problem {
	regimes, bad := read(fsys, base)
	if len(bad) > 0 {
		return bad // examples would only repeat what is wrong
	}
	e := newEngine(base, regimes)
	for _, r := range regimes {
		p := &problems{file: r.file}
		for _, k := range r.clauses {
			e.examples(k, p)
		}
		bad = append(bad, p.list...)
	}
	return bad
}

// examples evaluates the worked cases of one clause. There must be one in which
// its own verdict holds, and one in which it does not.
func (e *Engine) examples(k *clause, p *problems) {
	var holds, fails bool
	for i := range k.examples {
		x := &k.examples[i]
		got, err := e.example(k, x)
		if err != nil {
			p.add(x.Say.Line, "example %q: %v", x.Say.Value, err)
			continue
		}
		verdict := got.verdict()
		holds = holds || verdict == k.verdict
		fails = fails || verdict != k.verdict
		if string(verdict) != x.Verdict {
			p.add(x.Say.Line, "example %q: the clause gives %s, the example says %s%s", x.Say.Value, verdict, x.Verdict, got.lacks())
		}
		if x.WouldBe != string(got.would()) {
			p.add(x.Say.Line, "example %q: would_be is %q, the example says %q%s", x.Say.Value, got.would(), x.WouldBe, got.lacks())
		}
		if names := got.missingNames(); len(x.Missing) > 0 && !sameSet(names, x.Missing) {
			p.add(x.Say.Line, "example %q: missing is %s, the example says %s", x.Say.Value, strings.Join(names, ", "), strings.Join(x.Missing, ", "))
		}
	}
	if !holds || !fails && k.verdict != finding.NotCovered {
		p.add(k.line, "clause %q: give an example in which its verdict holds and one in which it does not", k.id)
	}
}

func (o *outcome) lacks() string {
	if o.state != open {
		return ""
	}
	return " (not known: " + strings.Join(append(o.missingNames(), o.dates...), ", ") + ")"
}

// missingNames are the names of the missing facts.
func (o *outcome) missingNames() []string {
	var out []string
	for _, i := range o.missing {
		out = append(out, Facts[i].Name)
	}
	return out
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// example evaluates one case with claims made from its facts.
func (e *Engine) example(k *clause, x *exampleFile) (outcome, error) {
	asAt, err := parseSpan(x.AsAt)
	if err != nil || !asAt.known() || !asAt.exact() {
		return outcome{}, fmt.Errorf("as_at %q: write it as YYYY-MM-DD", x.AsAt)
	}
	for _, d := range []string{x.Purchased, x.Installed} {
		if _, err := parseSpan(d); err != nil {
			return outcome{}, err
		}
	}
	a, org := attribution.Attribution{}, Organisation{Purchased: x.Purchased, Installed: x.Installed}
	forced := map[string]any{}
	for name, val := range x.Facts {
		if err := e.exampleFact(&a, &org, forced, name, val); err != nil {
			return outcome{}, err
		}
	}
	if t, ok := organisationType(org.Type); ok && org.Country == "" {
		org.Country = t.Country
	}
	s := e.situate(&a, &org, asAt)
	s.force = forced
	return e.judge(s, k), nil
}

// exampleFact puts one fact where the engine would find it: in a claim, in the
// organisation, or, for a fact worked out from lists, straight in its place.
func (e *Engine) exampleFact(a *attribution.Attribution, org *Organisation, forced map[string]any, name string, val any) error {
	i, ok := factIndex[name]
	if !ok {
		return fmt.Errorf("there is no fact %q; docs/explanation/verdicts.md lists them", name)
	}
	text, isText := val.(string)
	answer, isBool := val.(bool)
	if f := Facts[i]; f.Type == typeBool && !isBool || f.Type != typeBool && !isText {
		return fmt.Errorf("fact %s is a %s, not %v", name, f.Type, val)
	}
	roles := map[string]*attribution.Claim{"kind": &a.Kind, "brand": &a.Brand, "model": &a.Model, "maker": &a.Maker,
		"platform": &a.Platform, "chip_maker": &a.ChipMaker, "network_part": &a.NetworkPart}
	sec := factSection[i]
	switch c := roles[name]; {
	case c != nil:
		return e.exampleClaim(c, name, text)
	case name == "org_type":
		if _, ok := organisationType(text); !ok {
			return badType(text)
		}
		org.Type = text
	case name == "org_country":
		org.Country = text
	case sec.group != "":
		m := org.group(sec.group)
		if m == nil {
			m = map[string]bool{}
		}
		m[sec.key] = answer
		switch sec.group {
		case "sensitive":
			org.Sensitive = m
		case "purpose":
			org.Purpose = m
		default:
			org.Facts = m
		}
	default:
		forced[name] = val
	}
	return nil
}

// exampleClaim makes a claim: confirmed, or possible when the text ends in "?".
func (e *Engine) exampleClaim(c *attribution.Claim, name, text string) error {
	c.Grade = attribution.Confirmed
	if id, ok := strings.CutSuffix(text, "?"); ok {
		text, c.Grade = id, attribution.Possible
	}
	c.Value = text
	switch name {
	case "maker", "platform", "chip_maker", "network_part":
		co, ok := e.base.Company(maker.ID(text))
		if !ok {
			return fmt.Errorf("%s %q is not in kb/makers", name, text)
		}
		c.ID, c.Value = text, displayName(co)
	}
	return nil
}
