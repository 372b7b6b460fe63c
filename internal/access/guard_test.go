package access_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
)

func TestHeadersOfEveryAnswer(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/who", "/sign-in", "/account", "/nothing"} {
		h := r.browser().get(path).header
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Strict-Transport-Security":    "max-age=31536000",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if !strings.Contains(h.Get("Permissions-Policy"), "camera=()") {
			t.Errorf("%s: Permissions-Policy is %q", path, h.Get("Permissions-Policy"))
		}
	}
	a := r.browser().get("/sign-in")
	if got := a.header.Get("Cache-Control"); got != "no-store" || a.header.Get("ETag") != "" {
		t.Errorf("a page of this package may be kept: %q, ETag %q", got, a.header.Get("ETag"))
	}
}

func TestNamesTheHubAnswersTo(t *testing.T) {
	r := newRig(t, func(c *access.Config) { c.PublicURL = "https://cams.example.org"; c.Hosts = []string{"cams:8443"} })
	self, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{
		self + ":8470": 200, self + ".evil.example": 421,
		"cams.example.org": 200, "CAMS.example.org": 200, "cams:8443": 200, "127.0.0.1:8443": 200, "[::1]:8443": 200, "10.1.2.3": 200, "localhost:9": 200,
		"evil.example": 421, "cams": 421, "cams.example.org.evil.example": 421, "cams.example.org:8443": 421, "127.0.0.1.evil.example": 421,
	} {
		q := r.browser().request("GET", "/who", nil)
		q.Host = host
		r.status("host "+host, r.browser().send(q), want)
	}
}

func TestNobodyIsSentToSignIn(t *testing.T) {
	r := newRig(t)
	a := r.browser().get("/account?a=b%20c")
	r.status("a page", a, http.StatusSeeOther)
	if got, want := a.header.Get("Location"), "/sign-in?to=%2Faccount%3Fa%3Db%2520c"; got != want {
		t.Errorf("sent to %q, want %q", got, want)
	}
	q := r.browser().request("GET", "/account", nil)
	q.Header.Set("Accept", "application/json")
	a = r.browser().send(q)
	r.status("a program", a, http.StatusUnauthorized)
	if a.header.Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate")
	}
	r.status("a form", r.browser().post("/account/password"), http.StatusUnauthorized)
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	for to, want := range map[string]string{
		"/devices?q=a": "/devices?q=a", "": "/", "https://evil.example": "/", "//evil.example": "/", "/\\evil.example": "/", "\\\\evil.example": "/",
		"/\t/evil.example": "/", "javascript:alert(1)": "/", "evil.example": "/", "/a\r\nSet-Cookie: x=y": "/", "/sign-in?to=/sign-in": "/",
	} {
		a := r.browser().post("/sign-in", "name", "ana", "password", good, "to", to)
		if got := a.header.Get("Location"); a.status != http.StatusSeeOther || got != want {
			t.Errorf("to %q: status %d, sent to %q, want %q", to, a.status, got, want)
		}
	}
}

func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/", "//a", "/\\a", "https://a", "/a?b=c#d", "/%2f/a", "/..//a", "\x00/a"} {
		f.Add(s)
	}
	base, err := url.Parse("https://hub.example/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		to := access.Local(s)
		u, err := base.Parse(to)
		if err != nil {
			return // a browser is sent nowhere by what is no address
		}
		if u.Host != base.Host || u.Scheme != base.Scheme {
			t.Errorf("local(%q) = %q leads to %s", s, to, u)
		}
	})
}

func TestWhereARequestComesFrom(t *testing.T) {
	// Failures are counted by address: what counts is which are the same.
	for _, c := range []struct {
		name           string
		one, two       string // far ends
		fwdOne, fwdTwo string // X-Forwarded-For
		same           bool
	}{
		{name: "two addresses", one: "192.0.2.1:1", two: "192.0.2.2:1"},
		{name: "one address, two ports", one: "192.0.2.1:1", two: "192.0.2.1:2", same: true},
		{name: "one network of one subscriber", one: "[2001:db8::1]:1", two: "[2001:db8::2]:1", same: true},
		{name: "two networks", one: "[2001:db8:0:1::1]:1", two: "[2001:db8:0:2::1]:1"},
		{name: "a stranger's header is not believed", one: "192.0.2.1:1", two: "192.0.2.1:1", fwdOne: "198.51.100.1", fwdTwo: "198.51.100.2", same: true},
		{name: "a proxy's is", one: "10.0.0.1:1", two: "10.0.0.1:1", fwdOne: "198.51.100.1", fwdTwo: "198.51.100.2"},
		{name: "as far as proxies wrote it", one: "10.0.0.1:1", two: "10.0.0.1:1", fwdOne: "1.1.1.1, 198.51.100.1, 10.0.0.2", fwdTwo: "2.2.2.2, 198.51.100.1", same: true},
	} {
		r := newRig(t, func(cfg *access.Config) { cfg.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
		try := func(i int, remote, fwd string) int {
			form := url.Values{"name": {"nobody" + strings.Repeat("x", i)}, "password": {"wrong"}}
			q := httptest.NewRequest(http.MethodPost, "https://127.0.0.1/sign-in", strings.NewReader(form.Encode()))
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			q.RemoteAddr = remote
			if fwd != "" {
				q.Header.Set("X-Forwarded-For", fwd)
			}
			w := httptest.NewRecorder()
			r.srv.Config.Handler.ServeHTTP(w, q)
			return w.Code
		}
		for i := range access.FreeAddress + 1 {
			if got := try(i, c.one, c.fwdOne); got != http.StatusUnauthorized {
				t.Fatalf("%s: try %d: status %d", c.name, i, got)
			}
		}
		if got := try(0, c.one, c.fwdOne); got != http.StatusTooManyRequests {
			t.Fatalf("%s: the address that failed: status %d", c.name, got)
		}
		want := http.StatusUnauthorized
		if c.same {
			want = http.StatusTooManyRequests
		}
		if got := try(50, c.two, c.fwdTwo); got != want {
			t.Errorf("%s: the other: status %d, want %d", c.name, got, want)
		}
	}
}

// A connection that sends a form a letter at a time must not stay for ever: there
// are only so many.
func TestASlowStrangerIsCutOff(t *testing.T) {
	r := newRig(t)
	r.guard.Hurry(50 * time.Millisecond)
	body, drip := io.Pipe()
	defer drip.Close()
	go func() { _, _ = drip.Write([]byte("name=a")) }()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.srv.URL+"/sign-in", body)
	if err != nil {
		t.Fatal(err)
	}
	q.ContentLength = 1000
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if resp, err := r.srv.Client().Do(q); err == nil { // and not waiting for the rest of the form
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}
