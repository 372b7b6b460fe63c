// Package finding holds what someone must decide about: one regime's verdict
// on one device, as at one day.
//
// It does not work verdicts out; package regime does.
package finding

import "github.com/lenscap/lenscap/internal/observation"

// Verdict is what a regime says of a device.
type Verdict string

const (
	Prohibited     Verdict = "prohibited"
	Restricted     Verdict = "restricted"
	AdvisedAgainst Verdict = "advised-against"
	NotCovered     Verdict = "not-covered"
	CannotTell     Verdict = "cannot-tell"
)

// Force keeps law, policy, guidance and risk apart.
type Force string

const (
	Law      Force = "law"
	Policy   Force = "policy"
	Guidance Force = "guidance"
	Risk     Force = "risk factor"
)

// A Finding is the verdict of one regime on one device.
type Finding struct {
	Regime   string                 `json:"regime"`                   // id, "us-889a1B"
	Name     string                 `json:"name"`                     // of the regime
	Force    Force                  `json:"force"`                    //
	Clause   string                 `json:"clause"`                   // the text's own number: "s.889(a)(1)(B)"
	Device   string                 `json:"device"`                   // device id
	Verdict  Verdict                `json:"verdict"`                  //
	WouldBe  Verdict                `json:"would_be,omitempty"`       // with cannot-tell: the verdict if every missing fact were as the clause requires
	WouldFor string                 `json:"would_apply_to,omitempty"` // whom the clause binds, when the organisation is not known
	AsAt     string                 `json:"as_at"`                    // YYYY-MM-DD
	Why      string                 `json:"why"`                      // one sentence
	Next     string                 `json:"next,omitempty"`           // what to do next, one sentence
	Missing  []string               `json:"missing"`                  // facts that are not known and would decide; never nil in JSON
	Disputed string                 `json:"disputed,omitempty"`       // the reasoning against, always shown beside the verdict
	Denial   string                 `json:"denial,omitempty"`         // the company's own statement
	Sources  []string               `json:"sources"`                  // public texts of the clause
	Evidence []observation.Evidence `json:"evidence"`                 // what about the device it rests on; never nil in JSON
}
