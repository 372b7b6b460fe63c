package app

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"

	"github.com/lenscap/lenscap/internal/hub"
)

const (
	// partSuffix is on the name of a copy until it is whole.
	partSuffix = ".part"
	// partLock is in a copy until it is whole. Who makes the copy holds it locked,
	// so that one that was cut short, by a kill or a power cut, can be told from one
	// that is being made.
	partLock = "being-made.lock"
	// copyAt is in the hub's folder while it makes a copy, and holds where that goes,
	// so that what a kill leaves there is found again.
	copyAt = "backup.at"
)

// beginPart makes the folder of a copy. One that was cut short is taken away
// before.
func (a *App) beginPart(part string) (*flock.Flock, error) {
	if _, err := a.clearPart(part); err != nil {
		return nil, err
	}
	if err := os.Mkdir(part, 0o700); err != nil {
		return nil, fmt.Errorf("%w; name a folder that is not there yet, in one that is", err)
	}
	lock := flock.New(filepath.Join(part, partLock))
	switch ok, err := lock.TryLock(); {
	case err != nil: // some disks of other machines know no locks
		a.cfg.Log.Warn("the folder of a copy cannot be locked: if the copy is cut short it has to be removed by hand", slog.String("copy", part), slog.Any("error", err))
		if err := errors.Join(lock.Close(), os.Remove(lock.Path())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	case !ok:
		return nil, fmt.Errorf("%s is being made by another program", part)
	}
	return lock, a.noteCopy(part)
}

// noteCopy keeps where a copy goes, on the disk; "": nowhere any more. A full disk
// keeps it from being noted, and no copy from being made.
func (a *App) noteCopy(part string) error {
	at := filepath.Join(a.cfg.Dir, copyAt)
	if part == "" {
		if err := os.Remove(at); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	part, err := filepath.Abs(part)
	if err != nil {
		return err
	}
	if err := os.WriteFile(at, []byte(part), 0o600); err != nil {
		a.cfg.Log.Warn("where a copy goes could not be noted: if it is cut short it has to be removed by hand", slog.String("copy", part), slog.Any("error", err))
	}
	return nil
}

// clearPart takes a copy away that was cut short, and says whether there was one.
// What is not known to be one is an error, with what to do.
func (a *App) clearPart(part string) (bool, error) {
	if _, err := os.Lstat(part); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if _, err := os.Lstat(filepath.Join(part, partLock)); err != nil {
		if _, err := os.Lstat(filepath.Join(part, ListFile)); err == nil {
			return false, fmt.Errorf("%s is a whole copy that was not given its name: rename it to %s, or remove it", part, filepath.Base(strings.TrimSuffix(part, partSuffix)))
		}
		return false, fmt.Errorf("%s is there and not known to be a copy that was cut short: move it away, or remove it", part)
	}
	lock := flock.New(filepath.Join(part, partLock))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return false, fmt.Errorf("see whether %s is being made: %w", part, err)
	case !ok:
		return false, fmt.Errorf("%s is being made now: wait for it, or name another folder", part)
	}
	if err := errors.Join(lock.Close(), os.RemoveAll(part)); err != nil {
		return false, fmt.Errorf("take %s away, which was cut short: %w", part, err)
	}
	a.cfg.Log.Warn("a copy that was cut short is taken away", slog.String("copy", part))
	return true, nil
}

// clearParts takes away what copies that were cut short left: the last one that
// this hub began, wherever it went, and those in the folder of ordered ones. gone
// names them.
func (a *App) clearParts() (gone []string, err error) {
	parts, err := hub.Matching(a.backups(), "lenscap-", partSuffix)
	if err != nil {
		return nil, err
	}
	noted, err := os.ReadFile(filepath.Join(a.cfg.Dir, copyAt))
	if at := string(noted); err == nil && strings.HasSuffix(at, partSuffix) {
		parts = append(parts, at)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var errs []error
	for _, part := range parts {
		was, err := a.clearPart(part)
		if was {
			gone = append(gone, part)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return gone, err
	}
	return gone, a.noteCopy("")
}
