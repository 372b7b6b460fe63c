package history

import (
	"fmt"
	"os"
)

// A held file is one that cannot be closed until it is let go.
type held struct {
	*file
	t *table
}

// hold opens the files of a day that want is true for, as they are now. They
// must be let go.
func (s *Store) hold(number int64, want func(*file) bool) ([]held, error) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	var out []held
	var err error
	if d := s.days[number]; d != nil {
		for _, f := range d.files {
			if want != nil && !want(f) {
				continue
			}
			if f.h == nil {
				var r *os.File
				if r, err = os.Open(f.path); err != nil {
					err = fmt.Errorf("history: open day file: %w: restore it from a backup, or start the hub again without it", err)
					break
				}
				f.h = &handle{f: r}
				s.open++
			}
			f.refs++
			s.clock++
			f.used = s.clock
			out = append(out, held{file: f})
		}
	}
	s.mu.Unlock()
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
