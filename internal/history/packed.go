package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// The encodings of pages, as this store reads them: each gives n values and no
// more, whatever the bytes say. What writes them is parquet-go's.
//
// Format: parquet-format, Encodings.md.

var errShort = errors.New("its values end early")

// unpackCodes reads the places in a dictionary of rows [skip, skip+len(out)) of a
// page: a byte that is their width, then runs and packed groups of eight.
func unpackCodes(out []int32, b []byte, skip int) error {
	if len(b) == 0 {
		return errShort
	}
	width := uint(b[0])
	if width > 32 {
		return fmt.Errorf("its values are %d bits wide", width)
	}
	b = b[1:]
	at := 0
	for at < len(out) {
		head, n := binary.Uvarint(b)
		if n <= 0 || head>>1 == 0 {
			return errShort
		}
		b = b[n:]
		if head&1 == 0 { // a run
			size := int(width+7) / 8
			if len(b) < size {
				return errShort
			}
			var raw [4]byte
			copy(raw[:], b[:size])
			v := int32(binary.LittleEndian.Uint32(raw[:])) //nolint:gosec // a place below 0 is refused by who looks it up
			b = b[size:]
			count := head >> 1
			if count <= uint64(skip) { //nolint:gosec // not below 0
				skip -= int(count) //nolint:gosec // no more than skip
				continue
			}
			count = min(count-uint64(skip), uint64(len(out)-at)) //nolint:gosec // not below 0
			skip = 0
			for i := range out[at : at+int(count)] { //nolint:gosec // no more than out has
				out[at+i] = v
			}
			at += int(count) //nolint:gosec // as above
			continue
		}
		groups := head >> 1
		if groups > uint64(maxPageRows) {
			return errShort
		}
		count, size := int(groups)*8, int(groups)*int(width) //nolint:gosec // bounded
		here := b[:min(size, len(b))]                        // the last group may be cut
		b = b[len(here):]
		if count <= skip {
			skip -= count
			continue
		}
		take := min(count-skip, len(out)-at)
		if !unpackBits(out[at:at+take], here, skip, width) {
			return errShort
		}
		at, skip = at+take, 0
	}
	return nil
}

// unpackBits reads numbers of a width, from the from-th on. It is false when b
// does not hold them.
func unpackBits(out []int32, b []byte, from int, width uint) bool {
	if width == 0 {
		clear(out)
		return true
	}
	if (uint64(from)+uint64(len(out)))*uint64(width) > uint64(len(b))*8 { //nolint:gosec // not below 0
		return false
	}
	mask := uint64(1)<<width - 1
	bit := uint64(from) * uint64(width) //nolint:gosec // as above
	i := 0
	for ; i < len(out) && int(bit>>3)+8 <= len(b); i++ { //nolint:gosec // within b
		out[i] = int32(binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7) & mask) //nolint:gosec // its bits
		bit += uint64(width)
	}
	for ; i < len(out); i++ {
		out[i] = int32(word(b, bit) >> (bit & 7) & mask) //nolint:gosec // its bits
		bit += uint64(width)
	}
	return true
}

// word is the eight bytes that begin where a bit is, as far as b has them.
func word(b []byte, bit uint64) uint64 {
	b = b[bit>>3:]
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b)
	}
	var raw [8]byte
	copy(raw[:], b)
	return binary.LittleEndian.Uint64(raw[:])
}

// unpackDeltas reads the first len(out) numbers of a page of n, and returns what
// stands after all n.
func unpackDeltas(out []int64, b []byte, n int) (rest []byte, err error) {
	var head [3]uint64
	for i := range head {
		v, k := binary.Uvarint(b)
		if k <= 0 {
			return nil, errShort
		}
		head[i], b = v, b[k:]
	}
	value, k := binary.Varint(b)
	if k <= 0 {
		return nil, errShort
	}
	b = b[k:]
	block, minis, count := head[0], head[1], head[2]
	if count != uint64(n) || n > maxPageRows { //nolint:gosec // not below 0
		return nil, fmt.Errorf("%d numbers for %d rows", count, n)
	}
	if block == 0 || block > 1<<16 || minis == 0 || minis > 512 || block%minis != 0 || block/minis%8 != 0 {
		return nil, errors.New("its blocks are of a size that cannot be")
	}
	per := int(block / minis) //nolint:gosec // bounded
	at := 0
	if n == 0 {
		return b, nil
	}
	if len(out) > 0 {
		out[0] = value
	}
	for at = 1; at < n; {
		low, k := binary.Varint(b)
		if k <= 0 || uint64(len(b)-k) < minis {
			return nil, errShort
		}
		widths := b[k : k+int(minis)] //nolint:gosec // bounded
		b = b[k+int(minis):]          //nolint:gosec // as above
		for _, w := range widths {
			if at >= n {
				break // the widths of what is not there say nothing
			}
			size := per * int(w) / 8
			if w > 64 || size > len(b) {
				return nil, errShort
			}
			if at < len(out) {
				value = addDeltas(out[at:min(at+per, len(out))], b[:size], uint(w), low, value)
			}
			at += per
			b = b[size:]
		}
	}
	return b, nil
}

// addDeltas adds packed differences up, from value on.
func addDeltas(out []int64, b []byte, width uint, low, value int64) int64 {
	bit, i := uint64(0), 0
	mask := ^uint64(0) >> (64 - width)
	switch {
	case width == 0:
		for i := range out {
			value += low
			out[i] = value
		}
		return value
	case width <= 56:
		for ; i < len(out) && int(bit>>3)+8 <= len(b); i++ { //nolint:gosec // within b
			value += low + int64(binary.LittleEndian.Uint64(b[bit>>3:])>>(bit&7)&mask) //nolint:gosec // numbers wrap, as the format has it
			out[i] = value
			bit += uint64(width)
		}
	}
	for ; i < len(out); i++ {
		v := word(b, bit) >> (bit & 7)
		if have := 64 - uint(bit&7); have < width {
			v |= uint64(b[bit>>3+8]) << have
		}
		value += low + int64(v&mask) //nolint:gosec // as above
		out[i] = value
		bit += uint64(width)
	}
	return value
}

// widthOf is how many bits the numbers below n need.
func widthOf(n int) int { return bits.Len(uint(max(n-1, 0))) } //nolint:gosec // not below 0
