// Package access says who may do what on the hub: accounts and their roles,
// sign-in, sessions, tokens, the certificate it shows and the addresses it may
// call.
//
// [Guard] stands before every page and finds the [Person]; what a person may do
// is in one table, in role.go. The package keeps nothing itself: it declares the
// storage it needs in account.go, and every change is written with its row of
// the audit log. It knows no device, site or finding. The only dialler for
// anything the hub calls of its own accord is here too, in outbound.go; it goes
// to addresses that somebody allowed and to no other.
package access

import (
	"context"
	"slices"
)

// A Person is who a request comes from: an account, by way of a session or of a
// token. A nil Person is nobody and may do nothing.
type Person struct {
	Account int64          // id; 0 for who works at the machine itself
	Name    string         // of the account
	Shown   string         // full name; may be empty
	Roles   map[int64]Role // by organisation; 0 stands for every organisation
	Token   string         // name of the token it came with; "" for a session

	scopes  []Scope // of the token; not looked at without one
	session Hash    // zero with a token
	token   Hash    // zero with a session
	csrf    string
}

// nobody is who is not signed in.
var nobody *Person

// Console is the person who runs a command on the hub's own files, and may do
// everything: who can write the file needs no leave. name is the login name.
func Console(name string) *Person {
	return &Person{Name: "console " + name, Roles: map[int64]Role{0: Admin}}
}

// May reports whether the person may do that in an organisation. Organisation 0
// is what concerns all of them or none: settings of the hub, for one.
func (p *Person) May(action Action, organisation int64) bool {
	if p == nil || p.Token != "" && !covers(p.scopes, action) {
		return false
	}
	return p.Roles[0].Allows(action) || p.Roles[organisation].Allows(action)
}

// MaySomewhere reports whether there is an organisation where the person may do
// that.
func (p *Person) MaySomewhere(action Action) bool {
	ids, all := p.Organisations(action)
	return all || len(ids) > 0
}

// Organisations are those where the person may do that, ascending. all says that
// it is every organisation, also those to come; ids is then nil.
func (p *Person) Organisations(action Action) (ids []int64, all bool) {
	if p.May(action, 0) {
		return nil, true
	}
	if p == nil {
		return nil, false
	}
	for id := range p.Roles {
		if p.May(action, id) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids, false
}

// Actor is the person's name in the audit log. It tells a token from its owner.
func (p *Person) Actor() string {
	switch {
	case p == nil:
		return "nobody"
	case p.Token != "":
		return p.Name + " token " + p.Token
	}
	return p.Name
}

// CSRF is what a form of this person sends back in its field "csrf", or a script
// in the header X-CSRF. It is empty with a token, which needs none.
func (p *Person) CSRF() string {
	if p == nil {
		return ""
	}
	return p.csrf
}

type personKey struct{}

// From is the person a request comes from, nil for nobody.
func From(ctx context.Context) *Person {
	p, _ := ctx.Value(personKey{}).(*Person)
	return p
}

// With puts a person in the context, where [From] finds it.
func With(ctx context.Context, p *Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}
