package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/lenscap/lenscap/internal/hub"
)

const overlapColumns = "site, ingest, other, same, part, of, bytes"

func scanOverlap(r scanner) (o hub.Overlap, err error) {
	err = r.Scan(&o.Site, &o.Ingest, &o.Other, &o.Same, &o.Part, &o.Of, &o.Bytes, &o.Name)
	return o, err
}

// Overlaps gives what inputs of sites show that other inputs of theirs show too,
// by site, ingest and other.
func (db *DB) Overlaps(ctx context.Context, sites []int64) ([]hub.Overlap, error) {
	return collect(ctx, db.readers, scanOverlap, "SELECT "+prefixed("o", overlapColumns)+", coalesce(i.name, '') FROM overlap o LEFT JOIN ingest i ON i.id = o.other WHERE o.site IN (SELECT value FROM json_each(?)) ORDER BY o.site, o.ingest, o.other", jsonInts(sites))
}

// ReplaceOverlaps is [hub.Tx.ReplaceOverlaps]. What is as it was is not written
// again.
func (t *Tx) ReplaceOverlaps(site int64, list []hub.Overlap) error {
	have, err := t.overlaps(site)
	if err != nil {
		return fmt.Errorf("replace the overlaps of site %d: %w", site, err)
	}
	want := slices.Clone(list)
	for i := range want {
		want[i].Site, want[i].Name = site, ""
	}
	if slices.Equal(have, want) {
		return nil
	}
	if _, err := t.exec("DELETE FROM overlap WHERE site = ?", site); err != nil {
		return fmt.Errorf("replace the overlaps of site %d: %w", site, err)
	}
	for _, o := range want {
		if _, err := t.exec("INSERT INTO overlap ("+overlapColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)", site, o.Ingest, o.Other, o.Same, o.Part, o.Of, o.Bytes); err != nil {
			return fmt.Errorf("replace the overlaps of site %d: %w", site, err)
		}
	}
	return nil
}

func (t *Tx) overlaps(site int64) (list []hub.Overlap, err error) {
	rows, err := t.query("SELECT "+overlapColumns+", '' FROM overlap WHERE site = ? ORDER BY ingest, other", site)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		o, err := scanOverlap(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, o)
	}
	return list, rows.Err()
}
