package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/lenscap/lenscap/internal/access"
)

// An issuer is a real OpenID provider (zitadel/oidc) on this machine. Its users
// have the password "verysecure".
type issuer struct {
	*storage.Storage
	srv *httptest.Server

	mu     sync.Mutex
	users  map[string]*storage.User // by id
	groups map[string][]any         // by id, the claim "realm.groups"
}

func (i *issuer) GetUserByID(id string) *storage.User { return i.users[id] }
func (i *issuer) ExampleClientID() string             { return "service" }

func (i *issuer) GetUserByUsername(name string) *storage.User {
	for _, u := range i.users {
		if u.Username == name {
			return u
		}
	}
	return nil
}

// SetUserinfoFromToken adds the groups to what the issuer says of a user.
func (i *issuer) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	err := i.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin)
	i.mu.Lock()
	defer i.mu.Unlock()
	if g := i.groups[info.Subject]; err == nil && g != nil {
		info.AppendClaims("realm", map[string]any{"groups": g})
	}
	return err
}

func (i *issuer) group(id string, groups ...any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.groups[id] = groups
}

func newIssuer(t *testing.T, back string) *issuer {
	t.Helper()
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the example logs every request there
	user := func(id, name, shown string) *storage.User {
		return &storage.User{ID: id, Username: name, Password: "verysecure", FirstName: shown, LastName: "Meier", Email: name + "@example.org"}
	}
	i := &issuer{groups: map[string][]any{}, users: map[string]*storage.User{"id1": user("id1", "ana", "Ana"), "id2": user("id2", "bob", "Bob"), "id3": user("id3", "Čeněk <b>", "Čeněk")}}
	i.Storage = storage.NewStorageWithClients(i, map[string]*storage.Client{"lenscap": storage.WebClient("lenscap", "s3cret", back)})
	var inner http.Handler
	i.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { inner.ServeHTTP(w, q) }))
	t.Cleanup(i.srv.Close)
	inner = exampleop.SetupServer(i.srv.URL, i, nil, false, op.WithAllowInsecure())
	return i
}

// newOIDCRig is a hub and an issuer that know each other.
func newOIDCRig(t *testing.T, change func(*access.OIDC)) (*rig, *issuer) {
	t.Helper()
	var i *issuer
	r := newRig(t, func(c *access.Config) {
		i = newIssuer(t, c.PublicURL+"/sign-in/elsewhere/back")
		c.OIDC = &access.OIDC{Issuer: i.srv.URL, ClientID: "lenscap", ClientSecret: "s3cret", Name: "Council sign-in"}
		change(c.OIDC)
	})
	return r, i
}

// leave begins a sign-in and stops at the issuer's door: the address is where
// the browser is sent.
func (b *browser) leave(to string) *url.URL {
	b.Helper()
	a := b.get("/sign-in/elsewhere?to=" + url.QueryEscape(to))
	b.status("leave", a, http.StatusSeeOther)
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		b.Fatal(err)
	}
	return u
}

// visit signs in at the issuer, and stops where it sends the browser back to.
func (b *browser) visit(at *url.URL, user string) string {
	b.Helper()
	a := b.get(at.String())
	form := at.ResolveReference(must(url.Parse(a.header.Get("Location"))))
	b.get(form.String())
	q := b.request("POST", form.ResolveReference(&url.URL{Path: "/login/username"}).String(), strings.NewReader(url.Values{"id": {form.Query().Get("authRequestID")}, "username": {user}, "password": {"verysecure"}}.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a = b.send(q)
	b.status("sign in at the issuer", a, http.StatusFound)
	a = b.get(form.ResolveReference(must(url.Parse(a.header.Get("Location")))).String())
	b.status("be sent back", a, http.StatusFound)
	return a.header.Get("Location")
}

// elsewhere is the whole dance.
func (b *browser) elsewhere(user string) answer {
	b.Helper()
	a := b.get(b.visit(b.leave("/who"), user))
	b.learn()
	return a
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSignInElsewhere(t *testing.T) {
	var ash, birch int64 = 1, 2
	r, i := newOIDCRig(t, func(o *access.OIDC) {
		o.Create, o.RoleClaim = true, "realm.groups"
		o.Grants = []access.Grant{{"cctv-admins", 0, access.Admin}, {"cctv", ash, access.Viewer}, {"cctv-ops", ash, access.Operator}, {"birch", birch, access.Analyst}}
	})
	b := r.browser()
	at := b.leave("/who?a=b")
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "client_id": "lenscap", "redirect_uri": r.srv.URL + "/sign-in/elsewhere/back", "scope": "openid profile email"} {
		if got := at.Query().Get(name); got != want {
			t.Errorf("asks with %s %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		if got := at.Query().Get(name); len(got) < 43 {
			t.Errorf("asks with %s %q", name, got)
		}
	}
	i.group("id1", "cctv", "staff", "cctv-ops", 7)
	a := b.get(b.visit(at, "ana"))
	r.status("come back", a, http.StatusSeeOther)
	if got := a.header.Get("Location"); got != "/who?a=b" {
		t.Errorf("then sent to %q", got)
	}
	if got := b.who(); got != "ana" {
		t.Fatalf("signed in as %q", got)
	}
	acc, err := r.db.AccountOf(t.Context(), i.srv.URL, "id1")
	if err != nil {
		t.Fatal(err)
	}
	if acc.Name != "ana" || acc.Shown != "Ana Meier" || len(acc.Roles) != 1 || acc.Roles[ash] != access.Operator {
		t.Errorf("made %+v", acc)
	}
	r.status("with the password of nobody", r.browser().signIn("ana", ""), http.StatusUnauthorized)

	t.Run("roles follow the claim", func(t *testing.T) {
		i.group("id1", "birch")
		c := r.browser()
		r.status("sign in again", c.elsewhere("ana"), http.StatusSeeOther)
		acc, _ := r.db.AccountOf(t.Context(), i.srv.URL, "id1")
		if len(acc.Roles) != 1 || acc.Roles[birch] != access.Analyst {
			t.Errorf("roles %v", acc.Roles)
		}
		i.group("id1", "staff")
		r.status("no role any more", r.browser().elsewhere("ana"), http.StatusForbidden)
		if got := c.who(); got != "nobody" {
			t.Errorf("an earlier session is still %q", got)
		}
		acc, _ = r.db.AccountOf(t.Context(), i.srv.URL, "id1")
		if len(acc.Roles) != 0 {
			t.Errorf("roles %v", acc.Roles)
		}
	})
	t.Run("without a role no account", func(t *testing.T) {
		r.status("sign in", r.browser().elsewhere("bob"), http.StatusForbidden)
		if _, err := r.db.AccountOf(t.Context(), i.srv.URL, "id2"); err == nil {
			t.Error("an account was made")
		}
	})
	t.Run("a name that is taken is not taken over", func(t *testing.T) {
		r.account("bob", map[int64]access.Role{0: access.Admin})
		i.group("id2", "cctv")
		c := r.browser()
		r.status("sign in", c.elsewhere("bob"), http.StatusSeeOther)
		if got := c.who(); got == "bob" || !strings.HasPrefix(got, "bob.") {
			t.Errorf("signed in as %q", got)
		}
		r.status("administer", c.get("/accounts"), http.StatusForbidden)
	})
	t.Run("a name of other letters", func(t *testing.T) {
		i.group("id3", "cctv")
		c := r.browser()
		r.status("sign in", c.elsewhere("Čeněk <b>"), http.StatusSeeOther)
		if got := c.who(); !strings.HasPrefix(got, "elsewhere.") {
			t.Errorf("signed in as %q", got)
		}
	})
	t.Run("a disabled account", func(t *testing.T) {
		acc, _ := r.db.AccountOf(t.Context(), i.srv.URL, "id3")
		acc.Disabled = true
		if err := r.guard.SetAccount(t.Context(), access.Console("test"), acc); err != nil {
			t.Fatal(err)
		}
		r.status("sign in", r.browser().elsewhere("Čeněk <b>"), http.StatusForbidden)
	})
}

func TestAnAccountIsSaidToBeSomebodyElsewhere(t *testing.T) {
	r, i := newOIDCRig(t, func(*access.OIDC) {})
	a := r.browser().elsewhere("ana")
	r.status("nobody has an account", a, http.StatusForbidden)
	if !strings.Contains(a.body, "subject id1") || !strings.Contains(a.body, i.srv.URL) {
		t.Errorf("does not say who: %s", a.body)
	}
	acc := r.account("a.meier", map[int64]access.Role{0: access.Viewer})
	acc.Issuer, acc.Subject = i.srv.URL, "id1"
	by := &access.Person{Account: 99, Name: "x", Roles: map[int64]access.Role{r.orgs[0]: access.Admin}}
	if err := r.guard.SetAccount(t.Context(), by, acc); err == nil {
		t.Error("an administrator of one organisation said who an account is elsewhere")
	}
	if err := r.guard.SetAccount(t.Context(), access.Console("test"), acc); err != nil {
		t.Fatal(err)
	}
	b := r.browser()
	r.status("then", b.elsewhere("ana"), http.StatusSeeOther)
	if got := b.who(); got != "a.meier" {
		t.Errorf("signed in as %q", got)
	}
}

func TestJourneysThatDoNotHold(t *testing.T) {
	r, i := newOIDCRig(t, func(o *access.OIDC) { o.Create = true })
	change := func(at *url.URL, name, value string) *url.URL {
		q := at.Query()
		q.Set(name, value)
		c := *at
		c.RawQuery = q.Encode()
		return &c
	}
	for _, c := range []struct {
		name string
		do   func(b *browser) answer
		want int
	}{
		{"a code in a browser that did not leave", func(b *browser) answer {
			return r.browser().get(b.visit(b.leave("/"), "ana"))
		}, http.StatusBadRequest},
		{"a code of another browser", func(b *browser) answer {
			c := r.browser()
			c.leave("/")
			return c.get(b.visit(b.leave("/"), "ana"))
		}, http.StatusBadRequest},
		{"another state", func(b *browser) answer {
			return b.get(change(must(url.Parse(b.visit(b.leave("/"), "ana"))), "state", strings.Repeat("A", 43)).String())
		}, http.StatusBadRequest},
		{"sent again", func(b *browser) answer {
			back := b.visit(b.leave("/"), "ana")
			r.status("once", b.get(back), http.StatusSeeOther)
			return b.get(back)
		}, http.StatusBadRequest},
		{"too late", func(b *browser) answer {
			back := b.visit(b.leave("/"), "ana")
			r.clock.add(11 * time.Minute)
			return b.get(back)
		}, http.StatusBadRequest},
		{"a code that was not given", func(b *browser) answer {
			return b.get(change(must(url.Parse(b.visit(b.leave("/"), "ana"))), "code", "guess").String())
		}, http.StatusBadGateway},
		{"a token of another sign-in (nonce)", func(b *browser) answer {
			return b.get(b.visit(change(b.leave("/"), "nonce", strings.Repeat("A", 43)), "ana"))
		}, http.StatusBadGateway},
		{"a code of another challenge", func(b *browser) answer {
			return b.get(b.visit(change(b.leave("/"), "code_challenge", strings.Repeat("A", 43)), "ana"))
		}, http.StatusBadGateway},
		{"the issuer says no", func(b *browser) answer {
			state := b.leave("/").Query().Get("state")
			return b.get("/sign-in/elsewhere/back?error=access_denied&error_description=%3Cb%3E&state=" + state)
		}, http.StatusForbidden},
		{"a changed cookie", func(b *browser) answer {
			back := must(url.Parse(b.visit(b.leave("/"), "ana")))
			u := must(url.Parse(r.srv.URL))
			jar := b.http.Jar
			for _, k := range jar.Cookies(u) {
				if strings.Contains(k.Name, "-elsewhere") {
					k.Value = k.Value[:20] + "AAAA" + k.Value[24:]
					k.Path, k.Secure = "/", true
					jar.SetCookies(u, []*http.Cookie{k})
				}
			}
			return b.get(back.String())
		}, http.StatusBadRequest},
	} {
		b := r.browser()
		a := c.do(b)
		r.status(c.name, a, c.want)
		if c.name != "sent again" && b.who() != "nobody" {
			t.Errorf("%s: signed in as %q", c.name, b.who())
		}
		if strings.Contains(a.body, "<b>") {
			t.Errorf("%s: the page repeats what it was sent: %s", c.name, a.body)
		}
	}
	i.srv.Close()
	b := r.browser()
	_ = b.leave("/") // documents are kept, so leaving works
}

// Many who sign in at once wait for one answer of the issuer, and one that leaves
// takes nobody with it.
func TestTheIssuerIsAskedOnce(t *testing.T) {
	var asked atomic.Int32
	first, answer := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if asked.Add(1) == 1 {
			close(first)
		}
		<-answer
		at := "http://" + q.Host
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": at, "authorization_endpoint": at + "/a", "token_endpoint": at + "/t", "jwks_uri": at + "/k", "id_token_signing_alg_values_supported": []string{"RS256"}})
	}))
	defer srv.Close()
	r := newRig(t, func(c *access.Config) { c.OIDC = &access.OIDC{Issuer: srv.URL, ClientID: "lenscap"} })
	impatient, leave := context.WithCancel(t.Context())
	left := make(chan error, 1)
	go func() {
		q, _ := http.NewRequestWithContext(impatient, http.MethodGet, r.srv.URL+"/sign-in/elsewhere", nil)
		p, err := r.browser().http.Do(q)
		if err == nil {
			_ = p.Body.Close()
		}
		left <- err
	}()
	<-first
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left has %v", err)
	}
	const n = 8
	got := make(chan int, n)
	for range n {
		go func() { got <- r.browser().get("/sign-in/elsewhere").status }()
	}
	// While the issuer says nothing, all else goes on.
	r.account("ana", map[int64]access.Role{0: access.Viewer})
	r.status("a sign-in with a password meanwhile", r.browser().signIn("ana", good), http.StatusSeeOther)
	close(answer)
	for range n {
		if status := <-got; status != http.StatusSeeOther {
			t.Errorf("status %d", status)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the issuer was asked %d times", n)
	}
}

func TestTheIssuerIsNotThere(t *testing.T) {
	r := newRig(t, func(c *access.Config) {
		c.OIDC = &access.OIDC{Issuer: "http://127.0.0.1:1", ClientID: "lenscap"}
	})
	r.status("leave", r.browser().get("/sign-in/elsewhere"), http.StatusBadGateway)
	if a := r.browser().get("/sign-in?to=/x"); !strings.Contains(a.body, `"Elsewhere":"127.0.0.1"`) || !strings.Contains(a.body, `/sign-in/elsewhere?to=%2Fx`) {
		t.Errorf("the page of sign-in: %s", a.body)
	}
	none := newRig(t)
	none.status("without an issuer", none.browser().get("/sign-in/elsewhere"), http.StatusNotFound)
	none.status("without an issuer", none.browser().get("/sign-in/elsewhere/back?code=x"), http.StatusNotFound)
	for name, bad := range map[string]access.OIDC{
		"no address": {Issuer: "id.example.org", ClientID: "x"}, "no client": {Issuer: "https://id.example.org"},
		"an unknown role": {Issuer: "https://id.example.org", ClientID: "x", RoleClaim: "g", Grants: []access.Grant{{"a", 0, "root"}}},
		"no claim":        {Issuer: "https://id.example.org", ClientID: "x", Grants: []access.Grant{{"a", 0, access.Viewer}}},
		"a bad allowance": {Issuer: "https://id.example.org", ClientID: "x", Allow: []string{"http://x"}},
	} {
		if _, err := access.New(access.Config{Store: none.db, PublicURL: "https://x.example", OIDC: &bad}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
