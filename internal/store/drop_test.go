package store

import (
	"errors"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestADroppedSiteLeavesNoRow looks at every table that speaks of sites.
func TestADroppedSiteLeavesNoRow(t *testing.T) {
	db := newDB(t)
	site, ingest := newSite(t, db, "seen")
	addEvidence(t, db, site, ingest, sampleEvidence(1, 500))
	must(t, db, func(tx *Tx) error {
		return errors.Join(tx.ReplaceSite(site, []byte("{}"), sampleSite(site, 50)), tx.AddNote(&hub.Note{Site: site, Device: "d-1", Text: "x"}), tx.SetTags(site, "d-1", []string{"x"}),
			tx.SetStep(&hub.Step{Site: site, Device: "d-1", Action: "keep"}), tx.SetDecision(&hub.Decision{Site: site, Device: "d-1", Regime: "x", Status: "open"}),
			tx.SetZones(site, []hub.Zone{{Name: "x"}}), tx.AddDeclared(site, "list", []byte("{}"), "x", []hub.Declared{{List: "list", Line: 1, Fields: []byte("{}")}}))
	})
	d := hub.Deed{Actor: "anna", Action: "site.drop"}
	if err := db.Do(t.Context(), d, func(tx hub.Tx) error { return tx.SetDropping(site) }); err != nil {
		t.Fatal(err)
	}
	if list, err := db.Dropping(t.Context()); err != nil || len(list) != 1 || list[0] != site {
		t.Fatalf("Dropping: %v, %v; want %d", list, err, site)
	}
	if err := db.Do(t.Context(), d, func(tx hub.Tx) error { return tx.DropSite(site) }); err != nil {
		t.Fatal(err)
	}
	tables, err := collect(t.Context(), db.readers, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err }, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'device_text_%'
		AND name NOT IN ('organisation', 'name', 'setting', 'audit', 'account', 'role', 'invite', 'session', 'token', 'webhook', 'delivery', 'saved_query')`)
	if err != nil || len(tables) < 15 {
		t.Fatal(tables, err)
	}
	for _, table := range tables {
		where := ""
		if table == "tally" {
			where = " WHERE count <> 0" // sums of all sites
		}
		var n int
		if err := db.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table+where).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows are left in %s (%v)", n, table, err)
		}
	}
	if list, err := db.Dropping(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("Dropping: %v, %v; want nothing", list, err)
	}
}
