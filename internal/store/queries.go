package store

import (
	"context"
	"fmt"

	"github.com/lenscap/lenscap/internal/hub"
)

const queryColumns = "id, organisation, name, query, columns, alert, by, at"

func scanQuery(r scanner) (q hub.Query, err error) {
	var at int64
	err = r.Scan(&q.ID, &q.Organisation, &q.Name, &q.Text, &q.Columns, &q.Alert, &q.By, &at)
	q.At = when(at)
	return q, err
}

// SavedQueries gives those of the organisations, by name.
func (db *DB) SavedQueries(ctx context.Context, organisations []int64) ([]hub.Query, error) {
	return collect(ctx, db.readers, scanQuery, "SELECT "+queryColumns+" FROM saved_query WHERE organisation IN (SELECT value FROM json_each(?)) ORDER BY name, id", jsonInts(organisations))
}

// AlertingQueries gives all that tell when a device begins to match.
func (db *DB) AlertingQueries(ctx context.Context) ([]hub.Query, error) {
	return collect(ctx, db.readers, scanQuery, "SELECT "+queryColumns+" FROM saved_query WHERE alert <> 0 ORDER BY id")
}

// SavedQuery gives one.
func (db *DB) SavedQuery(ctx context.Context, id int64) (*hub.Query, error) {
	q, err := scanQuery(db.readers.QueryRowContext(ctx, "SELECT "+queryColumns+" FROM saved_query WHERE id = ?", id))
	if err != nil {
		return nil, missing(err, "saved query %d", id)
	}
	return &q, nil
}

// SaveQuery keeps a search: a new one when its ID is 0, and then sets ID and At.
func (t *Tx) SaveQuery(q *hub.Query) error {
	if err := hub.CheckName("the name of a saved search", q.Name); err != nil {
		return err
	}
	at := t.db.now().UTC()
	var n int64
	var err error
	if q.ID == 0 {
		n = 1
		var id int64
		if id, err = t.insert("INSERT INTO saved_query (organisation, name, query, columns, alert, by, at) VALUES (?, ?, ?, ?, ?, ?, ?)", q.Organisation, q.Name, q.Text, q.Columns, q.Alert, q.By, nano(at)); err == nil {
			q.ID = id
		}
	} else {
		n, err = t.affect("UPDATE saved_query SET name = ?, query = ?, columns = ?, alert = ?, by = ?, at = ? WHERE id = ? AND organisation = ?", q.Name, q.Text, q.Columns, q.Alert, q.By, nano(at), q.ID, q.Organisation)
	}
	switch {
	case taken(err):
		return fmt.Errorf("saved query %q: %w", q.Name, hub.ErrExists)
	case orphan(err):
		return fmt.Errorf("organisation %d: %w", q.Organisation, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("save query %q: %w", q.Name, err)
	case n == 0:
		return fmt.Errorf("saved query %d: %w", q.ID, hub.ErrNotFound)
	}
	q.At = at
	return nil
}

// DropQuery takes a saved query out.
func (t *Tx) DropQuery(organisation, id int64) error {
	n, err := t.affect("DELETE FROM saved_query WHERE id = ? AND organisation = ?", id, organisation)
	if err == nil && n == 0 {
		err = fmt.Errorf("saved query %d: %w", id, hub.ErrNotFound)
	}
	return err
}

// Matching is what a saved query matched when it was last looked at, as given to
// SetMatching; nil when it never was.
func (db *DB) Matching(ctx context.Context, id int64) ([]byte, error) {
	var b []byte
	if err := db.readers.QueryRowContext(ctx, "SELECT matching FROM saved_query WHERE id = ?", id).Scan(&b); err != nil {
		return nil, missing(err, "saved query %d", id)
	}
	return unpacked(b)
}

// SetMatching keeps what a saved query matches.
func (t *Tx) SetMatching(id int64, set []byte) error {
	var p packer
	n, err := t.affect("UPDATE saved_query SET matching = ? WHERE id = ?", p.pack(set), id)
	if err == nil && n == 0 {
		err = fmt.Errorf("saved query %d: %w", id, hub.ErrNotFound)
	}
	return err
}
