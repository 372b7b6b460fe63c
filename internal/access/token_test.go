package access_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// scopeMay is written out by hand, as may is.
var scopeMay = map[access.Scope]string{
	access.Read: "figures view", access.HandIn: "ingest", access.Write: "judge operate", access.AdminScope: "administer",
}

func TestEveryScopeAndAction(t *testing.T) {
	r := newRig(t)
	seen := make(chan *access.Person, 1)
	h := r.guard.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { seen <- access.From(q.Context()) }))
	r.srv.Config.Handler = h
	for _, role := range access.Roles {
		a := r.account(string(role), map[int64]access.Role{r.orgs[0]: role})
		by := &access.Person{Account: a.ID, Name: a.Name, Roles: a.Roles}
		for _, scope := range access.Scopes {
			secret, err := r.guard.AddToken(t.Context(), by, &access.Token{Account: a.ID, Name: string(scope), Scopes: []access.Scope{scope}, Expires: r.clock.now().Add(time.Hour)})
			if scope == access.AdminScope && role != access.Admin {
				if err == nil {
					t.Errorf("%s got a token with the scope admin", role)
				}
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			r.browser().bearer("GET", "/", secret)
			p := <-seen
			for _, action := range access.Actions {
				want := strings.Contains(" "+may[role]+" ", " "+string(action)+" ") && strings.Contains(" "+scopeMay[scope]+" ", " "+string(action)+" ")
				if got := p.May(action, r.orgs[0]); got != want {
					t.Errorf("a %s's token with %s may %s: %v, want %v", role, scope, action, got, want)
				}
				if p.May(action, r.orgs[1]) {
					t.Errorf("a %s's token with %s may %s in another organisation", role, scope, action)
				}
			}
		}
	}
}

func TestTokensHoldAsLongAsTheySay(t *testing.T) {
	r := newRig(t)
	ana := r.account("ana", map[int64]access.Role{0: access.Admin})
	by := &access.Person{Account: ana.ID, Name: "ana", Roles: ana.Roles}
	mint := func(name string, life time.Duration, by *access.Person) (*access.Token, string, error) {
		k := &access.Token{Account: ana.ID, Name: name, Scopes: []access.Scope{access.Read, access.AdminScope}}
		if life != 0 {
			k.Expires = r.clock.now().Add(life)
		}
		secret, err := r.guard.AddToken(t.Context(), by, k)
		return k, secret, err
	}
	_, secret, err := mint("ci", time.Hour, by)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(secret, "lenscap_") || len(secret) < 50 {
		t.Errorf("secret %q", secret)
	}
	b := r.browser()
	if a := b.bearer("GET", "/who", secret); a.status != 200 || a.body != "ana token ci " {
		t.Errorf("with the token: %d %q", a.status, a.body)
	}
	if a := b.bearer("POST", "/do", secret); a.status != 200 {
		t.Errorf("a token needs no form's word: status %d", a.status)
	}
	r.guard.Flush(t.Context())
	if list, _ := r.db.Tokens(t.Context(), ana.ID); len(list) != 1 || !list[0].Used.Equal(r.clock.now()) || list[0].Hash != access.HashOf(secret) {
		t.Errorf("kept as %+v", list)
	}
	for name, bad := range map[string]string{"cut": secret[:len(secret)-1], "without its prefix": secret[8:], "empty": "", "long": secret + strings.Repeat("x", 5000), "a cookie's": "lenscap_" + strings.Repeat("A", 43)} {
		if a := b.bearer("GET", "/who", bad); a.status != 401 || !strings.Contains(a.header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("a token that is %s: status %d", name, a.status)
		}
	}
	r.clock.add(time.Hour)
	if a := b.bearer("GET", "/who", secret); a.status != 401 {
		t.Errorf("expired: status %d", a.status)
	}
	if _, _, err := mint("never", 0, by); err == nil {
		t.Error("a person made a token that never expires")
	}
	if _, _, err := mint("long", 400*24*time.Hour, by); err == nil {
		t.Error("a person made a token for more than a year")
	}
	if _, _, err := mint("CI", time.Hour, by); err == nil {
		t.Error("two tokens of one name")
	}
	console := access.Console("root")
	if _, _, err := mint("never", 0, console); !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("the console made a token that never expires: %v", err)
	}
	k, secret, err := mint("robot", 366*24*time.Hour, console)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.add(365 * 24 * time.Hour)
	if a := b.bearer("GET", "/who", secret); a.status != 200 {
		t.Errorf("one of a year, after 365 days: status %d", a.status)
	}
	if err := r.guard.DropToken(t.Context(), by, k.ID); err != nil {
		t.Fatal(err)
	}
	if a := b.bearer("GET", "/who", secret); a.status != 401 {
		t.Errorf("revoked: status %d", a.status)
	}
	if err := r.guard.DropToken(t.Context(), by, k.ID); err == nil {
		t.Error("revoked twice")
	}
}

func TestATokenMakesNoOther(t *testing.T) {
	r := newRig(t)
	ana := r.account("ana", map[int64]access.Role{0: access.Admin})
	bob := r.account("bob", map[int64]access.Role{r.orgs[0]: access.Viewer})
	by := &access.Person{Account: ana.ID, Name: "ana", Roles: ana.Roles}
	secret, err := r.guard.AddToken(t.Context(), by, &access.Token{Account: ana.ID, Name: "ci", Scopes: access.Scopes, Expires: r.clock.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/account/tokens", "/account/password", "/account/sessions"} {
		r.status(path, r.browser().bearer("POST", path, secret), http.StatusForbidden)
	}
	if _, err := r.guard.AddToken(t.Context(), by, &access.Token{Account: bob.ID, Name: "x", Scopes: []access.Scope{access.Read}, Expires: r.clock.now().Add(time.Hour)}); err == nil {
		t.Error("a person made a token for another account")
	}
	// A token wins over a cookie, so that a script says who it is.
	b := r.browser()
	b.signIn("bob", good)
	q := b.request("GET", "/who", nil)
	q.Header.Set("Authorization", "bearer "+secret)
	if a := b.send(q); a.body != "ana token ci " {
		t.Errorf("with both: %q", a.body)
	}
	q = b.request("GET", "/who", nil)
	q.Header.Set("Authorization", "Basic YTpi") // of a proxy before the hub
	if a := b.send(q); !strings.HasPrefix(a.body, "bob ") {
		t.Errorf("with another kind of authorisation: %q", a.body)
	}
}

func TestTokensOnThePage(t *testing.T) {
	r := newRig(t)
	ana := r.account("ana", map[int64]access.Role{r.orgs[0]: access.Operator})
	r.account("eve", map[int64]access.Role{r.orgs[1]: access.Admin})
	b := r.browser()
	b.signIn("ana", good)
	for name, form := range map[string][]string{
		"no scope": {"name", "a", "days", "30"}, "an unknown scope": {"name", "a", "days", "30", "scope", "root"}, "no name": {"days", "30", "scope", "read"},
		"too long": {"name", "a", "days", "367", "scope", "read"}, "no end": {"name", "a", "days", "0", "scope", "read"}, "admin": {"name", "a", "days", "30", "scope", "admin"},
	} {
		r.status(name, b.post("/account/tokens", form...), http.StatusUnprocessableEntity)
	}
	a := b.post("/account/tokens", "name", "nightly", "days", "30", "scope", "read", "scope", "ingest")
	r.status("make one", a, 200)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the page with the secret may be kept: %q", a.header.Get("Cache-Control"))
	}
	_, rest, _ := strings.Cut(a.body, `"Secret":"`)
	secret, _, _ := strings.Cut(rest, `"`)
	r.status("use it", b.bearer("GET", "/who", secret), 200)
	if strings.Contains(b.get("/account").body, secret) {
		t.Error("the secret is shown twice")
	}
	list, _ := r.db.Tokens(t.Context(), ana.ID)
	if len(list) != 1 || access.JoinScopes(list[0].Scopes) != "read ingest" {
		t.Fatalf("kept %+v", list)
	}
	eve := r.browser()
	eve.signIn("eve", good)
	r.status("an administrator of another organisation revokes it", eve.post("/account/tokens/1/revoke"), http.StatusNotFound)
	r.status("its owner revokes it", b.post("/account/tokens/1/revoke", "then", "/account"), http.StatusSeeOther)
	r.status("use it then", b.bearer("GET", "/who", secret), 401)
}

func TestScopesAreRead(t *testing.T) {
	for in, want := range map[string]string{"read": "read", "read,write": "read write", " ingest  read read": "ingest read"} {
		got, err := access.ParseScopes(in)
		if err != nil || access.JoinScopes(got) != want {
			t.Errorf("%q: %q, %v; want %q", in, access.JoinScopes(got), err, want)
		}
	}
	for _, in := range []string{"", " ", "Read", "all"} {
		if got, err := access.ParseScopes(in); err == nil {
			t.Errorf("%q: %v, want an error", in, got)
		}
	}
}
