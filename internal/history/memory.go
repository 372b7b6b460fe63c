package history

import (
	"os"
	"sync"
)

// maxMemory bounds a row group that is read at once, in bytes.
const maxMemory = 1 << 20

// A memory is a row group's bytes, read at once: one call in the place of two for
// each of thirty columns.
type memory struct {
	from int64
	b    []byte
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// load reads the group; nil when it is large, so that its pages are read one by
// one. It must be given back.
func (g *group) load() (*memory, error) {
	n := g.extent[1]
	if n <= 0 || n > maxMemory {
		return nil, nil //nolint:nilnil // nothing is in memory, which every reader takes
	}
	m := memories.Get().(*memory) //nolint:errcheck // nothing else is in it
	if int64(cap(m.b)) < n {
		m.b = make([]byte, n)
	}
	m.from, m.b = g.extent[0], m.b[:n]
	if _, err := g.t.f.ReadAt(m.b, m.from); err != nil {
		m.free()
		return nil, pathError(g.t.path, "read row group: ", err)
	}
	return m, nil
}

// bytes are those of the file at offset: out of m when it has them, else read
// into buf. They are valid until either is used again.
func (g *group) bytes(m *memory, buf *[]byte, offset int64, size int) ([]byte, error) {
	if m != nil {
		if i := offset - m.from; i >= 0 && i <= int64(len(m.b)-size) {
			return m.b[i : i+int64(size)], nil
		}
	}
	return readInto(g.t.f, buf, offset, size)
}

func readInto(f *os.File, buf *[]byte, offset int64, size int) ([]byte, error) {
	if cap(*buf) < size {
		*buf = make([]byte, size+size/4)
	}
	b := (*buf)[:size]
	_, err := f.ReadAt(b, offset)
	return b, err
}

// free gives the memory back; nothing may read from it any more.
func (m *memory) free() {
	if m != nil {
		memories.Put(m)
	}
}
