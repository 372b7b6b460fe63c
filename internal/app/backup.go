package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/store"
)

// Backup copies everything the hub keeps into dir, which must not exist, while
// it runs, and checks the copy. When it fails dir is taken away again.
func (a *App) Backup(ctx context.Context, dir string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w; name a folder that is not there yet, in one that is", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	if err := a.Store.Backup(ctx, filepath.Join(dir, store.File)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	// The history after the store: hours of an ingest that the copied store does
	// not know as done are forgotten when it is read again.
	if err := a.History.Backup(ctx, filepath.Join(dir, historyDir)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return check(ctx, dir)
}

// check opens a copy and looks at all of it.
func check(ctx context.Context, dir string) error {
	db, err := store.Open(ctx, filepath.Join(dir, store.File), store.Options{})
	if err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	_, err = db.VerifyAudit(ctx)
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	h, err := history.Open(filepath.Join(dir, historyDir), history.Options{})
	if err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	if err := errors.Join(h.Verify(ctx), h.Close()); err != nil {
		return fmt.Errorf("check the copy: %w", err)
	}
	return nil
}

// Restore puts a backup into dir, which must be empty or not exist, and checks it.
func Restore(ctx context.Context, backup, dir string) error {
	if err := check(ctx, backup); err != nil {
		return fmt.Errorf("restore: %s is no sound backup: %w", backup, err)
	}
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return fmt.Errorf("restore: %s is not empty: name another folder with --data, or move away what is there", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := os.CopyFS(dir, os.DirFS(backup)); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	if err := shut(dir); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	return check(ctx, dir)
}

// shut takes from others what is in a folder: it holds passwords' hashes, and
// os.CopyFS lets everybody read.
func shut(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
}
