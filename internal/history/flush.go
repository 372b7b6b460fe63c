package history

import (
	"hash/crc32"
	"math"

	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/encoding/rle"
	"github.com/parquet-go/parquet-go/format"
)

// flush ends column i's page of n rows.
func (e *encoder) flush(i, n int) error {
	c, col := &e.cols[i], &columns[i]
	h := header{kind: format.DataPage, values: n, encoding: format.Plain}
	var page []byte
	var err error
	switch {
	case col.front:
		h.encoding = format.DeltaByteArray
		var binary delta.BinaryPackedEncoding
		if page, err = binary.EncodeInt32(e.bytes, c.cut); err != nil {
			return err
		}
		left, err := binary.EncodeInt32(nil, c.left)
		if err != nil {
			return err
		}
		page = append(append(page, left...), c.rest...)
	case col.dict:
		h.encoding = format.RLEDictionary
		page, err = e.places(c)
	case col.flag != nil:
		page = c.flags
	case c.mayRepeat(col, n):
		h.encoding = format.RLEDictionary
		page, err = e.places(c)
	case col.narrow:
		h.encoding = format.DeltaBinaryPacked
		e.ints = e.ints[:0]
		for _, v := range c.nums {
			e.ints = append(e.ints, int32(v)) //nolint:gosec // see offset
		}
		page, err = new(delta.BinaryPackedEncoding).EncodeInt32(e.bytes, e.ints)
	default:
		h.encoding = format.DeltaBinaryPacked
		page, err = new(delta.BinaryPackedEncoding).EncodeInt64(e.bytes, c.nums)
	}
	if err != nil {
		return err
	}
	if h.encoding != format.RLEDictionary && col.flag == nil {
		e.bytes = page
	}
	c.bound(col)
	at := len(c.body)
	c.body = e.pack(c.body, c, &h, page)
	c.sizes = append(c.sizes, len(c.body)-at)
	return nil
}

// places codes the page's places in the dictionary.
func (e *encoder) places(c *colEncoder) ([]byte, error) {
	runs := rle.Encoding{BitWidth: widthOf(max(len(c.words), len(c.nrs)))}
	page, err := runs.EncodeInt32(e.bytes, c.codes)
	if err != nil {
		return nil, err
	}
	e.bytes = page
	c.rest = append(append(c.rest[:0], byte(runs.BitWidth)), page...) //nolint:gosec // 32 at most
	return c.rest, nil
}

// seconds is how many of an hour's beginning are looked for first.
const seconds = 2 * hourSec

// mayRepeat finds the places of seconds in a dictionary, where a group has so many
// rows that one is smaller than differences: when its first page is full.
func (c *colEncoder) mayRepeat(col *column, n int) bool {
	if !col.signed {
		return false
	}
	if len(c.sizes) == 0 {
		c.few = n == pageRows
	}
	if c.few = c.few && len(c.nrs) < 4*hourSec; !c.few {
		return false
	}
	if c.quick == nil {
		c.quick, c.ints = make([]int32, seconds), map[int64]int32{}
	}
	if len(c.nrs) == 0 {
		clear(c.ints)
	}
	for _, v := range c.nums {
		if v < 0 || v >= seconds {
			c.codes = append(c.codes, c.placeOfInt(v, true))
			continue
		}
		if c.quick[v] == 0 {
			c.quick[v] = c.placeOfInt(v, true) + 1
		}
		c.codes = append(c.codes, c.quick[v]-1)
	}
	return true
}

// pack appends a page. Those of numbers are packed when that makes the first one
// of a column smaller: counters do not repeat, and a reader need not unpack them.
func (e *encoder) pack(to []byte, c *colEncoder, h *header, page []byte) []byte {
	body := page
	if c.packed {
		e.out = e.zstd.EncodeAll(page, e.out[:0])
		body = e.out
		if h.encoding == format.DeltaBinaryPacked && len(c.sizes) == 0 && len(body)+len(page)/16 > len(page) {
			c.packed, body = false, page
		}
	}
	h.raw, h.packed, h.sum = len(page), len(body), crc32.ChecksumIEEE(body)
	at := len(to)
	to = appendHeader(to, h)
	c.raw += len(to) - at + h.raw
	return append(to, body...)
}

// dictionary is the column's page of its dictionary, nil when it has none.
func (e *encoder) dictionary(i int) []byte {
	c := &e.cols[i]
	if len(c.whole) == 0 {
		return nil
	}
	return e.pack(nil, c, &header{kind: format.DictionaryPage, values: max(len(c.words), len(c.nrs)), encoding: format.Plain}, c.whole)
}

// bound notes the least and the greatest value of the page, for the columns that
// have bounds.
func (c *colEncoder) bound(col *column) {
	if !col.bounds {
		return
	}
	low, high := bound{n: math.MaxInt64}, bound{n: math.MinInt64}
	last := int32(-1)
	for i, k := range c.codes {
		if k == last {
			continue
		}
		last = k
		if len(c.words) > 0 {
			if s := c.words[k]; i == 0 || s < low.text {
				low.text = s
			}
			high.text = max(high.text, c.words[k])
			continue
		}
		low.n, high.n = min(low.n, c.nrs[k]), max(high.n, c.nrs[k])
	}
	if col.front {
		c.boundFront(&low, &high)
	}
	c.low, c.high = append(c.low, low), append(c.high, high)
}

func (c *colEncoder) boundFront(low, high *bound) {
	rest, text := c.rest, []byte(nil)
	for i := range c.cut {
		if i > 0 && c.left[i] == 0 && int(c.cut[i]) == len(text) {
			continue
		}
		text = append(text[:c.cut[i]], rest[:c.left[i]]...)
		rest = rest[c.left[i]:]
		if i == 0 || string(text) < low.text {
			low.text = string(text)
		}
		if string(text) > high.text {
			high.text = string(text)
		}
	}
}
