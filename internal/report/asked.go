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

// asked answers the questions that were asked; nil when none was.
func asked(doc *Document) []Asked {
	var out []Asked
	if doc.Estate.Closed {
		out = append(out, answerTo(doc, askedClosed, "whether a device reaches outside the site",
			"seen to reach outside the site, which is said to be closed", "Nothing was seen leaving the site"))
	}
	if forbidden := slices.Concat(doc.Estate.ForbiddenCompanies, doc.Estate.ForbiddenCountries); len(forbidden) > 0 {
		list := strings.Join(forbidden, " or ")
		a := answerTo(doc, askedForbidden, "whether a device talks to "+list, "seen to talk to a destination that is forbidden ("+list+")", "No device was seen to talk to "+list)
		a.Says += doubtful(doc)
		out = append(out, a)
	}
	return out
}

// answerTo answers one question: what it asks, what a device does that was seen,
// and how it is said that none was.
func answerTo(doc *Document, rule, question, does, nothing string) Asked {
	a := Asked{Rule: rule, Answer: AnswerCannot}
	devices := map[string]bool{}
	for i := range doc.Findings {
		if f := &doc.Findings[i]; f.Regime == rule {
			devices[f.Device] = true
		}
	}
	var with []Input
	for _, in := range doc.Inputs {
		if holdsTraffic(&in) {
			with = append(with, in)
		}
	}
	a.Devices = len(devices)
	a.From, a.To = seenFrom(with)
	switch {
	case a.Devices > 0:
		a.Answer, a.Says = AnswerSeen, plural(a.Devices, "device was", "devices were")+" "+does+"."
	case len(with) == 0:
		a.Says = "Nothing in these inputs could show " + question + ": they hold no traffic. A capture or flow records would."
	default:
		a.Answer, a.Says = AnswerNotSeen, nothing+" in what was captured"+fromTo(a.From, a.To)+"."+lastsOnly
		if n := len(doc.Inputs) - len(with); n > 0 {
			a.Says += " " + plural(n, "input holds", "inputs hold") + " no traffic and could not show it."
		}
	}
	return a
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
func doubtful(doc *Document) string {
	servers := map[string]bool{}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		if c.Scope != egress.ScopeOutside || !reaches(c) {
			continue
		}
		if c.Controller == "" || len(doc.Estate.ForbiddenCountries) > 0 && c.Country == "" {
			servers[c.Address] = true
		}
	}
	switch n := len(servers); n {
	case 0:
		return ""
	case 1:
		return " Of 1 server outside it is not known who controls it or where it stands."
	default:
		return fmt.Sprintf(" Of %s servers outside it is not known who controls them or where they stand.", thousands(int64(n)))
	}
}
