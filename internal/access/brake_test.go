package access_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
)

func TestGuessingIsSlowedDown(t *testing.T) {
	c := &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	b := access.NewBrake(c.now)
	for i := range access.FreePair + 1 { // the last free one sets the first wait
		if w := b.Try("ana", "192.0.2.1"); w != 0 {
			t.Fatalf("try %d waits %s", i, w)
		}
	}
	for want := time.Second; want < access.MostWait; want *= 2 {
		if w := b.Try("ana", "192.0.2.1"); w != want {
			t.Fatalf("waits %s, want %s", w, want)
		}
		c.add(want)
		if w := b.Try("ana", "192.0.2.1"); w != 0 {
			t.Fatalf("after %s it still waits %s", want, w)
		}
	}
	if w := b.Try("ana", "192.0.2.1"); w != access.MostWait {
		t.Errorf("waits %s at most, want %s", w, access.MostWait)
	}
	if w := b.Try("bob", "192.0.2.1"); w != 0 {
		t.Errorf("another account from there waits %s", w)
	}
	if w := b.Try("ana", "192.0.2.2"); w != 0 {
		t.Errorf("the account from elsewhere waits %s", w)
	}
	c.add(2 * time.Hour)
	if w := b.Try("ana", "192.0.2.1"); w != 0 {
		t.Errorf("after two hours it waits %s", w)
	}
	if w := b.Try("ana", "192.0.2.1"); w != 0 {
		t.Errorf("after two hours the failures are not forgotten: %s", w)
	}
}

func TestGuessingFromManyAddresses(t *testing.T) {
	c := &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	b := access.NewBrake(c.now)
	b.Try("ana", "192.0.2.200")
	b.Won("ana", "192.0.2.200") // her own address
	guesses := 0
	for end := c.now().Add(24 * time.Hour); c.now().Before(end); c.add(10 * time.Second) {
		if b.Try("ana", fmt.Sprintf("198.51.%d.%d", guesses/250, guesses%250)) == 0 {
			guesses++
		}
	}
	if guesses > 200 {
		t.Errorf("%d guesses at an account in a day", guesses)
	}
	if w := b.Try("ana", "192.0.2.200"); w != 0 {
		t.Errorf("her own address waits %s", w)
	}
	if w := b.Try("ana", "192.0.2.201"); w == 0 {
		t.Error("a new address does not wait")
	}
}

func TestTheBrakeIsBounded(t *testing.T) {
	c := &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	b := access.NewBrake(c.now)
	for range access.FreePair + 3 {
		b.Try("ana", "192.0.2.1")
	}
	for i := range 3 * access.MostStrains {
		b.Try(fmt.Sprint("n", i), fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255))
	}
	if n := b.Len(); n > access.MostStrains {
		t.Errorf("it remembers %d", n)
	}
	if b.Try("ana", "192.0.2.1") == 0 {
		t.Error("many names that tried once pushed out the one that tried often")
	}
	c.add(2 * time.Hour)
	b.Sweep()
	if n := b.Len(); n != 0 {
		t.Errorf("%d left after they are forgotten", n)
	}
}

func TestSignInSaysWhenToTryAgain(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	b := r.browser()
	for _, name := range []string{"ana", "stranger"} {
		for i := range access.FreePair + 1 {
			r.status(fmt.Sprint(name, " try ", i), b.signIn(name, "wrong"), http.StatusUnauthorized)
		}
		runs := r.guard.Runs()
		a := b.signIn(name, good)
		r.status(name+", too soon, even if right", a, http.StatusTooManyRequests)
		if secs, _ := strconv.Atoi(a.header.Get("Retry-After")); secs < 1 || secs > 2 {
			t.Errorf("%s: Retry-After %q", name, a.header.Get("Retry-After"))
		}
		if r.guard.Runs() != runs {
			t.Errorf("%s: a try that must wait cost an argon2 run", name)
		}
	}
	r.clock.add(2 * time.Second)
	r.status("after the wait", b.signIn("ana", good), http.StatusSeeOther)
	r.status("failures are taken back", b.signIn("ana", "wrong"), http.StatusUnauthorized)
	r.status("failures are taken back", b.signIn("ana", good), http.StatusSeeOther)
}

func TestGuessesAtOnceAllCount(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	for range 25 {
		b := r.browser()
		wg.Go(func() {
			a := b.post("/sign-in", "name", "ana", "password", "wrong")
			mu.Lock()
			got[a.status]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if got[401] != access.FreePair+1 || got[429] != 25-access.FreePair-1 {
		t.Errorf("25 guesses at once: %v; want %d that were looked at", got, access.FreePair+1)
	}
}

func TestTheAuditLogIsNotFilledFromOutside(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	b := r.browser()
	for range 400 {
		b.post("/sign-in", "name", "ana", "password", "wrong")
		b.post("/sign-in", "name", "stranger", "password", "wrong")
		r.clock.add(16 * time.Minute / 15)
	}
	if n := len(r.entries("session.slow")); n != 1 {
		t.Errorf("%d rows, want 1 for all of it", n)
	}
}

// sick is a store that does not answer for a while.
type sick struct {
	access.Store
	ill bool
}

func (s *sick) AccountNamed(ctx context.Context, name string) (*access.Account, error) {
	if s.ill {
		return nil, errors.New("disk I/O error")
	}
	return s.Store.AccountNamed(ctx, name)
}

// TestAFaultOfTheHubIsNoFailedTry signs in while the database does not answer.
func TestAFaultOfTheHubIsNoFailedTry(t *testing.T) {
	st := &sick{}
	r := newRig(t, func(c *access.Config) {
		st.Store = c.Store
		c.Store = st
	})
	r.account("ana", map[int64]access.Role{0: access.Admin})
	b := r.browser()
	st.ill = true
	for i := range 3 * access.FreePair {
		if a := b.signIn("ana", good); a.status == http.StatusTooManyRequests {
			t.Fatalf("try %d has to wait", i+1)
		}
	}
	st.ill = false
	r.status("when it is well again", b.signIn("ana", good), http.StatusSeeOther)
}
