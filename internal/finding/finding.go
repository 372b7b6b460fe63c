// Package finding holds what someone must decide about: one regime's verdict
// on one device, as at one day.
//
// It does not work verdicts out; package regime does.
package finding

import (
	"cmp"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// Verdict is what a regime says of a device.
type Verdict string

const (
	Prohibited     Verdict = "prohibited"
	Restricted     Verdict = "restricted"
	AdvisedAgainst Verdict = "advised-against"
	NotCovered     Verdict = "not-covered"
	CannotTell     Verdict = "cannot-tell"
)

// What a device as a whole is called when its gravest finding is one that cannot
// be told, and would be this if what is missing about the organisation, the site
// or a date were as the clause requires. No finding has them.
const (
	WouldBeProhibited Verdict = "would-be-prohibited"
	WouldBeRestricted Verdict = "would-be-restricted"
)

// Accepted is what a hub calls a device when nothing but not-covered is left
// beside findings that somebody accepted for a while. No finding has it.
const Accepted Verdict = "accepted"

// Outcomes are what a finding makes of its device, the gravest first. What
// would be prohibited comes before what is advised against: of a camera that a
// law forbids to many, "advised against" is not the first thing to say.
var Outcomes = []Verdict{Prohibited, Restricted, WouldBeProhibited, WouldBeRestricted, AdvisedAgainst, CannotTell, NotCovered}

// OfDevice are what a device as a whole can be called, the gravest first:
// [Outcomes], with [Accepted] before [NotCovered].
var OfDevice = slices.Insert(slices.Clone(Outcomes), len(Outcomes)-1, Accepted)

// Outcome is what a finding makes of its device, one of [Outcomes].
func (f *Finding) Outcome() Verdict {
	if f.Verdict == CannotTell {
		switch f.WouldBe {
		case Prohibited:
			return WouldBeProhibited
		case Restricted:
			return WouldBeRestricted
		}
	}
	return f.Verdict
}

// Graver says whether a stands before b in [OfDevice].
func Graver(a, b Verdict) bool { return place(a) < place(b) }

// place is where a verdict stands in [OfDevice]; behind them when it is none.
func place(v Verdict) int {
	if i := slices.Index(OfDevice, v); i >= 0 {
		return i
	}
	return len(OfDevice)
}

// Force keeps law, policy, guidance and risk apart.
type Force string

const (
	Law      Force = "law"
	Policy   Force = "policy"
	Guidance Force = "guidance"
	Risk     Force = "risk factor"
	Own      Force = "own rule" // what the estate itself forbids or says of a site
)

// A Finding is the verdict of one regime on one device.
type Finding struct {
	Regime   string                 `json:"regime"`                   // id, "us-889a1B"
	Name     string                 `json:"name"`                     // of the regime
	Force    Force                  `json:"force"`                    //
	Clause   string                 `json:"clause"`                   // the text's own number: "s.889(a)(1)(B)"
	Device   string                 `json:"device"`                   // device id
	Verdict  Verdict                `json:"verdict"`                  //
	WouldBe  Verdict                `json:"would_be,omitempty"`       // with cannot-tell, when all that is missing is about the organisation, site, use or dates: the verdict if it were as the clause requires; "" when a fact about the device decides
	WouldFor string                 `json:"would_apply_to,omitempty"` // whom the clause binds, when the organisation is not known
	AsAt     string                 `json:"as_at"`                    // YYYY-MM-DD
	Why      string                 `json:"why"`                      // one sentence, about 200 characters at most
	Also     []string               `json:"also,omitempty"`           // what other clauses of the regime add, one entry a clause
	Next     string                 `json:"next,omitempty"`           // what to do next, one sentence
	Asks     []string               `json:"asks,omitempty"`           // what answers the first that is missing, where an organisation can: keys of the estate file, "type", "sensitive.socpa", "purchased"
	Missing  []string               `json:"missing"`                  // facts that are not known and would decide, those about the device first; never nil in JSON
	Disputed string                 `json:"disputed,omitempty"`       // the reasoning against, always shown beside the verdict
	Denial   string                 `json:"denial,omitempty"`         // the company's own statement
	Sources  []string               `json:"sources"`                  // public texts of the clause
	Evidence []observation.Evidence `json:"evidence"`                 // what about the device it rests on; never nil in JSON
	Status   string                 `json:"status,omitempty"`         // of a hub, once somebody decided: accepted, in-hand, done; "": open
	Waiver   *Waiver                `json:"waiver,omitempty"`         // of a hub, while it holds; nil: nobody accepted it
}

// A Waiver says that somebody accepted a finding for a while.
type Waiver struct {
	Why   string `json:"why"`
	By    string `json:"by"`
	Until string `json:"until"` // the last day it holds, YYYY-MM-DD
}

// Severity orders verdicts for choosing and sorting: prohibited 4, restricted
// and what would be either 3, advised-against 2, cannot-tell 1, not-covered and anything else 0. It says
// what needs a person first, not what is worse in law.
func Severity(v Verdict) int {
	switch v {
	case Prohibited:
		return 4
	case Restricted, WouldBeProhibited, WouldBeRestricted:
		return 3
	case AdvisedAgainst:
		return 2
	case CannotTell:
		return 1
	}
	return 0
}

// Severity is that of what the finding makes of its device: what would be
// prohibited is not sorted with what nothing is known of.
func (f *Finding) Severity() int { return Severity(f.Outcome()) }

// Compare orders findings for a report: by device, the gravest of [Outcomes] first,
// law before policy before guidance before risk factor, then by regime id.
func Compare(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(place(a.Outcome()), place(b.Outcome())),
		cmp.Compare(rank(a.Force), rank(b.Force)), cmp.Compare(a.Regime, b.Regime))
}

func rank(f Force) int { return slices.Index([]Force{Law, Own, Policy, Guidance, Risk}, f) }
