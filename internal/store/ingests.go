package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

const ingestColumns = "id, site, name, source, path, size, sha256, state, error, input, by, queued, started, ended, let_go, let_go_before"

func scanIngest(r scanner) (in hub.Ingest, err error) {
	var input []byte
	var queued, started, ended, gone, before int64
	if err = r.Scan(&in.ID, &in.Site, &in.Name, &in.Source, &in.Path, &in.Size, &in.SHA256, &in.State, &in.Error, &input, &in.By, &queued, &started, &ended, &gone, &before); err != nil {
		return in, err
	}
	in.Queued, in.Started, in.Ended = when(queued), when(started), when(ended)
	in.LetGo, in.LetGoBefore = when(gone), when(before)
	if err = json.Unmarshal(input, &in.Input); err != nil {
		err = fmt.Errorf("input of ingest %d: %w", in.ID, err)
	}
	return in, err
}

// Ingest is [hub.Store.Ingest].
func (db *DB) Ingest(ctx context.Context, id int64) (*hub.Ingest, error) {
	in, err := scanIngest(db.readers.QueryRowContext(ctx, "SELECT "+ingestColumns+" FROM ingest WHERE id = ?", id))
	if err != nil {
		return nil, missing(err, "ingest %d", id)
	}
	return &in, nil
}

// Ingests is [hub.Store.Ingests].
func (db *DB) Ingests(ctx context.Context, site, before int64, n int) ([]hub.Ingest, error) {
	if before <= 0 {
		before = 1 << 62
	}
	return collect(ctx, db.readers, scanIngest, "SELECT "+ingestColumns+" FROM ingest WHERE site = ? AND id < ? ORDER BY id DESC LIMIT ?", site, before, n)
}

// RecentIngests is [DB.Ingests] of all sites of the organisations, or of all
// there are.
func (db *DB) RecentIngests(ctx context.Context, organisations []int64, all bool, before int64, n int) ([]hub.Ingest, error) {
	if before <= 0 {
		before = 1 << 62
	}
	where, args := "id < ?", []any{before}
	if !all {
		where += " AND site IN (SELECT id FROM site WHERE organisation IN (SELECT value FROM json_each(?)))"
		args = append(args, jsonInts(organisations))
	}
	return collect(ctx, db.readers, scanIngest, "SELECT "+ingestColumns+" FROM ingest WHERE "+where+" ORDER BY id DESC LIMIT ?", append(args, n)...)
}

// SameIngest is [hub.Store.SameIngest].
func (db *DB) SameIngest(ctx context.Context, site int64, sha256 string) (*hub.Ingest, error) {
	in, err := scanIngest(db.readers.QueryRowContext(ctx, "SELECT "+ingestColumns+" FROM ingest WHERE site = ? AND sha256 = ? AND state NOT IN ('failed', 'cancelled', 'dropping', 'dropped') ORDER BY let_go > 0, id LIMIT 1", site, sha256))
	if err != nil {
		return nil, missing(err, "ingest of %s at site %d", sha256, site)
	}
	return &in, nil
}

// Unfinished is [hub.Store.Unfinished].
func (db *DB) Unfinished(ctx context.Context) ([]hub.Ingest, error) {
	return collect(ctx, db.readers, scanIngest, "SELECT "+ingestColumns+" FROM ingest WHERE state IN ('waiting', 'reading', 'judging', 'dropping') ORDER BY id")
}

// HandedIn is [hub.Store.HandedIn].
func (db *DB) HandedIn(ctx context.Context, before time.Time) (id int64, err error) {
	err = db.readers.QueryRowContext(ctx, "SELECT coalesce((SELECT min(id) - 1 FROM ingest WHERE queued >= ?), (SELECT max(id) FROM ingest), 0)", nano(before)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("find what was handed in before %s: %w", before.Format(time.DateOnly), err)
	}
	return id, nil
}

// LetGo is [hub.Tx.LetGo].
func (t *Tx) LetGo(ingests []int64, at, before time.Time) error {
	if _, err := t.exec("UPDATE ingest SET let_go = ?, let_go_before = ? WHERE id IN (SELECT value FROM json_each(?))", nano(at), nano(before), jsonInts(ingests)); err != nil {
		return fmt.Errorf("note what was let go: %w", err)
	}
	return nil
}

// AddIngest is [hub.Tx.AddIngest]. It sets ID, and Queued when it is zero.
func (t *Tx) AddIngest(in *hub.Ingest) error {
	if in.Queued.IsZero() {
		in.Queued = t.db.now().UTC()
	}
	input, err := json.Marshal(&in.Input)
	if err != nil {
		return fmt.Errorf("add ingest %q: %w", in.Name, err)
	}
	next, err := t.next("ingest")
	if err != nil {
		return fmt.Errorf("add ingest %q: %w", in.Name, err)
	}
	id, err := t.insert("INSERT INTO ingest (id, site, name, source, path, size, sha256, state, error, input, by, queued, started, ended) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		next, in.Site, in.Name, in.Source, in.Path, in.Size, in.SHA256, in.State, in.Error, string(input), in.By, nano(in.Queued), nano(in.Started), nano(in.Ended))
	switch {
	case orphan(err):
		return fmt.Errorf("site %d: %w", in.Site, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add ingest %q: %w", in.Name, err)
	}
	in.ID = id
	return nil
}

// SetIngest is [hub.Tx.SetIngest]. Site, Queued and what
// was let go stay as they were.
func (t *Tx) SetIngest(in *hub.Ingest) error {
	input, err := json.Marshal(&in.Input)
	if err != nil {
		return fmt.Errorf("set ingest %d: %w", in.ID, err)
	}
	n, err := t.affect("UPDATE ingest SET name = ?, source = ?, path = ?, size = ?, sha256 = ?, state = ?, error = ?, input = ?, by = ?, started = ?, ended = ? WHERE id = ?",
		in.Name, in.Source, in.Path, in.Size, in.SHA256, in.State, in.Error, string(input), in.By, nano(in.Started), nano(in.Ended), in.ID)
	switch {
	case err != nil:
		return fmt.Errorf("set ingest %d: %w", in.ID, err)
	case n == 0:
		return fmt.Errorf("ingest %d: %w", in.ID, hub.ErrNotFound)
	}
	return nil
}
