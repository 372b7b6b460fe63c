package access_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
)

func TestCookiesGoByTLSWhereTheBrowserCameByIt(t *testing.T) {
	for _, c := range []struct {
		name, public string
		tls          bool
		from, proto  string
		cookie       string
		secure       bool
	}{
		{"plain, on this machine", "http://localhost:8470", false, "127.0.0.1:1", "", "lenscap-8470", false},
		{"another hub there", "http://localhost:8471", false, "127.0.0.1:1", "", "lenscap-8471", false},
		{"TLS of the hub's own", "https://hub.example.org:8443", true, "192.0.2.1:1", "", "__Host-lenscap-8443", true},
		{"a public address with https", "https://hub.example.org", false, "10.0.0.2:1", "", "__Host-lenscap", true},
		{"a proxy that is believed", "http://localhost:8470", false, "10.0.0.2:1", "https", "lenscap-8470", true},
		{"two, the last of which counts", "http://localhost:8470", false, "10.0.0.2:1", "https, http", "lenscap-8470", false},
		{"a proxy that is not", "http://localhost:8470", false, "10.1.0.2:1", "https", "lenscap-8470", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, func(cfg *access.Config) {
				cfg.PublicURL, cfg.TLS, cfg.Proxies = c.public, c.tls, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")}
			})
			q := httptest.NewRequest(http.MethodGet, "http://localhost:8470/", nil)
			q.RemoteAddr = c.from
			if c.proto != "" {
				q.Header.Set("X-Forwarded-Proto", c.proto)
			}
			k := r.guard.Cookie(q, "lenscap", "x", 10)
			if k.Name != c.cookie || k.Name != r.guard.SessionCookie() || k.Secure != c.secure || !k.HttpOnly || k.Path != "/" || k.Domain != "" {
				t.Errorf("cookie %s, want %s, secure %t", k, c.cookie, c.secure)
			}
		})
	}
}

// Two hubs on one machine: a browser keeps both sign-ins.
func TestTwoHubsOnOneMachine(t *testing.T) {
	one, two := newRig(t), newRig(t)
	one.account("ana", map[int64]access.Role{0: access.Viewer})
	two.account("ben", map[int64]access.Role{0: access.Viewer})
	b := one.browser()
	b.signIn("ana", good)
	c := &browser{rig: two, http: &http.Client{Jar: b.http.Jar, Transport: two.srv.Client().Transport, CheckRedirect: b.http.CheckRedirect}}
	c.signIn("ben", good)
	if b.who() != "ana" || c.who() != "ben" {
		t.Errorf("one hub has %q, the other %q", b.who(), c.who())
	}
}
