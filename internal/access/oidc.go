package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"

	"github.com/lenscap/lenscap/internal/hub"
)

// OIDC is where people sign in elsewhere (OpenID Connect Core 1.0, code flow with
// PKCE).
type OIDC struct {
	Issuer       string // address, as in the issuer's own documents
	ClientID     string
	ClientSecret string   // "" for a public client
	Name         string   // on the button; "": the issuer's host name
	Scopes       []string // beside openid; nil: profile and email
	NameClaim    string   // that an account is named by; "": preferred_username, else email
	RoleClaim    string   // that Grants look at, "realm_access.roles" for one within another; "": roles are given here by hand
	Grants       []Grant  // what values of RoleClaim mean; at each sign-in they replace all roles of the account
	Create       bool     // make an account for who has none; otherwise an administrator does, with issuer and subject
	Allow        []string // where else the issuer's servers stand, as in [Outbound]; itself and the Internet are allowed
}

// A Grant gives a role to whose claim has a value.
type Grant struct {
	Value        string
	Organisation int64 // 0: every organisation
	Role         Role
}

const (
	oidcLife  = 10 * time.Minute
	askTime   = 10 * time.Second // for the issuer's documents, and for a sign-in's token
	oidcPath  = "/sign-in/elsewhere"
	oidcBack  = oidcPath + "/back"
	noAccount = "is known there and has no account here. Ask an administrator for one, with this name, issuer and subject"
)

// oidcClient is [OIDC] at work. The issuer is asked for its documents when
// somebody signs in first, so that the hub starts without it.
type oidcClient struct {
	OIDC
	http *http.Client
	back string // where the issuer sends people back to
	seal cipher.AEAD

	asking   singleflight.Group // for the documents
	provider atomic.Pointer[oidc.Provider]
}

func newOIDC(c OIDC, public *url.URL) (*oidcClient, error) {
	issuer, err := url.Parse(c.Issuer)
	if err != nil || issuer.Scheme != "https" && issuer.Scheme != "http" || issuer.Hostname() == "" {
		return nil, fmt.Errorf("access: the OIDC issuer %q is no address like https://id.example.org", c.Issuer)
	}
	if c.ClientID == "" {
		return nil, errors.New("access: OIDC needs a client id, which the issuer gives out")
	}
	for _, g := range c.Grants {
		if !g.Role.Valid() {
			return nil, fmt.Errorf("access: OIDC gives %q the role %q; there are %s", g.Value, g.Role, roleNames())
		}
	}
	if len(c.Grants) > 0 && c.RoleClaim == "" {
		return nil, errors.New("access: OIDC gives roles by a claim but does not say which claim")
	}
	client, err := HTTPClient(append([]string{issuer.Hostname(), Public}, c.Allow...))
	if err != nil {
		return nil, err
	}
	if c.Name == "" {
		c.Name = issuer.Hostname()
	}
	if c.Scopes == nil {
		c.Scopes = []string{"profile", "email"}
	}
	block, err := aes.NewCipher(random(32))
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	back := *public
	back.Path = oidcBack
	return &oidcClient{OIDC: c, http: client, back: back.String(), seal: seal}, nil
}

// config asks the issuer for its documents, once: all who sign in meanwhile wait
// for the same answer, each as long as its own request lasts and none longer than
// askTime. What was known once is not asked again.
func (o *oidcClient) config(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	p := o.provider.Load()
	if p == nil {
		asked := o.asking.DoChan("", func() (any, error) {
			// Not by the request of who came first: the others would fail with it.
			ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), askTime)
			defer stop()
			p, err := oidc.NewProvider(o.context(ctx), o.Issuer)
			if err == nil {
				o.provider.Store(p)
			}
			return p, err
		})
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case got := <-asked:
			if got.Err != nil {
				return nil, nil, fmt.Errorf("ask %s how to sign in: %w", o.Issuer, got.Err)
			}
			p, _ = got.Val.(*oidc.Provider)
		}
	}
	return &oauth2.Config{ClientID: o.ClientID, ClientSecret: o.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: o.back, Scopes: append([]string{oidc.ScopeOpenID}, o.Scopes...)}, p, nil
}

func (o *oidcClient) context(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, o.http)
}

// journey is what the browser keeps, sealed, while its person is elsewhere. So
// the hub keeps nothing, and nobody can send a browser back from a journey that
// another one began.
type journey struct {
	State, Nonce, Verifier, To string
	Until                      time.Time
}

const journeyName = "lenscap-elsewhere"

func (g *Guard) journeyCookie() string { return g.CookieName(journeyName) }

// signInElsewhere sends the browser to the issuer.
func (g *Guard) signInElsewhere(w http.ResponseWriter, r *http.Request) {
	conf, _, err := g.oidc.config(r.Context())
	if err != nil {
		g.Log.ErrorContext(r.Context(), "sign-in elsewhere", slog.Any("error", err))
		g.fail(w, r, http.StatusBadGateway, g.oidc.Name+" cannot be reached. The hub's log says why.")
		return
	}
	j := journey{State: newSecret(), Nonce: newSecret(), Verifier: oauth2.GenerateVerifier(), To: local(r.FormValue("to")), Until: g.Now().Add(oidcLife)}
	plain, err := json.Marshal(&j)
	if err != nil {
		g.broken(w, r, "sign-in elsewhere", err)
		return
	}
	sealed := base64.RawURLEncoding.EncodeToString(g.oidc.seal.Seal(nil, nil, plain, []byte(g.journeyCookie())))
	http.SetCookie(w, g.Cookie(r, journeyName, sealed, oidcLife))
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, conf.AuthCodeURL(j.State, oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)), http.StatusSeeOther)
}

// errJourney says that a browser came back that did not leave here, or too late.
var errJourney = errors.New("access: not a journey that began in this browser")

// returned opens the journey of a browser that comes back.
func (g *Guard) returned(r *http.Request) (*journey, error) {
	c, err := r.Cookie(g.journeyCookie())
	if err != nil {
		return nil, errJourney
	}
	sealed, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return nil, errJourney
	}
	plain, err := g.oidc.seal.Open(nil, nil, sealed, []byte(g.journeyCookie()))
	if err != nil {
		return nil, errJourney
	}
	var j journey
	if err := json.Unmarshal(plain, &j); err != nil {
		return nil, errJourney
	}
	if subtle.ConstantTimeCompare([]byte(j.State), []byte(r.FormValue("state"))) != 1 || !g.Now().Before(j.Until) {
		return nil, errJourney
	}
	return &j, nil
}

// cameBack signs in who comes back from the issuer.
func (g *Guard) cameBack(w http.ResponseWriter, r *http.Request) {
	j, err := g.returned(r)
	http.SetCookie(w, g.Cookie(r, journeyName, "", 0))
	if err != nil {
		g.fail(w, r, http.StatusBadRequest, "This sign-in did not begin in this browser, or took too long. Begin again.")
		return
	}
	if said := r.FormValue("error"); said != "" {
		g.Log.WarnContext(r.Context(), "sign-in elsewhere refused", slog.String("error", clip(said, 100)), slog.String("says", clip(r.FormValue("error_description"), 300)))
		g.fail(w, r, http.StatusForbidden, g.oidc.Name+" did not let you in. Its answer is in the hub's log.")
		return
	}
	who, err := g.oidc.ask(r.Context(), r.FormValue("code"), j)
	if err != nil {
		g.Log.ErrorContext(r.Context(), "sign-in elsewhere", slog.Any("error", err))
		g.fail(w, r, http.StatusBadGateway, g.oidc.Name+" gave an answer that does not hold. The hub's log says why.")
		return
	}
	if err := g.enterAs(w, r, who); err != nil {
		g.refuse(w, r, "sign in "+clip(who.Name, 64), err)
		return
	}
	http.Redirect(w, r, j.To, http.StatusSeeOther)
}

// stranger is who an issuer says somebody is.
type stranger struct {
	Issuer, Subject string
	Name, Shown     string
	Roles           map[int64]Role // nil: the issuer does not say
}

// ask exchanges the code for a token and checks that it holds: signature,
// issuer, audience, expiry and nonce.
func (o *oidcClient) ask(ctx context.Context, code string, j *journey) (*stranger, error) {
	ctx, stop := context.WithTimeout(ctx, askTime)
	defer stop()
	conf, provider, err := o.config(ctx)
	if err != nil {
		return nil, err
	}
	ctx = o.context(ctx)
	token, err := conf.Exchange(ctx, code, oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return nil, fmt.Errorf("exchange the code: %w", err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: o.ClientID}).Verify(ctx, raw)
	if err != nil {
		return nil, fmt.Errorf("verify the token: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(j.Nonce)) != 1 {
		return nil, errors.New("verify the token: it is of another sign-in (nonce)")
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, fmt.Errorf("read the token: %w", err)
	}
	// What the token does not say the issuer may say when asked.
	if info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token)); err == nil && info.Subject == id.Subject {
		more := map[string]any{}
		if err := info.Claims(&more); err != nil {
			return nil, fmt.Errorf("read the user info: %w", err)
		}
		for name, v := range more {
			if _, said := claims[name]; !said {
				claims[name] = v
			}
		}
	}
	return o.stranger(id.Issuer, id.Subject, claims), nil
}

// stranger takes what is wanted out of claims.
func (o *oidcClient) stranger(issuer, subject string, claims map[string]any) *stranger {
	text := func(name string) string {
		v, _ := claims[name].(string)
		return v
	}
	s := &stranger{Issuer: issuer, Subject: subject, Shown: text("name")}
	for _, name := range []string{o.NameClaim, "preferred_username", "email"} {
		if s.Name = text(name); name != "" && s.Name != "" {
			break
		}
	}
	if o.RoleClaim == "" {
		return s
	}
	s.Roles = map[int64]Role{}
	values := claimValues(claims, o.RoleClaim)
	for _, grant := range o.Grants {
		if slices.Contains(values, grant.Value) && slices.Index(Roles, grant.Role) > slices.Index(Roles, s.Roles[grant.Organisation]) {
			s.Roles[grant.Organisation] = grant.Role
		}
	}
	return s
}

// claimValues are the texts at a claim, or at one within others, "a.b".
func claimValues(claims map[string]any, path string) []string {
	at, ok := claims[path]
	if !ok {
		first, rest, within := strings.Cut(path, ".")
		if inner, is := claims[first].(map[string]any); within && is {
			return claimValues(inner, rest)
		}
		return nil
	}
	switch v := at.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// enterAs signs in a stranger to the account that belongs to it, which is found
// by issuer and subject and by nothing that can be chosen. An account is made,
// and roles are set, as the settings say.
func (g *Guard) enterAs(w http.ResponseWriter, r *http.Request, who *stranger) error {
	ctx := r.Context()
	a, err := g.Store.AccountOf(ctx, who.Issuer, who.Subject)
	fresh := errors.Is(err, hub.ErrNotFound)
	switch {
	case err != nil && !fresh:
		return err
	case fresh && !g.oidc.Create:
		return fmt.Errorf("%w: %s (issuer %s, subject %s) %s", hub.ErrDenied, clip(who.Name, 64), who.Issuer, clip(who.Subject, 100), noAccount)
	case fresh && who.Roles != nil && len(who.Roles) == 0:
		return fmt.Errorf("%w: nothing that %s says of %s gives a role here", hub.ErrDenied, g.oidc.Name, clip(who.Name, 64))
	case fresh:
		if a, err = g.newcomer(ctx, who); err != nil {
			return err
		}
	case a.Disabled:
		return fmt.Errorf("%w: the account %s is disabled", hub.ErrDenied, a.Name)
	}
	before := a.Roles
	if who.Roles != nil {
		a.Roles = who.Roles
	}
	changed := !fresh && len(changedRoles(before, a.Roles)) > 0
	if !fresh && len(a.Roles) == 0 && changed {
		d := hub.Deed{Actor: "hub", Action: "account.change", Object: "account " + a.Name, Detail: map[string]any{"roles": rolesDetail(a.Roles), "before": rolesDetail(before), "said by": who.Issuer}}
		if err := g.Store.ChangeAccess(ctx, d, func(tx Tx) error { return errors.Join(tx.SetAccount(a), tx.DropSessions(a.ID, Hash{})) }); err != nil {
			return err
		}
		return fmt.Errorf("%w: nothing that %s says of %s gives a role here any more", hub.ErrDenied, g.oidc.Name, a.Name)
	}
	d := hub.Deed{Actor: a.Name, Action: "session.begin", Object: "account " + a.Name, Detail: map[string]any{"from": g.from(r).String(), "by": who.Issuer, "roles": rolesDetail(a.Roles), "new": fresh}}
	return g.enter(w, r, a, d, func(tx Tx) error {
		switch {
		case fresh:
			return tx.AddAccount(a)
		case changed:
			return tx.SetAccount(a)
		}
		return nil
	})
}

// newcomer is the account to make for a stranger. A name that is taken gets an
// end that follows from the subject.
func (g *Guard) newcomer(ctx context.Context, who *stranger) (*Account, error) {
	name, err := CheckName(strings.Map(func(r rune) rune {
		if r == ' ' {
			return '.'
		}
		return r
	}, who.Name))
	if err != nil {
		name = "elsewhere"
	}
	shown, err := checkText("the full name", who.Shown, false)
	if err != nil {
		shown = ""
	}
	if _, err := g.Store.AccountNamed(ctx, name); err == nil || name == "elsewhere" {
		sum := sha256.Sum256([]byte(who.Issuer + "\n" + who.Subject))
		name = name[:min(len(name), 50)] + "." + hex.EncodeToString(sum[:4])
	} else if !errors.Is(err, hub.ErrNotFound) {
		return nil, err
	}
	return &Account{Name: name, Shown: shown, Issuer: who.Issuer, Subject: who.Subject, Roles: map[int64]Role{}}, nil
}
