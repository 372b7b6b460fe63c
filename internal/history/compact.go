package history

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
)

// mergeFiles is how many files are put together at a time: each costs about a
// megabyte of memory while it is read.
const mergeFiles = 16

// Compact puts the files of each day together, so that it has one sorted file.
// Readers and Append go on meanwhile; a day that another goroutine is rewriting
// is waited for. Days done before an error stay done.
func (s *Store) Compact(ctx context.Context) error {
	days, err := s.between(0, math.MaxInt64)
	if err != nil {
		return err
	}
	for _, d := range days {
		for {
			again, err := s.merge(ctx, d, pickAll)
			if err != nil {
				return fmt.Errorf("history: compact %s: %w", dayName(d), err)
			}
			if !again {
				break
			}
		}
	}
	return nil
}

// pickAll picks every file, the smallest ones first when they are many.
func pickAll(files []*file, _ int) []*file {
	if len(files) < 2 {
		return nil
	}
	bySize := slices.Clone(files)
	slices.SortStableFunc(bySize, func(a, b *file) int { return cmp.Compare(a.stats.rows, b.stats.rows) })
	return bySize[:min(mergeFiles, len(bySize))]
}

// pickSmall picks small files, and a larger one only when those before it add up
// to a quarter of it: a row is rewritten a few times in its life, however often
// somebody appends.
func pickSmall(files []*file, most int) []*file {
	if len(files) <= most {
		return nil
	}
	bySize := pickAll(files, most)
	n, sum := 1, bySize[0].stats.rows
	for n < len(bySize) && (bySize[n].stats.rows <= 4*sum || len(files)-n+1 > most) {
		sum += bySize[n].stats.rows
		n++
	}
	if n < 2 {
		return nil
	}
	return bySize[:n]
}

// merge makes one file of those that pick names. It returns whether it did.
//
// The new file names the old ones in its footer. Until it has its name the old
// ones count, and from then on it does: Open removes what a crash left of them.
func (s *Store) merge(ctx context.Context, d int64, pick func([]*file, int) []*file) (bool, error) {
	x, err := s.forRewrite(d)
	if err != nil {
		return false, err
	}
	defer x.rewrite.Unlock()
	s.mu.Lock()
	picked := pick(x.files, s.opts.MaxFiles)
	s.mu.Unlock()
	if len(picked) == 0 {
		return false, nil
	}
	list, err := s.hold(d, func(f *file) bool { return slices.Contains(picked, f) })
	if err != nil {
		return false, err
	}
	defer s.letGo(list)
	var replaces []int
	for _, f := range list {
		replaces = append(append(replaces, f.number), f.replaces...)
	}
	slices.Sort(replaces)
	b, err := s.begin(d, replaces)
	if err != nil {
		return false, err
	}
	if err := s.copyAll(ctx, b, list); err != nil {
		b.abort()
		return false, err
	}
	f, err := s.publish(d, s.number(d), b, picked)
	if f == nil {
		return false, err
	}
	f.replaces = replaces
	if err != nil { // its name may not be durable: the old files stay for Open to remove
		return false, err
	}
	f.replaces = s.removeReplaced(f)
	return true, nil
}

// copyAll merges the rows of files into b and closes it.
func (s *Store) copyAll(ctx context.Context, b *build, list []held) error {
	m := &merger{ctx: ctx}
	defer m.close()
	for _, f := range list {
		m.all = append(m.all, newCursor(f.t))
	}
	for {
		r, err := m.next()
		if err != nil {
			return err
		}
		if r == nil {
			return b.close()
		}
		if err := b.add(r); err != nil {
			return err
		}
	}
}

// forRewrite takes the right to replace files of a day.
func (s *Store) forRewrite(d int64) (*day, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	x := s.day(d)
	s.mu.Unlock()
	x.rewrite.Lock()
	return x, nil
}

// replace writes b over the file old, or removes old when b has no rows.
func (s *Store) replace(old *file, b *build) error {
	if b.rows == 0 {
		b.abort()
		return s.drop(old)
	}
	if err := b.close(); err != nil {
		b.abort()
		return err
	}
	return s.replaceWith(old, b)
}

// replaceWith gives b, which is closed, the place of old.
func (s *Store) replaceWith(old *file, b *build) error {
	f, err := s.publish(old.day, old.number, b, []*file{old})
	if f != nil {
		f.replaces = old.replaces
	}
	return err
}

// drop removes a file and its rows. What it replaced goes first, lest Open find
// those rows again.
func (s *Store) drop(f *file) error {
	if f.replaces = s.removeReplaced(f); len(f.replaces) > 0 {
		return fmt.Errorf("history: %s replaces files that cannot be removed", f.path)
	}
	s.swap(f.day, []*file{f}, nil)
	err := s.remove(f.path)
	if _, e := os.Stat(f.path); err != nil && e == nil { // it is still there
		f = &file{day: f.day, number: f.number, path: f.path, stats: f.stats, size: f.size}
		s.swap(f.day, nil, f)
	}
	return err
}

var errChanged = errors.New("change may not move a row to another hour")
