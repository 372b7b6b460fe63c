package store

import (
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
