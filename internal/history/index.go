package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// readIndex reads where the pages of all columns are, and the bounds of those of
// site and device.
func (t *table) readIndex(f io.ReaderAt, size int64, md *format.FileMetaData) error {
	from, to := size, int64(0)
	wants := func(c int) bool { return c == colSite || c == colDevice }
	for i := range md.RowGroups {
		for c := range md.RowGroups[i].Columns {
			x := &md.RowGroups[i].Columns[c]
			parts := [][2]int64{{x.OffsetIndexOffset, int64(x.OffsetIndexLength)}}
			if wants(c) {
				parts = append(parts, [2]int64{x.ColumnIndexOffset, int64(x.ColumnIndexLength)})
			}
			for _, p := range parts {
				if p[0] < 4 || p[1] <= 0 || p[1] > size || p[0] > size-p[1] {
					return fmt.Errorf("row group %d: column %s: its page index lies outside the file", i, columns[c].name)
				}
				from, to = min(from, p[0]), max(to, p[0]+p[1])
			}
		}
	}
	if t.seal.index > 0 { // all of it, to see that it is as it was written
		from, to = t.seal.index, t.seal.at
	}
	if to-from > maxFooter {
		return fmt.Errorf("its page index cannot be %d bytes long", to-from)
	}
	b := make([]byte, max(0, to-from))
	if _, err := f.ReadAt(b, from); err != nil {
		return fmt.Errorf("read page index: %w", err)
	}
	if t.seal.index > 0 && !same(crc32.Checksum(b, castagnoli), t.seal.indexSum) {
		return fmt.Errorf("page index: %w", errSum)
	}
	part := func(offset int64, length int32, v any) error {
		if offset < from || offset > to-int64(length) {
			return errors.New("its page index lies elsewhere")
		}
		b := b[offset-from:][:length]
		if err := checkThrift(b); err != nil {
			return fmt.Errorf("its page index is broken: %w", err)
		}
		return thrift.Unmarshal(&compact, b, v)
	}
	for i := range t.groups {
		g := &t.groups[i]
		for c := range t.columns {
			x := &md.RowGroups[i].Columns[c]
			var index format.OffsetIndex
			err := part(x.OffsetIndexOffset, x.OffsetIndexLength, &index)
			if err == nil {
				err = g.align(c, index.PageLocations, size)
			}
			if err == nil && wants(c) {
				var index format.ColumnIndex
				if err = part(x.ColumnIndexOffset, x.ColumnIndexLength, &index); err == nil {
					err = g.pageBounds(c, &index)
				}
			}
			if err != nil {
				return fmt.Errorf("row group %d: column %s: %w", i, columns[c].name, err)
			}
		}
	}
	return nil
}

// align takes in the pages of column c, and checks that they begin at the same
// rows as those of the others, which is what reading by page relies on.
func (g *group) align(c int, list []format.PageLocation, size int64) error {
	n := len(list)
	if c > 0 && n != len(g.starts)-1 {
		return fmt.Errorf("it has %d pages, not %d", n, len(g.starts)-1)
	}
	g.cols[c].pages = make([]piece, n)
	for i := range list {
		p, first := piece{list[i].Offset, list[i].CompressedPageSize}, list[i].FirstRowIndex
		if !p.within(size) || p.size > maxPage {
			return fmt.Errorf("page %d lies outside the file", i)
		}
		g.cols[c].pages[i] = p
		if c > 0 {
			if first != g.starts[i] {
				return fmt.Errorf("page %d begins at row %d, not %d", i, first, g.starts[i])
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

// pageBounds takes in the bounds of the pages of site or device.
func (g *group) pageBounds(c int, index *format.ColumnIndex) error {
	n := len(g.starts) - 1
	if len(index.MinValues) != n || len(index.MaxValues) != n {
		return fmt.Errorf("bounds of %d and %d pages for %d", len(index.MinValues), len(index.MaxValues), n)
	}
	for i := range n {
		low, high := index.MinValues[i], index.MaxValues[i]
		if c == colDevice {
			g.devs = append(g.devs, [2]string{string(low), string(high)})
			continue
		}
		if len(low) != 8 || len(high) != 8 {
			return errors.New("bounds that are no numbers")
		}
		g.sites = append(g.sites, [2]int64{int64(binary.LittleEndian.Uint64(low)), int64(binary.LittleEndian.Uint64(high))}) //nolint:gosec // their bits
	}
	return nil
}

// A seal holds the checksums of a file. It stands before the footer, where no
// reader of Parquet looks, so that a flipped bit is told from what was written:
// pages have a checksum of their own, but the format has none of the rest.
type seal struct {
	at       int64  // where it stands: the end of the page index
	index    int64  // where the page index begins; 0: there is no seal
	body     uint32 // sum of all before the page index
	indexSum uint32
}

const (
	sealMagic = "LCS2"
	sealSize  = 24
)

// gullible makes every checksum right: what reads files is fuzzed with it, so that
// it is not the checksums that save it.
var gullible bool

// same is whether a checksum is the one that was written.
func same(is, was uint32) bool { return is == was || gullible }

// append writes the seal of a file whose footer is known.
func (s *seal) append(b, footer []byte) []byte {
	b = append(b, sealMagic...)
	b = binary.LittleEndian.AppendUint64(b, uint64(s.index)) //nolint:gosec // not below 0
	b = binary.LittleEndian.AppendUint32(b, s.body)
	b = binary.LittleEndian.AppendUint32(b, s.indexSum)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(footer, castagnoli))
}

// read reads the seal of a file and checks the footer by it.
func (s *seal) read(f io.ReaderAt, size int64, footer []byte) error {
	s.at = size - 8 - int64(len(footer)) - sealSize
	var b [sealSize]byte
	if s.at < 4 {
		return errors.New("it is too short for its checksums")
	}
	if _, err := f.ReadAt(b[:], s.at); err != nil {
		return fmt.Errorf("read checksums: %w", err)
	}
	if string(b[:4]) != sealMagic || !same(crc32.Checksum(footer, castagnoli), binary.LittleEndian.Uint32(b[20:])) {
		return fmt.Errorf("footer: %w", errSum)
	}
	s.index = int64(binary.LittleEndian.Uint64(b[4:])) //nolint:gosec // checked below
	s.body, s.indexSum = binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint32(b[16:])
	if s.index < 4 || s.index > s.at {
		return fmt.Errorf("checksums: %w", errSum)
	}
	return nil
}

// check reads all of the file that the seal is of.
func (s *seal) check(f io.ReaderAt) error {
	if s.index == 0 {
		return nil // of version 1
	}
	sum := crc32.New(castagnoli)
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, s.index)); err != nil {
		return err
	}
	if !same(sum.Sum32(), s.body) {
		return errSum
	}
	sum.Reset()
	if _, err := io.Copy(sum, io.NewSectionReader(f, s.index, s.at-s.index)); err != nil {
		return err
	}
	if !same(sum.Sum32(), s.indexSum) {
		return fmt.Errorf("page index: %w", errSum)
	}
	return nil
}
