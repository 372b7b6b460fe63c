package history

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"unsafe"

	"github.com/klauspost/compress/zstd"
)

// stepRows is how many rows are taken at a time: thirty columns of them stay in
// the processor's cache.
const stepRows = 512

// An encoder turns rows into the pages of one row group, which it keeps until the
// group is written. It has its memory for itself and may be used again.
type encoder struct {
	cols  [numColumns]colEncoder
	zstd  *zstd.Encoder
	bytes []byte // memory for a page unpacked,
	out   []byte // and packed
	ints  []int32
	again bool  // some row of the group is
	rows  int   // of the group
	ends  []int // of its pages, in rows
	sum   summer
}

// A colEncoder is one column of an encoder.
type colEncoder struct {
	codes []int32 // of the page: places in the dictionary
	nums  []int64 // or numbers
	flags []byte  // or truths, eight a byte
	cut   []int32 // or texts: how much of the one before each begins with,
	left  []int32 // and how long the rest is,
	rest  []byte  // and the rests
	text  []byte  // the last one of them

	texts map[string]int32
	addrs map[netip.Addr]int32
	ints  map[int64]int32
	memo  [memoSize]memo
	words []string // of the dictionary, for bounds and sums
	nrs   []int64
	whole []byte  // the dictionary's page, unpacked
	few   bool    // of seconds: they have a dictionary
	quick []int32 // of seconds: place in it and one, by value

	body   []byte // pages with their headers
	sizes  []int  // of pages, headers included
	raw    int    // bytes of body before packing
	packed bool   // by zstd
	low    []bound
	high   []bound
}

// A bound is the least or the greatest value of a page.
type bound struct {
	n    int64
	text string
}

const memoSize = 256

// A memo remembers a text's place by where it lies in memory.
type memo struct {
	text string
	code int32
}

func newEncoder() (*encoder, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
	if err != nil {
		return nil, err
	}
	e := &encoder{zstd: z}
	e.reset()
	return e, nil
}

// reset makes room for another group.
func (e *encoder) reset() {
	e.again, e.rows, e.ends = false, 0, e.ends[:0]
	for i := range e.cols {
		c, col := &e.cols[i], &columns[i]
		c.words, c.nrs, c.whole, c.body, c.sizes = c.words[:0], c.nrs[:0], c.whole[:0], c.body[:0], c.sizes[:0]
		c.raw, c.packed, c.low, c.high = 0, true, c.low[:0], c.high[:0]
		c.memo = [memoSize]memo{}
		switch {
		case !col.dict:
			c.few = false
			clear(c.quick)
		case col.text != nil:
			c.texts = emptied(c.texts)
		case col.addr != nil:
			c.addrs = emptied(c.addrs)
		default:
			c.ints = emptied(c.ints)
		}
	}
	e.sum.reset()
}

func emptied[K comparable](m map[K]int32) map[K]int32 {
	if m == nil || len(m) > 1<<16 {
		return map[K]int32{}
	}
	clear(m)
	return m
}

// page takes rows as one page of each column.
func (e *encoder) page(rows []*Row) error {
	n := len(rows)
	for i := range e.cols {
		c := &e.cols[i]
		c.codes, c.nums, c.flags = c.codes[:0], c.nums[:0], c.flags[:0]
		c.cut, c.left, c.rest, c.text = c.cut[:0], c.left[:0], c.rest[:0], c.text[:0]
	}
	for step := rows; len(step) > 0; {
		part := step[:min(stepRows, len(step))]
		step = step[len(part):]
		for i := range e.cols {
			e.cols[i].take(&columns[i], part)
		}
	}
	for i := range e.cols {
		if err := e.flush(i, n); err != nil {
			return fmt.Errorf("column %s: %w", columns[i].name, err)
		}
	}
	e.again = e.again || slices.ContainsFunc(e.cols[colAgain].flags, func(b byte) bool { return b != 0 })
	e.sum.page(&e.cols, n)
	e.rows += n
	e.ends = append(e.ends, e.rows)
	return nil
}

// span is what the group holds.
func (e *encoder) span() span {
	site, ingest := e.cols[colSite].nrs, e.cols[colIngest].nrs
	return span{int64(e.rows), slices.Min(site), slices.Max(site), slices.Min(ingest), slices.Max(ingest)}
}

// take adds a column's values of rows to the page.
func (c *colEncoder) take(col *column, rows []*Row) {
	switch {
	case col.front:
		c.takeFront(col, rows)
	case col.text != nil:
		c.takeTexts(col, rows)
	case col.addr != nil:
		last, code := netip.Addr{}, int32(-1)
		for _, r := range rows {
			if a := *col.addr(r); code < 0 || a != last {
				last, code = a, c.placeOfAddr(a)
			}
			c.codes = append(c.codes, code)
		}
	case col.flag != nil:
		for i, r := range rows { // a step is a multiple of eight, but for the last one
			if i&7 == 0 {
				c.flags = append(c.flags, 0)
			}
			if *col.flag(r) {
				c.flags[len(c.flags)-1] |= 1 << (i & 7)
			}
		}
	case col.dict:
		last, code := int64(0), int32(-1)
		for _, r := range rows {
			if v := col.num(r); code < 0 || v != last {
				last, code = v, c.placeOfInt(v, col.narrow)
			}
			c.codes = append(c.codes, code)
		}
	default:
		for _, r := range rows {
			c.nums = append(c.nums, col.num(r))
		}
	}
}

func (c *colEncoder) takeTexts(col *column, rows []*Row) {
	last, code := "", int32(-1)
	for _, r := range rows {
		s := *col.text(r)
		if code >= 0 && len(s) == len(last) && unsafe.StringData(s) == unsafe.StringData(last) {
			c.codes = append(c.codes, code)
			continue
		}
		last = s
		at := uintptr(unsafe.Pointer(unsafe.StringData(s)))
		m := &c.memo[(at>>4^at>>10)%memoSize]
		if len(s) == 0 || len(s) != len(m.text) || unsafe.StringData(s) != unsafe.StringData(m.text) {
			*m = memo{s, c.placeOfText(s)}
		}
		code = m.code
		c.codes = append(c.codes, code)
	}
}

func (c *colEncoder) placeOfText(s string) int32 {
	code, ok := c.texts[s]
	if !ok {
		code = int32(len(c.words)) //nolint:gosec // fewer than rows of a group
		c.texts[s] = code
		c.words = append(c.words, plain(s))
		c.whole = appendText(c.whole, plain(s))
	}
	return code
}

func (c *colEncoder) placeOfAddr(a netip.Addr) int32 {
	code, ok := c.addrs[a]
	if !ok {
		code = int32(len(c.words)) //nolint:gosec // as above
		c.addrs[a] = code
		s := ""
		if a.IsValid() {
			s = plain(a.String()) // a zone may be anything
		}
		c.words = append(c.words, s)
		c.whole = appendText(c.whole, s)
	}
	return code
}

func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s))) //nolint:gosec // maxText at most
	return append(b, s...)
}

func (c *colEncoder) placeOfInt(v int64, narrow bool) int32 {
	code, ok := c.ints[v]
	if !ok {
		code = int32(len(c.nrs)) //nolint:gosec // as above
		c.ints[v] = code
		c.nrs = append(c.nrs, v)
		if narrow {
			c.whole = binary.LittleEndian.AppendUint32(c.whole, uint32(v)) //nolint:gosec // its bits
		} else {
			c.whole = binary.LittleEndian.AppendUint64(c.whole, uint64(v)) //nolint:gosec // its bits
		}
	}
	return code
}

// takeFront adds texts that stand beside their like: each says only what differs
// from the one before.
func (c *colEncoder) takeFront(col *column, rows []*Row) {
	var text string
	var addr netip.Addr
	for i, r := range rows {
		again := i > 0
		if col.text != nil {
			s := *col.text(r)
			again = again && s == text
			text = s
		} else {
			a := *col.addr(r)
			again = again && a == addr
			addr = a
		}
		if again {
			c.cut, c.left = append(c.cut, int32(len(c.text))), append(c.left, 0) //nolint:gosec // maxText at most
			continue
		}
		s := text
		if col.addr != nil && addr.IsValid() {
			s = addr.String()
		}
		s = plain(s)
		n := 0
		for n < len(s) && n < len(c.text) && s[n] == c.text[n] {
			n++
		}
		c.cut, c.left = append(c.cut, int32(n)), append(c.left, int32(len(s)-n)) //nolint:gosec // as above
		c.rest = append(c.rest, s[n:]...)
		c.text = append(c.text[:0], s...)
	}
}
