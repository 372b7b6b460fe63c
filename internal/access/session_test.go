package access_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
)

func TestASessionBeginsAndEnds(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	b := r.browser()
	a := b.signIn("Ana", good)
	r.status("sign in", a, http.StatusSeeOther)
	set := a.header.Get("Set-Cookie")
	for _, part := range []string{r.guard.SessionCookie() + "=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=43200"} {
		if !strings.Contains(set, part) {
			t.Errorf("cookie %q has no %s", set, part)
		}
	}
	if strings.Contains(set, "Domain") {
		t.Errorf("cookie %q names a domain", set)
	}
	if got := b.who(); got != "ana" {
		t.Fatalf("signed in as %q", got)
	}
	secret := b.cookie().Value
	r.status("sign out", b.post("/sign-out"), http.StatusSeeOther)
	if got := b.who(); got != "nobody" {
		t.Errorf("after signing out: %q", got)
	}
	q := b.request("GET", "/who", nil)
	q.AddCookie(&http.Cookie{Name: r.guard.SessionCookie(), Value: secret})
	if got := b.send(q).body; !strings.HasPrefix(got, "nobody") {
		t.Errorf("the old cookie still opens: %q", got)
	}
	for action, n := range map[string]int{"session.begin": 1, "session.end": 1, "account.create": 1} {
		if e := r.entries(action); len(e) != n {
			t.Errorf("audit log: %d rows of %s, want %d", len(e), action, n)
		}
	}
}

func TestOnlyHashesAreKept(t *testing.T) {
	r := newRig(t)
	a := r.account("ana", map[int64]access.Role{0: access.Admin})
	b := r.browser()
	b.signIn("ana", good)
	list, err := r.db.Sessions(t.Context(), a.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("sessions: %v, %v", list, err)
	}
	if list[0].Hash != access.HashOf(b.cookie().Value) {
		t.Error("what is kept is not the cookie's hash")
	}
	if stored, _ := r.db.Account(t.Context(), a.ID); !strings.HasPrefix(stored.Password, "$argon2id$v=19$") {
		t.Errorf("the password is kept as %q", stored.Password)
	}
	for _, e := range r.entries("session.begin") {
		if strings.Contains(e.Detail, b.cookie().Value) || strings.Contains(e.Detail, good) {
			t.Errorf("the audit log has a secret: %s", e.Detail)
		}
	}
}

func TestASessionCannotBePlanted(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Viewer})
	b := r.browser()
	planted := strings.Repeat("A", 43)
	q := b.request("POST", "/sign-in", strings.NewReader("name=ana&password="+strings.ReplaceAll(good, " ", "+")))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.AddCookie(&http.Cookie{Name: r.guard.SessionCookie(), Value: planted})
	r.status("sign in with a planted cookie", b.send(q), http.StatusSeeOther)
	if got := b.cookie().Value; got == planted {
		t.Error("the planted cookie became the session")
	}
	first := b.cookie().Value
	b.learn()
	b.signIn("ana", good)
	if b.cookie().Value == first {
		t.Error("signing in again kept the cookie")
	}
	q = b.request("GET", "/who", nil)
	q.Header.Set("Cookie", r.guard.SessionCookie()+"="+first)
	c := r.browser()
	if got := c.send(q).body; !strings.HasPrefix(got, "nobody") {
		t.Errorf("the session before the second sign-in still opens: %q", got)
	}
}

func TestSessionsExpire(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Viewer})
	t.Run("without use", func(t *testing.T) {
		b := r.browser()
		b.signIn("ana", good)
		r.clock.add(119 * time.Minute)
		if got := b.who(); got != "ana" {
			t.Errorf("within two hours: %q", got)
		}
		r.clock.add(119 * time.Minute)
		if got := b.who(); got != "ana" {
			t.Errorf("within two hours of the last use: %q", got)
		}
		r.clock.add(121 * time.Minute)
		if got := b.who(); got != "nobody" {
			t.Errorf("after two idle hours: %q", got)
		}
	})
	t.Run("whatever the use", func(t *testing.T) {
		b := r.browser()
		b.signIn("ana", good)
		for range 11 {
			r.clock.add(time.Hour)
			if got := b.who(); got != "ana" {
				t.Fatalf("used every hour: %q", got)
			}
		}
		r.clock.add(time.Hour)
		if got := b.who(); got != "nobody" {
			t.Errorf("after twelve hours: %q", got)
		}
	})
	t.Run("last use is kept, and old ones are dropped", func(t *testing.T) {
		b := r.browser()
		b.signIn("ana", good)
		r.clock.add(100 * time.Minute)
		b.who()
		r.guard.Flush(t.Context())
		_, a, err := r.db.Session(t.Context(), access.HashOf(b.cookie().Value))
		if err != nil {
			t.Fatal(err)
		}
		list, _ := r.db.Sessions(t.Context(), a.ID)
		if got := list[0].Used; !got.Equal(r.clock.now()) {
			t.Errorf("last use kept as %s, want %s", got, r.clock.now())
		}
		if err := r.db.SweepSessions(t.Context(), r.clock.now(), r.clock.now().Add(-2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		list, _ = r.db.Sessions(t.Context(), a.ID)
		if len(list) != 1 {
			t.Errorf("%d sessions after sweeping, want the one in use", len(list))
		}
	})
}

func TestSessionsAreTakenAway(t *testing.T) {
	r := newRig(t)
	boss := r.account("boss", map[int64]access.Role{0: access.Admin})
	by := &access.Person{Account: boss.ID, Name: "boss", Roles: boss.Roles}
	ana := r.account("ana", map[int64]access.Role{r.orgs[0]: access.Viewer})

	t.Run("by a new password, but for the browser that set it", func(t *testing.T) {
		one, two := r.browser(), r.browser()
		one.signIn("ana", good)
		two.signIn("ana", good)
		next := "pewter lagoon cactus ninety"
		r.status("change it with a wrong present one", one.post("/account/password", "present", "wrong", "password", next, "again", next), http.StatusUnprocessableEntity)
		r.status("change it to two that differ", one.post("/account/password", "present", good, "password", next, "again", next+"x"), http.StatusUnprocessableEntity)
		r.status("change it", one.post("/account/password", "present", good, "password", next, "again", next), http.StatusSeeOther)
		if got := one.who(); got != "ana" {
			t.Errorf("the browser that changed it: %q", got)
		}
		if got := two.who(); got != "nobody" {
			t.Errorf("another browser: %q", got)
		}
		if a := two.signIn("ana", good); a.status != http.StatusUnauthorized {
			t.Errorf("the old password: status %d", a.status)
		}
		if a := two.signIn("ana", next); a.status != http.StatusSeeOther {
			t.Errorf("the new password: status %d", a.status)
		}
		r.status("sign out everywhere else", two.post("/account/sessions"), http.StatusSeeOther)
		if one.who() != "nobody" || two.who() != "ana" {
			t.Errorf("after ending the others: %q and %q", one.who(), two.who())
		}
		if err := r.guard.SetPassword(t.Context(), by, ana.ID, good); err != nil {
			t.Fatal(err)
		}
		if two.who() != "nobody" {
			t.Errorf("after an administrator set the password: %q", two.who())
		}
	})
	t.Run("roles count at once", func(t *testing.T) {
		b := r.browser()
		b.signIn("ana", good)
		r.status("no administrator", b.get("/accounts"), http.StatusForbidden)
		a, _ := r.db.Account(t.Context(), ana.ID)
		a.Roles[r.orgs[0]] = access.Admin
		if err := r.guard.SetAccount(t.Context(), by, a); err != nil {
			t.Fatal(err)
		}
		r.status("an administrator now", b.get("/accounts"), http.StatusOK)
	})
	t.Run("by disabling, with tokens", func(t *testing.T) {
		b := r.browser()
		b.signIn("ana", good)
		a, _ := r.db.Account(t.Context(), ana.ID)
		self := &access.Person{Account: a.ID, Name: a.Name, Roles: a.Roles}
		secret, err := r.guard.AddToken(t.Context(), self, &access.Token{Account: a.ID, Name: "ci", Scopes: []access.Scope{access.Read}, Expires: r.clock.now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		r.status("a token", b.bearer("GET", "/who", secret), http.StatusOK)
		a.Disabled = true
		if err := r.guard.SetAccount(t.Context(), by, a); err != nil {
			t.Fatal(err)
		}
		if got := b.who(); got != "nobody" {
			t.Errorf("disabled, and still %q", got)
		}
		r.status("its token", b.bearer("GET", "/who", secret), http.StatusUnauthorized)
		if a := b.signIn("ana", good); a.status != http.StatusUnauthorized {
			t.Errorf("signing in: status %d", a.status)
		}
	})
}

// bearer asks with a token and without the browser's cookies.
func (b *browser) bearer(method, path, secret string) answer {
	b.Helper()
	q := b.request(method, path, nil)
	q.Header.Set("Authorization", "Bearer "+secret)
	c := b.rig.browser()
	return c.send(q)
}

// TestTheOldestBrowserGivesWay allows an account two browsers and signs in with
// three.
func TestTheOldestBrowserGivesWay(t *testing.T) {
	r := newRig(t)
	r.guard.Sessions = 2
	a := r.account("ana", map[int64]access.Role{0: access.Viewer})
	first, second, third := r.browser(), r.browser(), r.browser()
	for _, b := range []*browser{first, second, third} {
		b.signIn("ana", good)
		r.clock.add(time.Second)
	}
	if list, err := r.db.Sessions(t.Context(), a.ID); err != nil || len(list) != 2 {
		t.Errorf("%d sessions, %v; want 2", len(list), err)
	}
	for i, c := range []struct {
		b    *browser
		want bool
	}{{first, false}, {second, true}, {third, true}} {
		if in := c.b.who() != "nobody"; in != c.want {
			t.Errorf("browser %d is signed in: %t, want %t", i+1, in, c.want)
		}
	}
}
