package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// An Old is what one ingest told of one site and day.
type Old struct {
	Day          int64 // its beginning in seconds
	Site, Ingest int64
	Rows         int64
	BytesUp      int64 // of rows that count
}

// Old lists what [Store.Retain] would take out, by day, site and ingest, and the
// files of such days that it would leave, because they are damaged: whose rows they
// hold is not known. It reads every row of the others.
func (s *Store) Old(ctx context.Context, before time.Time, ingest int64) (list []Old, left []Torn, err error) {
	sums := map[Old]*Old{}
	left, err = s.eachOld(ctx, before, ingest, func(f held) error {
		here := map[Old]Old{}
		err := f.rows(ctx, func(r *Row) {
			if r.Ingest > ingest {
				return
			}
			k := Old{Day: f.day * daySec, Site: r.Site, Ingest: r.Ingest}
			o := here[k]
			o.Rows++
			if !r.Again {
				o.BytesUp += r.BytesUp
			}
			here[k] = o
		})
		if err != nil {
			return fileError{f.path, err}
		}
		for k, o := range here {
			if sums[k] == nil {
				sums[k] = &Old{Day: k.Day, Site: k.Site, Ingest: k.Ingest}
			}
			sums[k].Rows += o.Rows
			sums[k].BytesUp += o.BytesUp
		}
		return nil
	})
	for _, o := range sums {
		list = append(list, *o)
	}
	slices.SortFunc(list, func(a, b Old) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Site, b.Site), cmp.Compare(a.Ingest, b.Ingest))
	})
	return list, left, err
}

// rows gives every row of a file. After an error, some were given.
func (f held) rows(ctx context.Context, do func(*Row)) error {
	c := newCursor(f.t)
	defer c.close()
	for {
		ok, err := c.next(ctx)
		if err != nil || !ok {
			return err
		}
		do(c.row)
	}
}

// Retain takes the rows out of days that end at or before a time and of ingests up
// to one, and returns how many. What a later ingest told of such a day stays, and so
// does every file that is damaged: it is left as it is, and named. After an error
// some are gone: call it again.
func (s *Store) Retain(ctx context.Context, before time.Time, ingest int64) (rows int64, left []Torn, err error) {
	if err := s.settle(); err != nil {
		return 0, nil, err
	}
	left, err = s.eachOld(ctx, before, ingest, func(f held) error {
		here := int64(0)
		old := func(r *Row) {
			if r.Ingest <= ingest {
				here++
			}
		}
		if err := f.rows(ctx, old); err != nil { // before anything is done to it
			return fileError{f.path, err}
		}
		v := rewriteFile
		switch {
		case here == 0:
			return nil
		case f.stats.ingestMax <= ingest:
			v = dropFile // needs no room on a full disk
		}
		err := s.rewriteOne(ctx, f, func(held) (verdict, error) { return v, nil }, func(r *Row) bool { return r.Ingest > ingest })
		if err == nil {
			rows += here
		}
		return err
	})
	return rows, left, err
}

// eachOld does something with each file of days that end at or before a time, and
// that may hold rows of ingests up to one; nobody else replaces files of a day
// meanwhile. Files that are damaged, as do may find by a [fileError], are left out.
func (s *Store) eachOld(ctx context.Context, before time.Time, ingest int64, do func(held) error) (left []Torn, err error) {
	end := floorDiv(before.Unix(), daySec)
	days, err := s.between(0, end-1)
	if err != nil {
		return nil, err
	}
	for _, t := range s.Torn() {
		if d, ok := dayNumber(filepath.Base(filepath.Dir(t.Path))); ok && d < end {
			left = append(left, t)
		}
	}
	for _, d := range days {
		found, err := s.oldDay(ctx, d, ingest, do)
		left = append(left, found...)
		if err != nil {
			return left, fmt.Errorf("history: retain: %s: %w", dayName(d), err)
		}
	}
	return left, nil
}

func (s *Store) oldDay(ctx context.Context, d, ingest int64, do func(held) error) (left []Torn, err error) {
	x, err := s.forRewrite(d)
	if err != nil {
		return nil, err
	}
	defer x.rewrite.Unlock()
	defer s.tidy(d) // when nothing is in it any more
	list, unopened, err := s.pin(d, func(f *file) bool { return f.stats.ingestMin <= ingest })
	if err != nil {
		return nil, err
	}
	defer s.letGo(list)
	for _, e := range unopened {
		left = append(left, e.torn())
	}
	for _, f := range list {
		if f.t, err = f.h.read(f.file); err == nil {
			err = do(f)
		} else {
			err = fileError{f.path, err}
		}
		var of fileError
		switch {
		case ctx.Err() != nil:
			return left, ctx.Err()
		case errors.As(err, &of):
			left = append(left, of.torn())
		case err != nil:
			return left, err
		}
	}
	return left, nil
}
