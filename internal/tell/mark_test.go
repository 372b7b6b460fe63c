package tell_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
)

// A counter counts the devices that a messenger reads.
type counter struct {
	tell.Store
	rows int
}

func (c *counter) Told(ctx context.Context, site int64, known func(store.DeviceDigest) bool) (*store.Told, error) {
	t, err := c.Store.Told(ctx, site, known)
	if err == nil {
		c.rows += len(t.Rows)
	}
	return t, err
}

// Of a site that was worked out again only the devices that are not as they were
// are read, and what was told of the others is not told again.
func TestOnlyWhatChangedIsRead(t *testing.T) {
	r := newRig(t)
	c := &counter{Store: r.db}
	r.cfg.Store = c
	r.subscribe("https://127.0.0.1/hook", tell.Every)
	list := make([]*hub.Derived, 50)
	for i := range list {
		list[i] = r.camera(fmt.Sprintf("d-%03d", i), "cam", finding.Restricted)
	}
	r.seen(list...)
	r.look() // the first look is silent
	if c.rows != 50 {
		t.Fatalf("the first look read %d devices, want 50", c.rows)
	}
	text := mark(r)
	for _, v := range []struct {
		name string
		mark string
		rows int
	}{{"of this version", text, 2}, {"of version 1", version1(t, text), 50}} {
		t.Run(v.name, func(t *testing.T) {
			r.do(func(tx *store.Tx) error { return tx.SetSetting("told.site.1", v.mark) })
			before, n := queued(r), c.rows
			next := append([]*hub.Derived{}, list...)
			next[7] = r.camera("d-007", "cam", finding.Prohibited)
			next[9] = r.camera("d-009", "cam", finding.Restricted, hub.Change{At: r.now, What: "firmware", Before: "1", After: "2", Says: "Other firmware."})
			r.seen(next...)
			r.look()
			if got := c.rows - n; got != v.rows {
				t.Errorf("%d devices were read, want %d", got, v.rows)
			}
			if got := queued(r) - before; got != 2 {
				t.Errorf("%d events are told, want one finding and one change", got)
			}
			n = c.rows
			r.seen(next...)
			r.look()
			if c.rows != n || queued(r)-before != 2 {
				t.Errorf("of a site that is as it was %d devices were read, and %d events told", c.rows-n, queued(r)-before-2)
			}
			r.seen(list...)
		})
	}
}

func mark(r *rig) string {
	r.Helper()
	s, err := r.db.Setting(r.Context(), "told.site.1")
	if err != nil || s == "" {
		r.Fatalf("no mark: %v", err)
	}
	return s
}

// version1 is a mark as the first version wrote it: what was told, and of whom not.
func version1(t *testing.T, text string) string {
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil || b[0] != 2 {
		t.Fatalf("mark %x: %v", b, err)
	}
	out := []byte{1}
	for b = b[1:]; len(b) > 0; {
		n, size := binary.Uvarint(b[16:])
		b = b[16+size:]
		out, b = append(out, b[:8*n]...), b[8*n:]
	}
	return base64.RawStdEncoding.EncodeToString(out)
}

func queued(r *rig) int {
	r.Helper()
	n, _, err := r.db.Waits(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	return int(n)
}

// BenchmarkLook looks at a site of 1,000 devices that was worked out again, of
// which one device changed.
func BenchmarkLook(b *testing.B) {
	var list []*hub.Derived
	db, err := store.Open(b.Context(), b.TempDir()+"/hub.db", store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // of a benchmark
	org, site := hub.Organisation{Name: "Ash council"}, hub.Site{Name: "Town hall"}
	do := func(fn func(*store.Tx) error) {
		if err := db.Keep(b.Context(), fn); err != nil {
			b.Fatal(err)
		}
	}
	do(func(tx *store.Tx) error {
		if err := tx.AddOrganisation(&org); err != nil {
			return err
		}
		site.Organisation = org.ID
		w := store.Webhook{Organisation: org.ID, URL: "syslog:", Events: []string{tell.Every}, Active: true}
		if err := tx.SetWebhook(&w); err != nil {
			return err
		}
		return tx.AddSite(&site)
	})
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for i := range 1000 {
		d := &hub.Derived{Device: hub.Device{Site: site.ID, Device: fmt.Sprintf("d-%04d", i), Presence: hub.SeenOnly, Name: "cam", Maker: "Example Ltd"}}
		for k := range 12 {
			d.Findings = append(d.Findings, finding.Finding{Device: d.Device.Device, Regime: fmt.Sprintf("rule-%d", k), Name: "Test rule", Verdict: finding.Restricted, Why: "it is so"})
			d.Changes = append(d.Changes, hub.Change{At: at.Add(time.Duration(k) * time.Hour), What: "reach", After: fmt.Sprint(k), Says: "It reached another country."})
		}
		list = append(list, d)
	}
	m, err := tell.New(tell.Config{Store: db, Hub: quiet{}})
	if err != nil {
		b.Fatal(err)
	}
	derive := func() {
		at = at.Add(time.Minute)
		do(func(tx *store.Tx) error {
			if err := tx.ReplaceSite(site.ID, nil, seqOf(list)); err != nil {
				return err
			}
			return tx.SetDerived(site.ID, at)
		})
	}
	derive()
	if err := m.Look(b.Context()); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		d := *list[i%1000]
		d.Changes = append(d.Changes[:12:12], hub.Change{At: at, What: "firmware", After: fmt.Sprint(i), Says: "Other firmware."})
		list[i%1000] = &d
		derive()
		b.StartTimer()
		if err := m.Look(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
