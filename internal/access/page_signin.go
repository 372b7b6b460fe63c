package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// SignInPage is drawn by access-sign-in.
type SignInPage struct {
	Form
	Name      string
	To        string // where to go then, a path of ours
	Elsewhere string // name of the OIDC issuer; "" none
	Start     string // where its button leads
	First     bool   // nobody has an account yet: the terminal shows the link that makes one
}

func (g *Guard) signInPage(r *http.Request) *SignInPage {
	p := &SignInPage{Name: clip(r.PostFormValue("name"), 64), To: local(r.FormValue("to"))}
	if g.oidc != nil {
		p.Elsewhere, p.Start = g.oidc.Name, oidcPath+"?to="+url.QueryEscape(p.To)
	}
	return p
}

func (g *Guard) showSignIn(w http.ResponseWriter, r *http.Request) {
	if From(r.Context()) != nil {
		see(w, r, local(r.FormValue("to")))
		return
	}
	page := g.signInPage(r)
	if list, err := g.Store.Accounts(r.Context()); err == nil { // without the hint it is a page to sign in on all the same
		page.First = len(list) == 0
	}
	g.page(w, r, http.StatusOK, "access-sign-in", page)
}

// errNoEntry is the one answer to a wrong name, a wrong password and an account
// that may not sign in.
var errNoEntry = errors.New("access: name or password is wrong")

// waitError says when to try again.
type waitError time.Duration

func (e waitError) Error() string {
	return fmt.Sprintf("access: wait %s", time.Duration(e).Round(time.Second))
}

func (g *Guard) signIn(w http.ResponseWriter, r *http.Request) {
	page := g.signInPage(r)
	a, err := g.verify(r.Context(), r.PostFormValue("name"), r.PostFormValue("password"), g.from(r))
	var wait waitError
	switch {
	case errors.As(err, &wait):
		secs := int(time.Duration(wait)/time.Second) + 1
		w.Header().Set("Retry-After", strconv.Itoa(secs))
		page.Error = fmt.Sprintf("Too many tries that failed. Wait %d seconds, then try again.", secs)
		g.page(w, r, http.StatusTooManyRequests, "access-sign-in", page)
		return
	case errors.Is(err, errNoEntry):
		page.Error = "Name or password is wrong."
		g.page(w, r, http.StatusUnauthorized, "access-sign-in", page)
		return
	case err != nil:
		g.again(w, r, "access-sign-in", &page.Form, page, err)
		return
	}
	d := hub.Deed{Actor: a.Name, Action: "session.begin", Object: "account " + a.Name, Detail: map[string]any{"from": g.from(r).String()}}
	if err := g.enter(w, r, a, d, nil); err != nil {
		g.again(w, r, "access-sign-in", &page.Form, page, err)
		return
	}
	see(w, r, page.To)
}

// verify finds the account of a name and password. It takes one argon2 run
// whether there is such an account or not. The error is errNoEntry, a
// waitError, or a fault.
func (g *Guard) verify(ctx context.Context, name, password string, from netip.Addr) (*Account, error) {
	name = strings.ToLower(strings.TrimSpace(clip(name, 64)))
	if wait := g.brake.try(name, from); wait > 0 {
		return nil, waitError(wait)
	}
	a, err := g.Store.AccountNamed(ctx, name)
	if err != nil && !errors.Is(err, hub.ErrNotFound) {
		g.brake.excuse(name, from)
		return nil, err
	}
	stored := ""
	if a != nil && !a.Disabled {
		stored = a.Password
	}
	if len(password) > mostPassword {
		password = ""
	}
	ok, stale, err := g.hasher.check(ctx, password, stored)
	if err != nil {
		g.brake.excuse(name, from)
		return nil, err
	}
	if !ok {
		g.noteFailure(ctx, a, name, from)
		return nil, errNoEntry
	}
	g.brake.won(name, from)
	if stale {
		g.rehash(ctx, a, password)
	}
	return a, nil
}

// noteFailure logs a failure. The audit log, which nobody may fill from outside,
// has the one with which an account begins to be slowed down.
func (g *Guard) noteFailure(ctx context.Context, a *Account, name string, from netip.Addr) {
	if a == nil {
		name = "" // people type passwords there
	}
	g.Log.WarnContext(ctx, "sign-in failed", slog.String("account", name), slog.String("from", from.String()))
	if a == nil || g.brake.failures(name) != freeAccount+1 {
		return
	}
	d := hub.Deed{Actor: "hub", Action: "session.slow", Object: "account " + name, Detail: map[string]any{"failures": freeAccount + 1, "last from": from.String()}}
	if err := g.Store.ChangeAccess(ctx, d, func(Tx) error { return nil }); err != nil {
		g.Log.ErrorContext(ctx, "failed sign-ins not in the audit log", slog.Any("error", err))
	}
}

// rehash keeps the password at today's cost. That it did not work is no reason
// to keep the person out.
func (g *Guard) rehash(ctx context.Context, a *Account, password string) {
	hash, err := g.hasher.hash(ctx, password)
	if err == nil {
		a.Password = hash
		err = g.Store.ChangeAccess(ctx, hub.Deed{Actor: "hub", Action: "account.rehash", Object: "account " + a.Name}, func(tx Tx) error { return tx.SetAccount(a) })
	}
	if err != nil {
		g.Log.WarnContext(ctx, "password not hashed anew", slog.String("account", a.Name), slog.Any("error", err))
	}
}

// FirstPage is drawn by access-first, and InvitePage by access-invite.
type FirstPage struct {
	Form
	Key         string
	Name, Shown string
	Least       int    // characters of a password
	Now         string // of an invite: who is signed in here, and must sign out first; "" for nobody
	Same        bool   // that is whom the invite is for
}

const staleLink = "This link was used, or it expired, or another one was made after it."

func (g *Guard) showFirst(w http.ResponseWriter, r *http.Request) {
	if !g.first.opens(r.FormValue("key"), g.Now()) {
		g.fail(w, r, http.StatusGone, staleLink+" Start the hub again to get another; once there is an account, sign in.")
		return
	}
	g.page(w, r, http.StatusOK, "access-first", &FirstPage{Key: r.FormValue("key"), Name: "admin", Least: leastPassword})
}

// twice reads a new password that was typed two times.
func twice(r *http.Request) (string, error) {
	p := r.PostFormValue("password")
	if p != r.PostFormValue("again") {
		return "", fmt.Errorf("%w: the two passwords differ", hub.ErrInvalid)
	}
	if p == "" {
		return "", fmt.Errorf("%w: the password is missing", hub.ErrInvalid)
	}
	return p, nil
}

func (g *Guard) makeFirst(w http.ResponseWriter, r *http.Request) {
	if !g.first.opens(r.PostFormValue("key"), g.Now()) {
		g.showFirst(w, r)
		return
	}
	page := &FirstPage{Key: r.PostFormValue("key"), Name: clip(r.PostFormValue("name"), 64), Shown: clip(r.PostFormValue("shown"), 400), Least: leastPassword}
	a, err := g.firstAccount(r)
	if err == nil {
		d := hub.Deed{Actor: a.Name, Action: "account.first", Object: "account " + a.Name, Detail: map[string]any{"from": g.from(r).String()}}
		err = g.enter(w, r, a, d, func(tx Tx) error {
			if n, err := tx.CountAccounts(); err != nil || n > 0 {
				return errors.Join(err, hub.ErrDenied)
			}
			return tx.AddAccount(a)
		})
	}
	if err != nil {
		g.again(w, r, "access-first", &page.Form, page, err)
		return
	}
	g.first.close()
	see(w, r, "/")
}

func (g *Guard) firstAccount(r *http.Request) (*Account, error) {
	password, err := twice(r)
	if err != nil {
		return nil, err
	}
	a := &Account{Roles: map[int64]Role{0: Admin}}
	if a.Name, err = CheckName(r.PostFormValue("name")); err != nil {
		return nil, err
	}
	if a.Shown, err = checkText("the full name", r.PostFormValue("shown"), false); err != nil {
		return nil, err
	}
	a.Password, err = g.newPassword(r.Context(), password, a)
	return a, err
}

// invited is the account of a link that holds.
func (g *Guard) invited(r *http.Request) (Hash, *Account, error) {
	h := HashOf(r.FormValue("key"))
	i, a, err := g.Store.Invite(r.Context(), h)
	if err == nil && (!g.Now().Before(i.Expires) || a.Disabled) {
		err = hub.ErrNotFound
	}
	return h, a, err
}

func (g *Guard) showInvite(w http.ResponseWriter, r *http.Request) {
	_, a, err := g.invited(r)
	switch {
	case errors.Is(err, hub.ErrNotFound):
		g.fail(w, r, http.StatusGone, staleLink+" Ask an administrator for a new one.")
	case err != nil:
		g.broken(w, r, "open an invite", err)
	default:
		page := &FirstPage{Key: r.FormValue("key"), Name: a.Name, Shown: a.Shown, Least: leastPassword}
		if p := From(r.Context()); p != nil { // its form would be refused: it comes from nobody's page
			page.Now, page.Same = p.Actor(), p.Account == a.ID
		}
		g.page(w, r, http.StatusOK, "access-invite", page)
	}
}

func (g *Guard) useInvite(w http.ResponseWriter, r *http.Request) {
	h, a, err := g.invited(r)
	if err != nil {
		g.showInvite(w, r)
		return
	}
	page := &FirstPage{Key: r.PostFormValue("key"), Name: a.Name, Shown: a.Shown, Least: leastPassword}
	password, err := twice(r)
	if err == nil {
		a.Password, err = g.newPassword(r.Context(), password, a)
	}
	if err == nil {
		d := hub.Deed{Actor: a.Name, Organisation: concerns(a.Roles), Action: "account.password", Object: "account " + a.Name, Detail: map[string]any{"by": "invite", "from": g.from(r).String()}}
		err = g.enter(w, r, a, d, func(tx Tx) error {
			return errors.Join(tx.UseInvite(h), tx.SetAccount(a), tx.DropSessions(a.ID, Hash{}))
		})
	}
	if err != nil {
		g.again(w, r, "access-invite", &page.Form, page, err)
		return
	}
	see(w, r, "/")
}
