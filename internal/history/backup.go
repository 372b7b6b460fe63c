package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
)

// Backup copies the files of every day, as they are now, to dir, which must be
// new or empty and can then be opened as a store. Append and readers go on; an
// Append of several days may be in it with some of them.
//
// Files are copied as they are, damaged ones too: [Store.Damaged] of the copy
// names them. Those that cannot be read at all are not in it, and are returned.
func (s *Store) Backup(ctx context.Context, dir string) (lost []Torn, err error) {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return nil, fmt.Errorf("history: backup: %s is not empty: name a new folder", dir)
	}
	if err := s.disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("history: backup: %w", err)
	}
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return nil, err
	}
	for _, d := range days {
		one, err := s.backupDay(ctx, d, dir)
		if err != nil {
			return nil, fmt.Errorf("history: backup %s: %w", dayName(d), err)
		}
		lost = append(lost, one...)
	}
	torn, err := s.backupTorn(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("history: backup: %w", err)
	}
	return append(lost, torn...), s.disk.SyncDir(dir)
}

func (s *Store) backupDay(ctx context.Context, d int64, dir string) (lost []Torn, err error) {
	list, errs, err := s.pin(d, nil) // all at once: what is put together meanwhile is not copied twice
	if err != nil {
		return nil, err
	}
	defer s.letGo(list)
	for _, e := range errs {
		lost = append(lost, e.torn())
	}
	folder := filepath.Join(dir, dayName(d))
	if err := s.disk.MkdirAll(folder); err != nil {
		return nil, err
	}
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		unread, err := s.copyFile(f.h.f, filepath.Join(folder, filepath.Base(f.path)))
		if err != nil {
			return nil, err
		}
		if unread != nil {
			lost = append(lost, Torn{f.path, "it cannot be read: " + unread.Error()})
		}
	}
	return lost, s.disk.SyncDir(folder)
}

// backupTorn copies the day files that are left out of every answer.
func (s *Store) backupTorn(ctx context.Context, dir string) (lost []Torn, err error) {
	for _, t := range s.Torn() {
		day := filepath.Base(filepath.Dir(t.Path))
		if _, ok := dayNumber(day); !ok || !dayFile.MatchString(filepath.Base(t.Path)) {
			continue // not the store's
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from, err := os.Open(t.Path)
		if errors.Is(err, fs.ErrNotExist) { // moved away, as it was said to be
			continue
		}
		if err != nil {
			lost = append(lost, Torn{t.Path, "it cannot be read: " + err.Error()})
			continue
		}
		folder := filepath.Join(dir, day)
		var unread error
		if err = s.disk.MkdirAll(folder); err == nil {
			unread, err = s.copyFile(from, filepath.Join(folder, filepath.Base(t.Path)))
		}
		from.Close() //nolint:errcheck // read only
		if err == nil {
			err = s.disk.SyncDir(folder)
		}
		if err != nil {
			return nil, err
		}
		if unread != nil {
			lost = append(lost, Torn{t.Path, "it cannot be read: " + unread.Error()})
		}
	}
	return lost, nil
}

// A source remembers that reading failed, and not writing.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// copyFile copies a file whole, or not at all when unread says why it cannot be
// read.
func (s *Store) copyFile(from *os.File, to string) (unread, err error) {
	info, err := from.Stat()
	if err != nil {
		return err, nil
	}
	f, err := s.disk.Create(to)
	if err != nil {
		return nil, err
	}
	r := &source{Reader: io.NewSectionReader(from, 0, info.Size())}
	_, err = io.Copy(f, r)
	if r.err != nil {
		return r.err, errors.Join(f.Close(), s.disk.Remove(to))
	}
	if err == nil {
		err = f.Sync()
	}
	return nil, errors.Join(err, f.Close())
}
