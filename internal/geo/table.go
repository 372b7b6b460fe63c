package geo

import (
	"encoding/binary"
	"math/bits"
)

// A table finds the value of a key: an index by its first 16 bits below base,
// then a search in the entries of that block, six on average in IPv4. Index and
// entries are little-endian bytes, so that a table inside the binary is searched
// where it lies.
//
// IPv6 has base 2000::/3, in which all that is assigned lies (IANA, IPv6 global
// unicast); what lies elsewhere has no value.
type table struct {
	base  uint64
	shift uint8  // bits of a key below those of the index
	grain uint8  // of these, how many are 0 in every start
	start uint8  // bytes of an entry's start, at most 6
	value uint8  // bytes of its value behind that: 2 or 4
	index []byte // blocks+1 numbers of 4 bytes: entries that start before a block; empty for an empty table
	entry []byte // the first has value 0; others start in their block, in units of 1<<grain; then tail
}

const (
	blocks = 1 << 16
	shift4 = 32 - 16
	shift6 = 61 - 16
	base6  = uint64(1) << 61
	tail   = 8 // bytes of 0, so that any start is read as eight bytes
)

func (t *table) find(key uint64) uint32 {
	key -= t.base
	h := key >> (t.shift & 63)
	if 4*h+8 > uint64(len(t.index)) {
		return 0
	}
	bounds := binary.LittleEndian.Uint64(t.index[4*h:])
	lo, hi := uint(uint32(bounds)), uint(bounds>>32)
	want := key & (1<<(t.shift&63) - 1) >> (t.grain & 63)
	width, mask := t.width(), t.mask()
	for lo < hi {
		if mid := (lo + hi) >> 1; binary.LittleEndian.Uint64(t.entry[mid*width:])&mask <= want {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return t.at(lo - 1)
}

// width is the bytes of an entry.
func (t *table) width() uint { return uint(t.start) + uint(t.value) }

// mask takes the start out of eight bytes.
func (t *table) mask() uint64 { return 1<<(8*t.start&63) - 1 }

// entries is how many there are.
func (t *table) entries() uint { return uint(max(len(t.entry)-tail, 0)) / t.width() }

// at gives the value of entry i.
func (t *table) at(i uint) uint32 {
	e := t.entry[i*t.width()+uint(t.start):]
	return binary.LittleEndian.Uint32(e) & (1<<(8*t.value&63) - 1)
}

// put adds an entry.
func (t *table) put(start uint64, value uint32) {
	var b [12]byte
	binary.LittleEndian.PutUint64(b[:], start)
	binary.LittleEndian.PutUint32(b[t.start:], value)
	t.entry = append(t.entry, b[:t.width()]...)
}

// newTable makes the table of changes with values below values. Changes below
// base, or beyond the last block, are left out.
func newTable(c *changes, base uint64, shift uint8, values int) table {
	t := table{base: base, shift: shift, value: 2}
	if len(c.at) == 0 {
		return t
	}
	if values > 1<<16 {
		t.value = 4
	}
	low := uint64(1)<<shift - 1
	used := uint64(1) << shift // bits of all starts
	for _, at := range c.at {
		used |= at & low
	}
	t.grain = uint8(bits.TrailingZeros64(used))
	t.start = max(2, (shift-t.grain+7)/8)
	t.index = make([]byte, 0, 4*(blocks+1))
	t.entry = make([]byte, 0, uint(len(c.at)+1)*t.width()+tail)
	t.put(0, 0)
	n, i := uint32(1), 0
	for i < len(c.at) && c.at[i] < base {
		i++
	}
	for h := range uint64(blocks) {
		t.index = binary.LittleEndian.AppendUint32(t.index, n)
		for ; i < len(c.at) && (c.at[i]-base)>>shift == h; i++ {
			t.put(c.at[i]&low>>t.grain, c.value[i])
			n++
		}
	}
	t.index = binary.LittleEndian.AppendUint32(t.index, n)
	t.entry = append(t.entry, make([]byte, tail)...)
	return t
}

// changes gives back what the table was made of.
func (t *table) changes() changes {
	if len(t.index) == 0 {
		return changes{}
	}
	c := newChanges(int(t.entries()))
	i := uint(1)
	for h := range uint64(blocks) {
		for end := uint(binary.LittleEndian.Uint32(t.index[4*h+4:])); i < end; i++ {
			start := binary.LittleEndian.Uint64(t.entry[i*t.width():]) & t.mask()
			c.put(t.base+h<<t.shift+start<<t.grain, t.at(i))
		}
	}
	return c
}
