package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/lenscap/lenscap/internal/hub"
)

// Backup writes a copy of the estate as it is now to a new file, while others
// read and write, and verifies it as [Verify] does. It refuses to write over a
// file. What is not whole is taken away again.
func (db *DB) Backup(ctx context.Context, path string) error {
	return fresh(path, func(part string) error {
		conn, err := sql.Open("sqlite", dsn(db.path, Options{}, "busy_timeout(5000)"))
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close() }()
		if err := vacuumInto(ctx, conn, part); err != nil {
			return fmt.Errorf("back up to %s: %w", path, (&DB{path: part}).explain(err))
		}
		_, err = Verify(ctx, part)
		return err
	})
}

// vacuumInto writes a copy of an open file to a new one, which nobody else may read
// at any time: passwords are in it.
func vacuumInto(ctx context.Context, conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = f.Close()
	if err == nil {
		_, err = conn.ExecContext(ctx, "VACUUM INTO ?", path)
	}
	if err != nil {
		_ = os.Remove(path) // the first error counts
	}
	return err
}

// Restore makes a store of a backup. It verifies the backup and refuses to write
// over a file: who wants another in the place of a damaged one moves that away
// first, with the files beside it.
func Restore(ctx context.Context, backup, path string) error {
	if _, err := Verify(ctx, backup); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	for _, suffix := range []string{"-wal", "-shm", "-journal"} {
		if _, err := os.Lstat(path + suffix); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("restore: %s is there and belongs to another store; move it away: %w", path+suffix, fs.ErrExist)
		}
	}
	return fresh(path, func(part string) (err error) {
		from, err := os.Open(backup)
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		defer func() { _ = from.Close() }()
		to, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		_, err = io.Copy(to, from)
		if err := errors.Join(err, to.Close()); err != nil {
			return fmt.Errorf("restore: %w", err)
		}
		_, err = Verify(ctx, part)
		return err
	})
}

// fresh has a file written under another name, brings it to the disk and gives
// it its name, which must not be taken.
func fresh(path string, write func(part string) error) (err error) {
	part := path + ".partial"
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already and is not written over; name another file, or move it away: %w", path, fs.ErrExist)
	}
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part)
		}
	}()
	if err := write(part); err != nil {
		return err
	}
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o600), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(part, path); err != nil { // unlike a rename, it never takes the place of a file
		if errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := os.Rename(part, path); err != nil { // a disk without links
			return err
		}
	} else if err := os.Remove(part); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir brings the names in a folder to the disk, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && runtime.GOOS != "windows" { // which refuses
		return err
	}
	return nil
}

// A Verified says what a file holds that was found whole.
type Verified struct {
	Schema int
	Audit  int64 // rows of the audit log
	Sites  int64
	Inputs int64 // that were ever taken in
}

// Verify reads a file that nobody has open and changes nothing: it must be ours,
// SQLite must find no damage in it, what rows speak of must be there, and the
// audit log's chain must be whole.
func Verify(ctx context.Context, path string) (v Verified, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("verify %s: %w", path, explainSealed(path, err))
		}
	}()
	db, err := openSealed(path)
	if err != nil {
		return v, err
	}
	defer func() { _ = db.Close() }()
	var app int
	if err := db.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id)").Scan(&v.Schema, &app); err != nil {
		return v, err
	}
	if app != application {
		return v, fmt.Errorf("it is the database of another program")
	}
	if newest := len(migrations()); v.Schema > newest {
		return v, fmt.Errorf("it was written by a newer Lenscap (schema %d, this one knows %d); use that one or a later one", v.Schema, newest)
	}
	says, err := collect(ctx, db, func(r scanner) (s string, err error) { err = r.Scan(&s); return s, err }, "PRAGMA integrity_check(1)")
	if err != nil {
		return v, err
	}
	if len(says) != 1 || says[0] != "ok" {
		return v, fmt.Errorf("it is damaged: %v", says)
	}
	var table string
	switch err := db.QueryRowContext(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`).Scan(&table); {
	case err == nil:
		return v, fmt.Errorf("it is damaged: rows of table %s speak of others that are not there", table)
	case !errors.Is(err, sql.ErrNoRows):
		return v, err
	}
	if v.Audit, err = verifyAudit(ctx, db); err != nil {
		return v, err
	}
	return v, db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM site), (SELECT count(*) FROM ingest)").Scan(&v.Sites, &v.Inputs)
}

// openSealed opens a file to be read, and writes nothing beside it.
func openSealed(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path) // in a URI the first part of another would be a machine
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	if err := header(path); err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=ro&immutable=1"}
	if nonEmpty(path + "-wal") {
		u.RawQuery = "mode=ro" // not closed well, or open: what is in the log counts
	}
	return sql.Open("sqlite", u.String())
}

// explainSealed is explain of a file that is read where nothing can be written.
func explainSealed(path string, err error) error {
	if code(err)&0xff == sqlite3.SQLITE_CANTOPEN && nonEmpty(path+"-wal") {
		return fmt.Errorf("store: it was not closed well, and its log %s can only be read in a folder that can be written: copy the folder to another place, and verify it there: %w", filepath.Base(path)+"-wal", err)
	}
	return (&DB{path: path}).explain(err)
}

// Prove is [DB.ProveAudit] of a file that nobody has open, which may stand where
// nothing can be written.
func Prove(ctx context.Context, path, head string) (p Proof, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("verify %s: %w", path, explainSealed(path, err))
		}
	}()
	db, err := openSealed(path)
	if err != nil {
		return p, err
	}
	defer func() { _ = db.Close() }()
	return proveAudit(ctx, db, head)
}

// Vacuum gives the room of what was taken out back to the disk. It needs as much
// room again while it runs, and changes wait for it. before and after are the bytes
// of the database, with what of it is still in its log.
func (db *DB) Vacuum(ctx context.Context, d hub.Deed) (before, after int64, err error) {
	if err := db.Change(ctx, d, func(*Tx) error { return nil }); err != nil {
		return 0, 0, err
	}
	select {
	case <-db.turn:
	case <-db.closed:
		return 0, 0, fmt.Errorf("store: %w", fs.ErrClosed)
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	}
	defer func() { db.turn <- struct{}{} }()
	if before, err = db.size(ctx); err != nil {
		return 0, 0, err
	}
	for _, text := range []string{"INSERT INTO device_text (device_text) VALUES ('optimize')", "VACUUM", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := db.conn.ExecContext(context.WithoutCancel(ctx), text); err != nil {
			return 0, 0, fmt.Errorf("vacuum: %w", db.explain(err))
		}
	}
	after, err = db.size(ctx)
	return before, after, err
}

// size is the bytes of the database as its next reader sees it: a file that was not
// brought up to its log is another.
func (db *DB) size(ctx context.Context) (n int64, err error) {
	err = db.conn.QueryRowContext(ctx, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("size of the database: %w", db.explain(err))
	}
	return n, nil
}
