package store

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// Counts that are kept are given out until a change that they may depend on, and
// not after; what an ingest notes of itself is none.
func TestKeptCountsGrowOld(t *testing.T) {
	db := newDB(t)
	sites := newEstate(t, db, 2, 20)
	site := sites[0]
	q := DeviceQuery{All: true}
	some := ask(t, "tag:lobby", DeviceQuery{All: true})
	some.All = true
	device := sampleDerived(site, 15).Device.Device
	read := func() (tag, found, devices int64) {
		t.Helper()
		counts, err := db.Facets(t.Context(), q, []string{"tag"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts["tag"] {
			if c.Value == "lobby" {
				tag = c.Count
			}
		}
		counts["tag"][0].Count = -1 // the caller's own copy
		for _, x := range []struct {
			q  DeviceQuery
			to *int64
		}{{some, &found}, {q, &devices}} {
			page, err := db.Devices(t.Context(), x.q)
			if err != nil {
				t.Fatal(err)
			}
			*x.to = page.Total
		}
		return tag, found, devices
	}
	same := func(when string, tag, found, devices int64) {
		t.Helper()
		for _, how := range []string{"first", "again"} {
			if a, b, c := read(); a != tag || b != found || c != devices {
				t.Errorf("%s, asked %s: got %d, %d, %d, want %d, %d, %d", when, how, a, b, c, tag, found, devices)
			}
		}
	}
	same("at the beginning", 24, 24, 40)

	before := db.estate.Load()
	if _, err := db.Facets(t.Context(), q, []string{"tag"}); err != nil {
		t.Fatal(err)
	}
	must(t, db, func(tx *Tx) error { return tx.SetIngest(&hub.Ingest{ID: 1, Site: site, State: hub.Done}) })
	if db.estate.Load() != before {
		t.Error("what an ingest notes of itself makes counts old")
	}
	must(t, db, func(tx *Tx) error { return tx.SetTags(site, device, []string{"lobby"}) })
	same("after a tag", 25, 25, 40)
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(sites[1], nil, sampleSite(sites[1], 10)) })
	same("after half a site went", 23, 23, 30)

	before = db.estate.Load()
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(sites[1], nil, sampleSite(sites[1], 10)) })
	if db.estate.Load() != before {
		t.Error("a site that came out as it was makes counts old")
	}
}

// Of many who ask the same at once one reads; who asks after a change does not get
// what was read before it; who leaves takes nobody's answer away.
func TestEqualQuestionsAreReadOnce(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	var reads atomic.Int64
	begun, go1 := make(chan struct{}, 10), make(chan struct{})
	ask := func(ctx context.Context) (int64, error) {
		return remember(ctx, db, "what", func(ctx context.Context, tx querier) (n int64, err error) {
			reads.Add(1)
			begun <- struct{}{}
			<-go1
			err = tx.QueryRowContext(ctx, "SELECT count(*) FROM device").Scan(&n)
			return n, err
		}, func(*int64) int { return 1 }, func(n int64) int64 { return n })
	}
	leaving, leave := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { _, err := ask(leaving); gone <- err }()
	<-begun
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if n, err := ask(t.Context()); n != 0 && n != 5 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
	leave()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(site, nil, sampleSite(site, 5)) })
	after := make(chan int64)
	go func() {
		n, err := ask(t.Context())
		if err != nil {
			t.Error(err)
		}
		after <- n
	}()
	<-begun
	close(go1)
	wait.Wait()
	if n := <-after; n != 5 {
		t.Errorf("asked after a change: %d devices, want 5", n)
	}
	if n, err := ask(t.Context()); n != 5 || err != nil {
		t.Errorf("asked again: %d, %v", n, err)
	}
	if n := reads.Load(); n > 3 {
		t.Errorf("read %d times, want 2, or 3 where some of the 20 came late", n)
	}
	_, err := remember(t.Context(), db, "broken", func(context.Context, querier) (int64, error) { panic("broken") }, func(*int64) int { return 1 }, func(n int64) int64 { return n })
	if err == nil {
		t.Error("a reading that panics has no error")
	}
}

// More snapshots than there are connections wait for each other, and end.
func TestSnapshotsWait(t *testing.T) {
	db := reopen(t, t.TempDir()+"/estate.db", Options{Readers: 2})
	newEstate(t, db, 2, 30)
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			q := DeviceQuery{All: true, Sort: "name", Limit: 1 + i}
			if page, err := db.Devices(t.Context(), q); err != nil || page.Total != 60 {
				t.Errorf("%d devices, %v", page.Total, err)
			}
			if _, err := db.Matches(t.Context(), ask(t, "maker:axis", q)); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}
