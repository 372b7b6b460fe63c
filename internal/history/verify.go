package history

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// holds is whether a table has rows of an ingest, judged by its dictionaries.
func (t *table) holds(ctx context.Context, ingest int64) (verdict, error) {
	for i := range t.groups {
		g := &t.groups[i]
		if ingest < g.stats.ingestMin || ingest > g.stats.ingestMax {
			continue
		}
		if err := ctx.Err(); err != nil {
			return keepFile, err
		}
		r := g.read(nil, []int{colIngest}, 0, g.rows)
		ok, err := r.next()
		if ok {
			for _, n := range r.col[colIngest].ints {
				if n == ingest {
					r.close()
					return rewriteFile, nil
				}
			}
		}
		r.close()
		if err != nil {
			return keepFile, err
		}
	}
	return keepFile, nil
}

// Verify reads every page of every file: checksums, counts, order, and that each
// row is of its day. The error names every file that is not as it was written,
// and those that [Store.Torn] names; nil is that all is well.
func (s *Store) Verify(ctx context.Context) error {
	var errs []error
	for _, t := range s.Torn() {
		errs = append(errs, fmt.Errorf("history: %s: %s", t.Path, t.Why))
	}
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return err
	}
	for _, d := range days {
		for i := 0; ; i++ { // one file at a time: a broken one does not hide the others
			n := -1
			list, err := s.hold(d, func(*file) bool { n++; return n == i })
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if len(list) == 0 {
				break
			}
			if err := verify(ctx, list[0]); err != nil {
				errs = append(errs, err)
			}
			s.letGo(list)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
	}
	return errors.Join(errs...)
}

func verify(ctx context.Context, f held) error {
	c := newCursor(f.t)
	defer c.close()
	var last Row
	rows := int64(0)
	for {
		ok, err := c.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		if err := c.row.check(); err != nil {
			return fmt.Errorf("history: %s: row %d %w", f.path, rows, err)
		}
		if dayOf(c.row.Hour) != f.day {
			return fmt.Errorf("history: %s: row %d is of another day", f.path, rows)
		}
		if rows > 0 && compare(&last, c.row) > 0 {
			return fmt.Errorf("history: %s: row %d is out of order", f.path, rows)
		}
		last = *c.row
		rows++
	}
	if rows != f.t.rows {
		return fmt.Errorf("history: %s: has %d rows, its footer says %d", f.path, rows, f.t.rows)
	}
	if f.t.totals.size > 0 {
		if _, _, err := f.t.readTotals(f.day); err != nil {
			return err
		}
	}
	if err := f.t.seal.check(f.t.f); err != nil { // last: pages can say which column it is
		return pathError(f.path, "", err)
	}
	return nil
}

// Backup copies the files of every day, as they are now, to dir, which must be
// new or empty and can then be opened as a store. Append and readers go on; an
// Append of several days may be in it with some of them.
func (s *Store) Backup(ctx context.Context, dir string) error {
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		return fmt.Errorf("history: backup: %s is not empty: name a new folder", dir)
	}
	if err := s.disk.MkdirAll(dir); err != nil {
		return fmt.Errorf("history: backup: %w", err)
	}
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return err
	}
	for _, d := range days {
		if err := s.backupDay(ctx, d, dir); err != nil {
			return fmt.Errorf("history: backup %s: %w", dayName(d), err)
		}
	}
	return s.disk.SyncDir(dir)
}

func (s *Store) backupDay(ctx context.Context, d int64, dir string) error {
	list, err := s.hold(d, nil)
	if err != nil {
		return err
	}
	defer s.letGo(list)
	folder := filepath.Join(dir, dayName(d))
	if err := s.disk.MkdirAll(folder); err != nil {
		return err
	}
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.copyFile(f.h.f, filepath.Join(folder, filepath.Base(f.path))); err != nil {
			return err
		}
	}
	return s.disk.SyncDir(folder)
}

func (s *Store) copyFile(from *os.File, to string) error {
	info, err := from.Stat()
	if err != nil {
		return err
	}
	f, err := s.disk.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(from, 0, info.Size()))
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
