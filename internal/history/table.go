package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
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
	columns  int // numColumns, but for files of older versions
	stats    span
	replaces []int
	totals   piece // its day's totals; of size 0 when it has none
	seal     seal
}

// A group is one row group of a table.
type group struct {
	t      *table
	cols   [numColumns]chunk
	rows   int64
	once   bool // none of its rows is again
	stats  span
	starts []int64 // first row of each page, and the number of rows at the end; nil when opened without pages
	sites  [][2]int64
	devs   [][2]string
	extent [2]int64 // where it begins in the file, and how long it is
}

// A chunk is one column of a group.
type chunk struct {
	packed bool // by zstd
	dict   piece
	pages  []piece
}

// A piece is a part of a file.
type piece struct {
	offset int64
	size   int32
}

// within is whether a piece lies in a file of size bytes.
func (p piece) within(size int64) bool {
	return p.offset >= 4 && p.size > 0 && p.offset <= size-int64(p.size)
}

var compact thrift.CompactProtocol

// schemaElements are the columns as a footer says them.
var schemaElements = sync.OnceValues(func() ([]format.SchemaElement, error) {
	var b strings.Builder
	w := parquet.NewGenericWriter[stored](&b, schema)
	if err := w.Close(); err != nil {
		return nil, err
	}
	pf, err := parquet.OpenFile(strings.NewReader(b.String()), int64(b.Len()))
	if err != nil {
		return nil, err
	}
	return pf.Metadata().Schema, nil
})

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
	footer, err := readFooter(f, size)
	if err != nil {
		return nil, err
	}
	var md format.FileMetaData
	if err := thrift.Unmarshal(&compact, footer, &md); err != nil {
		return nil, fmt.Errorf("its footer is broken: %w", err)
	}
	t = &table{path: path}
	if err := t.about(f, size, &md, footer, day); err != nil {
		return nil, err
	}
	t.groups = make([]group, len(md.RowGroups))
	for i := range md.RowGroups {
		g := &t.groups[i]
		g.t = t
		if err := g.open(&md.RowGroups[i], size); err != nil {
			return nil, fmt.Errorf("row group %d: %w", i, err)
		}
		t.stats.join(g.stats)
	}
	if t.rows = t.stats.rows; t.rows != md.NumRows {
		return nil, fmt.Errorf("its footer counts %d rows, its row groups %d", md.NumRows, t.rows)
	}
	if pages {
		err = t.readIndex(f, size, &md)
	}
	return t, err
}

// readFooter finds files that are cut, and reads the footer once its lengths are
// known to fit.
func readFooter(f io.ReaderAt, size int64) ([]byte, error) {
	if size < 12 {
		return nil, fmt.Errorf("it is cut: %d bytes are no Parquet file", size)
	}
	var head, tail [8]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil, fmt.Errorf("read beginning: %w", err)
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return nil, fmt.Errorf("read end: %w", err)
	}
	if string(head[:4]) != magic {
		return nil, errors.New("it does not begin as a Parquet file")
	}
	if string(tail[4:]) != magic {
		return nil, errors.New("it does not end as a Parquet file: it is cut")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > size-12 || n > maxFooter {
		return nil, fmt.Errorf("its footer cannot be %d bytes long", n)
	}
	return readPart(f, "footer", size-8-n, n)
}

// readPart reads a structure of the file and checks its lengths.
func readPart(f io.ReaderAt, what string, offset, length int64) ([]byte, error) {
	b := make([]byte, length)
	if _, err := f.ReadAt(b, offset); err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if err := checkThrift(b); err != nil {
		return nil, fmt.Errorf("its %s is broken: %w", what, err)
	}
	return b, nil
}

// about reads what the footer says of the file as a whole, and checks that it is
// one of this package, of a version that it reads, and of that day.
func (t *table) about(f io.ReaderAt, size int64, md *format.FileMetaData, footer []byte, day int64) error {
	said := map[string]string{}
	for _, kv := range md.KeyValueMetadata {
		said[kv.Key] = kv.Value
	}
	v, ok := said[metaVersion]
	switch {
	case !ok:
		return errors.New("it is a Parquet file, but not of this store")
	case v == version || v == "2":
		if err := t.seal.read(f, size, footer); err != nil {
			return err
		}
	case v != "1": // without a seal and totals
		return fmt.Errorf("it is of version %.20q of the store; this one reads %s", v, version)
	}
	if t.columns = numColumns; v != version {
		t.columns = colAgain // the last, which they have not
	}
	if d := said[metaDay]; d != dayName(day) {
		return fmt.Errorf("it is of day %.20q", d)
	}
	for s := range strings.FieldsSeq(said[metaReplaces]) {
		n, err := strconv.Atoi(s)
		if err != nil || n <= 0 {
			return fmt.Errorf("%s says %.40q", metaReplaces, said[metaReplaces])
		}
		t.replaces = append(t.replaces, n)
	}
	if s := said[metaTotals]; s != "" {
		if n, err := fmt.Sscanf(s, "%d %d", &t.totals.offset, &t.totals.size); err != nil || n != 2 || !t.totals.within(size) {
			return fmt.Errorf("%s says %.40q", metaTotals, s)
		}
	}
	want, err := schemaElements()
	if err != nil {
		return err
	}
	if len(md.Schema) != t.columns+1 {
		return fmt.Errorf("it has %d columns, not %d", len(md.Schema)-1, t.columns)
	}
	for i := range t.columns {
		w, g := &want[i+1], &md.Schema[i+1]
		if g.Name != w.Name || g.Type != w.Type || g.RepetitionType != w.RepetitionType || g.NumChildren.Valid {
			return fmt.Errorf("column %d is %.40q, not %s as this store has it", i, g.Name, w.Name)
		}
	}
	return nil
}

// open reads where the columns of a group are.
func (g *group) open(rg *format.RowGroup, size int64) error {
	g.rows = rg.NumRows
	if len(rg.Columns) != g.t.columns || g.rows <= 0 {
		return fmt.Errorf("it has %d columns and %d rows", len(rg.Columns), g.rows)
	}
	g.stats.rows = g.rows
	from, to := size, int64(0)
	for c := range rg.Columns {
		md, col := &rg.Columns[c].MetaData, &g.cols[c]
		if md.NumValues != g.rows {
			return fmt.Errorf("column %s has %d values for %d rows", columns[c].name, md.NumValues, g.rows)
		}
		switch md.Codec {
		case format.Zstd:
			col.packed = true
		case format.Uncompressed:
		default:
			return fmt.Errorf("column %s is packed as %s, which this store does not write", columns[c].name, md.Codec)
		}
		begin := md.DataPageOffset
		if d := md.DictionaryPageOffset; d != 0 {
			col.dict = piece{d, int32(max(0, min(begin-d, maxPage)))} //nolint:gosec // bounded
			if !col.dict.within(size) {
				return fmt.Errorf("column %s: its dictionary lies outside the file", columns[c].name)
			}
			begin = d
		}
		if begin < 4 || md.TotalCompressedSize <= 0 || md.TotalCompressedSize > size || begin > size-md.TotalCompressedSize {
			return fmt.Errorf("column %s lies outside the file", columns[c].name)
		}
		from, to = min(from, begin), max(to, begin+md.TotalCompressedSize)
	}
	g.extent = [2]int64{from, to - from}
	if g.once = g.t.columns <= colAgain; !g.once {
		most := rg.Columns[colAgain].MetaData.Statistics.MaxValue
		g.once = len(most) == 1 && most[0] == 0
	}
	var ok [2]bool
	g.stats.siteMin, g.stats.siteMax, ok[0] = bounds(&rg.Columns[colSite].MetaData.Statistics)
	g.stats.ingestMin, g.stats.ingestMax, ok[1] = bounds(&rg.Columns[colIngest].MetaData.Statistics)
	if !ok[0] || !ok[1] {
		return errors.New("it lacks the bounds of site and ingest")
	}
	return nil
}

func bounds(s *format.Statistics) (low, high int64, ok bool) {
	if len(s.MinValue) != 8 || len(s.MaxValue) != 8 {
		return 0, 0, false
	}
	return int64(binary.LittleEndian.Uint64(s.MinValue)), int64(binary.LittleEndian.Uint64(s.MaxValue)), true //nolint:gosec // their bits
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
