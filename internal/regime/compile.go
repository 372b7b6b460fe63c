package regime

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/finding"
)

// costLimit bounds one evaluation in CEL's own units. The dearest expression of
// the release costs under 50; a loop over a list inside a loop does not fit.
const costLimit = 2000

// A regime is one file, checked and compiled.
type regime struct {
	file         string
	f            regimeFile
	force        finding.Force
	since, until span
	clauses      []*clause
}

// A clause is one duty with its condition.
type clause struct {
	id           string
	line         int
	from, to     span
	reaches      string
	listing      *listing
	part         string
	countries    []string
	applies      *expr
	covers       *expr
	exception    *expr
	verdict      finding.Verdict
	why, whyNot  string
	next         string
	wouldApplyTo string
	disputed     string
	sources      []string
	examples     []exampleFile
}

// An expr is a compiled CEL condition over [Facts].
type expr struct {
	text string
	prg  cel.Program
	uses []int // indexes in Facts, ascending
}

// newEnv declares every fact as a flat, typed variable and nothing else.
func newEnv() (*cel.Env, error) {
	kinds := map[string]*cel.Type{typeBool: cel.BoolType, typeString: cel.StringType, typeList: cel.ListType(cel.StringType)}
	opts := make([]cel.EnvOption, 0, len(Facts))
	for _, f := range Facts {
		opts = append(opts, cel.Variable(f.Name, kinds[f.Type]))
	}
	return cel.NewEnv(opts...)
}

// compile checks and plans one condition. Its error names what CEL did not
// understand and where in the expression.
func compile(env *cel.Env, text string) (*expr, error) {
	ast, iss := env.Compile(text)
	if iss.Err() != nil {
		return nil, errors.New(oneLine(iss.Err().Error()))
	}
	if ast.OutputType() != cel.BoolType {
		return nil, fmt.Errorf("gives %s, a condition gives true or false", ast.OutputType())
	}
	prg, err := env.Program(ast, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(costLimit))
	if err != nil {
		return nil, err
	}
	x := &expr{text: text, prg: prg}
	for _, ref := range ast.NativeRep().ReferenceMap() {
		if i, ok := factIndex[ref.Name]; ok && !slices.Contains(x.uses, i) {
			x.uses = append(x.uses, i)
		}
	}
	sort.Ints(x.uses)
	return x, nil
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// eval answers yes, no, or unknown with the facts that would decide: those CEL
// reports as unknown attributes, so a fact that cannot change the answer is
// never asked for.
func (x *expr) eval(vars cel.PartialActivation) (tri, []int, error) {
	v, _, err := x.prg.Eval(vars)
	if u, ok := v.(*types.Unknown); ok {
		return unknown, attributes(u), nil
	}
	if err != nil {
		return unknown, nil, err
	}
	if v == types.True {
		return yes, nil, nil
	}
	return no, nil, nil
}

// attributes lists the facts an unknown value rests on, in the order of Facts.
func attributes(u *types.Unknown) []int {
	var out []int
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			if i, ok := factIndex[t.Variable()]; ok && !slices.Contains(out, i) {
				out = append(out, i)
			}
		}
	}
	sort.Ints(out)
	return out
}

// compiler turns files into regimes and collects what is wrong.
type compiler struct {
	env      *cel.Env
	listings map[string]*listing
	done     map[string]*expr // compiled conditions by text: many clauses bind the same organisations
}

// regime checks f and compiles its clauses. Problems go to p; what could be
// read is returned even so.
func (c *compiler) regime(f *regimeFile, p *problems) *regime {
	r := &regime{file: p.file, f: *f, force: finding.Force(f.Force.Value)}
	if f.ID != stem(p.file) {
		p.add(1, "id %q: it must be the file's name, %q", f.ID, stem(p.file))
	}
	if !slices.Contains(forces, r.force) {
		p.add(f.Force.Line, "force %q: one of %s", r.force, join(forces))
	}
	if f.Status != "" && f.Status != "proposal" {
		p.add(f.Force.Line, "status %q: leave it out, or write proposal", f.Status)
	}
	for _, need := range []struct{ key, text string }{{"name", f.Name}, {"jurisdiction", f.Jurisdiction},
		{"citation", f.Citation}, {"who", f.Who}, {"what", f.What}, {"confidence", f.Confidence}} {
		if strings.TrimSpace(need.text) == "" {
			p.add(1, "%s is empty", need.key)
		}
	}
	checkSources(p, 1, f.Sources)
	if len(f.Sources) == 0 {
		p.add(1, "sources: give at least one public address")
	}
	r.since, r.until = date(p, "since", &f.Since, true), date(p, "until", &f.Until, false)
	for i := range f.Dates {
		date(p, "dates: on", &f.Dates[i].On, true)
	}
	if (len(f.Clauses) == 0) == (f.NoVerdict == "") {
		p.add(1, "give clauses, or no_verdict with the reason why the regime says nothing of a device; not both")
	}
	checkNotBound(p, f.NotBound)
	for i := range f.Clauses {
		r.clauses = append(r.clauses, c.clause(f, &f.Clauses[i], p))
	}
	return r
}

func (c *compiler) clause(f *regimeFile, cf *clauseFile, p *problems) *clause {
	k := &clause{id: cf.Clause.Value, line: cf.Clause.Line, part: cf.Part, countries: cf.Countries, reaches: cf.Reaches.Value,
		verdict: finding.Verdict(cf.Verdict.Value), why: oneLine(cf.Why), whyNot: oneLine(cf.WhyNot), next: oneLine(cf.Next), disputed: oneLine(cf.Disputed),
		wouldApplyTo: oneLine(cf.WouldApplyTo), sources: cf.Sources, examples: cf.Examples}
	if k.disputed == "" {
		k.disputed = oneLine(f.Disputed)
	}
	if len(k.sources) == 0 {
		k.sources = f.Sources
	}
	checkSources(p, k.line, cf.Sources)
	k.from, k.to = date(p, "from", &cf.From, true), date(p, "to", &cf.To, false)
	if k.to.known() && k.to.first < k.from.last {
		p.add(cf.To.Line, "to %q is before from %q", cf.To.Value, cf.From.Value)
	}
	if !slices.Contains(reaches, k.reaches) {
		p.add(cf.Reaches.Line, "reaches %q: one of %s", k.reaches, join(reaches))
	}
	if !slices.Contains(verdicts, k.verdict) {
		p.add(cf.Verdict.Line, "verdict %q: one of %s", k.verdict, join(verdicts))
	}
	if severe := k.verdict == finding.Prohibited || k.verdict == finding.Restricted; severe && finding.Force(f.Force.Value) == finding.Risk {
		p.add(cf.Verdict.Line, "verdict %q: a risk factor forbids nothing; advised-against or not-covered", k.verdict)
	}
	if k.why == "" || k.wouldApplyTo == "" {
		p.add(k.line, "why and would_apply_to are needed")
	}
	k.applies = c.expr(p, "applies", &cf.Applies, "true")
	k.covers = c.expr(p, "covers", &cf.Covers, "")
	k.exception = c.expr(p, "exception", &cf.Exception, "false")
	c.lists(k, cf, p)
	return k
}

// lists resolves the listing and countries and checks that the conditions use
// what the clause gives, and the reverse.
func (c *compiler) lists(k *clause, cf *clauseFile, p *problems) {
	if cf.Listing != "" {
		if k.listing = c.listings[cf.Listing]; k.listing == nil {
			p.add(k.line, "listing %q: there is no listings/%s.yaml", cf.Listing, cf.Listing)
		} else if k.part != "" && !k.listing.hasPart(k.part) {
			p.add(k.line, "part %q: no entry of listing %q is of that part", k.part, cf.Listing)
		}
	}
	for _, cc := range k.countries {
		if len(cc) != 2 || strings.ToUpper(cc) != cc {
			p.add(k.line, "country %q: two capital letters (ISO 3166-1)", cc)
		}
	}
	var listedFact, countryFact bool
	for _, i := range k.uses() {
		listedFact = listedFact || strings.HasSuffix(Facts[i].Name, "_listed")
		countryFact = countryFact || strings.HasSuffix(Facts[i].Name, "_from_country")
	}
	if listedFact != (cf.Listing != "") {
		p.add(k.line, "listing and a condition with maker_listed (or chip_maker_listed …) belong together: one is missing")
	}
	if countryFact != (len(k.countries) > 0) {
		p.add(k.line, "countries and a condition with maker_from_country (or chip_maker_from_country) belong together: one is missing")
	}
}

// uses lists the facts any condition of the clause reads.
func (k *clause) uses() []int {
	var out []int
	for _, x := range []*expr{k.applies, k.covers, k.exception} {
		if x != nil {
			out = append(out, x.uses...)
		}
	}
	return out
}

func (c *compiler) expr(p *problems, key string, n *yaml.Node, absent string) *expr {
	text := n.Value
	if text == "" {
		text = absent
	}
	if text == "" {
		p.add(n.Line, "%s is needed: a condition such as video_surveillance && maker_listed", key)
		return nil
	}
	if x, ok := c.done[text]; ok {
		return x
	}
	x, err := compile(c.env, text)
	if err != nil {
		p.add(n.Line, "%s: %v", key, err)
		return nil
	}
	c.done[text] = x
	return x
}

// date reads a date node and says where it is wrong.
func date(p *problems, key string, n *yaml.Node, needed bool) span {
	s, err := parseSpan(n.Value)
	switch {
	case err != nil:
		p.add(n.Line, "%s: %v", key, err)
	case needed && !s.known():
		p.add(max(n.Line, 1), "%s is needed: YYYY-MM-DD, YYYY-MM or YYYY", key)
	}
	return s
}

func checkNotBound(p *problems, list []notBound) {
	for _, n := range list {
		for _, t := range n.Types {
			if _, ok := organisationType(t.Value); !ok {
				p.add(t.Line, "not_bound: %v", badType(t.Value))
			}
		}
		if len(n.Types) == 0 || oneLine(n.Says) == "" {
			p.add(1, "not_bound: give types and says")
		}
	}
}

func checkSources(p *problems, line int, list []string) {
	for _, s := range list {
		if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
			p.add(line, "source %q: a public address that starts with https://", s)
		}
	}
}

// join writes allowed values for a message.
func join[S ~string](list []S) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}
