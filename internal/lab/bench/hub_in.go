package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/lab/hubload"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/store"
)

// hubIn measures how many observations a second the store takes, beside a bare
// insert of the same rows: a prepared statement for one row, on a table with the
// same columns, in transactions of the same length, as durable.
func hubIn(ctx context.Context, s *settings, ex *hubload.Examples, page io.Writer) error {
	const sites, devices = 4, 2500
	var lots [sites]hub.Evidence
	n := 0
	for i := range lots {
		lots[i] = ex.Evidence(i, devices, 8)
		n += len(lots[i].Observations)
	}
	var ours, bare, ratio []float64
	for i := range s.pairs {
		dir, err := os.MkdirTemp(s.dir, "hub-in-")
		if err != nil {
			return err
		}
		a, b := 0.0, 0.0
		one := func() error { a, err = storeIn(ctx, filepath.Join(dir, "a.db"), lots[:]); return err }
		two := func() error { b, err = bareIn(ctx, filepath.Join(dir, "b.db"), lots[:]); return err }
		if i%2 == 0 {
			err = errors.Join(one(), two())
		} else {
			err = errors.Join(two(), one())
		}
		if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
		ours, bare, ratio = append(ours, float64(n)/a), append(bare, float64(n)/b), append(ratio, a/b)
	}
	fmt.Fprintf(page, "\n### Observations in\n\n%d observations of %d sites, a transaction each, synced to disk at its end (`AddEvidence`: equal ones are found and joined). Medians of %d pairs.\n\n", n, sites, s.pairs)
	fmt.Fprintf(page, "| | a second | must |\n|---|---|---|\n| the store | **%.0f** | ≥ 50,000: %s |\n| bare insert | %.0f | |\n| time, store / bare insert | **%.2f** | %s |\n",
		median(ours), yes(median(ours) >= 50_000), median(bare), median(ratio), verdict(median(ratio), 2, true))
	return nil
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "**no**"
}

// storeIn gives the seconds that AddEvidence takes, with commit.
func storeIn(ctx context.Context, path string, lots []hub.Evidence) (seconds float64, err error) {
	st, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	org := &hub.Organisation{Name: "bench"}
	ingests := make([]hub.Ingest, len(lots))
	err = st.Do(ctx, hub.Deed{Actor: "bench", Action: "organisation.create"}, func(tx hub.Tx) error {
		if err := tx.AddOrganisation(org); err != nil {
			return err
		}
		for i := range ingests {
			site := &hub.Site{Organisation: org.ID, Name: fmt.Sprint("site ", i)}
			if err := tx.AddSite(site); err != nil {
				return err
			}
			ingests[i] = hub.Ingest{Site: site.ID, Name: "bench", Source: "command", State: hub.Judging}
			if err := tx.AddIngest(&ingests[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	for i := range lots {
		in := &ingests[i]
		if err := st.Do(ctx, hub.Deed{Actor: "bench", Action: "ingest.judging"}, func(tx hub.Tx) error { return tx.AddEvidence(in.Site, in.ID, lots[i]) }); err != nil {
			return 0, err
		}
	}
	return time.Since(begin).Seconds(), nil
}

// bareIn gives the seconds of the bare insert. Fields are made before:
// it is what SQLite alone takes.
func bareIn(ctx context.Context, path string, lots []hub.Evidence) (seconds float64, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE observation (id INTEGER PRIMARY KEY, ingest INTEGER NOT NULL, packet INTEGER NOT NULL,
		seen INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, protocol TEXT NOT NULL, mac BLOB, vlan INTEGER NOT NULL, from_ip BLOB, from_port INTEGER NOT NULL, to_ip BLOB,
		to_port INTEGER NOT NULL, to_mac BLOB, ttl INTEGER NOT NULL, about INTEGER NOT NULL, fields BLOB NOT NULL) STRICT`)
	if err != nil {
		return 0, err
	}
	id := uint64(0)
	rows := make([][][]any, len(lots))
	for i := range lots {
		for _, o := range lots[i].Observations {
			id++
			rows[i] = append(rows[i], bareRow(id, o))
		}
	}
	begin := time.Now()
	for i := range rows {
		if err := bareLot(ctx, db, rows[i]); err != nil {
			return 0, err
		}
	}
	return time.Since(begin).Seconds(), nil
}

func bareLot(ctx context.Context, db *sql.DB, rows [][]any) (err error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error counts
		}
	}()
	insert, err := tx.PrepareContext(ctx, "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := insert.ExecContext(ctx, r...); err != nil {
			return errors.Join(err, insert.Close())
		}
	}
	if err := insert.Close(); err != nil {
		return err
	}
	return tx.Commit()
}

// bareRow is an observation as a row.
func bareRow(id uint64, o *observation.Observation) []any {
	var fields []byte
	for _, f := range o.Fields {
		fields = append(append(append(fields, byte(len(f.Name)), byte(len(f.Value))), f.Name...), f.Value...)
	}
	return []any{id, 1, o.Packet, o.Seen.UnixNano(), o.Last.UnixNano(), o.Count, o.Protocol, o.MAC[:], o.VLAN, address(o.From), o.From.Port(), address(o.To), o.To.Port(), o.ToMAC[:], o.TTL, int(o.About), fields}
}

func address(a netip.AddrPort) []byte { return a.Addr().AsSlice() }
