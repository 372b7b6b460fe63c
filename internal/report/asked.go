package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/egress"
)

// Questions that an organisation may ask of where its devices reach, by the id
// of the rule that judges them.
const (
	askedClosed    = "own-closed"
	askedForbidden = "own-destinations"
)

// Answers to them. None says that a rule is kept: traffic shows what happened
// while it was captured, and nothing of the rest.
const (
	AnswerSeen    = "seen"        // a device was seen to do it
	AnswerNotSeen = "not seen"    // there was traffic, and nothing of it in there
	AnswerCannot  = "cannot tell" // nothing in the inputs could show it
	lastsOnly     = " This does not show that it never happens: what was not captured is not known."
)

// An Asked is a question of the organisation about where its devices reach, and
// what the inputs say to it.
type Asked struct {
	Rule    string `json:"rule"`    // "own-closed" or "own-destinations", as in findings
	Answer  string `json:"answer"`  // "seen", "not seen", "cannot tell"
	Devices int    `json:"devices"` // that were seen to do it
	From    string `json:"from,omitempty"`
	To      string `json:"to,omitempty"` // of the traffic that was looked at, RFC 3339, UTC
	Says    string `json:"says"`         // in words
}

// An asking gathers what answers the questions.
type asking struct {
	devices  map[string]int // that were seen to do it, by rule
	from, to string         // of the inputs that hold traffic
	with     int            // of these
	inputs   int
	servers  map[string]bool // of which it is not known whether they are forbidden
}

// add takes a part in. Its devices are in no other part.
func (a *asking) add(doc *Document) {
	if a.devices == nil {
		a.devices, a.servers = map[string]int{}, map[string]bool{}
	}
	seen := map[[2]string]bool{}
	for i := range doc.Findings {
		f := &doc.Findings[i]
		if k := [2]string{f.Regime, f.Device}; (f.Regime == askedClosed || f.Regime == askedForbidden) && !seen[k] {
			seen[k] = true
			a.devices[f.Regime]++
		}
	}
	a.inputs += len(doc.Inputs)
	var with []Input
	for _, in := range doc.Inputs {
		if holdsTraffic(&in) {
			with = append(with, in)
		}
	}
	a.with += len(with)
	from, to := seenFrom(with)
	if from != "" && (a.from == "" || from < a.from) {
		a.from = from
	}
	a.to = max(a.to, to)
	if len(doc.Estate.ForbiddenCompanies)+len(doc.Estate.ForbiddenCountries) == 0 {
		return
	}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		if c.Scope != egress.ScopeOutside || !reaches(c) {
			continue
		}
		if c.Controller == "" || len(doc.Estate.ForbiddenCountries) > 0 && c.Country == "" {
			a.servers[c.Address] = true
		}
	}
}

// answers are those to the questions that were asked; nil when none was.
func (a *asking) answers(e *Estate) []Asked {
	var out []Asked
	if e.Closed {
		out = append(out, a.answerTo(askedClosed, "whether a device reaches outside the site",
			"seen to reach outside the site, which is said to be closed", "Nothing was seen leaving the site"))
	}
	if forbidden := slices.Concat(e.ForbiddenCompanies, e.ForbiddenCountries); len(forbidden) > 0 {
		list := strings.Join(forbidden, " or ")
		one := a.answerTo(askedForbidden, "whether a device talks to "+list, "seen to talk to a destination that is forbidden ("+list+")", "No device was seen to talk to "+list)
		one.Says += a.doubtful()
		out = append(out, one)
	}
	return out
}

// answerTo answers one question: what it asks, what a device does that was seen,
// and how it is said that none was.
func (a *asking) answerTo(rule, question, does, nothing string) Asked {
	out := Asked{Rule: rule, Answer: AnswerCannot, Devices: a.devices[rule], From: a.from, To: a.to}
	switch {
	case out.Devices > 0:
		out.Answer, out.Says = AnswerSeen, plural(out.Devices, "device was", "devices were")+" "+does+"."
	case a.with == 0:
		out.Says = "Nothing in these inputs could show " + question + ": they hold no traffic. A capture or flow records would."
	default:
		out.Answer, out.Says = AnswerNotSeen, nothing+" in what was captured"+fromTo(a.from, a.to)+"."+lastsOnly
		if n := a.inputs - a.with; n > 0 {
			out.Says += " " + plural(n, "input holds", "inputs hold") + " no traffic and could not show it."
		}
	}
	return out
}

// holdsTraffic reports whether an input could show who talks to whom: its format
// is one that does, and it held something.
func holdsTraffic(in *Input) bool {
	return in.Packets > 0 && !slices.ContainsFunc(in.Lacks, func(s string) bool {
		return strings.HasPrefix(s, "traffic:") || strings.HasPrefix(s, "flows:") // as package record begins these phrases
	})
}

func fromTo(first, last string) string {
	if first == "" {
		return ""
	}
	return " (from " + clock(first) + " to " + clock(last) + ")"
}

// doubtful says of how many servers it is not known whether they are forbidden;
// "" for none.
func (a *asking) doubtful() string {
	switch n := len(a.servers); n {
	case 0:
		return ""
	case 1:
		return " Of 1 server outside it is not known who controls it or where it stands."
	default:
		return fmt.Sprintf(" Of %s servers outside it is not known who controls them or where they stand.", thousands(int64(n)))
	}
}
