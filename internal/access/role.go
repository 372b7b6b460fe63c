package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
)

// A Role is what an account is in an organisation.
type Role string

// The roles. Each of the first four may do what the one before it may.
const (
	Viewer   Role = "viewer"   // reads
	Analyst  Role = "analyst"  // and decides what findings mean
	Operator Role = "operator" // and keeps sites, plans and asset lists
	Admin    Role = "admin"    // and says who may do what
	Watchdog Role = "watchdog" // reads figures of what it is given, never a site or a device
)

// Roles are all of them, the least first.
var Roles = []Role{Watchdog, Viewer, Analyst, Operator, Admin}

// An Action is a kind of thing that a person does. Every page and endpoint names
// the one it needs.
type Action string

// The actions.
const (
	Figures    Action = "figures"    // read sums that name no site and no device
	View       Action = "view"       // read all else
	Judge      Action = "judge"      // decide findings, write notes, tags and saved queries
	Ingest     Action = "ingest"     // hand in captures and records
	Operate    Action = "operate"    // keep sites, plans and asset lists
	Administer Action = "administer" // accounts, tokens of others, settings, audit log
)

// Actions are all of them, the least first.
var Actions = []Action{Figures, View, Judge, Ingest, Operate, Administer}

// allows is the one table of who may do what.
var allows = map[Role][]Action{
	Watchdog: {Figures},
	Viewer:   {Figures, View},
	Analyst:  {Figures, View, Judge, Ingest},
	Operator: {Figures, View, Judge, Ingest, Operate},
	Admin:    {Figures, View, Judge, Ingest, Operate, Administer},
}

// Allows reports whether the role may do that. A role that does not exist may do
// nothing.
func (r Role) Allows(a Action) bool { return slices.Contains(allows[r], a) }

// Valid reports whether there is such a role.
func (r Role) Valid() bool { return slices.Contains(Roles, r) }

// A Scope is what a token may be used for, within what its account may do.
type Scope string

// The scopes. None includes another: a token has each that it needs.
const (
	Read        Scope = "read"
	HandIn      Scope = "ingest"
	Write       Scope = "write"
	AdminScope  Scope = "admin"
	scopesKnown       = "read, ingest, write, admin"
)

// Scopes are all of them.
var Scopes = []Scope{Read, HandIn, Write, AdminScope}

// scopeOf says which scope an action needs.
var scopeOf = map[Action]Scope{Figures: Read, View: Read, Judge: Write, Ingest: HandIn, Operate: Write, Administer: AdminScope}

func covers(scopes []Scope, a Action) bool { return slices.Contains(scopes, scopeOf[a]) }

// ParseScopes reads names separated by spaces or commas, as a form, a command or
// the store has them. No scope and an unknown one are [hub.ErrInvalid].
func ParseScopes(s string) ([]Scope, error) {
	var out []Scope
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' }) {
		if !slices.Contains(Scopes, Scope(name)) {
			return nil, fmt.Errorf("%w: there is no scope %q; there are %s", hub.ErrInvalid, clip(name, 20), scopesKnown)
		}
		if !slices.Contains(out, Scope(name)) {
			out = append(out, Scope(name))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: choose at least one scope of %s", hub.ErrInvalid, scopesKnown)
	}
	return out, nil
}

// JoinScopes is the reverse of [ParseScopes].
func JoinScopes(scopes []Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}

// clip cuts text from outside to n bytes for an error or a log.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}
