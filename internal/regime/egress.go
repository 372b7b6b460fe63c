package regime

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// Egress is what an organisation says of where its devices may reach.
type Egress struct {
	Closed    bool           // the site is said to reach nothing outside
	Companies []string       // that its devices may not talk to, by id or name
	Countries []string       // likewise, ISO 3166-1 alpha-2: where a server stands or who controls it
	Inside    []netip.Prefix // networks that count as inside, beside private addresses
}

// Ids of what is found in traffic. They stand beside the ids of regimes.
const (
	EgressClosed = "own-closed"       // leaves a site that is said to be closed
	EgressOwn    = "own-destinations" // reaches a company or country the organisation's own list names
	EgressListed = "egress-listed"    // reaches a company that a regime names, or its country
	EgressUpdate = "egress-update"    // in contact with an update server
	EgressStarts = "egress-starts"    // should only answer and starts conversations with the outside
)

// egressRules describe what traffic is looked at for, in the order of a report.
var egressRules = []Info{
	{ID: EgressClosed, Name: "Closed site", Force: finding.Own, Jurisdiction: "the organisation itself",
		Citation: "--closed, or egress.closed of the estate file", Who: "The organisation that said so",
		What: "No device of the site talks to an address outside it", Confidence: "high"},
	{ID: EgressOwn, Name: "Destinations the organisation forbids", Force: finding.Own, Jurisdiction: "the organisation itself",
		Citation: "--forbid, or egress.companies and egress.countries of the estate file", Who: "The organisation that said so",
		What: "No device talks to a server that a named company controls, or that stands in a named country or is controlled from there", Confidence: "high"},
	{ID: EgressListed, Name: "Data to a company that a rule names", Force: finding.Risk, Jurisdiction: "wherever the rule applies",
		Citation: "each rule that names the company is given with the finding", Who: "Nobody by itself: the rules named say whom they bind",
		What:       "A device talks to a service of a company that is on the list of one of the rules, or of a country one of them names",
		Confidence: "medium",
		Disputed:   "That a device reaches a company's service does not say what it sends there, and few rules forbid the contact itself."},
	{ID: EgressUpdate, Name: "Contact with an update server", Force: finding.Risk, Jurisdiction: "none",
		Citation: "an update can give a camera a power nobody approved", Who: "Nobody by itself",
		What:       "A device talks to a server from which its maker hands out firmware",
		Confidence: "medium",
		Disputed:   "Updates also close known weaknesses. Contact does not say that firmware was taken, nor that it changed anything."},
	{ID: EgressStarts, Name: "Starts conversations with the outside", Force: finding.Risk, Jurisdiction: "none",
		Citation: "a camera that is only watched from inside has no need to open connections to the outside", Who: "Nobody by itself",
		What:       "A camera, encoder or recorder opens conversations with addresses outside the estate, time and names (NTP, DNS) excepted",
		Confidence: "medium",
		Disputed:   "Cameras sold with a cloud service do this by design."},
}

// EgressRules describes what is looked for in traffic, as [Engine.Regimes] does
// the regimes; the organisation's own rules only where it gave them.
func EgressRules(org *Egress) []Info {
	var out []Info
	for _, r := range egressRules {
		if r.ID == EgressClosed && !org.Closed || r.ID == EgressOwn && len(org.Companies)+len(org.Countries) == 0 {
			continue
		}
		r.InForce = "as seen in these inputs"
		out = append(out, r)
	}
	return out
}

// CheckEgress reports what of the organisation's own list is not known: a
// company that is not in the knowledge base would never be found.
func (e *Engine) CheckEgress(org *Egress) error {
	var bad []string
	for _, name := range org.Companies {
		if len(e.companiesNamed(name)) == 0 {
			bad = append(bad, fmt.Sprintf("company %q is not in the knowledge base (lenscap kb show %s); a country is two capital letters, such as CN", name, name))
		}
	}
	for _, c := range org.Countries {
		if !isCountry(c) {
			bad = append(bad, badCountry(c).Error())
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("forbidden destinations: %s", strings.Join(bad, "; "))
	}
	return nil
}

func (e *Engine) companiesNamed(name string) []maker.ID {
	if _, ok := e.base.Company(maker.ID(name)); ok {
		return []maker.ID{maker.ID(name)}
	}
	var ids []maker.ID
	for _, c := range e.base.ByName(name) {
		ids = append(ids, c.ID)
	}
	return ids
}

// JudgeEgress says what follows from who a device talks to. talks are its own
// conversations. It finds nothing where nothing was seen, which does not say
// that nothing happens.
func (e *Engine) JudgeEgress(d Device, talks []*egress.Conversation, org *Organisation, asAt time.Time) []finding.Finding {
	outside := these(talks, func(c *egress.Conversation) bool { return c.Scope == egress.ScopeOutside && c.PacketsUp > 0 })
	if len(outside) == 0 {
		return nil
	}
	j := egressJudge{engine: e, id: d.ID, kind: &d.Kind, org: &org.Egress, asAt: asAt}
	if org.Egress.Closed {
		j.closed(outside)
	}
	j.own(outside)
	if d.Kind.Value != attribution.KindNotCamera {
		j.listed(outside)
		j.update(outside)
		j.starts(outside)
	}
	return j.out
}

// these picks conversations; it makes no list when there is none, and no other
// when all are picked.
func these(talks []*egress.Conversation, want func(*egress.Conversation) bool) []*egress.Conversation {
	n := 0
	for _, c := range talks {
		if want(c) {
			n++
		}
	}
	switch n {
	case 0:
		return nil
	case len(talks):
		return talks
	}
	out := make([]*egress.Conversation, 0, n)
	for _, c := range talks {
		if want(c) {
			out = append(out, c)
		}
	}
	return out
}

type egressJudge struct {
	engine *Engine
	id     string // of the device
	kind   *attribution.Claim
	org    *Egress
	asAt   time.Time
	out    []finding.Finding
}

// add makes a finding of the rule with the words given.
func (j *egressJudge) add(id, clause string, verdict finding.Verdict, why, next string, talks []*egress.Conversation) *finding.Finding {
	i := slices.IndexFunc(egressRules, func(r Info) bool { return r.ID == id })
	r := &egressRules[i]
	f := finding.Finding{
		Regime: id, Name: r.Name, Force: r.Force, Clause: clause, Device: j.id, Verdict: verdict, AsAt: j.asAt.Format(time.DateOnly),
		Why: why, Next: next, Missing: []string{}, Disputed: r.Disputed, Sources: []string{}, Evidence: []observation.Evidence{},
	}
	for _, c := range talks[:min(len(talks), 8)] {
		f.Evidence = append(f.Evidence, c.Evidence[:min(len(c.Evidence), 3)]...)
		for _, ev := range c.Evidence {
			if ev.Source != "" && !slices.Contains(f.Sources, ev.Source) && len(f.Sources) < 8 {
				f.Sources = append(f.Sources, ev.Source)
			}
		}
	}
	j.out = append(j.out, f)
	return &j.out[len(j.out)-1]
}

func (j *egressJudge) closed(talks []*egress.Conversation) {
	j.add(EgressClosed, "closed site", finding.Prohibited,
		fmt.Sprintf("the site is said to be closed, and this device sent %s to %s", sent(talks), destinations(talks)),
		"Find out who allowed it, and close the way out or take back the statement that the site is closed.", talks)
}

func (j *egressJudge) own(talks []*egress.Conversation) {
	if len(j.org.Companies)+len(j.org.Countries) == 0 {
		return
	}
	var forbidden []maker.ID
	for _, name := range j.org.Companies {
		forbidden = append(forbidden, j.engine.companiesNamed(name)...)
	}
	hits := these(talks, func(c *egress.Conversation) bool {
		if c.Country != "" && slices.Contains(j.org.Countries, c.Country) || c.Jurisdiction != "" && slices.Contains(j.org.Countries, c.Jurisdiction) {
			return true
		}
		return len(forbidden) > 0 && slices.ContainsFunc(j.engine.control(c, j.asAt).chain, func(id maker.ID) bool { return slices.Contains(forbidden, id) })
	})
	if len(hits) == 0 {
		return
	}
	j.add(EgressOwn, "forbidden destinations", finding.Prohibited,
		fmt.Sprintf("the organisation's own list forbids this, and the device sent %s to %s", sent(hits), destinations(hits)),
		"Close the way to these destinations, and see what the device needs them for.", hits)
}

func (j *egressJudge) listed(talks []*egress.Conversation) {
	hits := these(talks, func(c *egress.Conversation) bool { return len(j.engine.control(c, j.asAt).rules) > 0 })
	if len(hits) == 0 {
		return
	}
	var names []string
	var last *control
	for _, c := range hits {
		if by := j.engine.control(c, j.asAt); by != last {
			last = by
			for _, r := range by.rules {
				names = appendNew(names, r)
			}
		}
	}
	f := j.add(EgressListed, "data leaving", finding.AdvisedAgainst,
		fmt.Sprintf("this device sent %s to %s", sent(hits), destinations(hits)),
		"Decide whether the device needs this service; where it does not, close the way to it.", hits)
	f.Also = append(f.Also, names...)
}

// naming lists the regimes whose list names a company of the chain on that day,
// or whose text names the country.
func (e *Engine) naming(chain []maker.ID, country, asAt string) []string {
	var out []string
	on := day(asAt)
	for _, r := range e.regimes {
		for _, k := range r.clauses {
			if on.atOrAfter(k.from) != yes || k.to.known() && on.atOrAfter(k.to) == yes {
				continue
			}
			if k.listing != nil {
				if m := k.listing.find(k.part, chain, on); m.is == yes {
					out = appendNew(out, fmt.Sprintf("%s: %s is %s", r.f.Name, e.nameOf(m.via), k.listing.on()))
				}
			}
			if country != "" && slices.Contains(k.countries, country) {
				out = appendNew(out, fmt.Sprintf("%s: names the country %s", r.f.Name, country))
			}
		}
	}
	return out
}

func (j *egressJudge) update(talks []*egress.Conversation) {
	hits := these(talks, func(c *egress.Conversation) bool { return c.Purpose == egress.PurposeUpdate })
	if len(hits) == 0 {
		return
	}
	var down uint64
	for _, c := range hits {
		down += c.BytesDown
	}
	f := j.add(EgressUpdate, "update server", finding.CannotTell,
		fmt.Sprintf("this device talked to %s and got %s from there; what it holds now may not be what was approved", destinations(hits), egress.Amount(down)),
		"Compare firmware version and capabilities with what was approved.", hits)
	f.Missing = []string{"whether an update was taken, and who approved it"}
}

// answerers are the kinds of equipment that need to reach nothing outside to do
// what they are bought for.
var answerers = []string{attribution.KindCamera, attribution.KindEncoder, attribution.KindANPR, attribution.KindRecorder}

func (j *egressJudge) starts(talks []*egress.Conversation) {
	if !slices.Contains(answerers, j.kind.Value) || !sure(j.kind) {
		return
	}
	hits := these(talks, func(c *egress.Conversation) bool {
		return (c.Opened == "device" || c.Opened == "both") && c.Purpose != egress.PurposeNTP && c.Purpose != egress.PurposeDNS
	})
	if len(hits) == 0 {
		return
	}
	f := j.add(EgressStarts, "starts conversations", finding.CannotTell,
		fmt.Sprintf("this device opened conversations with %s and sent %s", destinations(hits), strings.TrimSuffix(sent(hits), ",")),
		"Find out which function needs them; switch it off or allow it on record.", hits)
	f.Missing = []string{"whether someone allowed these conversations"}
}

func sent(talks []*egress.Conversation) string {
	var up uint64
	video := ""
	for _, c := range talks {
		up += c.BytesUp
		if c.Video.Verdict == egress.VideoYes {
			video = ", video among it,"
		}
	}
	return egress.Amount(up) + video
}

// destinations names at most three far ends, the one that got most first.
func destinations(talks []*egress.Conversation) string {
	list := slices.Clone(talks)
	slices.SortStableFunc(list, func(a, b *egress.Conversation) int {
		return cmp.Or(-cmp.Compare(a.BytesUp, b.BytesUp), strings.Compare(a.Address, b.Address))
	})
	seen := make(map[farEnd]bool, len(list))
	var named []string
	for _, c := range list {
		end := farEndOf(c)
		if seen[end] {
			continue
		}
		seen[end] = true
		if len(seen) <= 3 {
			named = append(named, destination(c))
		}
	}
	if n := len(seen); n > 3 {
		return strings.Join(named, ", ") + fmt.Sprintf(" and %d more", n-3)
	}
	return strings.Join(named, ", ")
}

// A farEnd is what the words of a destination are made of.
type farEnd struct{ name, controller, jurisdiction, country string }

func farEndOf(c *egress.Conversation) farEnd {
	end := farEnd{name: cmp.Or(short(c.Name), c.Address), controller: short(c.Controller), country: c.Country}
	if end.controller != "" {
		end.jurisdiction = c.Jurisdiction
	}
	return end
}

// destination says whom and where: the company that controls it and where the
// server stands are two facts.
func destination(c *egress.Conversation) string {
	var facts []string
	if c.Controller != "" {
		who := "controlled by " + short(c.Controller)
		if c.Jurisdiction != "" {
			who += " of " + c.Jurisdiction
		}
		facts = append(facts, who)
	}
	if c.Country != "" {
		facts = append(facts, "standing in "+c.Country)
	}
	name := cmp.Or(short(c.Name), c.Address)
	if len(facts) == 0 {
		return name
	}
	return name + " (" + strings.Join(facts, ", ") + ")"
}
