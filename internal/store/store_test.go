package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/hub"
)

var deed = hub.Deed{Actor: "test", Action: "test.do", Object: "something"}

// newDB opens a fresh file in a folder of the test.
func newDB(t testing.TB) *DB {
	t.Helper()
	return reopen(t, filepath.Join(t.TempDir(), "estate.db"), Options{})
}

func reopen(t testing.TB, path string, opts Options) *DB {
	t.Helper()
	db, err := Open(t.Context(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// must runs a change that has to work.
func must(t testing.TB, db *DB, fn func(*Tx) error) {
	t.Helper()
	if err := db.Change(context.WithoutCancel(t.Context()), deed, fn); err != nil {
		t.Fatal(err)
	}
}

// newSite adds an organisation with a site and an ingest.
func newSite(t testing.TB, db *DB, name string) (site, ingest int64) {
	t.Helper()
	o, s := hub.Organisation{Name: "Organisation of " + name, Country: "GB"}, hub.Site{Name: name}
	must(t, db, func(tx *Tx) error {
		if err := tx.AddOrganisation(&o); err != nil {
			return err
		}
		s.Organisation = o.ID
		if err := tx.AddSite(&s); err != nil {
			return err
		}
		in := hub.Ingest{Site: s.ID, Name: "a.pcap", Source: "command", State: hub.Waiting}
		err := tx.AddIngest(&in)
		ingest = in.ID
		return err
	})
	return s.ID, ingest
}

func TestOpenAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "estate.db")
	db := reopen(t, path, Options{})
	newSite(t, db, "north")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("Close twice: %v", err)
	}
	if err := db.Change(t.Context(), deed, func(*Tx) error { return nil }); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a change after Close: %v, want fs.ErrClosed", err)
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("the log is still there after Close: the file alone is not the whole estate")
	}
	db = reopen(t, path, Options{})
	list, err := db.Sites(t.Context(), 0)
	if err != nil || len(list) != 1 || list[0].Name != "north" {
		t.Errorf("sites after reopening: %v, %v", list, err)
	}
	var mode, sync string
	if err := db.conn.QueryRowContext(t.Context(), "SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)").Scan(&mode, &sync); err != nil || mode != "wal" || sync != "2" {
		t.Errorf("journal %s, synchronous %s, %v; want wal, 2 (FULL)", mode, sync, err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	foreign := filepath.Join(dir, "foreign.db")
	sqliteExec(t, foreign, "CREATE TABLE theirs (x)")
	newer := filepath.Join(dir, "newer.db")
	if err := reopen(t, newer, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	sqliteExec(t, newer, "PRAGMA user_version = 9999")
	damaged := filepath.Join(dir, "damaged.db")
	if err := reopen(t, damaged, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	if f, err := os.OpenFile(damaged, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	} else {
		_, _ = f.WriteAt([]byte(strings.Repeat("x", 8000)), 100)
		_ = f.Close()
	}
	for _, c := range []struct{ name, path, want string }{
		{"not a database", write("notes.txt", "shopping: milk, bread, cameras"), "is not a database"},
		{"cut header", write("cut.db", "SQLite fo"), "not a database"},
		{"another program's", foreign, "another program"},
		{"newer", newer, "newer Lenscap"},
		{"damaged", damaged, "damaged"},
		{"folder", dir, "directory"},
		{"no folder", filepath.Join(dir, "none", "estate.db"), "folder"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := Open(t.Context(), c.path, Options{})
			if err == nil {
				_ = db.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("Open(%s): %v; want one that says %q and names the file", c.path, err, c.want)
			}
		})
	}
}

func TestSecondProcess(t *testing.T) {
	if path := os.Getenv("STORE_TEST_OPEN"); path != "" {
		_, err := Open(t.Context(), path, Options{})
		if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), path) {
			t.Fatalf("Open in a second process: %v, want ErrInUse with the path", err)
		}
		return
	}
	db := newDB(t)
	if _, err := Open(t.Context(), db.Path(), Options{}); !errors.Is(err, ErrInUse) {
		t.Errorf("Open twice in one process: %v, want ErrInUse", err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestSecondProcess$")
	cmd.Env = append(os.Environ(), "STORE_TEST_OPEN="+db.Path())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestDoAllOrNothing(t *testing.T) {
	db := newDB(t)
	want := errors.New("no")
	before := db.Version()
	err := db.Do(t.Context(), deed, func(tx hub.Tx) error {
		if err := tx.AddOrganisation(&hub.Organisation{Name: "A"}); err != nil {
			return err
		}
		return want
	})
	if !errors.Is(err, want) {
		t.Errorf("Do: %v, want the error of its function", err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a panic was swallowed")
			}
		}()
		_ = db.Do(t.Context(), deed, func(tx hub.Tx) error {
			_ = tx.AddOrganisation(&hub.Organisation{Name: "B"})
			panic("in the middle")
		})
	}()
	ctx, cancel := context.WithCancel(t.Context())
	err = db.Do(ctx, deed, func(tx hub.Tx) error {
		err := tx.AddOrganisation(&hub.Organisation{Name: "C"})
		cancel()
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Do with a context that ends: %v", err)
	}
	if err := db.Do(t.Context(), hub.Deed{}, func(hub.Tx) error { return nil }); !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("Do without a deed: %v, want ErrInvalid", err)
	}
	list, err := db.Organisations(t.Context())
	if err != nil || len(list) != 0 {
		t.Errorf("organisations: %v, %v; want none", list, err)
	}
	if log, err := db.AuditLog(t.Context(), nil, true, 0, 10); err != nil || len(log) != 0 {
		t.Errorf("audit log: %v, %v; want nothing", log, err)
	}
	if db.Version() != before {
		t.Error("the version rose without a change")
	}
	must(t, db, func(tx *Tx) error { // readers within see what was there
		if list, err := db.Organisations(t.Context()); err != nil || len(list) != 0 {
			t.Errorf("readers within a change: %v, %v", list, err)
		}
		return tx.AddOrganisation(&hub.Organisation{Name: "D"})
	})
	if db.Version() == before {
		t.Error("the version did not rise with a change")
	}
}

func TestVersions(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	s, err := db.Site(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	o, err := db.Organisation(t.Context(), s.Organisation)
	if err != nil {
		t.Fatal(err)
	}
	other := *s
	s.Facts = hub.SiteFacts{Address: "1 High Street", Sensitive: map[string]bool{"socpa": true}, Closed: true, Tags: []string{"a"}}
	must(t, db, func(tx *Tx) error { return tx.SetSite(s) })
	got, err := db.Site(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, got); diff != "" || got.Version != 2 {
		t.Errorf("site (-want +got):\n%s", diff)
	}
	try := func(name string, want error, fn func(*Tx) error) {
		t.Helper()
		if err := db.Change(t.Context(), deed, fn); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	try("an old version", hub.ErrChanged, func(tx *Tx) error { return tx.SetSite(&other) })
	try("no such site", hub.ErrNotFound, func(tx *Tx) error { return tx.SetSite(&hub.Site{ID: 99, Organisation: 1, Name: "x"}) })
	try("another organisation", hub.ErrNotFound, func(tx *Tx) error { c := *s; c.Organisation = 99; return tx.SetSite(&c) })
	try("site of nobody", hub.ErrNotFound, func(tx *Tx) error { return tx.AddSite(&hub.Site{Name: "x", Organisation: 99}) })
	try("taken", hub.ErrExists, func(tx *Tx) error { return tx.AddSite(&hub.Site{Name: "north", Organisation: o.ID}) })
	try("taken", hub.ErrExists, func(tx *Tx) error { return tx.AddOrganisation(&hub.Organisation{Name: o.Name}) })
	try("no name", hub.ErrInvalid, func(tx *Tx) error { return tx.AddOrganisation(&hub.Organisation{Name: " "}) })
	d := hub.Decision{Site: site, Device: "d-1", Regime: "r", Status: "open", Waiver: hub.Waiver{Why: "w", By: "b", Until: "2026-12-31"}}
	first := d
	must(t, db, func(tx *Tx) error { return tx.SetDecision(&d) })
	try("decided by somebody else", hub.ErrChanged, func(tx *Tx) error { return tx.SetDecision(&first) })
	d.Status = "done"
	must(t, db, func(tx *Tx) error { return tx.SetDecision(&d) })
	if got, err := db.Decisions(t.Context(), site); err != nil || len(got) != 1 || !cmp.Equal(got[0], d) || d.Version != 2 {
		t.Errorf("decisions %+v, %v; want %+v", got, err, d)
	}
	if _, err := db.Site(t.Context(), 99); !errors.Is(err, hub.ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Site(99): %v", err)
	}
}

func TestAuditChain(t *testing.T) {
	now := time.Date(2026, 11, 23, 1, 2, 3, 4, time.UTC)
	path := filepath.Join(t.TempDir(), "estate.db")
	fill := func() *DB {
		_ = os.Remove(path)
		db := reopen(t, path, Options{Now: func() time.Time { return now }})
		for i := range 5 {
			d := hub.Deed{Actor: "anna", Organisation: int64(i % 2), Action: "site.create", Object: "site 3", Detail: map[string]any{"n": i}}
			if err := db.Do(t.Context(), d, func(hub.Tx) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		return db
	}
	db := fill()
	if n, err := db.VerifyAudit(t.Context()); n != 5 || err != nil {
		t.Fatalf("VerifyAudit: %d, %v; want 5", n, err)
	}
	early, err := db.ProveAudit(t.Context(), "")
	if err != nil || len(early.Head) != 64 {
		t.Fatalf("ProveAudit: %+v, %v", early, err)
	}
	if err := db.Do(t.Context(), hub.Deed{Actor: "anna", Action: "site.create"}, func(hub.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if p, err := db.ProveAudit(t.Context(), early.Head); err != nil || p.Kept != 5 || p.Rows != 6 || p.Head == early.Head {
		t.Errorf("ProveAudit of an early head: %+v, %v", p, err)
	}
	for _, head := range []string{"x", early.Head[:10], strings.Repeat("0", 64)} {
		if p, err := db.ProveAudit(t.Context(), head); err == nil {
			t.Errorf("ProveAudit(%q): %+v, want an error", head, p)
		}
	}
	list, err := db.AuditLog(t.Context(), []int64{1}, false, 0, 10)
	if err != nil || len(list) != 2 || list[0].ID != 4 || list[0].Detail != `{"n":3}` || !list[0].At.Equal(now) {
		t.Errorf("AuditLog: %+v, %v", list, err)
	}
	_ = db.Close()
	// Who can write the file can cut the end off so that the chain alone does not tell.
	_ = os.Remove(path)
	_ = os.Remove(path + "-wal")
	db = fill()
	whole, _ := db.ProveAudit(t.Context(), "")
	_ = db.Close()
	sqliteExec(t, path, "DELETE FROM audit WHERE id = 5; UPDATE setting SET value = (SELECT '4:' || lower(hex(hash)) FROM audit WHERE id = 4) WHERE name = 'audit.head'")
	db = reopen(t, path, Options{})
	if n, err := db.VerifyAudit(t.Context()); n != 4 || err != nil {
		t.Errorf("VerifyAudit of a chain cut with care: %d, %v; want 4", n, err)
	}
	if p, err := db.ProveAudit(t.Context(), whole.Head); err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("ProveAudit of it: %+v, %v; want an error that says so", p, err)
	}
	_ = db.Close()
	for _, c := range []struct{ sql, want string }{
		{"UPDATE audit SET actor = 'eve' WHERE id = 3", "row 3"},
		{"UPDATE audit SET actor = 'ann', action = 'asite.create' WHERE id = 2", "row 2"},
		{"DELETE FROM audit WHERE id = 2", "row 2 is missing"},
		{"DELETE FROM audit WHERE id = 5", "ends at row 4"},
		{"DELETE FROM audit", "ends at row 0"},
		{"UPDATE audit SET at = at + 1 WHERE id = 1", "row 1"},
		{"DELETE FROM setting WHERE name = 'audit.head'", "ends at row 5"},
		{"UPDATE setting SET value = 'x' WHERE name = 'audit.head'", "head"},
	} {
		_ = fill().Close()
		sqliteExec(t, path, c.sql)
		db := reopen(t, path, Options{})
		if _, err := db.VerifyAudit(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: VerifyAudit says %v, want %q", c.sql, err, c.want)
		}
		_ = db.Close()
	}
}
