package regime

import (
	"slices"
	"strings"

	"cel.dev/cel-go/cel"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/maker"
)

// videoKinds are the kinds of equipment that count as video surveillance
// equipment.
var videoKinds = []string{attribution.KindCamera, attribution.KindRecorder, attribution.KindEncoder, attribution.KindANPR,
	attribution.KindDoorbell, attribution.KindBodyWorn, attribution.KindDrone, attribution.KindVMS}

// sure reports whether a claim counts as a fact: probable or confirmed, and no
// evidence of the same weight says otherwise.
func sure(c *attribution.Claim) bool {
	if c.Grade < attribution.Probable || c.Value == "" && c.ID == "" {
		return false
	}
	return !slices.ContainsFunc(c.Conflicts, func(a attribution.Alternative) bool {
		return a.Grade >= c.Grade && (a.ID != c.ID || a.Value != c.Value)
	})
}

// A party is a company in the role a claim gives it, with its owners on a day.
type party struct {
	claim *attribution.Claim
	sure  bool // the claim counts as a fact
	hint  bool // the claim says something, but not enough
	id    maker.ID
	known bool // in the knowledge base
	name  string
	chain []maker.ID // itself and its owners, nearest first
}

// party reads a claim. on is the day whose owners count.
func (e *Engine) party(c *attribution.Claim, on string) party {
	p := party{claim: c, sure: sure(c), name: c.Value, id: maker.ID(c.ID)}
	p.hint = !p.sure && c.Grade > attribution.Unknown && (c.Value != "" || c.ID != "")
	if p.id == "" && c.Value != "" {
		if found := e.base.ByName(c.Value); len(found) == 1 {
			p.id = found[0].ID
		}
	}
	if p.id == "" {
		return p
	}
	co, ok := e.base.Company(p.id)
	if p.known = ok; ok {
		p.chain = append([]maker.ID{p.id}, e.base.Parents(p.id, on)...)
		if p.name == "" {
			p.name = displayName(co)
		}
	}
	return p
}

// displayName is how people write a company: its first name, else the legal one.
func displayName(c *maker.Company) string {
	if len(c.Names) > 0 {
		return c.Names[0]
	}
	return c.LegalName
}

// nameOf is displayName of an id; the id itself when it is not known.
func (e *Engine) nameOf(id maker.ID) string {
	if c, ok := e.base.Company(id); ok {
		return displayName(c)
	}
	return string(id)
}

// homes lists where the company and its owners sit; complete is false when
// some of them are not known.
func (e *Engine) homes(chain []maker.ID) (list []string, complete bool) {
	complete = len(chain) > 0
	for _, id := range chain {
		if c, ok := e.base.Company(id); ok && c.Home != "" {
			list = append(list, c.Home)
		} else {
			complete = false
		}
	}
	return list, complete
}

// missing words why a party is not a fact.
func (p *party) missing(what string) string {
	if !p.hint {
		return what
	}
	if p.claim.Grade >= attribution.Probable {
		return what + " (evidence conflicts: " + strings.Join(values(p.claim), ", ") + ")"
	}
	return what + " (only possible: " + short(p.name) + ")"
}

// values are what a claim says and what the evidence against it says, at most
// four.
func values(c *attribution.Claim) []string {
	out := []string{short(c.Value)}
	for _, a := range c.Conflicts[:min(len(c.Conflicts), 3)] {
		out = appendNew(out, short(a.Value))
	}
	return out
}

// short cuts a name that a device gave itself, so that no sentence grows with it.
func short(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// A situation is every fact known of one device, organisation and day, ready
// for evaluation.
type situation struct {
	device *attribution.Attribution
	org    *Organisation
	asAt   span
	bought span
	fitted span
	on     string // the day whose owners count

	maker, platform, chip, network party

	known map[string]any    // values by fact name
	says  map[string]string // for a fact that is not known: better words than the table's
	hint  map[string]bool   // component facts that evidence speaks of without being enough
	force map[string]any    // values an example sets directly; nil outside Lint
}

// situate reads the claims and the organisation once for all clauses.
func (e *Engine) situate(d *attribution.Attribution, org *Organisation, asAt span) *situation {
	s := &situation{device: d, org: org, asAt: asAt, known: map[string]any{}, says: map[string]string{}, hint: map[string]bool{}}
	s.bought, _ = parseSpan(org.Purchased)
	s.fitted, _ = parseSpan(org.Installed)
	s.on = asAt.first
	s.maker, s.platform = e.party(&d.Maker, s.on), e.party(&d.Platform, s.on)
	s.chip, s.network = e.party(&d.ChipMaker, s.on), e.party(&d.NetworkPart, s.on)
	s.organisation()
	s.text("brand", &d.Brand)
	s.text("model", &d.Model)
	s.kind()
	e.makerFacts(s)
	s.part("platform", &s.platform)
	s.part("chip_maker", &s.chip)
	s.part("network_part", &s.network)
	return s
}

func (s *situation) organisation() {
	if s.org.Type != "" {
		s.known["org_type"] = s.org.Type
	}
	if s.org.Country != "" {
		s.known["org_country"] = s.org.Country
	}
	for i := range Facts {
		sec := factSection[i]
		if sec.group == "" {
			continue
		}
		if v, ok := s.org.group(sec.group)[sec.key]; ok {
			s.known[Facts[i].Name] = v
		}
	}
}

// group is the map of an estate.yaml section.
func (o *Organisation) group(name string) map[string]bool {
	switch name {
	case "sensitive":
		return o.Sensitive
	case "purpose":
		return o.Purpose
	}
	return o.Facts
}

func (s *situation) text(name string, c *attribution.Claim) {
	if sure(c) {
		s.known[name] = c.Value
	} else if c.Grade == attribution.Possible {
		s.says[name] = Facts[factIndex[name]].Says + " (only possible: " + short(c.Value) + ")"
	}
}

func (s *situation) kind() {
	c := &s.device.Kind
	if sure(c) && c.Value != attribution.KindUnknown {
		s.known["kind"] = c.Value
		s.known["video_surveillance"] = slices.Contains(videoKinds, c.Value)
		return
	}
	switch {
	case c.Grade >= attribution.Probable && allVideo(c):
		s.known["video_surveillance"] = true // camera or recorder: video surveillance either way
		s.says["kind"] = "the kind of equipment (evidence conflicts: " + strings.Join(values(c), ", ") + ")"
	case c.Grade >= attribution.Probable && len(c.Conflicts) > 0:
		says := " (evidence conflicts: " + strings.Join(values(c), ", ") + ")"
		s.says["kind"], s.says["video_surveillance"] = "the kind of equipment"+says, "whether this is a camera"+says
	case c.Grade == attribution.Possible && slices.Contains(videoKinds, c.Value):
		s.says["kind"] = "the kind of equipment (only possible: " + c.Value + ")"
		s.says["video_surveillance"] = "whether this is " + withArticle(c.Value) + " (only possible)"
	case c.Grade == attribution.Possible && c.Value == attribution.KindNotCamera:
		s.says["kind"] = "the kind of equipment (only possible: not a camera)"
		s.says["video_surveillance"] = "whether this is a camera (that it is not is only possible)"
	}
}

// allVideo reports whether a claim and all evidence against it name video
// surveillance equipment of some kind.
func allVideo(c *attribution.Claim) bool {
	return slices.Contains(videoKinds, c.Value) && !slices.ContainsFunc(c.Conflicts, func(a attribution.Alternative) bool {
		return !slices.Contains(videoKinds, a.Value)
	})
}

// makerFacts fills what does not depend on a clause's own lists.
func (e *Engine) makerFacts(s *situation) {
	p := &s.maker
	if !p.sure {
		words := p.missing("the maker")
		if s.platform.sure {
			words += "; the firmware is that of " + short(s.platform.name)
		}
		for _, f := range []string{"maker", "maker_home", "maker_owners", "maker_listed", "maker_from_country"} {
			s.says[f] = words
		}
		return
	}
	s.known["maker"] = string(p.id)
	if p.id == "" {
		s.known["maker"] = p.name
	}
	if !p.known {
		for _, f := range []string{"maker_home", "maker_owners", "maker_listed", "maker_from_country"} {
			s.says[f] = "where " + short(p.name) + " has its seat and who owns it (it is not in the knowledge base)"
		}
		return
	}
	owners := []string{}
	for _, id := range p.chain[1:] {
		owners = append(owners, string(id))
	}
	s.known["maker_owners"] = owners
	if c, ok := e.base.Company(p.id); ok && c.Home != "" {
		s.known["maker_home"] = c.Home
	} else {
		s.says["maker_home"] = "the home country of " + p.name
	}
	s.says["maker_from_country"] = "where " + p.name + " and its owners have their seat"
}

// part fills the plain name of a component.
func (s *situation) part(name string, p *party) {
	if p.sure {
		s.known[name] = string(p.id)
		if p.id == "" {
			s.known[name] = p.name
		}
		return
	}
	s.says[name] = p.missing(Facts[factIndex[name]].Says)
	s.hint[name] = p.hint
}

// view is the situation as one clause sees it: with its own list and countries.
type view struct {
	*situation
	known map[string]any
	says  map[string]string
	hint  map[string]bool
	hit   map[string]membership // listed facts that are true, or unknown by the list itself

	plain cel.PartialActivation // what vars(false) gave
}

// view works out the facts that depend on the clause.
func (e *Engine) view(s *situation, k *clause) *view {
	v := &view{situation: s, known: make(map[string]any, len(Facts)), says: map[string]string{}, hint: map[string]bool{}, hit: map[string]membership{}}
	for name, val := range s.known {
		v.known[name] = val
	}
	e.clauseFacts(v, k, "maker", &s.maker)
	e.clauseFacts(v, k, "platform", &s.platform)
	e.clauseFacts(v, k, "chip_maker", &s.chip)
	e.clauseFacts(v, k, "network_part", &s.network)
	for name, val := range s.force {
		v.known[name] = val
	}
	return v
}

// clauseFacts sets role_listed and role_from_country.
func (e *Engine) clauseFacts(v *view, k *clause, role string, p *party) {
	if k.listing != nil {
		m := membership{is: unknown}
		if len(p.chain) > 0 {
			m = k.listing.find(k.part, p.chain, k.listDay(v.situation))
		}
		v.decide(role+"_listed", p, m.is, m.says)
		v.hit[role+"_listed"] = m
	}
	if len(k.countries) > 0 {
		list, complete := e.homes(p.chain)
		is := unknown
		if slices.ContainsFunc(list, func(h string) bool { return slices.Contains(k.countries, h) }) {
			is = yes
		} else if complete {
			is = no
		}
		v.decide(role+"_from_country", p, is, "")
	}
}

// decide records one derived fact of a party. A party that is only possible
// leaves it unknown, and marks it a hint when it would be true.
func (v *view) decide(name string, p *party, is tri, says string) {
	switch {
	case p.sure && is != unknown:
		v.known[name] = is == yes
	case p.sure && says != "":
		v.says[name] = says
		v.hint[name] = true
	case p.sure && !p.known:
		v.says[name] = "where " + short(p.name) + " has its seat and who owns it (it is not in the knowledge base)"
	default:
		v.hint[name] = p.hint && is != no
		if words, ok := v.situation.says[name]; ok {
			v.says[name] = words
		} else if i, ok := factIndex[name]; ok {
			v.says[name] = p.missing(Facts[i].Says)
		}
	}
}

// listDay is the day whose list counts: that of the purchase for a duty on
// purchases when it is known, else the day as at.
func (k *clause) listDay(s *situation) span {
	if k.reaches == reachPurchase && s.bought.known() {
		return s.bought
	}
	if k.reaches == reachInstallation && s.fitted.known() {
		return s.fitted
	}
	return s.asAt
}

// vars gives CEL the known facts and marks the rest unknown. With partsAbsent,
// a component no evidence speaks of counts as not there.
func (v *view) vars(partsAbsent bool) (cel.PartialActivation, error) {
	if v.plain != nil && !partsAbsent {
		return v.plain, nil
	}
	vals := make(map[string]any, len(Facts))
	open := make([]*cel.AttributePatternType, 0, len(Facts))
	for i := range Facts {
		f := &Facts[i]
		val, ok := v.known[f.Name]
		if !ok && partsAbsent && f.Part && !v.hint[f.Name] && !v.situation.hint[f.Name] {
			val, ok = zero(f.Type), true
		}
		if ok {
			vals[f.Name] = val
		} else {
			open = append(open, patterns[i])
		}
	}
	vars, err := cel.PartialVars(vals, open...)
	if err == nil && !partsAbsent {
		v.plain = vars
	}
	return vars, err
}

// assume gives a fact another value after the view was made.
func (v *view) assume(name string, val any) { v.known[name], v.plain = val, nil }

// patterns is how CEL is told that a fact is not known. CEL only reads them.
var patterns = func() []*cel.AttributePatternType {
	out := make([]*cel.AttributePatternType, len(Facts))
	for i := range Facts {
		out[i] = cel.AttributePattern(Facts[i].Name)
	}
	return out
}()

func zero(kind string) any {
	switch kind {
	case typeBool:
		return false
	case typeString:
		return ""
	}
	return []string{}
}

// word says what is not known about a fact.
func (v *view) word(i int) string {
	if w, ok := v.says[Facts[i].Name]; ok && w != "" {
		return w
	}
	if w, ok := v.situation.says[Facts[i].Name]; ok && w != "" {
		return w
	}
	return Facts[i].Says
}
