package history

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"

	"github.com/parquet-go/parquet-go/format"
)

// A reader reads pages of some columns of one row group, all columns in step.
type reader struct {
	g    *group
	m    *memory // where the group's bytes are; nil: in the file
	cols []int
	page int   // to be read next
	at   int64 // next row to be read
	hi   int64
	n    int   // rows at hand
	all  int64 // rows of the group
	col  [numColumns]*pages
}

// pages is one column of a reader. One of codes, nums and flags is set.
type pages struct {
	codes []int32 // places in the dictionary
	nums  []int64
	flags []bool

	dict  bool     // the dictionary is read
	texts []string // of the dictionary; of a front-coded column, what was read so far
	addrs []netip.Addr
	known []bool // which of addrs were read
	ints  []int64

	want string // of a front-coded column: the one text asked for, which gets place 1 and any other 0

	packed, raw []byte // memory for a page
	deltas      []int64
}

var columnPages = sync.Pool{New: func() any { return new(pages) }}

// read begins to read cols of rows [lo, hi). The reader must be closed.
func (g *group) read(m *memory, cols []int, lo, hi int64) *reader {
	r := &reader{g: g, m: m, cols: cols, at: lo, hi: hi, all: g.rows}
	for r.page < len(g.starts)-2 && g.starts[r.page+1] <= lo {
		r.page++
	}
	for _, c := range cols {
		r.col[c] = columnPages.Get().(*pages) //nolint:errcheck // nothing else is in it
	}
	return r
}

// pathError is what is wrong with the file at path, and what to do.
func pathError(path, where string, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("history: %s: %s%w: restore the file from a backup, or move it away", path, where, err)
}

func (r *reader) fail(c int, err error) error {
	return pathError(r.g.t.path, fmt.Sprintf("column %s, row %d: ", columns[c].name, r.at), err)
}

func (r *reader) close() {
	for _, c := range r.cols {
		if p := r.col[c]; p != nil {
			p.dict, p.texts, p.addrs, p.known, p.ints, p.want = false, nil, nil, nil, nil, "" // rows have the texts
			if cap(p.raw) < 1<<20 {
				columnPages.Put(p)
			}
			r.col[c] = nil
		}
	}
	r.cols = nil
}

// next reads one page of every column. False is the end.
func (r *reader) next() (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil { // a page that its checksum does not betray
			ok, err = false, pathError(r.g.t.path, "", fmt.Errorf("row %d: broken page: %v", r.at, p))
		}
	}()
	if r.at >= r.hi {
		return false, nil
	}
	skip, end := int(r.at-r.g.starts[r.page]), int(min(r.hi, r.g.starts[r.page+1])-r.g.starts[r.page])
	for _, c := range r.cols {
		if err := r.col[c].next(r, c, skip, end); err != nil {
			return false, r.fail(c, err)
		}
	}
	r.n = end - skip
	r.at += int64(r.n)
	r.page++
	return true, nil
}

// next reads rows [skip, end) of the reader's page.
func (p *pages) next(r *reader, c, skip, end int) error {
	g, col := r.g, &columns[c]
	if c == colAgain && g.once {
		p.flags = slices.Grow(p.flags[:0], end-skip)[:end-skip]
		clear(p.flags)
		return nil
	}
	at := &g.cols[c].pages[r.page]
	h, b, err := p.bytes(r, c, at.offset, int(at.size))
	if err != nil {
		return err
	}
	rows := int(g.starts[r.page+1] - g.starts[r.page])
	if h.kind == format.DictionaryPage || h.values != rows {
		return fmt.Errorf("a page of %d values for %d rows", h.values, rows)
	}
	n := end - skip
	switch {
	case col.flag != nil:
		if h.encoding != format.Plain || len(b)*8 < end {
			return errShort
		}
		p.flags = slices.Grow(p.flags[:0], n)[:n]
		for i := range p.flags {
			p.flags[i] = b[(skip+i)>>3]>>((skip+i)&7)&1 != 0
		}
	case h.encoding == format.RLEDictionary:
		return p.nextCodes(r, c, b, skip, n)
	case h.encoding == format.DeltaByteArray && col.front:
		return p.nextFront(b, rows, skip, end)
	case h.encoding == format.DeltaBinaryPacked && !col.dict && !col.front:
		p.nums = slices.Grow(p.nums[:0], end)[:end]
		if _, err := unpackDeltas(p.nums, b, rows); err != nil {
			return err
		}
		if col.narrow {
			for i, v := range p.nums {
				p.nums[i] = int64(int32(v)) //nolint:gosec // differences of 32 bits wrap
			}
		}
		p.nums = p.nums[skip:]
	default:
		return fmt.Errorf("it is coded as %s, which this store does not write", h.encoding)
	}
	return nil
}

// bytes reads a page and unpacks it.
func (p *pages) bytes(r *reader, c int, offset int64, size int) (h header, b []byte, err error) {
	if b, err = r.g.bytes(r.m, &p.packed, offset, size); err != nil {
		return h, nil, err
	}
	h, n, err := readHeader(b[:min(maxHeader, len(b))])
	if err != nil {
		return h, nil, err
	}
	if b = b[n:]; len(b) != h.packed {
		return h, nil, fmt.Errorf("it has %d bytes, its header says %d", len(b), h.packed)
	}
	if err := h.check(b, r.g.t.seal.index > 0); err != nil {
		return h, nil, err
	}
	if h.plain || !r.g.cols[c].packed {
		if len(b) != h.raw {
			return h, nil, fmt.Errorf("it has %d bytes, its header says %d", len(b), h.raw)
		}
		return h, b, nil
	}
	p.raw, err = unpack(p.raw, b, h.raw)
	return h, p.raw, err
}

// nextCodes reads places in the dictionary, and that before the first of them.
func (p *pages) nextCodes(r *reader, c int, b []byte, skip, n int) error {
	col := &columns[c]
	p.codes = slices.Grow(p.codes[:0], n)[:n]
	if err := unpackCodes(p.codes, b, skip); err != nil {
		return err
	}
	if !p.dict {
		if err := p.readDictionary(r, c); err != nil {
			return fmt.Errorf("its dictionary: %w", err)
		}
		p.dict = true
	}
	top := uint32(max(len(p.texts), len(p.ints))) //nolint:gosec // far below
	for _, k := range p.codes {
		if uint32(k) >= top { //nolint:gosec // a number below 0 becomes a large one
			return fmt.Errorf("value %d of a dictionary of %d", k, top)
		}
	}
	switch {
	case col.addr != nil:
		return p.readAddrs()
	case !col.dict && !col.front: // seconds
		p.nums = slices.Grow(p.nums[:0], n)[:n]
		for i, k := range p.codes {
			p.nums[i] = p.ints[k]
		}
	}
	return nil
}

// nextFront reads texts that say what differs from the one before.
func (p *pages) nextFront(b []byte, rows, skip, end int) error {
	p.deltas = slices.Grow(p.deltas[:0], 2*end)[:2*end]
	cut, left := p.deltas[:end], p.deltas[end:]
	b, err := unpackDeltas(cut, b, rows)
	if err != nil {
		return err
	}
	if b, err = unpackDeltas(left, b, rows); err != nil {
		return err
	}
	p.codes = slices.Grow(p.codes[:0], end-skip)[:end-skip]
	text, total, fresh, code := make([]byte, 0, 64), 0, true, int32(0)
	for i := range end {
		from, more := int64(int32(cut[i])), int64(int32(left[i])) //nolint:gosec // differences of 32 bits wrap
		if from < 0 || from > int64(len(text)) || more < 0 || more > int64(len(b)) || from+more > 4*maxText {
			return errShort
		}
		if more > 0 || from < int64(len(text)) {
			text, b, fresh = append(text[:from], b[:more]...), b[more:], true
		}
		if i < skip {
			continue // nobody asks for it
		}
		if fresh && p.want != "" {
			fresh, code = false, 0
			if string(text) == p.want {
				code = 1
			}
		}
		if fresh {
			fresh = false
			if total += len(text); total > maxPage {
				return errShort
			}
			if n := len(p.texts); n == 0 || p.texts[n-1] != string(text) {
				p.texts = append(p.texts, string(text))
			}
			code = int32(len(p.texts) - 1) //nolint:gosec // rows of a group at most
		}
		p.codes[i-skip] = code
	}
	return nil
}

// rows puts rows [from, from+len(out)) of the pages at hand, of all columns,
// into out. First and Last need Hour, which comes before them.
func (r *reader) rows(out []Row, from int) error {
	for _, c := range r.cols {
		col, p := &columns[c], r.col[c]
		switch {
		case col.front && col.addr != nil:
			if err := p.frontAddrs(out, from, col); err != nil {
				return r.fail(c, err)
			}
		case col.text != nil:
			for i := range out {
				*col.text(&out[i]) = p.texts[p.codes[from+i]]
			}
		case col.addr != nil:
			for i := range out {
				*col.addr(&out[i]) = p.addrs[p.codes[from+i]]
			}
		case col.flag != nil:
			for i := range out {
				*col.flag(&out[i]) = p.flags[from+i]
			}
		case col.dict:
			for i := range out {
				col.set(&out[i], p.ints[p.codes[from+i]])
			}
		default:
			for i := range out {
				col.set(&out[i], p.nums[from+i])
			}
		}
	}
	return nil
}

// frontAddrs puts front-coded addresses into rows.
func (p *pages) frontAddrs(out []Row, from int, col *column) (err error) {
	last, addr := int32(-1), netip.Addr{}
	for i := range out {
		if k := p.codes[from+i]; k != last {
			if last, addr = k, (netip.Addr{}); p.texts[k] != "" {
				if addr, err = netip.ParseAddr(p.texts[k]); err != nil {
					return err
				}
			}
		}
		*col.addr(&out[i]) = addr
	}
	return nil
}

// allColumns are all, in order.
var allColumns = func() []int {
	list := make([]int, numColumns)
	for i := range list {
		list[i] = i
	}
	return list
}()

// restColumns are all but those that who asks for a device knows.
var restColumns = slices.DeleteFunc(slices.Clone(allColumns), func(c int) bool { return c == colSite || c == colDevice })
