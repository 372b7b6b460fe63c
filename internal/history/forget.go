package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"
)

// Forget takes the rows of an ingest out again. It is durable when it returns
// nil; after an error, call it again. An ingest that the store has no row of is
// no error.
func (s *Store) Forget(ctx context.Context, ingest int64) error {
	if err := s.settle(); err != nil {
		return err
	}
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return err
	}
	for _, d := range days {
		err := s.rewriteDay(ctx, d, func(f *file) bool { return ingest >= f.stats.ingestMin && ingest <= f.stats.ingestMax }, func(f held) (verdict, error) {
			if f.stats.ingestMin == f.stats.ingestMax {
				return dropFile, nil // needs no room on a full disk
			}
			return f.t.holds(ctx, ingest)
		}, func(r *Row) bool { return r.Ingest != ingest })
		if err != nil {
			return fmt.Errorf("history: forget ingest %d: %w", ingest, err)
		}
	}
	return nil
}

// Rewrite passes every row of a site, of the hours in [from, to), to change,
// which may set any field but Hour, and returns false for a row that is to go.
// The row is valid during the call only.
//
// Each day file is replaced as a whole once it is done. After an error some days
// are rewritten and others not: call it again. A change that is not idempotent
// is the caller's to keep apart.
func (s *Store) Rewrite(ctx context.Context, site int64, from, to time.Time, change func(*Row) bool) error {
	lo, hi := hours(from, to)
	if lo >= hi {
		return nil
	}
	days, err := s.between(dayOf(lo), dayOf(hi-1))
	if err != nil {
		return err
	}
	for _, d := range days {
		err := s.rewriteDay(ctx, d, func(f *file) bool { return site >= f.stats.siteMin && site <= f.stats.siteMax },
			func(held) (verdict, error) { return rewriteFile, nil },
			func(r *Row) bool { return r.Site != site || r.Hour < lo || r.Hour >= hi || change(r) })
		if err != nil {
			return fmt.Errorf("history: rewrite %s: %w", dayName(d), err)
		}
	}
	return nil
}

// verdict is what is to be done with a file.
type verdict int

const (
	keepFile verdict = iota
	rewriteFile
	dropFile
)

// rewriteDay replaces the files of a day, one by one.
func (s *Store) rewriteDay(ctx context.Context, d int64, want func(*file) bool, judge func(held) (verdict, error), change func(*Row) bool) error {
	x, err := s.forRewrite(d)
	if err != nil {
		return err
	}
	defer x.rewrite.Unlock()
	defer s.tidy(d) // when nothing is in it any more
	list, err := s.hold(d, want)
	if err != nil {
		return err
	}
	defer s.letGo(list)
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return err
		}
		v, err := judge(f)
		switch {
		case err != nil:
			return err
		case v == dropFile:
			err = s.drop(f.file)
		case v == rewriteFile:
			err = s.rewriteFile(ctx, f, change)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// rewriteFile writes a file again, with change applied to each row. Rows that
// change moved in the order are sorted apart, in runs on disk, and merged.
func (s *Store) rewriteFile(ctx context.Context, f held, change func(*Row) bool) error {
	var runs []*build
	defer func() {
		for _, b := range runs {
			b.abort()
		}
	}()
	out, err := s.begin(f.day, f.replaces)
	if err != nil {
		return err
	}
	runs = append(runs, out)
	var moved []Row
	spill := func() error {
		b, err := s.begin(f.day, nil)
		if err != nil {
			return err
		}
		runs = append(runs, b)
		pointers := make([]*Row, len(moved))
		for i := range moved {
			pointers[i] = &moved[i]
		}
		err = b.addAll(ctx, pointers, 1)
		moved = moved[:0]
		if err == nil {
			err = b.close()
		}
		return err
	}
	c := newCursor(f.t)
	defer c.close()
	for {
		ok, err := c.next(ctx)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		r := *c.row
		if !change(&r) {
			continue
		}
		if r.Hour != c.row.Hour {
			return errChanged
		}
		if err := r.check(); err != nil {
			return fmt.Errorf("change made a row %w", err)
		}
		if compare(c.row, &r) == 0 {
			if err := out.add(&r); err != nil {
				return err
			}
			continue
		}
		moved = append(moved, r)
		if len(moved) == groupRows/4 {
			if err := spill(); err != nil {
				return err
			}
		}
	}
	if len(moved) > 0 {
		if err := spill(); err != nil {
			return err
		}
	}
	if len(runs) == 1 {
		runs = nil
		return s.replace(f.file, out)
	}
	if out.rows > 0 {
		if err := out.close(); err != nil {
			return err
		}
	} else {
		out.abort()
		runs = runs[1:]
	}
	return s.mergeRuns(ctx, f, &runs)
}

// mergeRuns puts temporary files together until one is left, and that in the
// place of f.
func (s *Store) mergeRuns(ctx context.Context, f held, runs *[]*build) error {
	for {
		part := (*runs)[:min(mergeFiles, len(*runs))]
		b, err := s.begin(f.day, f.replaces)
		if err != nil {
			return err
		}
		if err := s.mergeTemporary(ctx, b, part); err != nil {
			b.abort()
			return err
		}
		for _, r := range part {
			r.abort()
		}
		if *runs = (*runs)[len(part):]; len(*runs) == 0 {
			return s.replaceWith(f.file, b)
		}
		*runs = append(*runs, b)
	}
}

func (s *Store) mergeTemporary(ctx context.Context, b *build, runs []*build) error {
	var list []held
	defer func() {
		for _, x := range list {
			x.t.f.Close() //nolint:errcheck // read only
		}
	}()
	for _, r := range runs {
		f, err := os.Open(r.path)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			var t *table
			if t, err = readTable(f, info.Size(), r.path, r.day, true); err == nil {
				t.f = f
				list = append(list, held{t: t})
				continue
			}
		}
		f.Close() //nolint:errcheck // read only
		return fmt.Errorf("%s: %w", r.path, err)
	}
	return s.copyAll(ctx, b, list)
}

// Retain takes the rows out of days that end at or before a time and of ingests up
// to one, and returns how many. What a later ingest told of such a day stays. After
// an error some are gone: call it again.
func (s *Store) Retain(ctx context.Context, before time.Time, ingest int64) (rows int64, err error) {
	days, err := s.between(0, floorDiv(before.Unix(), daySec)-1)
	if err != nil {
		return 0, err
	}
	if err := s.settle(); err != nil {
		return 0, err
	}
	for _, d := range days {
		err := s.rewriteDay(ctx, d, func(f *file) bool { return f.stats.ingestMin <= ingest }, func(f held) (verdict, error) {
			if f.stats.ingestMax <= ingest {
				rows += f.stats.rows
				return dropFile, nil
			}
			return rewriteFile, nil
		}, func(r *Row) bool {
			if r.Ingest <= ingest {
				rows++
				return false
			}
			return true
		})
		if err != nil {
			return rows, fmt.Errorf("history: retain: %s: %w", dayName(d), err)
		}
	}
	return rows, nil
}

// tidy removes the folder of a day that has no files. It stays when something else
// is in it: what is not ours, and what somebody is writing into it. A folder whose
// removals may not be durable stays too, for settle.
func (s *Store) tidy(d int64) {
	folder := filepath.Join(s.dir, dayName(d))
	s.mu.Lock()
	x := s.day(d)
	s.mu.Unlock()
	x.folder.Lock()
	defer x.folder.Unlock()
	s.mu.Lock()
	keep := len(x.files) > 0 || s.dirty[folder] || s.closed
	s.mu.Unlock()
	if keep {
		return
	}
	s.disk.Remove(folder) //nolint:errcheck // a folder with something in it cannot be removed; Open tries again
}

// remove removes a file for good.
func (s *Store) remove(path string) error {
	if err := removed(s.disk.Remove(path)); err != nil {
		if _, e := os.Stat(path); !errors.Is(e, os.ErrNotExist) {
			return fmt.Errorf("history: remove day file: %w", err)
		}
	}
	if err := s.syncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("history: remove day file %s: %w", path, err)
	}
	return nil
}

// hours is [from, to) in the beginnings of hours, both in seconds; an hour
// belongs to it when it begins in it.
func hours(from, to time.Time) (lo, hi int64) {
	up := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		s := t.Unix()
		if t.Nanosecond() > 0 {
			s++
		}
		return max(0, min(latest+hourSec, floorDiv(s+hourSec-1, hourSec)*hourSec))
	}
	lo = up(from)
	if to.IsZero() {
		return lo, latest + hourSec
	}
	return lo, up(to)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
