package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
)

// Append adds rows, of any days and in any order. They are durable and in every
// answer when it returns nil.
//
// When it returns an error, rows of some days may be in the store: Forget their
// ingest, then append them again. A row that cannot be kept (no device, an hour
// that is none, a counter below 0) is an error, and then nothing is written.
//
// A day that has come to more than Options.MaxFiles files gets its small ones
// put together before Append returns; that failing is no error of Append.
func (s *Store) Append(ctx context.Context, rows []Row) error {
	if err := checkAll(rows, s.opts.Workers); err != nil {
		return err
	}
	parts := byDay(rows)
	var days []int64
	for d := range parts {
		days = append(days, d)
	}
	slices.Sort(days)
	var builds []*build
	defer func() {
		for _, b := range builds {
			b.abort() // those that were not published
			s.tidy(b.day)
		}
	}()
	for _, d := range days {
		b, err := s.begin(d, nil)
		if err != nil {
			return err
		}
		builds = append(builds, b)
		if err := b.addAll(ctx, parts[d], s.opts.Workers); err != nil {
			return err
		}
		parts[d] = nil
		if err := b.close(); err != nil {
			return err
		}
	}
	for i, d := range days {
		b := builds[0]
		builds = builds[1:]
		if _, err := s.publish(d, s.number(d), b, nil); err != nil {
			return fmt.Errorf("%w (%d of %d days are written: forget the ingest and append it again)", err, i, len(days))
		}
	}
	for _, d := range days {
		if s.crowded(d) {
			s.merge(ctx, d, pickSmall) //nolint:errcheck // nothing is lost: the next Append tries again
		}
	}
	return nil
}

// checkAll names the first row that cannot be kept.
func checkAll(rows []Row, workers int) error {
	errs := make([]error, workers)
	var wg sync.WaitGroup
	for w := range workers {
		from, to := len(rows)*w/workers, len(rows)*(w+1)/workers
		wg.Go(func() {
			for i := from; i < to && errs[w] == nil; i++ {
				if err := rows[i].check(); err != nil {
					errs[w] = fmt.Errorf("history: append: row %d %w", i, err)
				}
			}
		})
	}
	wg.Wait()
	return cmp.Or(errs...)
}

// begin opens a temporary file in a day's folder.
func (s *Store) begin(d int64, replaces []int) (*build, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	s.temps++
	name := strconv.Itoa(s.temps) + ".tmp"
	x := s.day(d)
	s.mu.Unlock()
	x.folder.Lock()
	defer x.folder.Unlock()
	return create(s.disk, s.dir, d, name, replaces)
}

// number gives out the number of a day's next file.
func (s *Store) number(d int64) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.day(d)
	n := x.next
	x.next++
	return n
}

// day finds or makes a day; Store.mu is held.
func (s *Store) day(d int64) *day {
	x := s.days[d]
	if x == nil {
		x = &day{number: d, next: 1}
		s.days[d] = x
	}
	return x
}

// publish gives a written file its name and puts it in the place of old, which
// may be none. An error leaves it in the store when its name took effect, so that
// the store is what a restart would find.
func (s *Store) publish(d int64, number int, b *build, old []*file) (*file, error) {
	folder := filepath.Join(s.dir, dayName(d))
	f := &file{day: d, number: number, path: filepath.Join(folder, fileName(number)), stats: b.stats}
	var before os.FileInfo // what has the temporary name: the same file must have the new one
	before, err := os.Stat(b.path)
	if err == nil {
		f.size = before.Size()
		err = s.disk.Rename(b.path, f.path)
	}
	if err != nil {
		after, e := os.Stat(f.path)
		if before == nil || e != nil || !os.SameFile(before, after) {
			b.abort()
			return nil, fmt.Errorf("history: name day file: %w", err)
		}
	}
	if e := s.disk.SyncDir(folder); e != nil {
		err = errors.Join(err, e)
	}
	s.swap(d, old, f)
	if err != nil {
		return f, fmt.Errorf("history: name day file %s: %w", f.path, err)
	}
	return f, nil
}

// swap puts f, which may be nil, into a day in the place of old.
func (s *Store) swap(d int64, old []*file, f *file) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.day(d)
	var files []*file
	for _, g := range x.files {
		if !slices.Contains(old, g) {
			files = append(files, g)
			continue
		}
		g.gone = true
		if g.refs == 0 {
			s.shut(g)
		}
	}
	if f != nil {
		files = append(files, f)
		slices.SortFunc(files, func(a, b *file) int { return cmp.Compare(a.number, b.number) })
	}
	x.files = files
}

func (s *Store) crowded(d int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.days[d].files) > s.opts.MaxFiles
}
