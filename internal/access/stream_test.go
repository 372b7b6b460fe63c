package access_test

import (
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
)

// stream opens one; ended is closed when the hub ends it. A refusal has no ended.
func (b *browser) stream(secret string) (status int, ended <-chan struct{}) {
	b.Helper()
	q := b.request("GET", "/stream", nil)
	c := b.http
	if secret != "" {
		q.Header.Set("Authorization", "Bearer "+secret)
		c = b.rig.browser().http
	}
	resp, err := c.Do(q)
	if err != nil {
		b.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return resp.StatusCode, nil
	}
	ch := make(chan struct{})
	b.Cleanup(func() { resp.Body.Close() })
	go func() {
		defer close(ch)
		_, _ = io.Copy(io.Discard, resp.Body)
	}()
	return resp.StatusCode, ch
}

func (r *rig) goesOn(what string, ended <-chan struct{}) {
	r.Helper()
	r.guard.Recheck(r.Context())
	select {
	case <-ended:
		r.Errorf("%s: the stream ended", what)
	default:
	}
}

func TestAStreamEndsWithWhatItCameBy(t *testing.T) {
	r := newRig(t)
	boss := access.Console("test")
	ana := r.account("ana", map[int64]access.Role{r.orgs[0]: access.Viewer})
	self := &access.Person{Account: ana.ID, Name: "ana", Roles: ana.Roles}
	open := func() (*browser, <-chan struct{}) {
		t.Helper()
		b := r.browser()
		b.signIn("ana", good)
		status, ended := b.stream("")
		if status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		r.goesOn("just opened", ended)
		return b, ended
	}
	t.Run("signed out", func(t *testing.T) {
		b, ended := open()
		b.post("/sign-out")
		<-ended
	})
	t.Run("sessions ended by an administrator", func(t *testing.T) {
		_, ended := open()
		if err := r.guard.EndSessions(t.Context(), boss, ana.ID); err != nil {
			t.Fatal(err)
		}
		<-ended
	})
	t.Run("roles changed", func(t *testing.T) {
		_, ended := open()
		a, err := r.db.Account(t.Context(), ana.ID)
		if err != nil {
			t.Fatal(err)
		}
		a.Roles = map[int64]access.Role{r.orgs[1]: access.Viewer}
		if err := r.guard.SetAccount(t.Context(), boss, a); err != nil {
			t.Fatal(err)
		}
		<-ended
	})
	t.Run("session not used", func(t *testing.T) {
		_, ended := open()
		r.clock.add(119 * time.Minute)
		r.goesOn("within the idle time", ended) // and is no use of it:
		r.clock.add(2 * time.Minute)
		r.guard.Recheck(t.Context())
		<-ended
	})
	for name, end := range map[string]func(*access.Token){
		"token revoked": func(k *access.Token) {
			if err := r.guard.DropToken(t.Context(), boss, k.ID); err != nil {
				t.Fatal(err)
			}
		},
		"token expired": func(*access.Token) {
			r.clock.add(2 * time.Hour)
			r.guard.Recheck(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := &access.Token{Account: ana.ID, Name: name, Scopes: []access.Scope{access.Read}, Expires: r.clock.now().Add(time.Hour)}
			secret, err := r.guard.AddToken(t.Context(), self, k)
			if err != nil {
				t.Fatal(err)
			}
			_, ended := r.browser().stream(secret)
			r.goesOn("just opened", ended)
			end(k)
			<-ended
		})
	}
	t.Run("nobody", func(t *testing.T) {
		if status, _ := r.browser().stream(""); status == http.StatusOK {
			t.Error("nobody has a stream")
		}
	})
}

func TestStreamsAreBounded(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Viewer})
	r.account("ben", map[int64]access.Role{0: access.Viewer})
	ana, again, ben := r.browser(), r.browser(), r.browser()
	ana.signIn("ana", good)
	again.signIn("ana", good)
	ben.signIn("ben", good)
	var first <-chan struct{}
	for i := range access.StreamsOfOne {
		b := []*browser{ana, again}[i%2]
		status, ended := b.stream("")
		if status != http.StatusOK {
			t.Fatalf("stream %d of one account: status %d", i+1, status)
		}
		if i == 0 {
			first = ended
		}
	}
	if status, _ := ana.stream(""); status != http.StatusTooManyRequests {
		t.Errorf("one more: status %d", status)
	}
	if status, _ := ben.stream(""); status != http.StatusOK {
		t.Errorf("of another account: status %d", status)
	}
	ana.post("/sign-out") // gives half of them back
	<-first
	if status, _ := again.stream(""); status != http.StatusOK {
		t.Fatalf("after others ended: status %d", status)
	}
}
