package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/store"
)

// Backup copies everything the hub keeps into dir, which must not exist, while
// it runs, and checks the copy. Files that wait to be read are in it; until it is
// done files are taken in and read, and nothing that follows from them is kept.
// When it fails dir is taken away again.
func (a *App) Backup(ctx context.Context, dir string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w; name a folder that is not there yet, in one that is", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	err = a.Hub.Still(func() error {
		if err := a.Store.Backup(ctx, filepath.Join(dir, store.File)); err != nil {
			return err
		}
		if err := a.History.Backup(ctx, filepath.Join(dir, historyDir)); err != nil {
			return err
		}
		return a.copyFiles(dir)
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return check(ctx, dir)
}

// copyFiles copies what is neither database nor history: files that wait to be
// read, the settings, the hub's own certificate.
func (a *App) copyFiles(dir string) error {
	waiting := filepath.Join(a.cfg.Dir, waitingDir)
	files, err := filepath.Glob(filepath.Join(waiting, "in-*"))
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(dir, waitingDir), 0o700); err != nil {
		return err
	}
	for _, f := range files {
		to := filepath.Join(dir, waitingDir, filepath.Base(f))
		if os.Link(f, to) == nil { // the hub changes none of them any more, and deletes its own name only
			continue
		}
		if err := copyFile(f, to); err != nil && !errors.Is(err, fs.ErrNotExist) { // cancelled meanwhile
			return err
		}
	}
	for _, name := range keptFiles {
		if err := copyFile(filepath.Join(a.cfg.Dir, name), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// keptFiles are those beside the database that a restored hub needs to be the same.
var keptFiles = append([]string{SettingsFile}, access.CertificateFiles[:]...)

func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	w, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Sync(), w.Close())
}

// check looks at all of a copy, and changes nothing of its database.
func check(ctx context.Context, dir string) error {
	if _, err := store.Verify(ctx, filepath.Join(dir, store.File)); err != nil {
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
	if _, err := os.Stat(filepath.Join(backup, store.File)); err != nil {
		return fmt.Errorf("restore: %s holds no backup: name the folder that lenscap hub backup made, with %s in it: %w", backup, store.File, err)
	}
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
