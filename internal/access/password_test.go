package access_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

func TestPasswordsThatMayBeSet(t *testing.T) {
	for password, ok := range map[string]bool{
		good:                       true,
		"wardrobe-tulip-91-basalt": true,
		"šaty křída buřinka lampa": true,
		"乾いた月が静かに坂を登り鯨の声を聞く":              true,
		"aaaaaaaaaaaaaaaaaaaaaaaaaa":      false,
		"123456789012345":                 false,
		"abcdefghijklmnopqrstuvwxyz":      false,
		"passwordpassword":                false,
		"Password1234567!":                false,
		"P4ssw0rd-P4ssw0rd":               false,
		"qwertyuiopasdfghjkl":             false,
		"hikvision12345678":               false,
		"Lenscap-Hub-2026":                true, // "hub" is not tried first
		"lenscap-camera-2026":             false,
		"ana.meier.2026.11.23":            false, // her own name
		"meier-ana-password":              false,
		"correct horse battery staple":    false,
		"Welcome-Summer-2026!":            false,
		"fourteen chars":                  false,
		strings.Repeat("ab7-xk2! ", 200):  false, // 1,800 bytes
		"ok but \xff\xfe is not any text": false,
	} {
		err := access.CheckPassword(password, "ana.meier", "Ana Meier")
		if (err == nil) != ok {
			t.Errorf("%.40q: %v, want ok %v", password, err, ok)
		}
		if err != nil && !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("%.40q: %v is not hub.ErrInvalid", password, err)
		}
	}
}

func TestOneHashWhoeverAsks(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	off := r.account("off", map[int64]access.Role{0: access.Viewer})
	off.Disabled = true
	if err := r.guard.SetAccount(t.Context(), access.Console("test"), off); err != nil {
		t.Fatal(err)
	}
	elsewhere := &access.Account{Name: "elsewhere", Issuer: "https://id.example", Subject: "7", Roles: map[int64]access.Role{0: access.Viewer}}
	if err := r.guard.AddAccount(t.Context(), access.Console("test"), elsewhere, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, password string
		want           int
	}{
		{"ana", good, http.StatusSeeOther},
		{"ana", "wrong", http.StatusUnauthorized},
		{"ana", "", http.StatusUnauthorized},
		{"ana", strings.Repeat("x", 500_000), http.StatusUnauthorized},
		{"nobody-here", good, http.StatusUnauthorized},
		{"", "", http.StatusUnauthorized},
		{"off", good, http.StatusUnauthorized},
		{"off", "wrong", http.StatusUnauthorized},
		{"elsewhere", "", http.StatusUnauthorized},
		{"elsewhere", good, http.StatusUnauthorized},
	} {
		runs := r.guard.Runs()
		a := r.browser().post("/sign-in", "name", c.name, "password", c.password)
		r.status(fmt.Sprintf("%s with %.8q", c.name, c.password), a, c.want)
		if n := r.guard.Runs() - runs; n != 1 {
			t.Errorf("%s with %.8q: %d argon2 runs, want 1", c.name, c.password, n)
		}
		if c.want == http.StatusUnauthorized && !strings.Contains(a.body, "Name or password is wrong.") {
			t.Errorf("%s: says %s", c.name, a.body)
		}
	}
}

func TestHashesAreArgon2idInPHCForm(t *testing.T) {
	r := newRig(t)
	key := argon2.IDKey([]byte("open sesame"), []byte("somesalt"), 3, 512, 2, 24)
	b64 := base64.RawStdEncoding.EncodeToString
	other := "$argon2id$v=19$m=512,t=3,p=2$" + b64([]byte("somesalt")) + "$" + b64(key)
	ok, stale, err := r.guard.CheckHash(t.Context(), "open sesame", other)
	if !ok || !stale || err != nil {
		t.Errorf("a hash of other cost: ok %v, stale %v, %v; want ok and stale", ok, stale, err)
	}
	if ok, _, _ := r.guard.CheckHash(t.Context(), "open sesam", other); ok {
		t.Error("another password passes")
	}
	salt, long := b64([]byte("somesalt")), b64(make([]byte, 32))
	for name, hash := range map[string]string{
		"empty": "", "another kind": "$argon2i$v=19$m=512,t=3,p=2$" + salt + "$" + long, "an old version": "$argon2id$v=16$m=512,t=3,p=2$" + salt + "$" + long,
		"a terabyte": "$argon2id$v=19$m=1073741824,t=3,p=2$" + salt + "$" + long, "a year": "$argon2id$v=19$m=512,t=4000000,p=2$" + salt + "$" + long,
		"no thread": "$argon2id$v=19$m=512,t=3,p=0$" + salt + "$" + long, "a short key": "$argon2id$v=19$m=512,t=3,p=2$" + salt + "$AAAA",
		"no salt": "$argon2id$v=19$m=512,t=3,p=2$$" + long, "bcrypt": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
	} {
		if access.ParseHash(hash) {
			t.Errorf("%s is taken for a hash: %s", name, hash)
		}
		if ok, _, _ := r.guard.CheckHash(t.Context(), "", hash); ok {
			t.Errorf("%s lets somebody in", name)
		}
	}
	if ok, _, err := r.guard.CheckHash(t.Context(), "ﬁve ducks", r.hashOf("five ducks")); !ok || err != nil {
		t.Errorf("a password in another form of the same letters: %v, %v", ok, err)
	}
}

// hashOf gives today's hash of a password that may be weak.
func (r *rig) hashOf(password string) string {
	salt := []byte("0123456789abcdef")
	b64 := base64.RawStdEncoding.EncodeToString
	return "$argon2id$v=19$m=64,t=1,p=1$" + b64(salt) + "$" + b64(argon2.IDKey([]byte(password), salt, 1, 64, 1, 32))
}

func TestAnOldHashIsMadeAnew(t *testing.T) {
	r := newRig(t)
	a := r.account("ana", map[int64]access.Role{0: access.Admin})
	a, _ = r.db.Account(t.Context(), a.ID)
	salt := []byte("0123456789abcdef")
	b64 := base64.RawStdEncoding.EncodeToString
	a.Password = "$argon2id$v=19$m=32,t=1,p=1$" + b64(salt) + "$" + b64(argon2.IDKey([]byte(good), salt, 1, 32, 1, 32))
	err := r.db.ChangeAccess(t.Context(), hub.Deed{Actor: "test", Action: "test"}, func(tx access.Tx) error { return tx.SetAccount(a) })
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.status("sign in", r.browser().signIn("ana", good), http.StatusSeeOther)
	}
	now, _ := r.db.Account(t.Context(), a.ID)
	if !strings.HasPrefix(now.Password, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("kept as %s", now.Password)
	}
	if n := len(r.entries("account.rehash")); n != 1 {
		t.Errorf("made anew %d times", n)
	}
}

func TestManySignInsCannotTakeTheMemory(t *testing.T) {
	r := newRig(t)
	free := r.guard.Busy()
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var mu sync.Mutex
	busy := 0
	for range access.Queue + 20 {
		wg.Go(func() {
			if _, _, err := r.guard.CheckHash(ctx, "x", ""); err != nil {
				mu.Lock()
				busy++
				full := busy == 20
				mu.Unlock()
				if full { // the queue is full and those beyond it were sent away at once
					free()
				}
			}
		})
	}
	wg.Wait()
	stop()
	if busy != 20 {
		t.Errorf("%d were sent away, want the 20 beyond the queue", busy)
	}
	if n := r.guard.Runs(); n != access.Queue {
		t.Errorf("%d runs, want %d", n, access.Queue)
	}
}
