package web

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
)

// teller stands for who sends: it refuses one address and remembers tries.
type teller struct{ tried []int64 }

func (*teller) Subscribed(context.Context, int64) {}

func (t *teller) CheckTarget(_ context.Context, address string) error {
	if !strings.HasPrefix(address, "https://hooks.example.org/") {
		return errors.New("the settings do not allow that address")
	}
	return nil
}

func (t *teller) Channels() []tell.Channel {
	return []tell.Channel{{Scheme: "https", Setting: "webhooks.allow", Ready: true}, {Scheme: "mailto", Setting: "mail.server"}, {Scheme: "syslog", Setting: "syslog.server"}}
}

func (t *teller) Try(_ context.Context, w *store.Webhook) error {
	t.tried = append(t.tried, w.ID)
	return nil
}

func TestSubscriptions(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	to := &teller{}
	x.Tell = to
	x.shows("/subscriptions", "Nobody is told yet.")
	says(t, x.get("/subscriptions"), "mail.server", "syslog.server", "<code>https://name/path</code>")
	form := url.Values{"organisation": {"1"}, "url": {"https://elsewhere.example/?key=hunter2"}, "event": {"finding.prohibited"}}
	a := x.do("POST", "/subscriptions", form)
	if a.status != 422 || !strings.Contains(a.body, "Where to: The settings do not allow that address.") || !strings.Contains(a.body, `value="finding.prohibited" aria-label="Told when a rule prohibits a device" checked`) {
		t.Fatalf("an address that is not allowed: %d %s", a.status, a.body)
	}
	form.Set("url", "https://hooks.example.org/T0/hunter2")
	if a = x.do("POST", "/subscriptions", form); a.status != 200 || !strings.Contains(a.body, "whsec_") || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d %q %s", a.status, a.header.Get("Cache-Control"), a.body)
	}
	page := x.get("/subscriptions")
	if strings.Contains(page, "whsec_") || strings.Contains(page, "hunter2") || !strings.Contains(page, "https://hooks.example.org") {
		t.Error("the page shows a secret, or not where it leads")
	}
	if to := x.post("/subscriptions/1", "do", "try"); to != "/subscriptions" {
		t.Error(to)
	}
	x.post("/subscriptions/1", "do", "halt")
	x.shows("/subscriptions", "halted")
	x.post("/subscriptions/1", "do", "drop")
	x.shows("/subscriptions", "Nobody is told yet.")
	if len(to.tried) != 1 {
		t.Errorf("tried %v, want once", to.tried)
	}
}

func TestCarePage(t *testing.T) {
	x := newTestHub(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		care := hub.NewCare(map[string]hub.Chore{"backup": func(context.Context, string, string, func(string)) (string, error) { return "Backed up.", nil },
			"verify-audit": func(_ context.Context, _, about string, _ func(string)) (string, error) { return "Head " + about, nil }}, time.Now, slog.New(slog.DiscardHandler))
		go care.Run(ctx)
		synctest.Wait()
		if _, err := care.Begin("test", "verify-audit", "abc"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		x.Care = care
		stop()
	})
	x.shows("/care", "Prove the audit log: done. Head abc")
	if a := x.do("POST", "/care", url.Values{"kind": {"backup"}}); a.status != 303 {
		t.Errorf("while none are taken: %d, want to be told to wait", a.status)
	}
	x.who = &access.Person{Account: 9, Name: "one", Roles: map[int64]access.Role{1: access.Admin}}
	if a := x.do("GET", "/care", nil); a.status != 403 {
		t.Errorf("who administers one organisation: %d, want 403", a.status)
	}
}
