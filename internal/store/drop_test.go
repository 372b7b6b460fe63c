package store

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
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

// TestADroppedOrganisationLeavesNoRow looks at every table with an organisation's
// own rows, and at those of another one that has the same.
func TestADroppedOrganisationLeavesNoRow(t *testing.T) {
	db := newDB(t)
	fill := func(name string) (int64, int64) {
		site, _ := newSite(t, db, name)
		s, err := db.Site(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		must(t, db, func(tx *Tx) error {
			hook := &Webhook{Organisation: s.Organisation, URL: "https://hook.example.org/" + name, Events: []string{"*"}, Active: true}
			return errors.Join(tx.ReplaceSite(site, []byte("{}"), sampleSite(site, 5)), tx.SetWebhook(hook), tx.Tell(s.Organisation, "device.new", "{}"),
				tx.SaveQuery(&hub.Query{Organisation: s.Organisation, Name: "all", Text: "kind:camera", By: "x"}), tx.SetDecision(&hub.Decision{Site: site, Device: "d-1", Regime: "x", Status: "accepted"}),
				tx.SetSetting(fmt.Sprintf("told.organisation.%d", s.Organisation), "x"), tx.SetSetting(fmt.Sprintf("told.site.%d", site), "x"))
		})
		return s.Organisation, site
	}
	gone, site := fill("gone")
	stays, _ := fill("stays")
	people := map[string]*access.Account{"only": {Roles: map[int64]access.Role{gone: access.Admin}}, "both": {Roles: map[int64]access.Role{gone: access.Viewer, stays: access.Viewer}}, "other": {Roles: map[int64]access.Role{stays: access.Admin}}, "all": {Roles: map[int64]access.Role{0: access.Admin}}}
	must(t, db, func(tx *Tx) error {
		for name, a := range people {
			a.Name = name
			if err := tx.AddAccount(a); err != nil {
				return err
			}
			k := &access.Token{Account: a.ID, Name: "t", Scopes: []access.Scope{access.Read}}
			copy(k.Hash[:], name)
			if err := tx.AddToken(k); err != nil {
				return err
			}
		}
		return nil
	})
	count := func(text string, args ...any) (n int) {
		t.Helper()
		if err := db.readers.QueryRowContext(t.Context(), text, args...).Scan(&n); err != nil {
			t.Fatal(text, err)
		}
		return n
	}
	if h, err := db.Holding(t.Context(), gone); err != nil || h != (Holding{Sites: 1, Devices: 5, Inputs: 1, Decisions: 1, Searches: 1, Subscriptions: 1, Roles: 2, Only: 1}) {
		t.Errorf("Holding: %+v, %v", h, err)
	}
	d := hub.Deed{Actor: "anna", Action: "organisation.drop", Organisation: gone, Detail: map[string]string{"name": "Organisation of gone"}}
	if err := db.Do(t.Context(), d, func(tx hub.Tx) error { return tx.SetDroppingOrganisation(gone) }); err != nil {
		t.Fatal(err)
	}
	if sites, err := db.Dropping(t.Context()); err != nil || len(sites) != 1 || sites[0] != site {
		t.Errorf("sites to be taken out: %v, %v; want %d", sites, err, site)
	}
	if err := db.Do(t.Context(), d, func(tx hub.Tx) error { return tx.DropOrganisation(gone) }); err == nil {
		t.Error("it is taken out before its site is")
	}
	if n := count("SELECT count(*) FROM role WHERE organisation = ?", gone); n != 2 {
		t.Errorf("%d roles after what was refused, want 2", n)
	}
	for _, step := range []func(hub.Tx) error{func(tx hub.Tx) error { return tx.DropSite(site) }, func(tx hub.Tx) error { return tx.DropOrganisation(gone) }} {
		if err := db.Do(t.Context(), d, step); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		table, column string
		stays         int
	}{{"organisation", "id", 1}, {"site", "organisation", 1}, {"device", "organisation", 5}, {"webhook", "organisation", 1}, {"saved_query", "organisation", 1}, {"role", "organisation", 2}, {"tally", "-site", -1}} {
		if n := count("SELECT count(*) FROM "+c.table+" WHERE "+c.column+" = ?", gone); n != 0 {
			t.Errorf("%d rows of it are left in %s", n, c.table)
		}
		if n := count("SELECT count(*) FROM "+c.table+" WHERE "+c.column+" = ?", stays); n != c.stays && (c.stays >= 0 || n == 0) {
			t.Errorf("%d rows of the other organisation in %s, want %d", n, c.table, c.stays)
		}
	}
	if n := count("SELECT count(*) FROM delivery"); n != 1 {
		t.Errorf("%d deliveries wait, want the other's", n)
	}
	if n := count("SELECT count(*) FROM setting WHERE name LIKE 'dropping.%' OR name = ? OR name = ?", fmt.Sprintf("told.organisation.%d", gone), fmt.Sprintf("told.site.%d", site)); n != 0 {
		t.Errorf("%d settings of it are left", n)
	}
	for name, want := range map[string]int{"only": 0, "both": 1, "other": 1, "all": 1} {
		if n := count("SELECT count(*) FROM token WHERE account = ?", people[name].ID); n != want {
			t.Errorf("%s has %d tokens, want %d", name, n, want)
		}
	}
	if a, err := db.AccountNamed(t.Context(), "both"); err != nil || len(a.Roles) != 1 || a.Roles[stays] != access.Viewer || a.Version != 2 {
		t.Errorf("roles of an account of both: %+v, %v", a, err)
	}
	if _, by, err := db.OrganisationDropped(t.Context(), "Organisation of gone"); err != nil || by != "anna" {
		t.Errorf("who took it out: %q, %v", by, err)
	}
	next := hub.Organisation{Name: "next"}
	must(t, db, func(tx *Tx) error { return tx.AddOrganisation(&next) })
	if next.ID <= max(gone, stays) {
		t.Errorf("the next organisation has number %d", next.ID)
	}
}
