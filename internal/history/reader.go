package history

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"

	"github.com/parquet-go/parquet-go"
)

// A reader reads pages of some columns of one row group, all columns in step.
type reader struct {
	g    *group
	cols []int
	at   int64 // next row to be read
	hi   int64
	n    int // rows in the pages at hand
	col  [numColumns]*pages
}

// pages is one column of a reader. One of codes, nums, narrow and flags is set.
type pages struct {
	file   *parquet.FilePages
	page   parquet.Page
	codes  []int32 // places in the dictionary
	nums   []int64
	flags  []bool
	values []parquet.Value // memory for flags

	dict  bool // the dictionary is read
	texts []string
	addrs []netip.Addr // of texts, once a row has them
	ints  []int64
}

// read begins to read cols of rows [lo, hi) of the file, which from is. The
// reader must be closed.
func (g *group) read(from io.ReaderAt, cols []int, lo, hi int64) (*reader, error) {
	r := &reader{g: g, cols: cols, at: lo, hi: hi}
	for _, c := range cols {
		p := &pages{file: g.chunks[c].PagesFrom(from)}
		r.col[c] = p
		if lo > 0 {
			if err := p.file.SeekToRow(lo); err != nil {
				r.close()
				return nil, r.fail(c, err)
			}
		}
	}
	return r, nil
}

func (r *reader) fail(c int, err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("history: %s: column %s, row %d: %w: restore the file from a backup, or move it away", r.g.t.path, columns[c].name, r.at, err)
}

func (r *reader) close() {
	for _, c := range r.cols {
		if p := r.col[c]; p != nil {
			parquet.Release(p.page)
			p.file.Close() //nolint:errcheck // gives buffers back
		}
	}
	r.cols = nil
}

// next reads one page of every column. False is the end.
func (r *reader) next() (ok bool, err error) {
	defer func() {
		if p := recover(); p != nil { // a page that its checksum does not betray
			ok, err = false, fmt.Errorf("history: %s: row %d: broken page: %v", r.g.t.path, r.at, p)
		}
	}()
	if r.at >= r.hi {
		return false, nil
	}
	r.n = -1
	for _, c := range r.cols {
		p := r.col[c]
		n, err := p.next(c)
		if err != nil {
			return false, r.fail(c, err)
		}
		if n == 0 || r.n >= 0 && n != r.n {
			return false, r.fail(c, fmt.Errorf("a page of %d rows beside one of %d", n, r.n))
		}
		r.n = n
	}
	if rest := r.hi - r.at; int64(r.n) > rest {
		r.n = int(rest)
	}
	r.at += int64(r.n)
	for _, c := range r.cols {
		var err error
		switch {
		case columns[c].flag != nil:
			err = r.col[c].readFlags(r.n)
		case columns[c].addr != nil:
			err = r.col[c].readAddrs(r.n)
		}
		if err != nil {
			return false, r.fail(c, err)
		}
	}
	return true, nil
}

// readAddrs reads the addresses of the page's first n values, where that was not
// done before: a dictionary has those of thousands of devices.
func (p *pages) readAddrs(n int) error {
	for _, k := range p.codes[:n] {
		if p.addrs[k].IsValid() || p.texts[k] == "" {
			continue
		}
		a, err := netip.ParseAddr(p.texts[k])
		if err != nil {
			return err
		}
		p.addrs[k] = a
	}
	return nil
}

// addr is a place of the dictionary. One that no address stands at is nobody's
// until a row has it, which is an error of next.
func (p *pages) addr(code int) netip.Addr {
	if a := p.addrs[code]; a.IsValid() || p.texts[code] == "" {
		return a
	}
	a, _ := netip.ParseAddr(p.texts[code])
	return a
}

// readFlags reads the first n values of the page.
func (p *pages) readFlags(n int) error {
	if cap(p.values) < n {
		p.values = make([]parquet.Value, n)
	}
	got, err := p.page.Values().ReadValues(p.values[:n])
	if got != n {
		return fmt.Errorf("%d values for %d rows: %w", got, n, err)
	}
	p.flags = p.flags[:0]
	for _, v := range p.values[:n] {
		p.flags = append(p.flags, v.Boolean())
	}
	return nil
}

func (p *pages) next(c int) (int, error) {
	parquet.Release(p.page)
	p.page = nil
	page, err := p.file.ReadPage()
	if err != nil {
		return 0, err
	}
	p.page = page
	n := int(page.NumRows())
	if n > maxPageRows || int64(n) != page.NumValues() {
		return 0, fmt.Errorf("a page of %d rows and %d values", n, page.NumValues())
	}
	col := &columns[c]
	switch {
	case col.flag != nil:
		p.flags = p.flags[:0]
	case col.dict:
		dict := page.Dictionary()
		if dict == nil {
			return 0, errors.New("a page without dictionary")
		}
		if !p.dict {
			p.dict = true
			if err := p.readDictionary(col, dict); err != nil {
				return 0, err
			}
		}
		data := page.Data()
		p.codes = data.Int32()
		top := uint32(max(len(p.texts), len(p.ints), len(p.addrs))) //nolint:gosec // far below
		for _, k := range p.codes {
			if uint32(k) >= top { //nolint:gosec // a number below 0 becomes a large one
				return 0, fmt.Errorf("value %d of a dictionary of %d", k, top)
			}
		}
		if len(p.codes) != n {
			return 0, fmt.Errorf("%d values for %d rows", len(p.codes), n)
		}
	default:
		data := page.Data()
		p.nums = data.Int64()
		if len(p.nums) != n {
			return 0, fmt.Errorf("%d values for %d rows", len(p.nums), n)
		}
	}
	return n, nil
}

func (p *pages) readDictionary(col *column, dict parquet.Dictionary) error {
	n := dict.Len()
	switch {
	case col.text != nil || col.addr != nil:
		p.texts = make([]string, n)
		data := dict.Page().Data()
		bytes, ends := data.ByteArray()
		if len(ends) != n+1 {
			return fmt.Errorf("a dictionary of %d values and %d places", n, len(ends))
		}
		all := string(bytes)
		for i := range p.texts {
			p.texts[i] = all[ends[i]:ends[i+1]]
		}
		if col.addr != nil {
			p.addrs = make([]netip.Addr, n)
		}
	default:
		p.ints = make([]int64, n)
		for i := range p.ints {
			v := dict.Index(int32(i)) //nolint:gosec // counted from 0
			switch {
			case !col.narrow:
				p.ints[i] = v.Int64()
			case col.signed:
				p.ints[i] = int64(v.Int32())
			default:
				p.ints[i] = int64(v.Uint32())
			}
		}
	}
	return nil
}

// rows puts rows [from, from+len(out)) of the pages at hand, of all columns,
// into out. First and Last need Hour, which comes before them.
func (r *reader) rows(out []Row, from int) {
	for _, c := range r.cols {
		col, p := &columns[c], r.col[c]
		switch {
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
