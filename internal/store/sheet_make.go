package store

import (
	"context"
	"fmt"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// makeSheets makes the sheets that are missing: of a file that an earlier Lenscap
// wrote, and of columns that are new.
func (db *DB) makeSheets(ctx context.Context) error {
	last := len(sheetColumns) - 1
	sites, err := collect(ctx, db.conn, ids, "SELECT t.site FROM tally t WHERE t.field = ? AND t.value = '' AND t.site > 0 AND NOT EXISTS (SELECT 1 FROM sheet s WHERE s.id = t.site << 8 | ?) ORDER BY 1", everyone, last)
	if err != nil || len(sites) == 0 {
		return err
	}
	db.log.InfoContext(ctx, "sheets of sites are made, once", "sites", len(sites))
	for _, site := range sites {
		if err := db.transact(ctx, func(t *Tx) error { return t.makeSheet(site) }); err != nil {
			return fmt.Errorf("make the sheet of site %d: %w", site, err)
		}
	}
	return nil
}

// makeSheet makes the sheet of a site from the tables.
func (t *Tx) makeSheet(site int64) error {
	list, err := collect(t.ctx, t.db.conn, func(r scanner) (d DeviceRow, err error) {
		dest, done := rowDest(&d)
		if err = r.Scan(dest...); err == nil {
			done()
		}
		return d, err
	}, "SELECT "+rowColumns+from+" WHERE d.site = ? ORDER BY d.id", site)
	if err != nil {
		return err
	}
	all := make([]hub.Derived, len(list))
	at := map[int64]*hub.Derived{}
	for i := range list {
		all[i] = hub.Derived{Device: list[i].Device, Doc: &report.Device{}}
		at[list[i].ID] = &all[i]
	}
	for _, hang := range []struct {
		text string
		add  func(r scanner) error
	}{
		{"SELECT r.device, " + prefixed("r", reachColumns) + " FROM device d CROSS JOIN reach r ON r.device = d.id WHERE d.site = ?", func(r scanner) error {
			var id int64
			c, err := scanReach(behindID{r, &id})
			at[id].Reach = append(at[id].Reach, c)
			return err
		}},
		{"SELECT k.device, k.value FROM device d CROSS JOIN device_key k ON k.device = d.id WHERE d.site = ? AND k.kind = 'protocol'", func(r scanner) error {
			var id int64
			var v string
			err := r.Scan(&id, &v)
			at[id].Doc.Protocols = append(at[id].Doc.Protocols, v)
			return err
		}},
		{"SELECT c.device, c.what FROM device d CROSS JOIN change c ON c.device = d.id WHERE d.site = ?", func(r scanner) error {
			var id int64
			var v string
			err := r.Scan(&id, &v)
			at[id].Changes = append(at[id].Changes, hub.Change{What: v})
			return err
		}},
		{"SELECT f.device, f.regime, f.verdict FROM device d CROSS JOIN finding f ON f.device = d.id WHERE d.site = ?", func(r scanner) error {
			var id int64
			var f finding.Finding
			err := r.Scan(&id, &f.Regime, &f.Verdict)
			at[id].Findings = append(at[id].Findings, f)
			return err
		}},
	} {
		rows, err := t.query(hang.text, site)
		if err != nil {
			return err
		}
		if _, err := drain(rows, func(r scanner) (struct{}, error) { return struct{}{}, hang.add(r) }); err != nil {
			return err
		}
	}
	var s sheetMaker
	for i := range all {
		s.add(list[i].ID, &all[i])
	}
	return s.keep(t, site)
}

// behindID scans a row that has an id before what is asked for.
type behindID struct {
	scanner
	id *int64
}

func (b behindID) Scan(dest ...any) error { return b.scanner.Scan(append([]any{b.id}, dest...)...) }
