package access

import (
	"fmt"
	"strings"
	"time"
)

// Reference is the page docs/reference/access.md: who may do what, from the
// tables that decide it.
func Reference() string {
	var b strings.Builder
	b.WriteString("<!-- Generated from internal/access/role.go by `make docs`. -->\n# Who may do what on the hub\n\n" +
		"A role is given to an account in one organisation, or in every one. What it allows:\n\n| role |")
	for _, a := range Actions {
		fmt.Fprintf(&b, " %s |", a)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(Actions)) + "\n")
	for _, r := range Roles {
		fmt.Fprintf(&b, "| %s |", r)
		for _, a := range Actions {
			if r.Allows(a) {
				b.WriteString(" yes |")
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| action | is to | a token needs the scope |\n|---|---|---|\n")
	for _, a := range Actions {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", a, actionSays[a], scopeOf[a])
	}
	fmt.Fprintf(&b, `
What concerns every organisation (settings of the hub, new organisations, accounts with roles in several) needs the role in every organisation.

| what | bound |
|---|---|
| a session, from sign-in | %s |
| a session without use | %s |
| the link of the first administrator | %s, once |
| a link to set a password | %s, once |
| a token | a year |
| a password | %d characters at least; not made of words and rows that are tried first |
| failed sign-ins before each next one waits | %d of one account from one address, %d from one address, %d of one account |
| the longest wait | %s |
| streams of events that are open at once | %d of one account, %d in all; each ends with its session or token, and when roles change |
| the body of a request | %s as a whole, %s of who is not signed in, and never %s without a byte |
| an upload | %d KB in each minute at least, and never %s without a byte |
`, long(defaultLife), long(defaultIdle), long(firstLife), long(inviteLife), leastPassword, freePair, freeAddress, freeAccount, long(mostWait),
		streamsOfOne, streamsOfAll, long(usualPace.body), usualPace.stranger, usualPace.piece, usualPace.least>>10, usualPace.piece)
	return b.String()
}

// long writes a span of whole minutes in words.
func long(d time.Duration) string {
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		switch n := d / u.size; {
		case d%u.size != 0:
		case n == 1:
			return "1 " + u.name
		default:
			return fmt.Sprintf("%d %ss", n, u.name)
		}
	}
	return d.String()
}

// actionSays tells in words what an [Action] is.
var actionSays = map[Action]string{
	Figures:    "read sums that name no site and no device",
	View:       "read all else",
	Judge:      "decide findings, write notes, tags and saved searches",
	Ingest:     "hand in captures and records",
	Operate:    "keep sites, plans and asset lists",
	Administer: "keep accounts and settings, read the audit log",
}
