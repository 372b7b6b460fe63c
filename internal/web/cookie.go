package web

import (
	"net/http"
	"time"
)

// keep has the browser keep a word for a while, and send it with every request; a
// life of 0 takes it away. The guard says what it is called and whether it goes by
// TLS only.
func (c *call) keep(name, value string, life time.Duration) {
	if c.s.Guard != nil {
		http.SetCookie(c.w, c.s.Guard.Cookie(c.Request, name, value, life))
		return
	}
	k := &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), HttpOnly: true, Secure: c.TLS != nil, SameSite: http.SameSiteLaxMode}
	if life <= 0 {
		k.MaxAge = -1
	}
	http.SetCookie(c.w, k)
}

// kept is what keep had the browser keep.
func (c *call) kept(name string) (value string, ok bool) {
	if c.s.Guard != nil {
		name = c.s.Guard.CookieName(name)
	}
	k, err := c.Cookie(name)
	if err != nil {
		return "", false
	}
	return k.Value, true
}
