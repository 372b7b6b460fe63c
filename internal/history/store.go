package history

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const lockName = "lock"

// A Store is a folder of day files. All its methods may be called from many
// goroutines at once: readers see each day as it was when they came to it.
type Store struct {
	dir  string
	opts Options
	disk disk
	lock io.Closer

	mu     sync.Mutex // of what follows; never held while reading or writing a file
	closed bool
	days   map[int64]*day
	torn   []Torn
	open   int             // tables
	clock  uint64          // of uses, to close the table unused for longest
	temps  int             // temporary names given out
	dirty  map[string]bool // folders that could not be synced after a removal
}

// A day is the files of one day. It stays when its files go.
type day struct {
	number  int64
	files   []*file    // by number; the slice is replaced, never changed
	next    int        // number of the next file: never one that was used
	rewrite sync.Mutex // held by whoever replaces files; Append only adds
	folder  sync.Mutex // held by whoever removes the folder or makes it with a file in it
}

// A file is one day file. What stands in it never changes; a file that replaces
// it is another one, also under the same name.
type file struct {
	day      int64
	number   int
	path     string
	stats    span
	size     int64
	replaces []int // files it was made of that may still be on disk

	refs int    // readers; under Store.mu, as are the rest
	used uint64 // Store.clock at the last use
	h    *handle
	gone bool // no longer the store's; closed with its last reader
}

// A handle is a file opened for reading; its footer is read at first use.
type handle struct {
	f    *os.File
	once sync.Once
	t    *table
	err  error
}

var (
	dayFile  = regexp.MustCompile(`^(\d{4,9})\.parquet$`)
	tempFile = regexp.MustCompile(`^\d+\.tmp$`)
)

// Open opens the store in dir, which it makes when it is not there.
//
// It reads every footer: files that are torn or foreign are named by
// [Store.Torn] and not used. Temporary files that a crash left are removed, and
// files whose rows a newer file is known to hold, and folders of days with nothing
// in them. Nothing else is deleted, ever.
// While another process has dir open it returns [ErrLocked].
// With Options.ReadOnly none of this is done to dir, which must be there.
func Open(dir string, opts Options) (*Store, error) {
	opts.MaxFiles = cmp.Or(opts.MaxFiles, 8)
	opts.OpenFiles = cmp.Or(opts.OpenFiles, 64)
	opts.Groups = cmp.Or(opts.Groups, 1_000_000)
	opts.Workers = cmp.Or(opts.Workers, runtime.GOMAXPROCS(0))
	s := &Store{dir: dir, opts: opts, disk: opts.disk, days: map[int64]*day{}, dirty: map[string]bool{}}
	if s.disk == nil {
		s.disk = osDisk{}
	}
	if opts.ReadOnly {
		s.disk, s.lock = sealed{}, nothing{}
		if err := s.load(); err != nil {
			return nil, fmt.Errorf("history: open %s: %w", dir, err)
		}
		return s, nil
	}
	if err := s.disk.MkdirAll(dir); err != nil {
		return nil, fmt.Errorf("history: open %s: %w", dir, err)
	}
	l, err := lock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("history: open %s: %w", dir, err)
	}
	s.lock = l
	if err := s.load(); err != nil {
		l.Close() //nolint:errcheck // the error before counts
		return nil, fmt.Errorf("history: open %s: %w", dir, err)
	}
	return s, nil
}

// load reads the folder.
func (s *Store) load() error {
	list, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var found []*file
	for _, e := range list {
		number, ok := dayNumber(e.Name())
		switch {
		case e.Name() == lockName:
		case !e.IsDir() || !ok:
			s.torn = append(s.torn, Torn{filepath.Join(s.dir, e.Name()), "it is not the store's: days are folders named 2026-11-23"})
		default:
			files, err := s.loadDay(number)
			if err != nil {
				return err
			}
			found = append(found, files...)
		}
	}
	s.check(found)
	for n, d := range s.days {
		s.dropReplaced(d)
		s.tidy(n)
	}
	slices.SortFunc(s.torn, func(a, b Torn) int { return strings.Compare(a.Path, b.Path) })
	return nil
}

// loadDay lists the files of a day, without opening them.
func (s *Store) loadDay(number int64) ([]*file, error) {
	folder := filepath.Join(s.dir, dayName(number))
	list, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	d := &day{number: number, next: 1}
	s.days[number] = d
	var out []*file
	for _, e := range list {
		path := filepath.Join(folder, e.Name())
		m := dayFile.FindStringSubmatch(e.Name())
		switch {
		case tempFile.MatchString(e.Name()) && e.Type().IsRegular() && s.opts.ReadOnly:
		case tempFile.MatchString(e.Name()) && e.Type().IsRegular():
			if err := removed(s.disk.Remove(path)); err != nil {
				s.torn = append(s.torn, Torn{path, "left over, and cannot be removed: " + err.Error()})
			}
		case m == nil || !e.Type().IsRegular():
			s.torn = append(s.torn, Torn{path, "it is not the store's: files are called 0001.parquet"})
		default:
			n, _ := strconv.Atoi(m[1]) // nine digits at most
			d.next = max(d.next, n+1)
			out = append(out, &file{day: number, number: n, path: path})
		}
	}
	return out, nil
}

// check reads the footers of files and keeps those that are whole.
func (s *Store) check(files []*file) {
	errs := make([]error, len(files))
	var wg sync.WaitGroup
	for w := range s.opts.Workers {
		wg.Go(func() {
			for i := w; i < len(files); i += s.opts.Workers {
				errs[i] = files[i].check()
			}
		})
	}
	wg.Wait()
	for i, f := range files {
		if errs[i] != nil {
			s.torn = append(s.torn, Torn{f.path, errs[i].Error()})
			continue
		}
		d := s.days[f.day]
		d.files = append(d.files, f)
	}
	for _, d := range s.days {
		slices.SortFunc(d.files, func(a, b *file) int { return cmp.Compare(a.number, b.number) })
	}
}

// check reads the file's footer for what the store keeps of it.
func (f *file) check() error {
	r, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // read only
	info, err := r.Stat()
	if err != nil {
		return err
	}
	f.size = info.Size()
	t, err := readTable(r, f.size, f.path, f.day, false)
	if err != nil {
		return err
	}
	f.stats, f.replaces = t.stats, t.replaces
	return nil
}

// dropReplaced finishes what a crash kept a compaction from: it removes the
// files whose rows are in a newer one. One that cannot be removed is not used.
func (s *Store) dropReplaced(d *day) {
	replaced := map[int]bool{}
	for _, f := range d.files {
		for _, n := range f.replaces {
			if n < f.number {
				replaced[n] = true
			}
		}
	}
	if len(replaced) == 0 {
		return
	}
	var keep []*file
	for _, f := range d.files {
		if !replaced[f.number] {
			keep = append(keep, f)
		}
	}
	d.files = keep
	for _, f := range keep {
		f.replaces = s.removeReplaced(f)
	}
}

// removeReplaced removes the files that f replaces and returns those that may
// still be there. Only names of the day's files are ever removed.
func (s *Store) removeReplaced(f *file) (rest []int) {
	if len(f.replaces) == 0 {
		return nil
	}
	folder := filepath.Dir(f.path)
	for _, n := range f.replaces {
		if n >= f.number {
			continue
		}
		if removed(s.disk.Remove(filepath.Join(folder, fileName(n)))) != nil {
			rest = append(rest, n)
		}
	}
	if s.syncDir(folder) != nil {
		return f.replaces
	}
	return rest
}

// syncDir makes removals in a folder durable. A folder where it failed is tried
// again by settle.
func (s *Store) syncDir(folder string) error {
	err := removed(s.disk.SyncDir(folder)) // a folder that is gone was synced before
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.dirty[folder] = true
	} else {
		delete(s.dirty, folder)
	}
	return err
}

// settle syncs the folders whose removals may not be durable yet.
func (s *Store) settle() error {
	s.mu.Lock()
	folders := slices.Collect(maps.Keys(s.dirty))
	s.mu.Unlock()
	for _, f := range folders {
		if err := s.syncDir(f); err != nil {
			return fmt.Errorf("history: sync %s: %w", f, err)
		}
		if d, ok := dayNumber(filepath.Base(f)); ok {
			s.tidy(d)
		}
	}
	return nil
}

func fileName(number int) string { return fmt.Sprintf("%04d.parquet", number) }

// Torn names the files of the folder that are not used, in order of their path,
// as Open found them. What has rotted within a file, [Store.Verify] and the
// reader that comes to it name.
func (s *Store) Torn() []Torn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.torn)
}

// Days lists the days that the store has rows of, the earliest first.
func (s *Store) Days() []Day {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Day
	for _, d := range s.days {
		if len(d.files) == 0 {
			continue
		}
		x := Day{Date: dayName(d.number), Files: len(d.files)}
		for _, f := range d.files {
			x.Rows += f.stats.rows
			x.Bytes += f.size
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Day) int { return strings.Compare(a.Date, b.Date) })
	return out
}

// Close closes the store. Readers that are still at work fail.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	var errs []error
	for _, d := range s.days {
		for _, f := range d.files {
			if f.h != nil {
				errs = append(errs, f.h.f.Close())
			}
		}
	}
	s.mu.Unlock()
	return errors.Join(append(errs, s.lock.Close())...)
}

// between lists the days with files from day a to day b, both included.
func (s *Store) between(a, b int64) ([]int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	var out []int64
	for n, d := range s.days {
		if len(d.files) > 0 && n >= a && n <= b {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out, nil
}
