package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/format"
)

// A header is what stands before a page's bytes, as far as this store writes and
// reads it. It is a PageHeader in Thrift's compact protocol.
//
// Format: parquet-format, parquet.thrift, PageHeader.
type header struct {
	kind     format.PageType
	raw      int // bytes of the page unpacked
	packed   int // and as they stand in the file
	sum      uint32
	summed   bool // sum is set
	values   int
	encoding format.Encoding
	plain    bool // of a page of version 2: it is not packed, whatever the chunk says
}

// appendHeader writes the header of a page of version 1 or of a dictionary.
func appendHeader(b []byte, h *header) []byte {
	b = appendInt(append(b, 0x15), int64(h.kind))
	b = appendInt(append(b, 0x15), int64(h.raw))
	b = appendInt(append(b, 0x15), int64(h.packed))
	b = appendInt(append(b, 0x15), int64(int32(h.sum))) //nolint:gosec // its bits, as the format asks
	if h.kind == format.DictionaryPage {
		b = append(b, 0x3c) // field 7
	} else {
		b = append(b, 0x1c) // field 5
	}
	b = appendInt(append(b, 0x15), int64(h.values))
	b = appendInt(append(b, 0x15), int64(h.encoding))
	if h.kind != format.DictionaryPage { // of levels, which required columns have none of
		b = appendInt(append(b, 0x15), int64(format.RLE))
		b = appendInt(append(b, 0x15), int64(format.RLE))
	}
	return append(b, 0, 0)
}

func appendInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

// maxHeader is how long a header can be: parquet-go's hold no statistics, and
// what a foreign one adds makes it foreign.
const maxHeader = 256

// maxPage bounds the bytes of a page unpacked: the longest texts that a page of
// [maxPageRows] rows may hold are far below it, but for those of a hostile file.
const maxPage = 80 << 20

// readHeader reads a header at the start of b and returns its length.
func readHeader(b []byte) (h header, n int, err error) {
	w := walk{b}
	err = w.ints(func(field int, v int64) {
		switch field {
		case 1:
			h.kind = format.PageType(v) //nolint:gosec // what is none is refused below
		case 2:
			h.raw = int(v)
		case 3:
			h.packed = int(v)
		case 4:
			h.sum, h.summed = uint32(v), true //nolint:gosec // its bits
		}
	}, func(field int) error {
		return w.ints(func(sub int, v int64) {
			switch {
			case sub == 1:
				h.values = int(v)
			case sub == 2 && field != 8, sub == 4 && field == 8:
				h.encoding = format.Encoding(v) //nolint:gosec // as above
			case sub == 7 && field == 8:
				h.plain = v == 0
			case (sub == 5 || sub == 6) && field == 8 && v != 0:
				h.raw = -1 // levels, which required columns have none of
			}
		}, nil)
	})
	switch {
	case err != nil:
		return h, 0, fmt.Errorf("its header is broken: %w", err)
	case h.raw < 0 || h.raw > maxPage || h.packed < 0 || h.packed > maxPage || h.values < 0:
		return h, 0, errors.New("its header gives lengths that cannot be")
	}
	return h, len(b) - len(w.b), nil
}

// ints reads a structure's whole numbers and truths; sub is called at a structure
// inside it, which it must read. Any other field is passed over.
func (w *walk) ints(number func(field int, v int64), sub func(field int) error) error {
	field := 0
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if field += int(head >> 4); head>>4 == 0 {
			v, n := binary.Varint(w.b)
			if n <= 0 || v < 0 || v > 1<<15 {
				return errThrift
			}
			w.b, field = w.b[n:], int(v)
		}
		switch kind := head & 15; {
		case kind == 1 || kind == 2:
			number(field, int64(2-kind))
		case kind >= 4 && kind <= 6:
			v, n := binary.Varint(w.b)
			if n <= 0 {
				return errThrift
			}
			w.b = w.b[n:]
			number(field, v)
		case kind == 12 && sub != nil:
			if err := sub(field); err != nil {
				return err
			}
		default:
			if err := w.value(kind, 1); err != nil {
				return err
			}
		}
	}
}

// errSum is what a page says whose bytes are not those that were written.
var errSum = errors.New("its checksum is wrong: a bit of it has flipped")

// check compares a page with its checksum, which one of version 1 may lack.
func (h *header) check(packed []byte, must bool) error {
	if (h.summed || must && !gullible) && !same(crc32.ChecksumIEEE(packed), h.sum) {
		return errSum
	}
	return nil
}
