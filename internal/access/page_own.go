package access

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// OwnPage is drawn by access-account: a person's own account.
type OwnPage struct {
	Form
	Name, Shown string
	Roles       []NamedRole
	Local       bool // has a password, so can change it
	Least       int  // characters of one
	Sessions    []Session
	Others      int // sessions beside this one
	Tokens      []Token
	Scopes      []ScopeChoice
	Secret      string // of the token just made; shown once
	SecretName  string
	Now         time.Time
	Administers bool
}

// A NamedRole is a role with the organisation's name; "every organisation" for 0.
type NamedRole struct {
	ID           int64
	Organisation string
	Role         Role
}

// A ScopeChoice is a scope in a form.
type ScopeChoice struct {
	Scope   Scope
	Says    string
	Checked bool
}

var scopeSays = map[Scope]string{
	Read: "read what the account may see", HandIn: "hand in captures and records",
	Write: "decide findings, keep sites and plans", AdminScope: "accounts, settings, audit log",
}

const everyOrganisation = "every organisation"

// namedRoles are roles with names, every organisation first, then as the store
// sorts them.
func namedRoles(orgs []hub.Organisation, roles map[int64]Role) []NamedRole {
	var out []NamedRole
	if r, ok := roles[0]; ok {
		out = append(out, NamedRole{0, everyOrganisation, r})
	}
	for _, o := range orgs {
		if r, ok := roles[o.ID]; ok {
			out = append(out, NamedRole{o.ID, o.Name, r})
		}
	}
	return out
}

// noToken refuses what a token must not do: make another, or set a password.
func (g *Guard) noToken(w http.ResponseWriter, r *http.Request) bool {
	if From(r.Context()).Token == "" {
		return true
	}
	g.fail(w, r, http.StatusForbidden, "A token cannot do this. Sign in.")
	return false
}

func (g *Guard) showOwn(w http.ResponseWriter, r *http.Request) {
	page, err := g.ownPage(r)
	if err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	g.page(w, r, http.StatusOK, "access-account", page)
}

func (g *Guard) ownPage(r *http.Request) (*OwnPage, error) {
	ctx := r.Context()
	p := From(ctx)
	a, err := g.Store.Account(ctx, p.Account)
	if err != nil {
		return nil, err
	}
	orgs, err := g.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	page := &OwnPage{Name: a.Name, Shown: a.Shown, Roles: namedRoles(orgs, a.Roles), Local: a.Password != "", Least: leastPassword, Now: g.Now().UTC(), Administers: p.MaySomewhere(Administer)}
	if page.Sessions, err = g.Store.Sessions(ctx, a.ID); err != nil {
		return nil, err
	}
	page.Others = max(len(page.Sessions)-1, 0)
	if page.Tokens, err = g.Store.Tokens(ctx, a.ID); err != nil {
		return nil, err
	}
	for _, s := range Scopes {
		if s == AdminScope && !page.Administers {
			continue
		}
		page.Scopes = append(page.Scopes, ScopeChoice{s, scopeSays[s], s == Read})
	}
	return page, nil
}

// ownAgain draws the person's page with what was wrong.
func (g *Guard) ownAgain(w http.ResponseWriter, r *http.Request, err error) {
	page, e := g.ownPage(r)
	if e != nil {
		g.refuse(w, r, "read an account", e)
		return
	}
	g.again(w, r, "access-account", &page.Form, page, err)
}

// changePassword asks for the present password first, slowed down as a sign-in:
// who finds a browser open cannot take the account.
func (g *Guard) changePassword(w http.ResponseWriter, r *http.Request) {
	if !g.noToken(w, r) {
		return
	}
	p := From(r.Context())
	if _, err := g.verify(r.Context(), p.Name, r.PostFormValue("present"), g.from(r)); err != nil {
		var wait waitError
		if errors.As(err, &wait) {
			err = fmt.Errorf("%w: too many tries that failed; wait %d seconds", hub.ErrInvalid, int(time.Duration(wait)/time.Second)+1)
		} else if errors.Is(err, errNoEntry) {
			err = fmt.Errorf("%w: the present password is wrong", hub.ErrInvalid)
		}
		g.ownAgain(w, r, err)
		return
	}
	password, err := twice(r)
	if err == nil {
		err = g.SetPassword(r.Context(), p, p.Account, password)
	}
	if err != nil {
		g.ownAgain(w, r, err)
		return
	}
	see(w, r, "/account")
}

func (g *Guard) endOwnSessions(w http.ResponseWriter, r *http.Request) {
	if !g.noToken(w, r) {
		return
	}
	p := From(r.Context())
	if err := g.EndSessions(r.Context(), p, p.Account); err != nil {
		g.refuse(w, r, "end sessions", err)
		return
	}
	see(w, r, "/account")
}

func (g *Guard) makeToken(w http.ResponseWriter, r *http.Request) {
	if !g.noToken(w, r) {
		return
	}
	p := From(r.Context())
	_ = r.PostFormValue("") // parses the form
	scopes, err := ParseScopes(strings.Join(r.PostForm["scope"], " "))
	days, e := strconv.Atoi(r.PostFormValue("days"))
	if err == nil && (e != nil || days < 1 || days > 366) {
		err = fmt.Errorf("%w: a token holds for 1 to 366 days", hub.ErrInvalid)
	}
	t := &Token{Account: p.Account, Name: r.PostFormValue("name"), Scopes: scopes, Expires: g.Now().UTC().AddDate(0, 0, days)}
	secret := ""
	if err == nil {
		secret, err = g.AddToken(r.Context(), p, t)
	}
	if err != nil {
		g.ownAgain(w, r, err)
		return
	}
	page, err := g.ownPage(r)
	if err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	page.Secret, page.SecretName = secret, t.Name
	g.page(w, r, http.StatusOK, "access-account", page)
}

// revokeToken is for one's own tokens and for those of accounts one manages.
func (g *Guard) revokeToken(w http.ResponseWriter, r *http.Request) {
	if err := g.DropToken(r.Context(), From(r.Context()), idOf(r)); err != nil {
		g.refuse(w, r, "revoke a token", err)
		return
	}
	see(w, r, local(r.PostFormValue("then")))
}
