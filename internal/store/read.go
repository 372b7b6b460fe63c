package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// nano is a time as it is kept: nanoseconds since 1970-01-01 UTC, 0 where not
// known.
func nano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// when is the reverse of nano.
func when(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// A querier is a connection, a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// A scanner is a row, or the one that rows stand at.
type scanner interface{ Scan(dest ...any) error }

// collect reads all rows of a query.
func collect[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return drain(rows, scan)
}

func drain[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// A snapshot reads one committed state, whatever is written meanwhile.
type snapshot struct{ *sql.Tx }

func (s snapshot) end() { _ = s.Rollback() }

func (db *DB) snapshot(ctx context.Context) (snapshot, error) {
	tx, err := db.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	return snapshot{tx}, err
}

// jsonInts is a list of ids as a parameter for json_each: one statement for any
// number of them.
func jsonInts(list []int64) string {
	if len(list) == 0 {
		return "[]"
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic(err) // numbers
	}
	return string(b)
}

// ids scans one number.
func ids(r scanner) (id int64, err error) {
	err = r.Scan(&id)
	return id, err
}
