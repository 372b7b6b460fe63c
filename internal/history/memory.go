package history

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"sync"

	"github.com/parquet-go/parquet-go/format"
)

// maxMemory bounds a row group that is read at once, in bytes.
const maxMemory = 1 << 20

// A memory is a row group's bytes, read at once: one call in the place of two for
// each of thirty columns. Outside of it the file is read.
type memory struct {
	f    *os.File
	from int64
	b    []byte
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// load reads the group, unless it is large: then nothing is in memory. It must be
// given back.
func (g *group) load() (*memory, error) {
	n := g.extent[1]
	if n > maxMemory {
		n = 0
	}
	m := memories.Get().(*memory) //nolint:errcheck // nothing else is in it
	if int64(cap(m.b)) < n {
		m.b = make([]byte, n)
	}
	m.f, m.from, m.b = g.t.f, g.extent[0], m.b[:n]
	if _, err := g.t.f.ReadAt(m.b, m.from); err != nil {
		m.free()
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("history: %s: read row group: %w: restore the file from a backup, or move it away", g.t.path, err)
	}
	return m, nil
}

// ReadAt is [io.ReaderAt] of the file.
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if i := off - m.from; i >= 0 && i <= int64(len(m.b))-int64(len(p)) {
		return copy(p, m.b[i:]), nil
	}
	return m.f.ReadAt(p, off)
}

// free gives the memory back; nothing may read from it any more.
func (m *memory) free() {
	if m != nil {
		m.f = nil
		memories.Put(m)
	}
}

// extentOf is where a row group lies in a file of size bytes: where it begins and
// how long it is, nothing when its columns do not say so.
func extentOf(rg *format.RowGroup, size int64) [2]int64 {
	from, to := int64(math.MaxInt64), int64(0)
	for i := range rg.Columns {
		m := &rg.Columns[i].MetaData
		begin := m.DataPageOffset
		if m.DictionaryPageOffset != 0 {
			begin = min(begin, m.DictionaryPageOffset)
		}
		if begin < 4 || m.TotalCompressedSize <= 0 || m.TotalCompressedSize > size || begin > size-m.TotalCompressedSize {
			return [2]int64{}
		}
		from, to = min(from, begin), max(to, begin+m.TotalCompressedSize)
	}
	return [2]int64{from, to - from}
}
