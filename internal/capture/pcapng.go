package capture

import (
	"encoding/binary"
	"io"
	"math"
	"math/bits"
)

// Syntax: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html

// Block types.
const (
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockEnhanced   = 6
	blockIRIG       = 7
	blockARINC      = 8
	blockJournal    = 9
	blockSecrets    = 10
	blockCustom     = 0x00000bad
	blockCustomKeep = 0x40000bad
	blockSection    = 0x0a0d0d0a
	sectionOrder    = 0x1a2b3c4d
)

const (
	maxInterfaces = 1 << 16  // of a section
	maxSkip       = 16 << 20 // bytes of a block that holds no packet
)

// pcapngState is what the current section tells.
type pcapngState struct {
	big    bool
	ifaces []iface
}

// An iface is one interface of a section.
type iface struct {
	link   Link
	snap   uint32
	times  uint64 // nanoseconds of a clock tick, 0 when a tick is shorter
	div    uint64 // ticks of a nanosecond
	shift  uint8  // a tick is 2^-shift seconds; 0 for decimal clocks
	offset int64  // nanoseconds to add
}

// isSection recognises the four bytes a section header begins with.
func isSection(b []byte) bool {
	return len(b) >= 4 && binary.LittleEndian.Uint32(b) == blockSection
}

// isSectionOrder recognises the byte-order magic in either order.
func isSectionOrder(b []byte) bool {
	return len(b) >= 4 && (u32(b, false) == sectionOrder || u32(b, true) == sectionOrder)
}

// nextPcapng reads one block. It returns false and no error when that held no packet.
func (r *Reader) nextPcapng(f *Frame) (bool, error) {
	b := r.in.peek(12)
	if len(b) < 12 {
		return false, r.cutShort(len(b), 0)
	}
	if isSection(b) && isSectionOrder(b[8:]) {
		r.ng.big = u32(b[8:], true) == sectionOrder
	}
	kind, size := u32(b, r.ng.big), int64(u32(b[4:], r.ng.big))
	if size < 12 || size > maxBlock {
		return false, r.blockLarge(b, kind, size)
	}
	whole := (int(size) + 3) &^ 3 // some writers leave the padding out of the length
	if len(b) < whole {
		b = r.in.peek(whole)
	}
	whole = blockEnd(b, int(size), r.ng.big)
	if whole == 0 {
		return false, r.blockFault(kind, int(size), len(b))
	}
	at := r.in.offset()
	r.in.take(whole)
	return r.block(f, kind, b[:whole:whole], at), nil
}

// readyPcapng is for [Reader.More].
func (r *Reader) readyPcapng() bool {
	b := r.in.shown()
	if len(b) < 12 || isSection(b) || !packetBlock(u32(b, r.ng.big)) {
		return false
	}
	size := int64(u32(b[4:], r.ng.big))
	return size >= 12 && size <= maxBlock && (size+3)&^3 <= int64(len(b)) && blockEnd(b, int(size), r.ng.big) != 0
}

// blockEnd returns the length of the block of that size at b, or 0 when its
// second length field is not there or not the same.
func blockEnd(b []byte, size int, big bool) int {
	for _, n := range [...]int{size, (size + 3) &^ 3} {
		if n <= len(b) && n >= 12 && int(u32(b[n-4:], big)) == size {
			return n
		}
	}
	return 0
}

// blockLarge deals with a length field beyond what is held at once.
func (r *Reader) blockLarge(b []byte, kind uint32, size int64) error {
	if fileBegins(b) && !isSection(b) {
		r.begin(b)
		return nil
	}
	if size < 12 || size > maxSkip || packetBlock(kind) || !knownBlock(kind) {
		return r.blockSearch(kind)
	}
	at := r.in.offset()
	done := r.in.skip((size + 3) &^ 3)
	if done < size {
		r.gap(at, done, 0, "the input ends inside a record")
		return io.EOF
	}
	return nil
}

// blockFault deals with a block whose end is not where it should be; have bytes
// are there from its start.
func (r *Reader) blockFault(kind uint32, size, have int) error {
	b := r.in.peek(12)
	if fileBegins(b) && !isSection(b) {
		r.begin(b)
		return nil
	}
	if have >= size {
		return r.blockSearch(kind)
	}
	if !r.blockAhead(have) {
		packets := int64(0)
		if packetBlock(kind) {
			packets = 1
		}
		return r.cutShort(have, packets)
	}
	return r.blockSearch(kind)
}

// blockAhead reports whether a whole block stands in the last have bytes of the
// input, behind the unfinished one.
func (r *Reader) blockAhead(have int) bool {
	b := r.in.peek(have)
	for i := 1; i+12 <= len(b); i++ {
		if r.ng.likelyBlock(b[i:]) {
			return true
		}
	}
	return false
}

// likelyBlock reports whether a block of a known type stands whole at b.
func (s *pcapngState) likelyBlock(b []byte) bool {
	if len(b) < 12 {
		return false
	}
	kind, big := u32(b, s.big), s.big
	if kind == blockSection {
		if !isSectionOrder(b[8:]) {
			return false
		}
		big = u32(b[8:], true) == sectionOrder
	}
	size := u32(b[4:], big)
	if !knownBlock(kind) || size < 12 || size > maxBlock {
		return false
	}
	return blockEnd(b, int(size), big) != 0
}

// blockSearch skips at least one byte, up to the next whole block of a known
// type, or to the end. It takes linear time.
func (r *Reader) blockSearch(kind uint32) error {
	start, packets := r.in.offset(), int64(0)
	if packetBlock(kind) {
		packets = 1
	}
	const why = "a pcapng block whose length cannot be right"
	for {
		r.in.take(1)
		b := r.in.peek(12)
		if len(b) < 12 {
			r.in.take(len(b))
			r.gap(start, r.in.offset()-start, packets, why)
			return io.EOF
		}
		if !knownBlock(u32(b, r.ng.big)) && !(fileBegins(b) && !isSection(b)) {
			continue
		}
		if size := r.blockSize(b); size > 0 {
			b = r.in.peek(size)
		}
		if r.ng.likelyBlock(b) || (fileBegins(b) && !isSection(b)) {
			r.gap(start, r.in.offset()-start, packets, why)
			return nil
		}
	}
}

// blockSize is the padded length that the block at b claims, 0 when it is too large to hold.
func (r *Reader) blockSize(b []byte) int {
	big := r.ng.big
	if isSection(b) {
		big = u32(b[8:], true) == sectionOrder
	}
	if size := u32(b[4:], big); size <= maxBlock {
		return (int(size) + 3) &^ 3
	}
	return 0
}

func packetBlock(kind uint32) bool {
	return kind == blockEnhanced || kind == blockSimple || kind == blockPacket
}

func knownBlock(kind uint32) bool {
	switch kind {
	case blockSection, blockCustom, blockCustomKeep:
		return true
	}
	return kind >= blockInterface && kind <= blockSecrets
}

// block takes what a whole block holds; at is its offset. It reports whether
// that is a packet.
func (r *Reader) block(f *Frame, kind uint32, b []byte, at int64) bool {
	switch kind {
	case blockEnhanced:
		return r.enhanced(f, b, at)
	case blockSimple:
		return r.simple(f, b, at)
	case blockPacket:
		return r.obsolete(f, b, at)
	case blockInterface:
		r.describe(b, at)
	case blockSection:
		r.ng.ifaces = r.ng.ifaces[:0]
	default:
		if !knownBlock(kind) {
			r.gap(at, int64(len(b)), 0, "a pcapng block of a type that is not known")
		}
	}
	return false
}

// enhanced reads an enhanced packet block.
func (r *Reader) enhanced(f *Frame, b []byte, at int64) bool {
	if len(b) < 32 {
		return r.short(b, at)
	}
	big := r.ng.big
	return r.packet(f, b, 28, u32(b[8:], big), u32(b[12:], big), u32(b[16:], big), u32(b[20:], big), u32(b[24:], big), at)
}

// obsolete reads a packet block of the format's first drafts.
func (r *Reader) obsolete(f *Frame, b []byte, at int64) bool {
	if len(b) < 32 {
		return r.short(b, at)
	}
	big := r.ng.big
	return r.packet(f, b, 28, uint32(u16(b[8:], big)), u32(b[12:], big), u32(b[16:], big), u32(b[20:], big), u32(b[24:], big), at)
}

// packet fills f from a packet block whose data begin at b[from:].
func (r *Reader) packet(f *Frame, b []byte, from int, id, high, low, captured, wire uint32, at int64) bool {
	if int64(id) >= int64(len(r.ng.ifaces)) {
		r.gap(at, int64(len(b)), 1, "a pcapng packet of an interface that was not described")
		return false
	}
	if int64(captured) > int64(len(b)-from-4) || captured > MaxFrame {
		return r.short(b, at)
	}
	i := &r.ng.ifaces[id]
	end := from + int(captured)
	f.Data = b[from:end:end]
	f.Time = i.nanos(uint64(high)<<32 | uint64(low))
	f.Wire = int(max(wire, captured))
	f.Link = i.link
	f.Offset = at
	return true
}

// simple reads a simple packet block: of interface 0, without a time.
func (r *Reader) simple(f *Frame, b []byte, at int64) bool {
	if len(b) < 16 {
		return r.short(b, at)
	}
	if len(r.ng.ifaces) == 0 {
		r.gap(at, int64(len(b)), 1, "a pcapng packet of an interface that was not described")
		return false
	}
	i := &r.ng.ifaces[0]
	wire := u32(b[8:], r.ng.big)
	captured := min(int64(wire), int64(len(b)-16), MaxFrame)
	if i.snap != 0 {
		captured = min(captured, int64(i.snap))
	}
	f.Data = b[12 : 12+captured : 12+captured]
	f.Time, f.Wire, f.Link, f.Offset = 0, int(wire), i.link, at
	return true
}

// short counts a packet block too short for what it says it holds.
func (r *Reader) short(b []byte, at int64) bool {
	r.gap(at, int64(len(b)), 1, "a pcapng packet longer than its block")
	return false
}

// describe adds the interface that a description block tells of.
func (r *Reader) describe(b []byte, at int64) {
	if len(b) < 20 || len(r.ng.ifaces) >= maxInterfaces {
		r.gap(at, int64(len(b)), 0, "a pcapng interface description that is too short, or one too many")
		return
	}
	big := r.ng.big
	i := iface{link: Link(u16(b[8:], big)), snap: u32(b[12:], big)}
	i.setResolution(6)
	i.options(b[16:len(b)-4], big)
	r.ng.ifaces = append(r.ng.ifaces, i)
}

// options reads if_tsresol (9) and if_tsoffset (14).
func (i *iface) options(b []byte, big bool) {
	for len(b) >= 4 {
		code, n := u16(b, big), int(u16(b[2:], big))
		b = b[4:]
		if code == 0 || n > len(b) {
			return
		}
		switch {
		case code == 9 && n >= 1:
			i.setResolution(b[0])
		case code == 14 && n >= 8:
			i.offset = seconds(u64(b, big))
		}
		b = b[min((n+3)&^3, len(b)):]
	}
}

func u64(b []byte, big bool) uint64 {
	if big {
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

// seconds turns a signed number of seconds into nanoseconds, 0 when that does
// not fit: such a clock is no clock.
func seconds(v uint64) int64 {
	s := int64(v)
	if s > math.MaxInt64/1_000_000_000 || s < math.MinInt64/1_000_000_000 {
		return 0
	}
	return s * 1_000_000_000
}

// setResolution takes an if_tsresol: with its highest bit a tick is 2^-v
// seconds, else 10^-v.
func (i *iface) setResolution(v byte) {
	i.times, i.div, i.shift = 0, 0, 0
	switch {
	case v == 0x80: // whole seconds
		i.times = 1_000_000_000
	case v > 0x80:
		i.shift = v & 0x7f
	case v <= 9:
		i.times = power10(9 - v)
	case v-9 <= 19:
		i.div = power10(v - 9)
	}
}

func power10(n byte) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// nanos turns clock ticks into nanoseconds since 1970. A time beyond the year
// 2262, which no clock shows, is 0.
func (i *iface) nanos(ticks uint64) int64 {
	var hi, lo uint64
	switch {
	case i.times > 0:
		hi, lo = bits.Mul64(ticks, i.times)
	case i.shift >= 64:
		h, _ := bits.Mul64(ticks, 1_000_000_000)
		lo = h >> (i.shift - 64)
	case i.shift > 0:
		h, l := bits.Mul64(ticks, 1_000_000_000)
		hi, lo = h>>i.shift, h<<(64-i.shift)|l>>i.shift
	case i.div > 0:
		lo = ticks / i.div
	default:
		lo = 0
	}
	if hi != 0 || lo > math.MaxInt64 {
		return 0
	}
	t := int64(lo)
	if sum := t + i.offset; (i.offset < 0) == (sum < t) || i.offset == 0 {
		return sum
	}
	return 0
}
