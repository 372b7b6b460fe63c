package regime

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// How one clause comes out, least telling first: of several that do not cover
// a device, the one that came closest is shown.
type standing uint8

const (
	outsideDevice       standing = iota // not what the clause is about
	outsideOrganisation                 // the clause binds others
	ended
	notYet
	before    // bought or installed before it took effect
	excepted  // an exception was granted
	statement // the clause itself says the regime forbids nothing
	open      // cannot tell
	stands    // the verdict holds
)

// An outcome is what one clause says of one situation.
type outcome struct {
	k       *clause
	state   standing
	bound   bool     // the clause binds the organisation, whatever the device
	mayBind bool     // it is not known that it does not
	enough  bool     // what is known of the device is enough for the clause
	missing []int    // facts, in the order of Facts
	dates   []string // dates that are missing, in words
	note    []string // components no evidence speaks of, in words
	view    *view
}

// verdict is what the outcome comes to.
func (o *outcome) verdict() finding.Verdict {
	switch o.state {
	case stands:
		return o.k.verdict
	case open:
		return finding.CannotTell
	}
	return finding.NotCovered
}

// would is the verdict if what is missing were as the clause requires. It is
// empty when a fact about the device is missing: that somebody's camera might be
// another maker's says nothing about it.
func (o *outcome) would() finding.Verdict {
	if o.state != open || !o.enough {
		return ""
	}
	return o.k.verdict
}

// isOfDevice reports whether a fact is about the device or its model.
func isOfDevice(i int) bool { return Facts[i].About == "device" || Facts[i].About == "product" }

// judge evaluates one clause. An expression that fails (its cost limit) leaves
// the answer open: it is never taken for "not covered".
func (e *Engine) judge(s *situation, k *clause) outcome {
	v := e.view(s, k)
	o := outcome{k: k, view: v}
	covers, missing := o.covers()
	o.enough = covers == yes || covers == unknown && len(missing) > 0 && !slices.ContainsFunc(missing, isOfDevice)
	if k.verdict == finding.NotCovered {
		o.state = statement
		if covers == no {
			o.state = outsideDevice
		}
		return o
	}
	vars, err := v.vars(false)
	if err != nil {
		o.state = open
		return o
	}
	applies, orgMissing, _ := k.applies.eval(vars)
	if covers == no {
		o.state, o.bound, o.mayBind = outsideDevice, applies == yes, applies != no
		return o
	}
	if applies == no {
		o.state = outsideOrganisation
		return o
	}
	if k.timing(s, &o) {
		return o
	}
	if granted, _, _ := k.exception.eval(vars); granted == yes {
		o.state = excepted
		return o
	}
	o.missing = union(orgMissing, missing)
	o.state = stands
	if covers == unknown || applies == unknown || len(o.dates) > 0 {
		o.state = open
	}
	return o
}

// covers evaluates the device's side. A component that no evidence speaks of
// does not make the answer unknown: it is noted instead.
func (o *outcome) covers() (tri, []int) {
	vars, err := o.view.vars(false)
	if err != nil {
		return unknown, nil
	}
	is, missing, err := o.k.covers.eval(vars)
	if err != nil || is != unknown {
		return is, missing
	}
	strict := missing
	if vars, err = o.view.vars(true); err != nil {
		return unknown, missing
	}
	is, missing, _ = o.k.covers.eval(vars)
	for _, i := range strict {
		if Facts[i].Part && !slices.Contains(missing, i) {
			o.note = appendNew(o.note, o.view.word(i))
		}
	}
	return is, missing
}

// timing weighs the day as at and the days of purchase and installation. It
// reports whether they alone settle the outcome; what is not known of them goes
// to o.dates.
func (k *clause) timing(s *situation, o *outcome) bool {
	begun, over := s.asAt.atOrAfter(k.from), unknown
	if k.to.known() {
		over = s.asAt.atOrAfter(k.to)
	}
	switch {
	case begun == no:
		o.state = notYet
		return true
	case begun == unknown:
		o.dates = append(o.dates, "the day in "+k.fromText()+" on which it took effect")
	}
	act := k.act(s)
	switch {
	case k.reaches == reachUse || k.reaches == reachSupply:
		if over == yes {
			o.state = ended
			return true
		}
		return false
	case !act.known():
		o.dates = append(o.dates, k.actText())
		if over == yes {
			o.dates[len(o.dates)-1] += " (the clause ended on " + k.to.first + ")"
		}
		return false
	}
	after, gone := act.atOrAfter(k.from), no
	if k.to.known() {
		gone = act.atOrAfter(k.to)
	}
	switch {
	case after == no:
		o.state = before
		return true
	case gone == yes:
		o.state = ended
		return true
	case after == unknown || gone == unknown:
		o.dates = appendNew(o.dates, k.actText()+" to the day")
	}
	return false
}

// act is when the purchase or installation was. What was installed before a day
// was bought before it, and what was bought after a day was installed after it;
// nothing else follows from one about the other.
func (k *clause) act(s *situation) span {
	own, other := s.bought, s.fitted
	if k.reaches == reachInstallation {
		own, other = s.fitted, s.bought
	}
	if own.known() || !other.known() {
		return own
	}
	earlier := other.atOrAfter(k.from) == no
	if earlier == (k.reaches == reachPurchase) && other.atOrAfter(k.from) != unknown {
		return other
	}
	return span{}
}

func (k *clause) actText() string {
	if k.reaches == reachInstallation {
		return "the date of installation"
	}
	return "the date of purchase"
}

// fromText writes the clause's date as it is known: a month or year when that
// is all.
func (k *clause) fromText() string {
	switch {
	case k.from.exact():
		return k.from.first
	case strings.HasSuffix(k.from.first, "-01-01") && strings.HasSuffix(k.from.last, "-12-31"):
		return k.from.first[:4]
	}
	return k.from.first[:7]
}

// union merges two ascending lists.
func union(a, b []int) []int {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// better reports whether a should be shown rather than b: a verdict that stands,
// then one that lacks only what the organisation can say, then one that lacks
// more, then none; among equals the more severe, then the one with
// fewer missing facts.
func better(a, b *outcome) bool {
	ka, kb := a.key(), b.key()
	return slices.Compare(ka[:], kb[:]) > 0
}

func (o *outcome) key() [5]int {
	k := [5]int{}
	switch o.state {
	case stands:
		k[0] = 3
	case open:
		k[0] = 1
		if o.would() != "" {
			k[0] = 2
		}
	}
	if k[0] > 0 {
		k[1] = finding.Severity(o.k.verdict)
	}
	k[2] = 2 * int(o.state)
	if o.state == outsideDevice && o.bound {
		k[2] = 2*int(outsideOrganisation) + 1
	}
	if o.state == open && o.view.hint["maker_listed"] {
		k[3] = 1 // it names the maker that is possible
	}
	k[4] = -len(o.missing) - len(o.dates)
	if m := o.view.hit["maker_listed"]; o.state == outsideDevice && (m.is == yes || m.later != "") {
		k[4]++ // the clause that has the maker on its list says more than one that has not
	}
	return k
}

// relevant reports whether a regime has something to say of this device at all.
// Of equipment that is not, and is not suspected to be, video surveillance, only
// what a rule covers by a named maker is told; reports would otherwise fill with
// rules about cameras that no light bulb can break.
func (o *outcome) relevant(e *Engine) bool {
	s := o.view.situation
	if s.suspected(e) || o.state == stands {
		return true
	}
	if o.state != open {
		return false
	}
	for _, m := range o.view.hit {
		if m.entry != nil && (m.is == yes || m.is == unknown) {
			return !slices.ContainsFunc(o.missing, isMaker)
		}
	}
	return false
}

func isMaker(i int) bool { return strings.HasPrefix(Facts[i].Name, "maker") }

// suspected reports whether any claim, even one only possible, makes the device
// video surveillance equipment, or its maker makes little else.
func (s *situation) suspected(e *Engine) bool {
	k := &s.device.Kind
	if slices.Contains(videoKinds, k.Value) && k.Grade > 0 {
		return true
	}
	for _, a := range k.Conflicts {
		if slices.Contains(videoKinds, a.Value) {
			return true
		}
	}
	if sure(k) && k.Value != "unknown" {
		return s.force != nil
	}
	return s.force != nil || e.cameraMaker(&s.maker) || e.cameraMaker(&s.platform)
}

// cameraMaker reports whether a company, as far as the knowledge base says, sells
// video surveillance and not networks in general.
func (e *Engine) cameraMaker(p *party) bool {
	co, ok := e.base.Company(p.id)
	if !ok || !p.sure {
		return false
	}
	for _, other := range []string{"network", "telecom", "voip", "nas", "phone"} {
		if strings.Contains(co.Segment, other) {
			return false
		}
	}
	for _, seg := range []string{"cctv", "cam", "dvr", "nvr", "anpr", "vms", "thermal", "ptz"} {
		if strings.Contains(co.Segment, seg) {
			return true
		}
	}
	return false
}
