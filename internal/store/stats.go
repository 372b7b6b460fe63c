package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
)

// Stats says how large the store is.
type Stats struct {
	Path   string      `json:"path"`
	Schema int         `json:"schema"`
	Bytes  int64       `json:"bytes"` // of the file
	Free   int64       `json:"free"`  // of these, given back by [DB.Vacuum]
	Log    int64       `json:"log"`   // bytes of the write-ahead log beside it
	Rows   []TableRows `json:"rows"`
}

// TableRows is the number of rows of a table.
type TableRows struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// Stats counts. Rows are counted one by one, which takes a while on a large
// store.
func (db *DB) Stats(ctx context.Context) (Stats, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return Stats{}, err
	}
	defer tx.end()
	s := Stats{Path: db.path}
	var page, free int64
	if err := tx.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT page_size FROM pragma_page_size), (SELECT freelist_count FROM pragma_freelist_count)").Scan(&s.Schema, &page, &free); err != nil {
		return s, err
	}
	s.Free = page * free
	for _, f := range []struct {
		path string
		size *int64
	}{{db.path, &s.Bytes}, {db.path + "-wal", &s.Log}} {
		switch st, err := os.Stat(f.path); {
		case err == nil:
			*f.size = st.Size()
		case !errors.Is(err, fs.ErrNotExist):
			return s, err
		}
	}
	s.Rows, err = collect(ctx, tx, func(r scanner) (t TableRows, err error) { err = r.Scan(&t.Table); return t, err },
		"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite*' AND name NOT GLOB 'device_text*' ORDER BY name")
	if err != nil {
		return s, err
	}
	for i := range s.Rows {
		t := &s.Rows[i]
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM "`+t.Table+`"`).Scan(&t.Rows); err != nil {
			return s, err
		}
	}
	return s, nil
}
