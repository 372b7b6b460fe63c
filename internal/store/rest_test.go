package store

import (
	"testing"
)

// Rest waits for nobody, and the file can be written and closed after it.
func TestRest(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	must(t, db, func(tx *Tx) error {
		if err := db.Rest(t.Context()); err != nil { // within a change: it would wait for ever
			t.Error(err)
		}
		return tx.ReplaceSite(site, nil, sampleSite(site, 50))
	})
	if err := db.Rest(t.Context()); err != nil {
		t.Fatal(err)
	}
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(site, nil, sampleSite(site, 20)) })
	p, err := db.Devices(t.Context(), DeviceQuery{All: true})
	if err != nil || p.Total != 20 {
		t.Errorf("%d devices, %v", p.Total, err)
	}
	reading, err := db.snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Rest(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := db.readers.Stats().OpenConnections; n != 1 {
		t.Errorf("%d connections read after a rest, want the one in use", n)
	}
	var n int
	if err := reading.QueryRowContext(t.Context(), "SELECT count(*) FROM device").Scan(&n); err != nil || n != 20 {
		t.Errorf("who read meanwhile sees %d devices, %v", n, err)
	}
	reading.end()
	if p, err = db.Devices(t.Context(), DeviceQuery{All: true}); err != nil || p.Total != 20 {
		t.Errorf("after a rest: %d devices, %v", p.Total, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Rest(t.Context()); err != nil {
		t.Errorf("when it is closed: %v", err)
	}
}
