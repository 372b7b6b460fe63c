package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lenscap/lenscap/internal/hub"
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
	if _, err := os.Lstat(filepath.Join(dir, restoring)); err == nil {
		return fmt.Errorf("a copy is being put into %s, or that was cut short (%s is there): wait, or empty the folder and restore again", dir, restoring)
	}
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
	if hasDays(filepath.Join(dir, historyDir)) {
		return filepath.Join(dir, historyDir)
	}
	if waiting, _ := hub.Matching(filepath.Join(dir, waitingDir), "in-", ""); len(waiting) > 0 {
		return filepath.Join(dir, waitingDir)
	}
	if wal := filepath.Join(dir, store.File+"-wal"); sizeOf(wal) > 0 {
		return wal
	}
	return ""
}

// historyGone reports whether the history's folder was never open: neither its lock
// nor a day file is there.
func historyGone(dir string) bool {
	history := filepath.Join(dir, historyDir)
	if _, err := os.Lstat(filepath.Join(history, "lock")); err == nil {
		return false
	}
	return !hasDays(history)
}

// hasDays reports whether there is a day file in the history's folder.
func hasDays(history string) bool {
	days, _ := fs.Glob(os.DirFS(history), "*/*.parquet") // the pattern is well formed
	return len(days) > 0
}

// missHistory is an error when the database knows of conversations and the history
// that holds them is gone: a hub would go on as if nobody had ever talked.
func (a *App) missHistory(ctx context.Context) error {
	if a.cfg.WithoutHistory || !historyGone(a.cfg.Dir) {
		return nil
	}
	known, err := a.Store.Flows(ctx, store.DeviceQuery{All: true})
	if err != nil || len(known) == 0 {
		return err
	}
	return fmt.Errorf("%s is gone or empty, and %s beside it knows of conversations that were in it: nothing was changed. Put the folder back, also from a backup; put a whole backup into another folder with `lenscap hub restore BACKUP --data FOLDER`; "+
		"or go on without the conversations with `lenscap hub --without-history`", filepath.Join(a.cfg.Dir, historyDir), store.File)
}
