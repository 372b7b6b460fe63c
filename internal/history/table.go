package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

const (
	maxFooter   = 256 << 20 // bytes; a file of 100 million rows has 15 MB
	maxPageRows = 1 << 16   // of a page that we would read
	magic       = "PAR1"
)

// A table is a file open for reading. It may be read from many goroutines.
type table struct {
	path     string
	f        *os.File
	groups   []group
	rows     int64
	stats    span
	replaces []int
}

// A group is one row group of a table.
type group struct {
	t      *table
	chunks [numColumns]*parquet.FileColumnChunk
	rows   int64
	stats  span
	starts []int64 // first row of each page, and the number of rows at the end; nil when opened without pages
	pages  [2]parquet.ColumnIndex
	extent [2]int64 // where it begins in the file, and how long it is; 0 when that is not clear
}

// readTable reads what f, called path in errors, says of itself and checks that
// it is a file of day as this package writes them. With pages false it is good
// for nothing but its statistics.
//
// f may hold anything: what is wrong with it is an error.
func readTable(f io.ReaderAt, size int64, path string, day int64, pages bool) (t *table, err error) {
	defer func() {
		if p := recover(); p != nil { // the parser of the footer takes some broken ones badly
			t, err = nil, fmt.Errorf("its footer is broken: %v", p)
		}
	}()
	if err := checkEnds(f, size); err != nil {
		return nil, err
	}
	pf, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(32<<10))
	if err != nil {
		return nil, err
	}
	if err := checkSchema(pf, day); err != nil {
		return nil, err
	}
	t = &table{path: path}
	if list, ok := pf.Lookup(metaReplaces); ok {
		for s := range strings.FieldsSeq(list) {
			n, err := strconv.Atoi(s)
			if err != nil || n <= 0 {
				return nil, fmt.Errorf("%s says %.40q", metaReplaces, list)
			}
			t.replaces = append(t.replaces, n)
		}
	}
	t.groups = make([]group, len(pf.RowGroups()))
	for i, rg := range pf.RowGroups() {
		g := &t.groups[i]
		g.t = t
		if pages {
			err = checkIndexes(f, size, pf.Metadata().RowGroups[i].Columns)
		}
		if err == nil {
			err = g.open(rg, size, pages)
			g.extent = extentOf(&pf.Metadata().RowGroups[i], size)
		}
		if err != nil {
			return nil, fmt.Errorf("row group %d: %w", i, err)
		}
		t.stats.join(g.stats)
	}
	t.rows = t.stats.rows
	if t.rows != pf.NumRows() {
		return nil, fmt.Errorf("its footer counts %d rows, its row groups %d", pf.NumRows(), t.rows)
	}
	return t, nil
}

// checkEnds finds files that are cut, before anything believes their lengths.
func checkEnds(f io.ReaderAt, size int64) error {
	if size < 12 {
		return fmt.Errorf("it is cut: %d bytes are no Parquet file", size)
	}
	var head, tail [8]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return fmt.Errorf("read beginning: %w", err)
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return fmt.Errorf("read end: %w", err)
	}
	if string(head[:4]) != magic {
		return errors.New("it does not begin as a Parquet file")
	}
	if string(tail[4:]) != magic {
		return errors.New("it does not end as a Parquet file: it is cut")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-12 || n > maxFooter {
		return fmt.Errorf("its footer cannot be %d bytes long", n)
	}
	return checkPart(f, "footer", size-8-n, n)
}

// checkPart reads a structure of the file and checks its lengths.
func checkPart(f io.ReaderAt, what string, offset, length int64) error {
	b := make([]byte, length)
	if _, err := f.ReadAt(b, offset); err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	if err := checkThrift(b); err != nil {
		return fmt.Errorf("its %s is broken: %w", what, err)
	}
	return nil
}

// checkSchema is nil for a file of this package, this version, and that day.
func checkSchema(pf *parquet.File, day int64) error {
	switch v, ok := pf.Lookup(metaVersion); {
	case !ok:
		return errors.New("it is a Parquet file, but not of this store")
	case v != version:
		return fmt.Errorf("it is of version %.20q of the store; this one reads %s", v, version)
	}
	if d, _ := pf.Lookup(metaDay); d != dayName(day) {
		return fmt.Errorf("it is of day %.20q", d)
	}
	want, got := schema.Fields(), pf.Schema().Fields()
	if len(got) != len(want) {
		return fmt.Errorf("it has %d columns, not %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Name() != w.Name() || !g.Leaf() || !g.Required() || g.Type().Kind() != w.Type().Kind() {
			return fmt.Errorf("column %d is %.40s %s, not %s %s", i, g.Name(), g.Type(), w.Name(), w.Type())
		}
	}
	return nil
}

// checkIndexes checks what says where pages are, before the library reads it.
func checkIndexes(f io.ReaderAt, size int64, list []format.ColumnChunk) error {
	for i := range list {
		c := &list[i]
		for _, part := range [2][2]int64{{c.OffsetIndexOffset, int64(c.OffsetIndexLength)}, {c.ColumnIndexOffset, int64(c.ColumnIndexLength)}} {
			if part[0] < 4 || part[1] <= 0 || part[1] > size || part[0] > size-part[1] {
				return fmt.Errorf("column %d: its page index lies outside the file", i)
			}
			if err := checkPart(f, "page index", part[0], part[1]); err != nil {
				return fmt.Errorf("column %d: %w", i, err)
			}
		}
	}
	return nil
}

func (g *group) open(rg parquet.RowGroup, size int64, pages bool) error {
	g.rows = rg.NumRows()
	list := rg.ColumnChunks()
	if len(list) != numColumns || g.rows <= 0 {
		return fmt.Errorf("it has %d columns and %d rows", len(list), g.rows)
	}
	for c, chunk := range list {
		fc, ok := chunk.(*parquet.FileColumnChunk)
		if !ok || fc.NumValues() != g.rows {
			return fmt.Errorf("column %s has %d values for %d rows", columns[c].name, chunk.NumValues(), g.rows)
		}
		g.chunks[c] = fc
		if !pages {
			continue
		}
		index, err := fc.OffsetIndex()
		if err != nil {
			return fmt.Errorf("column %s: %w", columns[c].name, err)
		}
		if err := g.align(c, index, size); err != nil {
			return err
		}
	}
	g.stats.rows = g.rows
	var ok [2]bool
	g.stats.siteMin, g.stats.siteMax, ok[0] = bounds(g.chunks[colSite])
	g.stats.ingestMin, g.stats.ingestMax, ok[1] = bounds(g.chunks[colIngest])
	if !ok[0] || !ok[1] {
		return errors.New("it lacks the bounds of site and ingest")
	}
	if !pages {
		return nil
	}
	for i, c := range [2]int{colSite, colDevice} {
		index, err := g.chunks[c].ColumnIndex()
		if err != nil {
			return fmt.Errorf("column %s: %w", columns[c].name, err)
		}
		if index.NumPages() != len(g.starts)-1 {
			return fmt.Errorf("column %s: bounds of %d pages for %d", columns[c].name, index.NumPages(), len(g.starts)-1)
		}
		g.pages[i] = index
	}
	return nil
}

// align checks that the pages of column c begin at the same rows as those of
// the others, which is what reading by page relies on.
func (g *group) align(c int, index parquet.OffsetIndex, size int64) error {
	n := index.NumPages()
	if c > 0 && n != len(g.starts)-1 {
		return fmt.Errorf("column %s has %d pages, not %d", columns[c].name, n, len(g.starts)-1)
	}
	for i := range n {
		first := index.FirstRowIndex(i)
		if off, length := index.Offset(i), index.CompressedPageSize(i); off < 4 || length <= 0 || off > size-length {
			return fmt.Errorf("column %s: page %d lies outside the file", columns[c].name, i)
		}
		if c > 0 {
			if first != g.starts[i] {
				return fmt.Errorf("column %s: page %d begins at row %d, not %d", columns[c].name, i, first, g.starts[i])
			}
			continue
		}
		if i == 0 && first != 0 || i > 0 && (first <= g.starts[i-1] || first-g.starts[i-1] > maxPageRows) {
			return fmt.Errorf("page %d begins at row %d", i, first)
		}
		g.starts = append(g.starts, first)
	}
	if c == 0 {
		if n == 0 || g.rows <= g.starts[n-1] || g.rows-g.starts[n-1] > maxPageRows {
			return fmt.Errorf("%d pages for %d rows", n, g.rows)
		}
		g.starts = append(g.starts, g.rows)
	}
	return nil
}

func bounds(c *parquet.FileColumnChunk) (low, high int64, ok bool) {
	a, b, ok := c.Bounds()
	if !ok {
		return 0, 0, false
	}
	return a.Int64(), b.Int64(), true
}

func (s *span) join(o span) {
	if s.rows == 0 {
		*s = o
		return
	}
	s.rows += o.rows
	s.siteMin, s.siteMax = min(s.siteMin, o.siteMin), max(s.siteMax, o.siteMax)
	s.ingestMin, s.ingestMax = min(s.ingestMin, o.ingestMin), max(s.ingestMax, o.ingestMax)
}

// find gives the rows of the pages that may hold a device of a site; device ""
// is every device. lo is hi when there are none.
func (g *group) find(site int64, device string) (lo, hi int64) {
	if site < g.stats.siteMin || site > g.stats.siteMax {
		return 0, 0
	}
	found := false
	for i := range len(g.starts) - 1 {
		if site < g.pages[0].MinValue(i).Int64() || site > g.pages[0].MaxValue(i).Int64() {
			continue
		}
		if device != "" && (device < string(g.pages[1].MinValue(i).ByteArray()) || !mayEnd(device, g.pages[1].MaxValue(i).ByteArray())) {
			continue
		}
		if !found {
			lo, found = g.starts[i], true
		}
		hi = g.starts[i+1]
	}
	return lo, hi
}

// narrow gives the rows of a device of a site among those that find gave. They
// stand together.
func (g *group) narrow(m *memory, lo, hi, site int64, device string) (int64, int64, error) {
	r, err := g.read(m, []int{colSite, colDevice}, lo, hi)
	if err != nil {
		return 0, 0, err
	}
	defer r.close()
	from, to, at := int64(-1), int64(0), lo
	for {
		ok, err := r.next()
		if err != nil {
			return 0, 0, err
		}
		if !ok {
			return max(from, 0), to, nil
		}
		s, d := r.col[colSite], r.col[colDevice]
		one, other := slices.Index(s.ints, site), slices.Index(d.texts, device)
		for i := range r.n {
			if int(s.codes[i]) == one && int(d.codes[i]) == other {
				if from < 0 {
					from = at + int64(i)
				}
				to = at + int64(i) + 1
			}
		}
		at += int64(r.n)
	}
}

// mayEnd is whether device may lie below a page's upper bound, which the format
// allows to be cut.
func mayEnd(device string, high []byte) bool {
	n := min(len(device), len(high))
	return device[:n] <= string(high[:n])
}
