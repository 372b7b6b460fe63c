package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestAnOrganisationIsTakenOutWhole takes one of two out: with all of its sites,
// and again when the hub ended half-way, with one of the sites gone.
func TestAnOrganisationIsTakenOutWhole(t *testing.T) {
	for _, halfWay := range []bool{false, true} {
		b := newBench(t)
		ctx := t.Context()
		b.take("station.pcapng", station(t))
		kept, want := b.site, b.dump()
		rows, _ := b.history(kept.ID)
		var gone []int64
		for _, name := range []string{"Depot", "Yard"} {
			var err error
			if b.site, err = b.hub.FindSite(ctx, "test", "District", name); err != nil {
				t.Fatal(err)
			}
			gone = append(gone, b.site.ID)
			b.take(name+".pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
		}
		district := b.site.Organisation
		if err := b.hub.DropOrganisation(ctx, "anna", district); err != nil {
			t.Fatal(err)
		}
		if idle, err := b.hub.Idle(ctx); err != nil || idle {
			t.Errorf("the hub says that nothing waits: %v, %v", idle, err)
		}
		if _, err := b.hub.FindSite(ctx, "test", "District", "New"); !errors.Is(err, hub.ErrNotNow) {
			t.Errorf("a site is added to what is being taken out: %v, want ErrNotNow", err)
		}
		if err := b.hub.Standing(ctx, gone[1]); !errors.Is(err, hub.ErrNotNow) {
			t.Errorf("a site of it takes changes: %v", err)
		}
		if halfWay {
			if err := b.store.Do(ctx, hub.Deed{Actor: "hub", Action: "site.dropped"}, func(tx hub.Tx) error { return tx.DropSite(gone[0]) }); err != nil {
				t.Fatal(err)
			}
		}
		dead, kill := context.WithCancel(ctx)
		kill()
		if err := b.hub.Drain(dead); err == nil {
			t.Fatal("a hub that ends took the organisation out")
		}
		b.hub = hub.New(hub.Config{Store: b.store, History: b.hist, Knowledge: knowledge(), Dir: b.hub.Dir(), Version: "test", Now: func() time.Time { return b.now }})
		b.drain()
		if _, err := b.store.Organisation(ctx, district); !errors.Is(err, hub.ErrNotFound) {
			t.Errorf("half-way %v: the organisation is there: %v", halfWay, err)
		}
		for _, id := range gone[map[bool]int{false: 0, true: 1}[halfWay]:] { // a site that somebody dropped by hand keeps its history here
			if _, err := b.store.Site(ctx, id); !errors.Is(err, hub.ErrNotFound) {
				t.Errorf("half-way %v: site %d is there: %v", halfWay, id, err)
			}
			if n, _ := b.history(id); n != 0 {
				t.Errorf("half-way %v: the history has %d rows of site %d", halfWay, n, id)
			}
		}
		b.site = kept
		if got := b.dump(); got != want {
			t.Errorf("half-way %v: the other organisation's site is not what it was: %d bytes, want %d", halfWay, len(got), len(want))
		}
		if n, _ := b.history(kept.ID); n != rows {
			t.Errorf("half-way %v: the history has %d rows of the other's site, want %d", halfWay, n, rows)
		}
		log, err := b.store.AuditLog(ctx, []int64{district}, false, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]string{}
		for _, e := range log {
			by[e.Action] = e.Actor
		}
		if by["organisation.drop"] != "anna" || by["organisation.dropped"] != "hub" {
			t.Errorf("half-way %v: the audit log has %v", halfWay, by)
		}
		next, err := b.hub.FindSite(ctx, "test", "District", "Depot")
		if err != nil || next.Organisation == district {
			t.Errorf("the next of that name is %+v, %v; want another number", next, err)
		}
	}
}

// TestAnOrganisationWithoutSitesIsTakenOut, once.
func TestAnOrganisationWithoutSitesIsTakenOut(t *testing.T) {
	b := newBench(t)
	o := &hub.Organisation{Name: "Empty"}
	if err := b.store.Do(t.Context(), hub.Deed{Actor: "test", Action: "x"}, func(tx hub.Tx) error { return tx.AddOrganisation(o) }); err != nil {
		t.Fatal(err)
	}
	if err := b.hub.DropOrganisation(t.Context(), "anna", o.ID); err != nil {
		t.Fatal(err)
	}
	b.drain()
	if _, err := b.store.Organisation(t.Context(), o.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("it is there: %v", err)
	}
	if err := b.hub.DropOrganisation(t.Context(), "anna", o.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("again: %v, want ErrNotFound", err)
	}
}
