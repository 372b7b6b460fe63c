package regime

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
)

// maxWhy is how long a sentence may grow by listing what is not known, in bytes.
// [finding.Finding.Missing] has the whole list.
const maxWhy = 200

// A gap is one thing that is not known and would decide.
type gap struct {
	kind  gapKind
	says  string   // "the maker (only possible: D-Link)"
	brief string   // the same where room is short
	next  string   // how to find it out, in words for any reader
	asks  []string // keys of the estate file that answer it; nil when the organisation cannot
}

type gapKind uint8

// In the order they are told: the device first, for without it nothing else
// matters.
const (
	gapDevice  gapKind = iota // who made it, what it is, what is in it
	gapSaid                   // what the organisation can say
	gapRule                   // what the rule itself says: whether its list names the maker
	gapProduct                // what must be looked up about the model
	gapDate
	gapNone // an expression that could not be evaluated
)

// gaps lists what is missing, a group of questions as one when none of it is
// known.
func (o *outcome) gaps() []gap {
	var out []gap
	add := func(g gap) {
		if !slices.ContainsFunc(out, func(x gap) bool { return x.says == g.says }) {
			out = append(out, g)
		}
	}
	for _, i := range o.missing {
		add(o.gap(i))
	}
	for _, d := range o.dates {
		add(o.dateGap(d))
	}
	if len(out) == 0 {
		says := "whether the clause's condition holds (it could not be evaluated)"
		out = append(out, gap{kind: gapNone, says: says, brief: says, next: "Read the clause: its condition could not be evaluated."})
	}
	slices.SortStableFunc(out, func(a, b gap) int { return int(a.kind) - int(b.kind) })
	return out
}

func (o *outcome) gap(i int) gap {
	f, says := &Facts[i], o.view.word(i)
	switch {
	case f.About == "device":
		return o.deviceGap(f, says)
	case f.Group != "" && o.allMissing(f.Group):
		return gap{gapSaid, groups[f.Group], briefly[f.Group], groupNext[f.Group], keysOf(f.Group)}
	case f.Name == "org_type":
		return gap{gapSaid, says, says, "Say what kind of organisation you are.", []string{"type"}}
	case f.Name == "org_country":
		return gap{gapSaid, says, says, "Say in which country the organisation is.", []string{"country"}}
	}
	kind := gapSaid
	if f.About == "product" {
		kind = gapProduct
	}
	return gap{kind, says, says, "Say " + says + ".", []string{f.Key}}
}

// keysOf are the keys of a group of questions.
func keysOf(group string) []string {
	var out []string
	for i := range Facts {
		if Facts[i].Group == group {
			out = append(out, Facts[i].Key)
		}
	}
	return out
}

// groupNext is how to answer a whole group of questions.
var groupNext = map[string]string{
	"sensitive": "Say what makes the site sensitive, or that nothing does.",
	"purpose":   "Say what the equipment is for.",
}

// deviceGap tells what is not known of the device from what is not known of a
// list.
func (o *outcome) deviceGap(f *Fact, says string) gap {
	p, part := o.role(f.Name)
	if p == nil || !p.sure && part == "" {
		return gap{kind: gapDevice, says: says, brief: says, next: o.view.situation.find()}
	}
	if !p.sure {
		return gap{kind: gapDevice, says: says, brief: says, next: "Ask the maker in writing whose " + part + " is in this model."}
	}
	if !p.known {
		return gap{kind: gapDevice, says: says, brief: says, next: "Find out where " + short(p.name) + " has its seat and who owns it."}
	}
	if o.k.listing != nil && strings.HasSuffix(f.Name, "_listed") {
		return gap{kind: gapRule, says: says, brief: "whether the list in force names it", next: "Look up whether the " + o.k.listing.name + " names " + short(p.name) + "."}
	}
	return gap{kind: gapDevice, says: says, brief: says, next: "Find out " + says + "."}
}

// role is the party a fact is about, and what the part is called when it is one.
func (o *outcome) role(fact string) (p *party, part string) {
	s := o.view.situation
	switch {
	case strings.HasPrefix(fact, "maker"):
		return &s.maker, ""
	case strings.HasPrefix(fact, "chip_maker"):
		return &s.chip, "system-on-chip"
	case strings.HasPrefix(fact, "network_part"):
		return &s.network, "network part"
	case strings.HasPrefix(fact, "platform"):
		return &s.platform, "firmware"
	}
	return nil, ""
}

// find says how to find out about the device. It is one sentence for every
// clause, so that a report can say it once.
func (s *situation) find() string {
	const how = ": read its label or web page, or capture its discovery traffic."
	_, kindKnown := s.known["video_surveillance"]
	switch {
	case kindKnown:
		return "Find out who made it" + how
	case s.maker.sure:
		return "Find out what kind of equipment it is" + how
	}
	return "Find out what it is and who made it" + how
}

func (o *outcome) dateGap(says string) gap {
	g := gap{kind: gapDate, says: says, brief: says, next: "Find out " + says + "."}
	if strings.HasPrefix(says, o.k.actText()) {
		g.next, g.asks = "Say when it was bought.", []string{"purchased"}
		if o.k.reaches == reachInstallation {
			g.next, g.asks = "Say when it was installed.", []string{"installed"}
		}
	}
	return g
}

func (o *outcome) allMissing(group string) bool {
	for i := range Facts {
		if Facts[i].Group == group && !slices.Contains(o.missing, i) {
			return false
		}
	}
	return true
}

// openWhy says why nothing can be told, or what would be the verdict.
func (e *Engine) openWhy(o *outcome, gaps []gap, wouldFor string) string {
	if gaps[0].kind == gapDevice {
		return e.deviceWhy(o)
	}
	who, _, _ := strings.Cut(wouldFor, "; ")
	words, sep := o.wouldWords(), ": "
	switch {
	case o.would() != "" && who != "":
		words += " for " + who
	case o.would() == "" && who != "":
		words, sep = "cannot tell (it binds "+who+")", "; "
	case o.would() == "":
		words, sep = "cannot tell", "; "
	}
	if subject := e.subject(o); subject != "" {
		words = subject + sep + words
	}
	link := "; not known: "
	if o.would() == "" && who == "" {
		link = ": not known "
	}
	full := words + link + list(gaps, Facts[factIndex["org_type"]].Says, maxWhy-len(words)-len(link))
	if len(full) > maxWhy+10 && len(gaps) > 1 {
		return fmt.Sprintf("%s; %d facts are not known", words, len(gaps))
	}
	return full
}

// wouldWords are "would be prohibited", or "a purchase on or after … would be".
func (o *outcome) wouldWords() string {
	words := "would be " + strings.ReplaceAll(string(o.k.verdict), string(finding.AdvisedAgainst), "advised against")
	if o.k.reaches == reachPurchase || o.k.reaches == reachInstallation {
		words = withArticle(o.k.reaches) + " on or after " + o.k.fromText() + " " + words
	}
	return words
}

// list joins gaps as far as room bytes go; one it must name, and more are
// counted. With several, the one called implied is left out, for the sentence
// says it already.
func list(gaps []gap, implied string, room int) string {
	words := make([]string, 0, len(gaps))
	for _, g := range gaps {
		words = append(words, g.brief)
	}
	if i := slices.Index(words, implied); i >= 0 && len(words) > 1 {
		words = slices.Delete(words, i, i+1)
	}
	out := words[0]
	for i, w := range words[1:] {
		more := fmt.Sprintf(", and %d more", len(words)-1-i)
		if len(out)+len(w)+len(more) > room {
			return out + more
		}
		out += ", " + w
	}
	return out
}

// deviceWhy says which fact about the device is missing.
func (e *Engine) deviceWhy(o *outcome) string {
	s := o.view.situation
	var parts []string
	for _, i := range o.missing {
		if Facts[i].About != "device" {
			continue
		}
		p, part := o.role(Facts[i].Name)
		switch {
		case p == nil:
			parts = appendNew(parts, s.kindWhy(o.view.word(i)))
		case p.sure && p.known && strings.HasSuffix(Facts[i].Name, "_listed"): // the list's fault
		case p.sure:
			parts = appendNew(parts, o.view.word(i)+" is not known")
		case part == "":
			parts = appendNew(parts, "who made it"+e.partyWhy(o, p))
		default:
			parts = appendNew(parts, "who made its "+part+e.partyWhy(o, p))
		}
	}
	if !s.maker.sure {
		slices.Reverse(parts) // the maker before the kind
	}
	words := "cannot tell: " + strings.Join(parts, ", and ")
	if s.platform.sure && !s.maker.sure && o.k.reads("maker") {
		words += "; its firmware is that of " + short(s.platform.name)
	}
	if subject := e.subject(o); subject != "" && s.maker.sure {
		return subject + "; " + words
	}
	return words
}

// kindWhy says what is not known of the kind of equipment.
func (s *situation) kindWhy(word string) string {
	switch c := &s.device.Kind; {
	case c.Grade >= attribution.Probable && len(c.Conflicts) > 0:
		return "evidence conflicts on what it is (" + enumerate(values(c), "or") + ")"
	case c.Grade == attribution.Possible && !strings.HasPrefix(word, "whether "):
		return "what kind of equipment it is is not known well enough (possible: " + short(c.Value) + ")"
	case c.Grade == attribution.Possible && slices.Contains(videoKinds, c.Value):
		return "that it is " + withArticle(c.Value) + " is only possible"
	case c.Grade == attribution.Possible && c.Value == attribution.KindNotCamera:
		return "that it is not a camera is only possible"
	case strings.HasPrefix(word, "whether "):
		return "it is not known whether it is a camera"
	}
	return word + " is not known"
}

// partyWhy follows "who made it": how much is known, and whether the rule would
// cover what is possible.
func (e *Engine) partyWhy(o *outcome, p *party) string {
	if !p.hint {
		return " is not known"
	}
	names := values(p.claim)
	words := " is not known well enough (possible: "
	if p.claim.Grade >= attribution.Probable {
		words = " is not known: evidence conflicts ("
	}
	words += enumerate(names, "or")
	var named []string
	var how reach
	confirm := "confirm the maker"
	if p != &o.view.situation.maker {
		confirm = "confirm the part"
	}
	for _, a := range candidates(p.claim) {
		if h := e.wouldReach(o, p, a); h != reachNone {
			named, how = appendNew(named, short(a.Value)), h
		}
	}
	switch {
	case len(named) == 0:
		return words + ")"
	case len(names) == 1:
		return words + ", " + [...]string{"", "which the rule names", "which the rule reaches", "whose country the rule names"}[how] + "; " + confirm + ")"
	}
	return words + "; " + [...]string{"", "the rule names ", "the rule reaches ", "the rule names the country of "}[how] + enumerate(named, "and") + "; " + confirm + ")"
}

// A reach is how a rule would get at a company.
type reach uint8

const (
	reachNone    reach = iota // it would not, or it cannot be told
	reachNamed                // by its own name
	reachOwner                // by an owner's name
	reachCountry              // by its country
)

// wouldReach reports whether the clause would cover the device if the party were
// the company a names.
func (e *Engine) wouldReach(o *outcome, p *party, a attribution.Alternative) reach {
	s := o.view.situation
	d := *s.device
	claim, role := &d.Maker, "maker"
	switch p {
	case &s.chip:
		claim, role = &d.ChipMaker, "chip_maker"
	case &s.network:
		claim, role = &d.NetworkPart, "network_part"
	case &s.platform:
		claim, role = &d.Platform, "platform"
	}
	*claim = attribution.Claim{Value: a.Value, ID: a.ID, Grade: attribution.Probable}
	assumed := e.situate(&d, s.org, s.asAt)
	assumed.force = s.force
	then := outcome{k: o.k, view: e.view(assumed, o.k)}
	is, missing := then.covers()
	if is == no || is == unknown && (len(missing) == 0 || slices.ContainsFunc(missing, func(i int) bool { return strings.HasPrefix(Facts[i].Name, role) })) {
		return reachNone
	}
	if m, ok := then.view.hit[role+"_listed"]; ok {
		if m.via != maker.ID(a.ID) && m.via != "" {
			return reachOwner
		}
		return reachNamed
	}
	if is, ok := then.view.known[role+"_from_country"].(bool); ok && is && o.k.reads(role+"_from_country") {
		return reachCountry
	}
	then.view.assume("maker_owners", []string{})
	if is, _ = then.covers(); is == no {
		return reachOwner
	}
	return reachNamed
}

// candidates are the claim's own value and up to three others.
func candidates(c *attribution.Claim) []attribution.Alternative {
	return append([]attribution.Alternative{{Value: c.Value, ID: c.ID}}, c.Conflicts[:min(len(c.Conflicts), 3)]...)
}
