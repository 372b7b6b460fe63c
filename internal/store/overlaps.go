package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

const overlapColumns = "site, ingest, other, same, part, of, bytes"

func scanOverlap(r scanner) (o hub.Overlap, err error) {
	var one, other struct{ first, last string }
	err = r.Scan(&o.Site, &o.Ingest, &o.Other, &o.Same, &o.Part, &o.Of, &o.Bytes, &o.Name, &one.first, &one.last, &other.first, &other.last)
	from, to := stamp(one.first), stamp(one.last)
	if t := stamp(other.first); t.After(from) {
		from = t
	}
	if t := stamp(other.last); t.Before(to) {
		to = t
	}
	if from.Before(to) && one.first != "" && other.first != "" {
		o.From, o.To = from, to
	}
	return o, err
}

// stamp is a time as inputs have it, zero for none.
func stamp(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// Overlaps gives what inputs of sites show that other inputs of theirs show too,
// by site, ingest and other.
func (db *DB) Overlaps(ctx context.Context, sites []int64) ([]hub.Overlap, error) {
	return collect(ctx, db.readers, scanOverlap, "SELECT "+prefixed("o", overlapColumns)+", coalesce(i.name, ''), "+
		"coalesce(n.input ->> 'first', ''), coalesce(n.input ->> 'last', ''), coalesce(i.input ->> 'first', ''), coalesce(i.input ->> 'last', '') "+
		"FROM overlap o LEFT JOIN ingest i ON i.id = o.other LEFT JOIN ingest n ON n.id = o.ingest WHERE o.site IN (SELECT value FROM json_each(?)) ORDER BY o.site, o.ingest, o.other", jsonInts(sites))
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
	rows, err := t.query("SELECT "+overlapColumns+", '', '', '', '', '' FROM overlap WHERE site = ? ORDER BY ingest, other", site)
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
