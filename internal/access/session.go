package access

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// cookieName has the prefix that makes a browser refuse the cookie from another
// name, path or without TLS (RFC 6265bis, 4.1.3).
func (g *Guard) cookieName() string {
	if g.secure {
		return "__Host-lenscap"
	}
	return "lenscap"
}

func (g *Guard) cookie(name, value string, life time.Duration) *http.Cookie {
	c := &http.Cookie{Name: name, Value: value, Path: "/", Secure: g.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second)}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c
}

// session finds the person of a cookie: nobody when the session is not there or
// over.
func (g *Guard) session(ctx context.Context, cookie string) (*Person, error) {
	s, a, err := g.Store.Session(ctx, HashOf(cookie))
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
	if !over {
		g.used[s.Hash] = now
	}
	g.mu.Unlock()
	if over {
		return nobody, nil
	}
	p := personOf(a)
	p.session, p.csrf = s.Hash, csrfOf(cookie)
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
	t, a, err := g.Store.Token(ctx, HashOf(secret))
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
	g.mu.Lock()
	g.usedKey[t.ID] = now
	g.mu.Unlock()
	p := personOf(a)
	p.Token, p.scopes = t.Name, t.Scopes
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
	http.SetCookie(w, g.cookie(g.cookieName(), secret, g.SessionLife))
	return nil
}

// SignOut ends the session of the request.
func (g *Guard) SignOut(w http.ResponseWriter, r *http.Request) {
	if p := From(r.Context()); p != nil && p.Token == "" {
		err := g.Store.ChangeAccess(r.Context(), hub.Deed{Actor: p.Actor(), Action: "session.end", Object: "account " + p.Name}, func(tx Tx) error { return tx.DropSession(p.session) })
		if err != nil {
			g.broken(w, r, "sign out", err)
			return
		}
	}
	http.SetCookie(w, g.cookie(g.cookieName(), "", 0))
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}
