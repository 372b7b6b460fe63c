package history

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// A held file is one that cannot be closed until it is let go.
type held struct {
	*file
	t *table
}

// hold opens the files of a day that want is true for, as they are now. They
// must be let go.
func (s *Store) hold(number int64, want func(*file) bool) ([]held, error) {
	out, errs, err := s.pin(number, want)
	if err != nil {
		return nil, err
	}
	if len(errs) > 0 {
		err = errs[0]
	}
	for i := range out {
		if err != nil {
			break
		}
		out[i].t, err = out[i].h.read(out[i].file)
	}
	if err != nil {
		s.letGo(out)
		return nil, err
	}
	return out, nil
}

// pin is hold without reading what is in the files, which may be damaged. Each of
// errs is of a file that cannot be opened.
func (s *Store) pin(number int64, want func(*file) bool) (out []held, errs []fileError, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, ErrClosed
	}
	d := s.days[number]
	if d == nil {
		return nil, nil, nil
	}
	for _, f := range d.files {
		if want != nil && !want(f) {
			continue
		}
		if f.h == nil {
			r, err := os.Open(f.path)
			if err != nil {
				errs = append(errs, fileError{f.path, fmt.Errorf("history: open day file: %w: restore it from a backup, or start the hub again without it", err)})
				continue
			}
			f.h = &handle{f: r}
			s.open++
		}
		f.refs++
		s.clock++
		f.used = s.clock
		out = append(out, held{file: f})
	}
	return out, errs, nil
}

// A fileError is of one file, whether or not its words name it.
type fileError struct {
	path string
	err  error
}

func (e fileError) Error() string { return e.err.Error() }
func (e fileError) Unwrap() error { return e.err }

// torn says it without the path twice.
func (e fileError) torn() Torn {
	why := strings.TrimPrefix(e.Error(), "history: "+e.path+": ")
	var open *fs.PathError
	if errors.As(e.err, &open) && open.Path == e.path {
		why = strings.TrimPrefix(strings.Replace(why, open.Error(), open.Err.Error(), 1), "history: ")
	}
	return Torn{e.path, why}
}

func (h *handle) read(f *file) (*table, error) {
	h.once.Do(func() {
		info, err := h.f.Stat()
		if err != nil {
			h.err = fmt.Errorf("history: %w", err)
			return
		}
		if h.t, h.err = readTable(h.f, info.Size(), f.path, f.day, true); h.err != nil {
			h.err = pathError(f.path, "", h.err)
			return
		}
		h.t.f = h.f
	})
	return h.t, h.err
}

// letGo gives files back, and closes those that are gone or too many.
func (s *Store) letGo(list []held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range list {
		if x.refs--; x.refs == 0 && x.gone {
			s.shut(x.file)
		}
	}
	for s.open > s.opts.OpenFiles {
		var oldest *file
		for _, d := range s.days {
			for _, f := range d.files {
				if f.h != nil && f.refs == 0 && (oldest == nil || f.used < oldest.used) {
					oldest = f
				}
			}
		}
		if oldest == nil {
			return
		}
		s.shut(oldest)
	}
}

// shut closes a file's table; Store.mu is held.
func (s *Store) shut(f *file) {
	if f.h != nil {
		f.h.f.Close() //nolint:errcheck // read only
		f.h = nil
		s.open--
	}
}
