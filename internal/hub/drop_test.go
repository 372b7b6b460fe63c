package hub_test

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// estateFile is a capture of the invented estate.
func estateFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(examples.Estate, name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// history sums what is kept of conversations, by site.
func (b *bench) history(site int64) (rows int, up int64) {
	b.t.Helper()
	for row, err := range b.hist.Site(b.t.Context(), site, time.Time{}, time.Time{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		rows++
		up += row.BytesUp
	}
	return rows, up
}

func (b *bench) drain() {
	b.t.Helper()
	if err := b.hub.Drain(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// TestAnInputTakenOutIsAsIfItHadNeverBeen takes one of two in by mistake, and the
// first of two that saw the same devices.
func TestAnInputTakenOutIsAsIfItHadNeverBeen(t *testing.T) {
	b := newBench(t)
	b.take("station.pcapng", station(t))
	want := b.dump()
	wantRows, wantUp := b.history(b.site.ID)
	mistake := b.take("mistake.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	if b.dump() == want {
		t.Fatal("the second capture changed nothing: the test shows nothing")
	}
	if err := b.hub.DropIngest(t.Context(), "anna", mistake.ID); err != nil {
		t.Fatal(err)
	}
	b.drain()
	if got := b.dump(); got != want {
		t.Errorf("the estate is not what it was: %d bytes, want %d", len(got), len(want))
	}
	if rows, up := b.history(b.site.ID); rows != wantRows || up != wantUp {
		t.Errorf("the history has %d rows with %d bytes up, want %d with %d", rows, up, wantRows, wantUp)
	}
	in, err := b.store.Ingest(t.Context(), mistake.ID)
	if err != nil || in.State != hub.Dropped || in.Input.Packets == 0 {
		t.Errorf("the row of the input: %+v, %v; want it there, taken out", in, err)
	}
	log, err := b.store.AuditLog(t.Context(), nil, true, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	said := false
	for _, e := range log {
		said = said || e.Action == "ingest.drop" && e.Actor == "anna" && strings.Contains(e.Detail, "mistake.pcapng.zst")
	}
	if !said {
		t.Error("the audit log does not say who took what out")
	}
	again := b.take("mistake.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	if again.State != hub.Done || again.ID == mistake.ID {
		t.Errorf("handed in again: %+v, want another ingest that is done", again)
	}
}

// TestASiteIsTakenOutWhole leaves the other site as it was, and begins again after
// a crash.
func TestASiteIsTakenOutWhole(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.take("station.pcapng", station(t))
	want, _ := b.history(b.site.ID)
	page, err := b.store.Devices(ctx, store.DeviceQuery{All: true, Limit: 1000})
	if err != nil || page.Total == 0 {
		t.Fatal(page.Total, err)
	}
	first, kept := b.site, page.Total
	if b.site, err = b.hub.FindSite(ctx, "test", "Council", "Depot"); err != nil {
		t.Fatal(err)
	}
	gone := b.site.ID
	b.take("depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	err = b.store.Do(ctx, hub.Deed{Actor: "test", Action: "x", Object: "x"}, func(tx hub.Tx) error {
		return errors.Join(tx.AddNote(&hub.Note{Site: gone, Device: "d-1", Text: "x", By: "test"}), tx.SetTags(gone, "d-1", []string{"x"}), tx.SetStep(&hub.Step{Site: gone, Device: "d-1", Action: "remove"}),
			tx.SetDecision(&hub.Decision{Site: gone, Device: "d-1", Regime: "x", Status: "open"}), tx.SetZones(gone, []hub.Zone{{Name: "x"}}),
			tx.AddDeclared(gone, "list", []byte("{}"), "test", []hub.Declared{{List: "list", Line: 1, Fields: []byte(`{"Name":"x"}`)}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	b.hub.Stale(gone)
	b.drain()
	if err := b.hub.DropSite(ctx, "anna", gone); err != nil {
		t.Fatal(err)
	}
	dead, kill := context.WithCancel(ctx)
	kill()
	if err := b.hub.Drain(dead); err == nil {
		t.Fatal("a hub that ends took the site out")
	}
	b.hub = hub.New(hub.Config{Store: b.store, History: b.hist, Knowledge: knowledge(), Dir: b.hub.Dir(), Version: "test", Now: func() time.Time { return b.now }})
	b.drain()
	if _, err := b.store.Site(ctx, gone); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the site is there: %v", err)
	}
	if rows, _ := b.history(gone); rows != 0 {
		t.Errorf("the history has %d rows of it", rows)
	}
	if rows, _ := b.history(first.ID); rows != want {
		t.Errorf("the history has %d rows of the other site, want %d", rows, want)
	}
	if page, err = b.store.Devices(ctx, store.DeviceQuery{All: true, Limit: 1000}); err != nil || page.Total != kept {
		t.Errorf("%d devices are left, %v; want %d", page.Total, err, kept)
	}
	next, err := b.hub.FindSite(ctx, "test", "Council", "Depot")
	if err != nil || next.ID == gone {
		t.Errorf("the next site is %+v, %v; want another number", next, err)
	}
	b.hub.Stale(gone) // as a window or a page could that is late
	b.drain()
}
