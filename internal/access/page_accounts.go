package access

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// AccountsPage is drawn by access-accounts: the accounts that a person
// administers.
type AccountsPage struct {
	Form
	Accounts      []AccountLine
	Organisations []NamedRole // that a role can be given in
	Roles         []Role
	Name, Shown   string // of the form
	Link          string // of the account just made; shown once
	LinkName      string
}

// An AccountLine is one of them.
type AccountLine struct {
	ID          int64
	Name, Shown string
	Roles       []NamedRole
	Disabled    bool
	Elsewhere   string // issuer it signs in at
	NoPassword  bool   // cannot sign in here yet
	Created     time.Time
}

// AccountPage is drawn by access-account-edit: one account, to administer.
type AccountPage struct {
	Form
	AccountLine
	Subject  string
	Version  int64
	Edit     []NamedRole // roles that the person may change; Role "" none
	Fixed    []NamedRole // and those it may not
	Manages  bool        // may change all of it
	All      bool        // may say who it is elsewhere
	Choices  []Role
	Sessions int
	Tokens   []Token
	Link     string // to set a password with; shown once
	Now      time.Time
}

// seesAccount says whether a person may know of an account: it manages it, or
// administers an organisation where the account has a role.
func seesAccount(by *Person, a *Account) bool {
	if by.May(Administer, 0) {
		return true
	}
	for org := range a.Roles {
		if org != 0 && by.May(Administer, org) {
			return true
		}
	}
	return false
}

// grantable are the organisations where a person may give roles.
func grantable(by *Person, orgs []hub.Organisation) []NamedRole {
	var out []NamedRole
	if by.May(Administer, 0) {
		out = append(out, NamedRole{ID: 0, Organisation: everyOrganisation})
	}
	for _, o := range orgs {
		if by.May(Administer, o.ID) {
			out = append(out, NamedRole{ID: o.ID, Organisation: o.Name})
		}
	}
	return out
}

// lineOf is an account as a person may see it: without roles in organisations
// that are none of its business.
func lineOf(by *Person, a *Account, orgs []hub.Organisation) AccountLine {
	roles := maps.Clone(a.Roles)
	maps.DeleteFunc(roles, func(org int64, _ Role) bool { return org != 0 && !by.May(Administer, org) })
	return AccountLine{ID: a.ID, Name: a.Name, Shown: a.Shown, Roles: namedRoles(orgs, roles), Disabled: a.Disabled, Elsewhere: a.Issuer, NoPassword: a.Password == "" && a.Subject == "", Created: a.Created}
}

func (g *Guard) accountsPage(r *http.Request) (*AccountsPage, error) {
	ctx := r.Context()
	by := From(ctx)
	orgs, err := g.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	all, err := g.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	page := &AccountsPage{Organisations: grantable(by, orgs), Roles: Roles}
	for i := range all {
		if seesAccount(by, &all[i]) {
			page.Accounts = append(page.Accounts, lineOf(by, &all[i], orgs))
		}
	}
	return page, nil
}

func (g *Guard) showAccounts(w http.ResponseWriter, r *http.Request) {
	page, err := g.accountsPage(r)
	if err != nil {
		g.refuse(w, r, "read accounts", err)
		return
	}
	g.page(w, r, http.StatusOK, "access-accounts", page)
}

// makeAccount makes an account and shows the link that its owner sets a password
// with. An account that signs in elsewhere only needs none.
func (g *Guard) makeAccount(w http.ResponseWriter, r *http.Request) {
	by := From(r.Context())
	org, err := strconv.ParseInt(r.PostFormValue("organisation"), 10, 64)
	if err != nil {
		err = fmt.Errorf("%w: choose the organisation of the role", hub.ErrInvalid)
	}
	a := &Account{Name: r.PostFormValue("name"), Shown: r.PostFormValue("shown"), Roles: map[int64]Role{org: Role(r.PostFormValue("role"))}}
	link := ""
	if err == nil {
		if err = g.AddAccount(r.Context(), by, a, ""); err == nil {
			link, err = g.Invite(r.Context(), by, a.ID)
		}
	}
	page, e := g.accountsPage(r)
	if e != nil {
		g.refuse(w, r, "read accounts", e)
		return
	}
	if err != nil {
		page.Name, page.Shown = clip(r.PostFormValue("name"), 64), clip(r.PostFormValue("shown"), 400)
		g.again(w, r, "access-accounts", &page.Form, page, err)
		return
	}
	page.Link, page.LinkName = link, a.Name
	g.page(w, r, http.StatusOK, "access-accounts", page)
}

func (g *Guard) accountPage(r *http.Request) (*AccountPage, error) {
	ctx := r.Context()
	by := From(ctx)
	a, err := g.Store.Account(ctx, idOf(r))
	if err != nil {
		return nil, err
	}
	if !seesAccount(by, a) {
		return nil, fmt.Errorf("account %d: %w", a.ID, hub.ErrNotFound)
	}
	orgs, err := g.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	page := &AccountPage{AccountLine: lineOf(by, a, orgs), Subject: a.Subject, Version: a.Version, Edit: grantable(by, orgs), Manages: manages(by, a) == nil, All: by.May(Administer, 0), Choices: Roles, Now: g.Now().UTC()}
	for i := range page.Edit {
		page.Edit[i].Role = a.Roles[page.Edit[i].ID]
	}
	if r0, ok := a.Roles[0]; ok && !page.All {
		page.Fixed = append(page.Fixed, NamedRole{0, everyOrganisation, r0})
	}
	if !page.Manages {
		return page, nil
	}
	sessions, err := g.Store.Sessions(ctx, a.ID)
	if err != nil {
		return nil, err
	}
	page.Sessions = len(sessions)
	page.Tokens, err = g.Store.Tokens(ctx, a.ID)
	return page, err
}

func (g *Guard) showAccount(w http.ResponseWriter, r *http.Request) {
	page, err := g.accountPage(r)
	if err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	g.page(w, r, http.StatusOK, "access-account-edit", page)
}

// accountAgain draws an account's page with what was wrong.
func (g *Guard) accountAgain(w http.ResponseWriter, r *http.Request, err error) {
	page, e := g.accountPage(r)
	if e != nil {
		g.refuse(w, r, "read an account", e)
		return
	}
	g.again(w, r, "access-account-edit", &page.Form, page, err)
}

// changeAccount sets what the form has. A role that it does not name stays.
func (g *Guard) changeAccount(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	by := From(ctx)
	a, err := g.Store.Account(ctx, idOf(r))
	if err == nil && !seesAccount(by, a) {
		err = hub.ErrNotFound
	}
	if err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	_ = r.PostFormValue("") // parses the form
	version, err := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	if err != nil {
		g.accountAgain(w, r, hub.ErrChanged)
		return
	}
	a.Version = version
	for name, values := range r.PostForm {
		id, is := strings.CutPrefix(name, "role.")
		if !is || len(values) == 0 {
			continue
		}
		org, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			continue
		}
		if values[0] == "" {
			delete(a.Roles, org)
		} else {
			a.Roles[org] = Role(values[0])
		}
	}
	if slices.Contains(r.PostForm["fields"], "all") { // the part of who manages it
		a.Shown, a.Disabled = r.PostFormValue("shown"), r.PostFormValue("disabled") != ""
	}
	if _, ok := r.PostForm["subject"]; ok {
		a.Issuer, a.Subject = strings.TrimSpace(r.PostFormValue("issuer")), strings.TrimSpace(r.PostFormValue("subject"))
	}
	if err := g.SetAccount(ctx, by, a); err != nil {
		g.accountAgain(w, r, err)
		return
	}
	if !seesAccount(by, a) {
		see(w, r, "/accounts")
		return
	}
	see(w, r, fmt.Sprintf("/accounts/%d", a.ID))
}

func (g *Guard) inviteAccount(w http.ResponseWriter, r *http.Request) {
	if _, err := g.accountPage(r); err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	link, err := g.Invite(r.Context(), From(r.Context()), idOf(r))
	if err != nil {
		g.accountAgain(w, r, err)
		return
	}
	page, err := g.accountPage(r)
	if err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	page.Link = link
	g.page(w, r, http.StatusOK, "access-account-edit", page)
}

func (g *Guard) endSessions(w http.ResponseWriter, r *http.Request) {
	if _, err := g.accountPage(r); err != nil {
		g.refuse(w, r, "read an account", err)
		return
	}
	if err := g.EndSessions(r.Context(), From(r.Context()), idOf(r)); err != nil {
		g.refuse(w, r, "end sessions", err)
		return
	}
	see(w, r, fmt.Sprintf("/accounts/%d", idOf(r)))
}
