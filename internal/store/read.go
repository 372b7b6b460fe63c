package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"sync"
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

// A snapshot reads one committed state, whatever is written meanwhile. Rows of a
// statement must be closed before the same statement runs in it again.
type snapshot struct {
	*reading
	db *DB
}

// A reading is a connection that snapshots use in turn, with the statements that
// were prepared on it.
type reading struct {
	conn  *sql.Conn // nil: not open yet
	stmts map[string]*sql.Stmt
}

// snapshot waits for a connection. A goroutine must end one before it begins
// another.
func (db *DB) snapshot(ctx context.Context) (snapshot, error) {
	var r *reading
	select {
	case r = <-db.readings:
	case <-db.closed:
		return snapshot{}, fmt.Errorf("store: %w", fs.ErrClosed)
	case <-ctx.Done():
		return snapshot{}, ctx.Err()
	}
	err := r.begin(ctx, db.readers.DB)
	if err != nil {
		r.drop()
		db.readings <- r
	}
	return snapshot{r, db}, err
}

func (r *reading) begin(ctx context.Context, db *sql.DB) (err error) {
	if r.conn == nil {
		if r.conn, err = db.Conn(ctx); err != nil {
			return err
		}
		r.stmts = map[string]*sql.Stmt{}
	}
	_, err = r.conn.ExecContext(ctx, "BEGIN")
	return err
}

// end gives the connection to the next.
func (s snapshot) end() {
	if _, err := s.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		s.drop()
	}
	s.db.readings <- s.reading
}

// drop closes a connection of which nothing good is known; the next snapshot
// opens another.
func (r *reading) drop() {
	if r.conn == nil {
		return
	}
	for _, s := range r.stmts {
		_ = s.Close() // with its connection
	}
	_ = r.conn.Close()
	r.conn, r.stmts = nil, nil
}

// stmt prepares a statement once for the life of the connection; nil where there
// is no room or it is none: running it as text tells what is wrong.
func (r *reading) stmt(ctx context.Context, text string) *sql.Stmt {
	s, ok := r.stmts[text]
	if ok || len(r.stmts) >= maxPrepared {
		return s
	}
	s, err := r.conn.PrepareContext(ctx, text)
	if err != nil {
		return nil
	}
	r.stmts[text] = s
	return s
}

// QueryContext is [sql.Conn.QueryContext] with statements that are prepared once.
func (r *reading) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if s := r.stmt(ctx, text); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return r.conn.QueryContext(ctx, text, args...)
}

// QueryRowContext is [sql.Conn.QueryRowContext], likewise.
func (r *reading) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if s := r.stmt(ctx, text); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return r.conn.QueryRowContext(ctx, text, args...)
}

// A pool is the connections that read. To parse a statement takes SQLite longer
// than to answer most.
type pool struct {
	*sql.DB
	mu    sync.Mutex
	stmts map[string]*sql.Stmt
}

// maxPrepared bounds the statements that are kept: conditions that people search
// by are part of some.
const maxPrepared = 256

func newPool(db *sql.DB) *pool { return &pool{DB: db, stmts: map[string]*sql.Stmt{}} }

// prepared gives a statement that is kept, or nil where there is no room or it is
// none; running it as text tells what is wrong.
func (p *pool) prepared(ctx context.Context, text string) *sql.Stmt {
	p.mu.Lock()
	s, ok := p.stmts[text]
	room := len(p.stmts) < maxPrepared
	p.mu.Unlock()
	if ok || !room {
		return s
	}
	s, err := p.DB.PrepareContext(ctx, text)
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if first, ok := p.stmts[text]; ok { // somebody was quicker
		_ = s.Close() // nobody uses it
		return first
	}
	p.stmts[text] = s
	return s
}

// QueryContext is [sql.DB.QueryContext] with statements that are prepared once.
func (p *pool) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if s := p.prepared(ctx, text); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return p.DB.QueryContext(ctx, text, args...)
}

// QueryRowContext is [sql.DB.QueryRowContext], likewise.
func (p *pool) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	if s := p.prepared(ctx, text); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return p.DB.QueryRowContext(ctx, text, args...)
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
