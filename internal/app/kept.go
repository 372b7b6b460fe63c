package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lenscap/lenscap/internal/store"
)

// Kept reports whether a hub keeps something in the folder, be it damaged.
func Kept(dir string) bool {
	for _, name := range []string{store.File, historyDir} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// Whole is an error when a folder holds what belongs to a hub's database, and the
// database is missing or empty: a new one in its place would make a new hub, in
// which nobody has an account, of conversations that nobody knows.
func Whole(dir string) error {
	file := filepath.Join(dir, store.File)
	state := "is empty"
	switch info, err := os.Stat(file); {
	case errors.Is(err, fs.ErrNotExist):
		state = "is not there"
	case err != nil:
		return fmt.Errorf("open the hub: %w", err)
	case info.Size() > 0 || sizeOf(file+"-wal") > 0: // a first page may be in the log only
		return nil
	}
	beside := leftBeside(dir)
	if beside == "" {
		return nil
	}
	return fmt.Errorf("%s %s, but %s beside it is of a hub that had one: nothing was changed. Put a backup into another folder with `lenscap hub restore BACKUP --data FOLDER`; "+
		"or, to begin anew, move %s away", file, state, beside, beside)
}

// leftBeside names what is there of a hub whose database is gone; "" nothing.
func leftBeside(dir string) string {
	days, _ := filepath.Glob(filepath.Join(dir, historyDir, "*", "*.parquet")) // the pattern is well formed
	if len(days) > 0 {
		return filepath.Join(dir, historyDir)
	}
	waiting, _ := filepath.Glob(filepath.Join(dir, waitingDir, "in-*"))
	if len(waiting) > 0 {
		return filepath.Join(dir, waitingDir)
	}
	if wal := filepath.Join(dir, store.File+"-wal"); sizeOf(wal) > 0 {
		return wal
	}
	return ""
}
