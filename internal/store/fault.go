package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/lenscap/lenscap/internal/hub"
)

// ErrNoSpace is returned when the disk is full.
var ErrNoSpace = fmt.Errorf("store: %w", syscall.ENOSPC)

// explain says in words what is wrong with the disk or the file and what to do.
// Other errors stay as they are.
func (db *DB) explain(err error) error {
	var e *sqlite.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	dir := db.path
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: no room for %s; what was acknowledged before is kept. Make room and try again: %w", ErrNoSpace, dir, err)
	case sqlite3.SQLITE_READONLY:
		return fmt.Errorf("store: %w: %s cannot be written; check the owner and mode of the file and its folder, and whether the disk is mounted read-only: %w", fs.ErrPermission, dir, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("store: the disk that holds %s failed; what was acknowledged before is kept. Look at the system's log, then start the hub again: %w", dir, err)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("store: %s is not a database; name another file, or put a backup in its place with `lenscap hub restore`: %w", dir, err)
	case sqlite3.SQLITE_CORRUPT:
		return fmt.Errorf("store: %s is damaged; keep it, and put a backup in its place with `lenscap hub restore`: %w", dir, err)
	case sqlite3.SQLITE_BUSY:
		return fmt.Errorf("store: another program holds %s (a sqlite3 shell?); close it and try again: %w", dir, err)
	case sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("store: %s cannot be opened; its folder must exist and be writable: %w", dir, err)
	}
	return err
}

// code is the extended result code of an error, 0 for what is not SQLite's.
func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code()
	}
	return 0
}

// taken reports that a unique value is there already.
func taken(err error) bool {
	c := code(err)
	return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}

// orphan reports that what a row speaks of is not there.
func orphan(err error) bool { return code(err) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY }

// rolledBack reports that SQLite had ended the transaction itself.
func rolledBack(err error) bool { return code(err)&0xff == sqlite3.SQLITE_ERROR }

// missing turns "no row" into [hub.ErrNotFound] with what was looked for.
func missing(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), hub.ErrNotFound)
	}
	return err
}
