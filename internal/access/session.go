package access

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// CookieName is what a cookie of this hub is called. Browsers keep cookies by
// name of the machine and not by port, so the port is in it: two hubs on one
// machine do not sign each other's people out. By TLS it has the prefix that makes
// a browser refuse the cookie from another name, path or without TLS (RFC
// 6265bis, 4.1.3).
func (g *Guard) CookieName(name string) string {
	if g.secure {
		return "__Host-" + name + g.suffix
	}
	return name + g.suffix
}

// SessionCookie is the name of the cookie of who is signed in.
func (g *Guard) SessionCookie() string { return g.CookieName("lenscap") }

// Cookie is a cookie of this hub for the browser that asks; name is that before
// [Guard.CookieName]. A life of 0 takes it away.
func (g *Guard) Cookie(r *http.Request, name, value string, life time.Duration) *http.Cookie {
	c := &http.Cookie{Name: g.CookieName(name), Value: value, Path: "/", Secure: g.byTLS(r), HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second)}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c
}

// byTLS reports whether the browser came by TLS, here or, as far as it is
// believed, at a proxy before.
func (g *Guard) byTLS(r *http.Request) bool {
	if g.secure || r.TLS != nil {
		return true
	}
	said := r.Header.Values("X-Forwarded-Proto")
	if len(said) == 0 || !g.trusted(remote(r)) {
		return false
	}
	said = strings.Split(said[len(said)-1], ",") // the last proxy's word
	return strings.EqualFold(strings.TrimSpace(said[len(said)-1]), "https")
}

// session finds the person of a cookie: nobody when the session is not there or
// over.
func (g *Guard) session(ctx context.Context, cookie string) (*Person, error) {
	p, err := g.sessionOf(ctx, HashOf(cookie), true)
	if p != nil {
		p.csrf = csrfOf(cookie)
	}
	return p, err
}

// sessionOf is session by what is kept of the cookie. use says that this is a use
// of it, and not a look.
func (g *Guard) sessionOf(ctx context.Context, h Hash, use bool) (*Person, error) {
	s, a, err := g.Store.Session(ctx, h)
	if errors.Is(err, hub.ErrNotFound) {
		return nobody, nil
	}
	if err != nil {
		return nil, err
	}
	now := g.Now()
	g.mu.Lock()
	used := s.Used
	if at, ok := g.used[s.Hash]; ok && at.After(used) {
		used = at
	}
	over := a.Disabled || !now.Before(s.Expires) || now.Sub(used) > g.SessionIdle
	if !over && use {
		g.used[s.Hash] = now
	}
	g.mu.Unlock()
	if over {
		return nobody, nil
	}
	p := personOf(a)
	p.session = s.Hash
	return p, nil
}

func personOf(a *Account) *Person {
	return &Person{Account: a.ID, Name: a.Name, Shown: a.Shown, Roles: a.Roles}
}

// tokenPrefix lets programs that look for leaked secrets know ours.
const tokenPrefix = "lenscap_"

// bearer finds the person of a token; [errToken] when it does not hold.
func (g *Guard) bearer(ctx context.Context, secret string) (*Person, error) {
	if !strings.HasPrefix(secret, tokenPrefix) || len(secret) > 100 {
		return nil, errToken
	}
	return g.tokenOf(ctx, HashOf(secret), true)
}

// tokenOf is bearer by what is kept of the secret.
func (g *Guard) tokenOf(ctx context.Context, h Hash, use bool) (*Person, error) {
	t, a, err := g.Store.Token(ctx, h)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, errToken
	}
	if err != nil {
		return nil, err
	}
	now := g.Now()
	if a.Disabled || !t.Expires.IsZero() && !now.Before(t.Expires) {
		return nil, errToken
	}
	if use {
		g.mu.Lock()
		g.usedKey[t.ID] = now
		g.mu.Unlock()
	}
	p := personOf(a)
	p.Token, p.scopes, p.token = t.Name, t.Scopes, t.Hash
	return p, nil
}

// newSession makes a session of an account within a change. Its secret was never
// known to the browser before, so that nobody can have put it there.
func (g *Guard) newSession(tx Tx, account int64) (secret string, err error) {
	secret = newSecret()
	now := g.Now().UTC()
	err = tx.AddSession(&Session{Hash: HashOf(secret), Account: account, Created: now, Used: now, Expires: now.Add(g.SessionLife)})
	if err == nil && g.Sessions > 0 {
		err = tx.KeepSessions(account, HashOf(secret), g.Sessions)
	}
	return secret, err
}

// enter makes a session, with its row in the audit log, in the place of the
// one the browser had, and hands the browser its cookie.
func (g *Guard) enter(w http.ResponseWriter, r *http.Request, a *Account, d hub.Deed, more func(Tx) error) error {
	var secret string
	err := g.Store.ChangeAccess(r.Context(), d, func(tx Tx) (err error) {
		if more != nil {
			if err := more(tx); err != nil {
				return err
			}
		}
		if p := From(r.Context()); p != nil {
			if err := tx.DropSession(p.session); err != nil {
				return err
			}
		}
		secret, err = g.newSession(tx, a.ID)
		return err
	})
	if err != nil {
		return err
	}
	http.SetCookie(w, g.Cookie(r, "lenscap", secret, g.SessionLife))
	return nil
}

// SignOut ends the session of the request, and leads to sign in, or to an invite that
// was opened in it.
func (g *Guard) SignOut(w http.ResponseWriter, r *http.Request) {
	if p := From(r.Context()); p != nil && p.Token == "" {
		err := g.Store.ChangeAccess(r.Context(), hub.Deed{Actor: p.Actor(), Action: "session.end", Object: "account " + p.Name}, func(tx Tx) error { return tx.DropSession(p.session) })
		if err != nil {
			g.broken(w, r, "sign out", err)
			return
		}
	}
	http.SetCookie(w, g.Cookie(r, "lenscap", "", 0))
	w.Header().Set("Clear-Site-Data", `"cache"`)
	to := "/sign-in"
	if key := r.PostFormValue("invite"); key != "" {
		to = "/invite?key=" + url.QueryEscape(clip(key, 200))
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}
