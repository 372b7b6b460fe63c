package store

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestMigrations brings a filled file of every earlier schema to the present
// one. testdata/schema-N.sql is such a file as text; LENSCAP_UPDATE=1 writes the
// one before the last, which is done once, when a migration is added.
func TestMigrations(t *testing.T) {
	list := migrations()
	if os.Getenv("LENSCAP_UPDATE") != "" {
		writeSchema(t, list[:len(list)-1])
	}
	for version := 1; version < len(list); version++ {
		t.Run(fmt.Sprintf("from schema %d", version), func(t *testing.T) {
			text, err := os.ReadFile(fmt.Sprintf("testdata/schema-%d.sql", version))
			if err != nil {
				t.Fatalf("%v: a filled file of every earlier schema is needed", err)
			}
			path := filepath.Join(t.TempDir(), "estate.db")
			sqliteExec(t, path, string(text))
			severity := 3
			if version < 7 { // 0007 mends it
				severity = 1
			}
			sqliteExec(t, path, fmt.Sprintf("UPDATE finding SET would_be = 'prohibited', severity = %d WHERE verdict = 'cannot-tell' AND device = 1", severity))
			db := reopen(t, path, Options{})
			if copies, err := filepath.Glob(path + fmt.Sprintf(".schema-%d.*", version)); err != nil || len(copies) != 1 {
				t.Errorf("copies made before: %v, want one", copies)
			} else if v, err := Verify(t.Context(), copies[0]); err != nil || v.Schema != version {
				t.Errorf("the copy: %+v, %v", v, err)
			} else if info, err := os.Stat(copies[0]); err != nil || info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
				t.Errorf("the copy may be read by others: %v, %v", info.Mode(), err)
			}
			if v, err := Verify(t.Context(), path); err != nil || v.Schema != len(list) || v.Sites != 1 {
				t.Errorf("%+v, %v", v, err)
			}
			if e := readEvidence(t, db, 1); len(e.Observations) != 12 || e.Observations[3].Protocol == "" || len(e.Observations[3].Fields) == 0 {
				t.Errorf("evidence: %+v", e)
			}
			page, err := db.Devices(t.Context(), DeviceQuery{All: true})
			if err != nil || page.Total != 3 || len(page.Devices) != 3 || len(page.Devices[0].Name) == 0 {
				t.Errorf("devices: %+v, %v", page, err)
			}
			for _, d := range page.Devices {
				if doc, err := db.Doc(t.Context(), d.Site, d.Device.Device); err != nil || doc.ID != d.Device.Device {
					t.Errorf("doc of %s: %+v, %v", d.Device.Device, doc, err)
				}
			}
			severities, err := collect(t.Context(), db.readers, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err },
				"SELECT DISTINCT verdict || ' ' || would_be || ' ' || severity FROM finding WHERE verdict IN ('advised-against', 'cannot-tell', 'restricted') ORDER BY 1")
			if want := []string{"advised-against  2", "cannot-tell  1", "cannot-tell prohibited 3", "restricted  3"}; err != nil || !slices.Equal(severities, want) {
				t.Errorf("severities %q, %v; want %q", severities, err, want)
			}
			// It goes on where it was: equal observations are known, devices the same.
			addEvidence(t, db, 1, 1, sampleEvidence(1, 12))
			if n := len(readEvidence(t, db, 1).Observations); n != 12 {
				t.Errorf("%d observations after the same again, want 12", n)
			}
			if fresh := schemaOf(t, newDB(t)); schemaOf(t, db) != fresh {
				t.Error("a migrated file has another schema than a new one")
			}
		})
	}
}

func TestMigrationFails(t *testing.T) {
	db := newDB(t)
	newSite(t, db, "north")
	list := append(migrations(), migration{len(migrations()) + 1, "9999-bad.sql", "CREATE TABLE fine (x); INSERT INTO nosuch VALUES (1)"})
	if err := db.migrate(t.Context(), list); err == nil || !strings.Contains(err.Error(), "9999-bad.sql") {
		t.Errorf("a migration that fails: %v, want its name", err)
	}
	var tables, version int
	if err := db.conn.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM sqlite_schema WHERE name = 'fine'), (SELECT user_version FROM pragma_user_version)").Scan(&tables, &version); err != nil || tables != 0 || version != len(migrations()) {
		t.Errorf("after a migration that failed: table there: %d, version %d, %v", tables, version, err)
	}
	must(t, db, func(tx *Tx) error { return tx.AddOrganisation(&hub.Organisation{Name: "goes on"}) })
	if copies, err := filepath.Glob(db.path + ".schema-*"); err != nil || len(copies) != 0 {
		t.Errorf("copies that are left: %v, want none: each try would leave one more", copies)
	}
}

func schemaOf(t *testing.T, db *DB) string {
	t.Helper()
	list, err := collect(t.Context(), db.readers, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err },
		"SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT GLOB 'sqlite_stat*' ORDER BY type, name")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

// writeSchema writes testdata/schema-N.sql of the last of list.
func writeSchema(t *testing.T, list []migration) {
	path := filepath.Join(t.TempDir(), "old.db")
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	conn, err := raw.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := &DB{path: path, now: func() time.Time { return day }, log: slog.New(slog.DiscardHandler), conn: conn, pool: raw, readers: newPool(raw), readings: make(chan *reading), turn: make(chan struct{}, 1), closed: make(chan struct{}), stmts: map[string]*sql.Stmt{}}
	old.turn <- struct{}{}
	if err := old.migrate(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	if err := old.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	site, ingest := newSite(t, old, "north")
	must(t, old, func(tx *Tx) error {
		if err := tx.AddEvidence(site, ingest, sampleEvidence(1, 12)); err != nil {
			return err
		}
		return tx.ReplaceSite(site, []byte("{}"), sampleSite(site, 3))
	})
	var b strings.Builder
	b.WriteString("PRAGMA foreign_keys = OFF;\nBEGIN;\n")
	for _, m := range list {
		b.WriteString(m.text + "\n")
	}
	tables, err := collect(t.Context(), conn, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err },
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name NOT GLOB 'device_text_*' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		insertsOf(t, conn, &b, table)
	}
	fmt.Fprintf(&b, "PRAGMA application_id = %d; PRAGMA user_version = %d;\nCOMMIT;\n", application, len(list))
	if err := os.WriteFile(fmt.Sprintf("testdata/schema-%d.sql", len(list)), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func insertsOf(t *testing.T, conn *sql.Conn, b *strings.Builder, table string) {
	columns, err := collect(t.Context(), conn, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err }, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		t.Fatal(err)
	}
	if table == "device_text" {
		columns = append([]string{"rowid"}, columns...)
	}
	rows, err := collect(context.Background(), conn, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err },
		"SELECT quote("+strings.Join(columns, ") || ', ' || quote(")+") FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		fmt.Fprintf(b, "INSERT INTO %s (%s) VALUES (%s);\n", table, strings.Join(columns, ", "), r)
	}
}
