package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
)

// Settings that remember what is to be taken out, and the numbers that were given
// when something was.
const (
	droppingSite = "dropping.site." // with the site's number
	lastGiven    = "last."          // with the table's name
)

// Dropping is [hub.Store.Dropping].
func (db *DB) Dropping(ctx context.Context) ([]int64, error) {
	return collect(ctx, db.readers, func(r scanner) (int64, error) {
		var name string
		if err := r.Scan(&name); err != nil {
			return 0, err
		}
		return strconv.ParseInt(strings.TrimPrefix(name, droppingSite), 10, 64)
	}, "SELECT name FROM setting WHERE name BETWEEN ? AND ? ORDER BY name", droppingSite, droppingSite+"~")
}

// SetDropping is [hub.Tx.SetDropping].
func (t *Tx) SetDropping(site int64) error {
	return t.SetSetting(droppingSite+strconv.FormatInt(site, 10), "1")
}

// next is the number of the next row of site or ingest: one that no row ever had,
// for the audit log and the history speak of rows that are gone.
func (t *Tx) next(table string) (int64, error) {
	var last int64
	if err := t.get("SELECT coalesce(max(id), 0) FROM "+table, nil, &last); err != nil {
		return 0, err
	}
	given, err := t.Setting(lastGiven + table)
	if err != nil || given == "" {
		return last + 1, err
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("setting %s is no number: the file was changed by another program", lastGiven+table)
	}
	return max(n, last) + 1, nil
}

// DropSite is [hub.Tx.DropSite].
func (t *Tx) DropSite(id int64) error {
	for _, table := range []string{"site", "ingest"} {
		n, err := t.next(table)
		if err == nil {
			err = t.SetSetting(lastGiven+table, strconv.FormatInt(n-1, 10))
		}
		if err != nil {
			return fmt.Errorf("drop site %d: %w", id, err)
		}
	}
	// Without devices first: what is counted of all sites follows.
	if err := t.ReplaceSite(id, nil, func(func(*hub.Derived) bool) {}); err != nil {
		return fmt.Errorf("drop site %d: %w", id, err)
	}
	low, high := span(id)
	for _, s := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM digest_run WHERE id BETWEEN ? AND ?", []any{low, high}},
		{"DELETE FROM sighted WHERE observation BETWEEN ? AND ?", []any{low, high}},
		{"DELETE FROM observation WHERE id BETWEEN ? AND ?", []any{low, high}},
		{"DELETE FROM sighting WHERE site = ?", []any{id}},
		{"DELETE FROM decision WHERE site = ?", []any{id}},
		{"DELETE FROM note WHERE site = ?", []any{id}},
		{"DELETE FROM tag WHERE site = ?", []any{id}},
		{"DELETE FROM plan WHERE site = ?", []any{id}},
		{"DELETE FROM declared WHERE site = ?", []any{id}},
		{"DELETE FROM asset_list WHERE site = ?", []any{id}},
		{"DELETE FROM tally WHERE site = ?", []any{id}},
		{"DELETE FROM talk WHERE site = ?", []any{id}},
		{"DELETE FROM overlap WHERE site = ?", []any{id}},
		{"DELETE FROM ingest WHERE site = ?", []any{id}},
		{"DELETE FROM setting WHERE name = ?", []any{droppingSite + strconv.FormatInt(id, 10)}},
		{"DELETE FROM setting WHERE name BETWEEN ? AND ?", []any{formerName(id, ""), formerName(id, "~")}},
		{"DELETE FROM site WHERE id = ?", []any{id}},
	} {
		if err := t.alive(); err != nil {
			return err
		}
		if _, err := t.exec(s.text, s.args...); err != nil {
			return fmt.Errorf("drop site %d: %w", id, err)
		}
	}
	return nil
}
