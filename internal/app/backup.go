package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// A DamagedError says that a copy was made of a hub with damaged files.
type DamagedError struct {
	Dir  string // of the copy
	List *List
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("backup: %s was made and can be restored, but these files of the hub were damaged before, and are in it as they are:%s\nKeep an older copy that has them whole.", e.Dir, e.List.Words())
}

// Backup copies everything the hub keeps into dir, which must not exist, while
// it runs, and checks the copy. Files that wait to be read are in it; until it is
// done files are taken in and read, and nothing that follows from them is kept.
//
// The copy is called dir.part until it is on the disk with its list, and then dir:
// what is cut short at any point has no list and is not restored. When it fails it
// is taken away again, and what a kill leaves goes before the next copy to that
// place, and when the hub starts. Damaged files of the history are copied as they are; then
// the error is a [DamagedError], and the copy is there.
func (a *App) Backup(ctx context.Context, dir string) (err error) {
	dir = filepath.Clean(dir)
	if err := a.outside(dir); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("mkdir %s: %w", dir, fs.ErrExist)
		}
		return fmt.Errorf("backup: %w; name a folder that is not there yet, in one that is", err)
	}
	part := dir + partSuffix
	lock, err := a.beginPart(part)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	defer func() {
		_ = lock.Close() // nothing was written in it
		if err != nil && !errors.As(err, new(*DamagedError)) {
			err = errors.Join(err, os.RemoveAll(part))
		}
		if e := a.noteCopy(""); e != nil {
			a.cfg.Log.WarnContext(ctx, "a note of where a copy went stays", slog.Any("error", e))
		}
	}()
	list := &List{Format: listFormat, Version: a.cfg.Version, Made: a.cfg.Now().UTC()}
	var lost []history.Torn
	err = a.Hub.Still(func() (err error) {
		if err := a.Store.Backup(ctx, filepath.Join(part, store.File)); err != nil {
			return err
		}
		if lost, err = a.History.Backup(ctx, filepath.Join(part, historyDir)); err != nil {
			return err
		}
		return a.copyFiles(part)
	})
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := a.check(ctx, part, list, lost); err != nil {
		return fmt.Errorf("backup: check the copy: %w", err)
	}
	if err := list.write(part); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(lock.Close(), os.Remove(lock.Path())); err != nil && !errors.Is(err, fs.ErrNotExist) { // it has its list, and is whole
		return fmt.Errorf("backup: %w", err)
	}
	if err := os.Rename(part, dir); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if len(list.Damaged) > 0 {
		return &DamagedError{Dir: dir, List: list}
	}
	return nil
}

// check reads all of a copy and fills its list. Files of the history are copied as
// they are, so that what is damaged in them was before.
func (a *App) check(ctx context.Context, part string, list *List, lost []history.Torn) error {
	v, err := store.Verify(ctx, filepath.Join(part, store.File))
	if err != nil {
		return err
	}
	list.Inputs = v.Inputs
	copied := filepath.Join(part, historyDir)
	h, err := history.Open(copied, history.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	damaged, err := h.Damaged(ctx)
	if err := errors.Join(err, h.Close()); err != nil {
		return err
	}
	name := func(dir string, t history.Torn) {
		rel, err := filepath.Rel(dir, t.Path)
		if err != nil {
			rel = t.Path
		}
		list.Damaged = append(list.Damaged, Damaged{Name: historyDir + "/" + filepath.ToSlash(rel), Why: t.Why})
	}
	for _, t := range damaged {
		name(copied, t)
	}
	for _, t := range lost {
		name(filepath.Join(a.cfg.Dir, historyDir), t)
	}
	slices.SortFunc(list.Damaged, func(a, b Damaged) int { return strings.Compare(a.Name, b.Name) })
	list.Files, err = makeList(part)
	return err
}

// outside refuses a place for a copy in the hub's own folder, where it would be
// taken for a part of the hub. Only where copies go by themselves may be in it.
func (a *App) outside(dir string) error {
	parent, err := realPath(filepath.Dir(dir))
	if err != nil {
		return fmt.Errorf("%w; name a folder that is not there yet, in one that is", err)
	}
	data, err := realPath(a.cfg.Dir)
	if err != nil {
		return err
	}
	rel, err := filepath.Rel(data, parent)
	if below := err == nil && (rel == "." || filepath.IsLocal(rel)); !below { // else on another drive, or beside
		return nil
	}
	own, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	copies, err := realPath(a.backups())
	if err == nil && parent == copies && own != historyDir && own != waitingDir {
		return nil
	}
	return fmt.Errorf("%s is in the hub's own folder %s: name one elsewhere, best on another disk", dir, a.cfg.Dir)
}

// realPath is where a folder stands, whatever links lead to it.
func realPath(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// copyFiles copies what is neither database nor history: files that wait to be
// read, the settings, the hub's own certificate.
func (a *App) copyFiles(dir string) error {
	waiting := filepath.Join(a.cfg.Dir, waitingDir)
	files, err := hub.Matching(waiting, "in-", "")
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
	return syncDir(filepath.Join(dir, waitingDir))
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
