// Package store keeps the hub's estate in one SQLite file: what was seen, what
// was worked out from it, what people decided, who may do what, and a chained
// log of every change.
//
// It works nothing out and judges nothing. One file of Go owns the statements of
// its tables, named in migrations/. Conversations are not here; package history
// has them.
//
// One connection writes, one transaction at a time; others read, each what was
// committed when it began, and wait for nobody. A transaction that was
// acknowledged is on the disk: the file is in WAL mode with synchronous=FULL,
// so that neither SIGKILL nor a power cut takes it back.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/lenscap/lenscap/internal/hub"
)

// ErrInUse is returned by [Open] when another process has the file.
var ErrInUse = errors.New("store: in use by another process")

var (
	_ hub.Store = (*DB)(nil)
	_ hub.Tx    = (*Tx)(nil)
)

// Options change how a file is opened. The zero value is what the hub uses.
type Options struct {
	Readers int              // connections that read; 0: eight, or four times the processors if that is more
	Log     *slog.Logger     // nil: nothing is logged
	Now     func() time.Time // nil: time.Now

	synchronous string // of SQLite; "": FULL. Measured against NORMAL in a benchmark
	vfs         string // of SQLite; tests put one in that fails
}

// A DB is an open file. It is a [hub.Store].
type DB struct {
	path string
	lock *flock.Flock
	now  func() time.Time
	log  *slog.Logger

	turn    chan struct{} // holds one token; who has it may write
	closed  chan struct{}
	closing sync.Once
	pool    *sql.DB // of the one connection that writes
	conn    *sql.Conn
	stmts   map[string]*sql.Stmt
	names   map[string]int64 // of fields, as committed
	key     []byte           // of digests
	readers *pool
	idle    int // of them may be open without being used

	readings chan *reading // connections for snapshots, as many as may read at once

	memo    memo         // counts that were asked for before
	estate  atomic.Int64 // counts committed changes that they may depend on
	version atomic.Int64 // counts committed changes of the estate; see [DB.Version]
}

// Open opens the file, makes it when it is not there, and brings it to the
// present schema; a filled one is copied beside itself first. What stands in the
// way is named with what to do: the file is used by another process
// ([ErrInUse]), is no database or another program's, may not be written, or was
// written by a newer Lenscap.
func Open(ctx context.Context, path string, opts Options) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	db := &DB{path: path, now: opts.Now, log: opts.Log, turn: make(chan struct{}, 1), closed: make(chan struct{}), stmts: map[string]*sql.Stmt{}}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	err = db.open(ctx, opts)
	db.turn <- struct{}{}
	if err == nil {
		err = db.makeSheets(ctx)
	}
	if err != nil {
		err = db.explain(err)
		_ = db.Close() // what it says follows from err
		return nil, fmt.Errorf("open store: %w", err)
	}
	return db, nil
}

func (db *DB) open(ctx context.Context, opts Options) error {
	lock := flock.New(db.path + ".lock")
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return fmt.Errorf("lock %s: %w; the hub must be allowed to write this folder", lock.Path(), err)
	case !ok:
		return fmt.Errorf("%w: %s. Stop the other hub, or ask it over its own interface", ErrInUse, db.path)
	}
	db.lock = lock
	if err := writable(db.path); err != nil {
		return err
	}
	if opts.synchronous == "" {
		opts.synchronous = "FULL"
	}
	var err error
	db.pool, err = sql.Open("sqlite", dsn(db.path, opts, "foreign_keys(1)", "busy_timeout(5000)", "page_size(8192)", "journal_mode(WAL)",
		"synchronous("+opts.synchronous+")", "cache_size(-32768)", "wal_autocheckpoint(2000)", "journal_size_limit(67108864)", "temp_store(MEMORY)"))
	if err != nil {
		return err
	}
	db.pool.SetMaxOpenConns(1)
	if db.conn, err = db.pool.Conn(ctx); err != nil {
		return err
	}
	if err := db.migrate(ctx, migrations()); err != nil {
		return err
	}
	if err := db.load(ctx); err != nil {
		return err
	}
	if opts.Readers == 0 {
		opts.Readers = max(8, 4*runtime.NumCPU())
	}
	readers, err := sql.Open("sqlite", dsn(db.path, opts, "query_only(1)", "busy_timeout(5000)", "cache_size(-2048)", "temp_store(MEMORY)", "mmap_size(1073741824)"))
	if err != nil {
		return err
	}
	db.readers = newPool(readers)
	// Snapshots have connections of their own, so that a question that takes long
	// never keeps those waiting that take none.
	heavy := max(2, opts.Readers/2)
	readers.SetMaxOpenConns(opts.Readers + heavy)
	db.idle = opts.Readers
	readers.SetMaxIdleConns(db.idle)
	db.readings = make(chan *reading, heavy)
	for range heavy {
		db.readings <- &reading{}
	}
	return readers.PingContext(ctx)
}

// load reads what is kept in memory while the file is open.
func (db *DB) load(ctx context.Context) error {
	if err := db.loadKey(ctx); err != nil {
		return err
	}
	var err error
	db.names, err = fieldNames(ctx, db.conn)
	return err
}

// dsn is the driver's name of the file with pragmas.
func dsn(path string, opts Options, pragmas ...string) string {
	v := url.Values{"_pragma": pragmas, "_dqs": {"false"}, "_defensive": {"true"}, "_error_rc": {"true"}}
	if opts.vfs != "" {
		v.Set("vfs", opts.vfs)
	}
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: v.Encode()}).String()
}

// Close ends the readers, copies the log file into the database and lets the
// next process in. It waits for the transaction that is running.
func (db *DB) Close() (err error) {
	db.closing.Do(func() {
		<-db.turn
		close(db.closed)
		err = db.close()
	})
	return err
}

func (db *DB) close() error {
	var errs []error
	if db.readers != nil {
		for range cap(db.readings) { // those that are read from still come back
			(<-db.readings).drop()
		}
		errs = append(errs, db.readers.Close())
	}
	if db.conn != nil {
		if len(db.names) > 0 || db.key != nil {
			_, err := db.conn.ExecContext(context.Background(), "PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)")
			errs = append(errs, err)
		}
		for _, s := range db.stmts {
			errs = append(errs, s.Close())
		}
		errs = append(errs, db.conn.Close())
	}
	if db.pool != nil {
		errs = append(errs, db.pool.Close())
	}
	if db.lock != nil {
		errs = append(errs, db.lock.Close())
	}
	return errors.Join(errs...)
}

// Path is the file, absolute.
func (db *DB) Path() string { return db.path }

// Version rises with every committed change; pages make ETags of it, and lists
// that were counted under an older one are counted again. It starts from the
// audit log's length, so that a restart does not repeat one.
func (db *DB) Version() int64 { return db.version.Load() }

// Do is [hub.Store.Do].
func (db *DB) Do(ctx context.Context, d hub.Deed, fn func(hub.Tx) error) error {
	return db.Change(ctx, d, func(t *Tx) error { return fn(t) })
}

// Change is [DB.Do] with all that a [Tx] of this package can do. Of a change that
// failed nothing is there; where it was the disk that failed and the process is
// killed before the next change, it may be there whole after all.
func (db *DB) Change(ctx context.Context, d hub.Deed, fn func(*Tx) error) error {
	if d.Actor == "" || d.Action == "" {
		return fmt.Errorf("%w: a change without actor or action: %+v", hub.ErrInvalid, d)
	}
	return db.transact(ctx, func(t *Tx) error {
		if err := fn(t); err != nil {
			return err
		}
		return t.audit(d)
	})
}

// Keep is [DB.Change] of what the hub remembers for itself and no person
// changed: how far an ingest is, when a session was used, what is to be told.
// Nothing is written to the audit log.
func (db *DB) Keep(ctx context.Context, fn func(*Tx) error) error { return db.transact(ctx, fn) }

// A Tx is a change that is being made. It is used by one goroutine, and not
// after the function it was given to has returned.
type Tx struct {
	db    *DB
	ctx   context.Context // without its end: SQLite would be interrupted within a statement; see [Tx.alive]
	outer context.Context
	fresh map[string]int64 // names of fields that were not there before
	loud  bool             // it may change what devices are counted by
}

func (db *DB) transact(ctx context.Context, fn func(*Tx) error) (err error) {
	select {
	case <-db.turn:
	case <-db.closed:
		return fmt.Errorf("store: %w", fs.ErrClosed)
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { db.turn <- struct{}{} }()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &Tx{db: db, ctx: context.WithoutCancel(ctx), outer: ctx}
	if _, err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return db.explain(err)
	}
	done := false
	defer func() { // after an error, and when fn panics
		if !done {
			if _, e := t.exec("ROLLBACK"); e != nil && err != nil && !rolledBack(e) {
				err = errors.Join(err, db.explain(e))
			}
		}
	}()
	if err := fn(t); err != nil {
		return db.explain(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := t.exec("COMMIT"); err != nil {
		return db.explain(err)
	}
	done = true
	for name, id := range t.fresh {
		db.names[name] = id
	}
	if t.loud {
		db.estate.Add(1)
	}
	db.version.Add(1)
	return nil
}

// alive is the error of a change whose caller has gone.
func (t *Tx) alive() error { return t.outer.Err() }

// stmt prepares a statement once for the life of the connection.
func (t *Tx) stmt(query string) (*sql.Stmt, error) {
	if !quiet.MatchString(query) {
		t.loud = true
	}
	if s := t.db.stmts[query]; s != nil {
		return s, nil
	}
	s, err := t.db.conn.PrepareContext(t.ctx, query)
	if err != nil {
		return nil, err
	}
	t.db.stmts[query] = s
	return s, nil
}

func (t *Tx) exec(query string, args ...any) (sql.Result, error) {
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(t.ctx, args...)
}

// insert is exec that gives the row's id.
func (t *Tx) insert(query string, args ...any) (int64, error) {
	r, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.LastInsertId()
}

// affect is exec that gives the number of rows changed.
func (t *Tx) affect(query string, args ...any) (int64, error) {
	r, err := t.exec(query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (t *Tx) query(query string, args ...any) (*sql.Rows, error) {
	s, err := t.stmt(query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(t.ctx, args...)
}

// get reads one row; [sql.ErrNoRows] when there is none.
func (t *Tx) get(query string, args []any, dest ...any) error {
	s, err := t.stmt(query)
	if err != nil {
		return err
	}
	return s.QueryRowContext(t.ctx, args...).Scan(dest...)
}
