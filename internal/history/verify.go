package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
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

// Verify reads every page of every file: checksums, counts, totals, order, and
// that each row is of its day. The error names every file that is not as it was written,
// and those that [Store.Torn] names; nil is that all is well.
func (s *Store) Verify(ctx context.Context) error {
	torn, found, err := s.damaged(ctx)
	var errs []error
	for _, t := range torn {
		errs = append(errs, fmt.Errorf("history: %s: %s", t.Path, t.Why))
	}
	for _, e := range found {
		errs = append(errs, e)
	}
	return errors.Join(append(errs, err)...)
}

// Damaged is [Store.Verify] that lists what it finds. The error is that of ctx, or
// of a store that is closed.
func (s *Store) Damaged(ctx context.Context) ([]Torn, error) {
	out, found, err := s.damaged(ctx)
	for _, e := range found {
		out = append(out, e.torn())
	}
	return out, err
}

func (s *Store) damaged(ctx context.Context) (torn []Torn, found []fileError, err error) {
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return nil, nil, err
	}
	for _, err := range s.eachFile(ctx, days, func(f held) error { return verify(ctx, f) }) {
		var of fileError
		if !errors.As(err, &of) || ctx.Err() != nil {
			return nil, nil, err
		}
		found = append(found, of)
	}
	return s.Torn(), found, nil
}

// Scrub compares every file with the checksums that were written with it, and
// reads at most so many bytes a second, 0 for as fast as it goes: it is for the
// background, where [Store.Verify] takes a processor. The error names every file
// that is not as it was written.
func (s *Store) Scrub(ctx context.Context, perSecond int64) error {
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return err
	}
	return errors.Join(s.eachFile(ctx, days, func(f held) error {
		began := time.Now()
		var err error
		if f.t.seal.index == 0 {
			err = verify(ctx, f) // of version 1
		} else if e := f.t.seal.check(f.t.f); e != nil {
			err = pathError(f.path, "", e)
		}
		if perSecond > 0 {
			pause := time.NewTimer(time.Duration(float64(f.size)/float64(perSecond)*float64(time.Second)) - time.Since(began))
			defer pause.Stop()
			select {
			case <-pause.C:
			case <-ctx.Done():
			}
		}
		return err
	})...)
}

// eachFile does something with one file after the other: a broken one does not
// hide the others. The last error is that of ctx once it has ended.
func (s *Store) eachFile(ctx context.Context, days []int64, do func(held) error) (errs []error) {
	for _, d := range days {
		s.mu.Lock()
		var files []*file
		if x := s.days[d]; x != nil {
			files = x.files
		}
		s.mu.Unlock()
		for _, f := range files {
			list, err := s.hold(d, func(g *file) bool { return g == f }) // none when it was replaced meanwhile
			if err != nil {
				errs = append(errs, fileError{f.path, err})
				continue
			}
			for _, x := range list {
				if err := do(x); err != nil {
					errs = append(errs, fileError{x.path, err})
				}
			}
			s.letGo(list)
			if err := ctx.Err(); err != nil {
				return append(errs, err)
			}
		}
	}
	return errs
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
