package access_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

func TestTheFirstAdministrator(t *testing.T) {
	r := newRig(t)
	link, err := r.guard.FirstLink(t.Context())
	if err != nil || !strings.HasPrefix(link, r.srv.URL+"/first?key=") {
		t.Fatalf("link %q, %v", link, err)
	}
	path := strings.TrimPrefix(link, r.srv.URL)
	_, key, _ := strings.Cut(path, "=")
	b := r.browser()
	r.status("open it", b.get(path), 200)
	r.status("open it with another key", b.get("/first?key="+strings.Repeat("A", 43)), http.StatusGone)
	r.status("open it without a key", b.get("/first"), http.StatusGone)
	fields := func(name, password, again string) []string {
		return []string{"key", key, "name", name, "shown", "Ana Meier", "password", password, "again", again}
	}
	r.status("a weak password", b.post("/first", fields("ana", "short", "short")...), http.StatusUnprocessableEntity)
	r.status("a bad name", b.post("/first", fields("ana <b>", good, good)...), http.StatusUnprocessableEntity)
	r.status("no password", b.post("/first", fields("ana", "", "")...), http.StatusUnprocessableEntity)
	r.status("two that differ", b.post("/first", fields("ana", good, good+"x")...), http.StatusUnprocessableEntity)

	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for i := range 5 {
		c := r.browser()
		wg.Go(func() {
			a := c.post("/first", fields(fmt.Sprint("ana", i), good, good)...)
			mu.Lock()
			defer mu.Unlock()
			if a.status == http.StatusSeeOther {
				made++
				b = c
			}
		})
	}
	wg.Wait()
	if made != 1 {
		t.Fatalf("five at once made %d accounts", made)
	}
	if got := b.who(); !strings.HasPrefix(got, "ana") {
		t.Errorf("the first administrator is signed in as %q", got)
	}
	r.status("administers", b.get("/accounts"), 200)
	r.status("open the link again", r.browser().get(path), http.StatusGone)
	r.status("send it again", r.browser().post("/first", fields("eve", good, good)...), http.StatusGone)
	if link, err := r.guard.FirstLink(t.Context()); link != "" || err != nil {
		t.Errorf("a second first link: %q, %v", link, err)
	}
	if n := len(r.entries("account.first")); n != 1 {
		t.Errorf("audit log: %d rows", n)
	}
}

// TestAnEmptyHubSaysWhereItsLinkIs: who opens the hub before the link finds a
// page to sign in on, with no account to sign in with.
func TestAnEmptyHubSaysWhereItsLinkIs(t *testing.T) {
	r := newRig(t)
	if body := r.browser().get("/sign-in").body; !strings.Contains(body, `"First":true`) {
		t.Errorf("nobody has an account, and the page says: %s", body)
	}
	if err := r.guard.AddAccount(t.Context(), access.Console("test"), &access.Account{Name: "Ana", Roles: map[int64]access.Role{r.orgs[0]: access.Viewer}}, good); err != nil {
		t.Fatal(err)
	}
	if body := r.browser().get("/sign-in").body; !strings.Contains(body, `"First":false`) {
		t.Errorf("somebody has one, and the page says: %s", body)
	}
}

func TestTheFirstLinkEnds(t *testing.T) {
	r := newRig(t)
	link, _ := r.guard.FirstLink(t.Context())
	path := strings.TrimPrefix(link, r.srv.URL)
	next, _ := r.guard.FirstLink(t.Context())
	r.status("one before another", r.browser().get(path), http.StatusGone)
	path = strings.TrimPrefix(next, r.srv.URL)
	r.status("the last", r.browser().get(path), 200)
	r.clock.add(time.Hour)
	r.status("after an hour", r.browser().get(path), http.StatusGone)
}

func TestInvites(t *testing.T) {
	r := newRig(t)
	boss := access.Console("test")
	a := &access.Account{Name: "Ana", Roles: map[int64]access.Role{r.orgs[0]: access.Viewer}}
	if err := r.guard.AddAccount(t.Context(), boss, a, ""); err != nil {
		t.Fatal(err)
	}
	r.status("sign in without a password", r.browser().signIn("ana", ""), http.StatusUnauthorized)
	path := func() string {
		link, err := r.guard.Invite(t.Context(), boss, a.ID)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimPrefix(link, r.srv.URL)
	}
	old, now := path(), path()
	r.status("an earlier link", r.browser().get(old), http.StatusGone)
	b := r.browser()
	r.status("the link", b.get(now), 200)
	_, key, _ := strings.Cut(now, "=")
	r.status("a weak password", b.post("/invite", "key", key, "password", "ana", "again", "ana"), http.StatusUnprocessableEntity)
	r.status("a good one", b.post("/invite", "key", key, "password", good, "again", good), http.StatusSeeOther)
	if got := b.who(); got != "ana" {
		t.Errorf("signed in as %q", got)
	}
	link := path()
	_, again, _ := strings.Cut(link, "=")
	b.learn()
	if page := b.get(link); page.status != 200 || !strings.Contains(page.body, `"Now":"ana"`) || !strings.Contains(page.body, `"Same":true`) {
		t.Errorf("the link where somebody is signed in: %d, want who that is\n%s", page.status, page.body)
	}
	if to := b.post("/sign-out", "invite", again).header.Get("Location"); to != "/invite?key="+again {
		t.Errorf("signed out, on to %q", to)
	}
	if page := b.get(link); page.status != 200 || !strings.Contains(page.body, `"Now":""`) {
		t.Errorf("the link, signed out: %d\n%s", page.status, page.body)
	}
	r.status("set another there", b.post("/invite", "key", again, "password", good+"!", "again", good+"!"), http.StatusSeeOther)
	r.status("used again", r.browser().post("/invite", "key", key, "password", good, "again", good), http.StatusGone)
	late := path()
	r.clock.add(72 * time.Hour)
	r.status("after three days", r.browser().get(late), http.StatusGone)
}

func TestWhoAdministersWhom(t *testing.T) {
	r := newRig(t)
	ash, birch := r.orgs[0], r.orgs[1]
	people := map[string]*access.Person{}
	for name, roles := range map[string]map[int64]access.Role{
		"all":      {0: access.Admin},
		"ash":      {ash: access.Admin},
		"both":     {ash: access.Admin, birch: access.Admin},
		"operator": {0: access.Operator},
		"watchdog": {0: access.Watchdog},
	} {
		a := r.account(name, roles)
		people[name] = &access.Person{Account: a.ID, Name: name, Roles: roles}
	}
	for _, c := range []struct {
		name   string
		before map[int64]access.Role
		after  map[int64]access.Role
		may    string // who may go from one to the other
		manage string // who may disable it and set its password
	}{
		{"a role in ash", map[int64]access.Role{ash: access.Viewer}, map[int64]access.Role{ash: access.Operator}, "all ash both", "all ash both"},
		{"a role in birch", map[int64]access.Role{birch: access.Viewer}, map[int64]access.Role{birch: access.Operator}, "all both", "all both"},
		{"another role beside one in birch", map[int64]access.Role{birch: access.Viewer, ash: access.Viewer}, map[int64]access.Role{birch: access.Viewer, ash: access.Analyst}, "all ash both", "all both"},
		{"taking a role in birch away", map[int64]access.Role{birch: access.Viewer, ash: access.Viewer}, map[int64]access.Role{ash: access.Viewer}, "all both", "all both"},
		{"a role everywhere", map[int64]access.Role{ash: access.Viewer}, map[int64]access.Role{ash: access.Viewer, 0: access.Viewer}, "all", "all ash both"},
		{"an administrator of all", map[int64]access.Role{0: access.Admin}, map[int64]access.Role{0: access.Viewer}, "all", "all"},
		{"a role in ash of who has one everywhere", map[int64]access.Role{0: access.Viewer}, map[int64]access.Role{0: access.Viewer, ash: access.Admin}, "all ash both", "all"},
		{"no role before", map[int64]access.Role{}, map[int64]access.Role{ash: access.Viewer}, "all ash both", "all"},
	} {
		for who, by := range people {
			name := strings.ReplaceAll(fmt.Sprintf("%.20s.%s", c.name, who), " ", ".")
			a := r.account(name, c.before)
			want := strings.Contains(" "+c.may+" ", " "+who+" ")
			manages := strings.Contains(" "+c.manage+" ", " "+who+" ")
			if _, err := r.guard.Invite(t.Context(), by, a.ID); (err == nil) != manages || err != nil && !errors.Is(err, hub.ErrDenied) {
				t.Errorf("%s, by %s: invite: %v, want ok %v", c.name, who, err, manages)
			}
			if err := r.guard.SetPassword(t.Context(), by, a.ID, good); (err == nil) != manages {
				t.Errorf("%s, by %s: set the password: %v, want ok %v", c.name, who, err, manages)
			}
			if err := r.guard.EndSessions(t.Context(), by, a.ID); (err == nil) != manages {
				t.Errorf("%s, by %s: end sessions: %v, want ok %v", c.name, who, err, manages)
			}
			a, _ = r.db.Account(t.Context(), a.ID)
			off := *a
			off.Disabled = true
			if err := r.guard.SetAccount(t.Context(), by, &off); (err == nil) != manages {
				t.Errorf("%s, by %s: disable: %v, want ok %v", c.name, who, err, manages)
			}
			a, _ = r.db.Account(t.Context(), a.ID)
			a.Roles = c.after
			if err := r.guard.SetAccount(t.Context(), by, a); (err == nil) != want || err != nil && !errors.Is(err, hub.ErrDenied) {
				t.Errorf("%s, by %s: %v, want ok %v", c.name, who, err, want)
			}
			now, _ := r.db.Account(t.Context(), a.ID)
			held := c.before
			if want {
				held = c.after
			}
			if fmt.Sprint(now.Roles) != fmt.Sprint(held) {
				t.Errorf("%s, by %s: roles are %v, want %v", c.name, who, now.Roles, held)
			}
			fresh := &access.Account{Name: "new." + name, Roles: c.after}
			may := true
			for org := range c.after {
				may = may && by.May(access.Administer, org)
			}
			if err := r.guard.AddAccount(t.Context(), by, fresh, good); (err == nil) != may {
				t.Errorf("%s, by %s: make an account with the roles after: %v, want ok %v", c.name, who, err, may)
			}
		}
	}
}

func TestAnAdministratorStays(t *testing.T) {
	r := newRig(t)
	a := r.account("ana", map[int64]access.Role{0: access.Admin})
	r.account("off", map[int64]access.Role{0: access.Viewer})
	for name, change := range map[string]func(*access.Account){
		"disabled":       func(a *access.Account) { a.Disabled = true },
		"made a viewer":  func(a *access.Account) { a.Roles = map[int64]access.Role{0: access.Viewer} },
		"made one of us": func(a *access.Account) { a.Roles = map[int64]access.Role{r.orgs[0]: access.Admin} },
	} {
		a, _ = r.db.Account(t.Context(), a.ID)
		change(a)
		if err := r.guard.SetAccount(t.Context(), access.Console("test"), a); !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("the last administrator was %s: %v", name, err)
		}
	}
	r.account("eve", map[int64]access.Role{0: access.Admin})
	a, _ = r.db.Account(t.Context(), a.ID)
	a.Disabled = true
	if err := r.guard.SetAccount(t.Context(), access.Console("test"), a); err != nil {
		t.Errorf("one of two: %v", err)
	}
	stale := *a
	stale.Version--
	if err := r.guard.SetAccount(t.Context(), access.Console("test"), &stale); !errors.Is(err, hub.ErrChanged) {
		t.Errorf("an old version: %v", err)
	}
}

func TestNamesOfAccounts(t *testing.T) {
	r := newRig(t)
	r.account("Ana.Meier@Example.org", map[int64]access.Role{0: access.Admin})
	for _, name := range []string{"", " ", "ana meier", "<script>", "аna", "-ana", strings.Repeat("a", 65), "ana\n", "ana.meier@EXAMPLE.org"} {
		err := r.guard.AddAccount(t.Context(), access.Console("test"), &access.Account{Name: name, Roles: map[int64]access.Role{0: access.Viewer}}, "")
		if !errors.Is(err, hub.ErrInvalid) && !errors.Is(err, hub.ErrExists) && name != "ana\n" {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, shown := range []string{"a\u202eb", "a\x00b", "a\nb", strings.Repeat("é", 101), "\xff"} {
		err := r.guard.AddAccount(t.Context(), access.Console("test"), &access.Account{Name: "x", Shown: shown, Roles: map[int64]access.Role{0: access.Viewer}}, "")
		if !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("full name %q: %v", shown, err)
		}
	}
	err := r.guard.AddAccount(t.Context(), access.Console("test"), &access.Account{Name: "y", Roles: map[int64]access.Role{77: access.Viewer}}, "")
	if !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a role in an organisation that is not there: %v", err)
	}
	err = r.guard.AddAccount(t.Context(), access.Console("test"), &access.Account{Name: "z", Roles: map[int64]access.Role{0: "root"}}, "")
	if !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("a role that is not there: %v", err)
	}
}
