package packet

import (
	"time"

	"github.com/lenscap/lenscap/internal/capture"
)

// Bounds of reassembly. Together they hold memory below 17 MiB a decoder.
const (
	maxHeld      = 256              // unfinished datagrams; the oldest goes first
	maxSpans     = 128              // separate parts of a datagram
	maxDatagram  = 65535            // bytes
	holdFor      = 30 * time.Second // by packet time; RFC 791 suggests 15, RFC 8200 60
	remember     = 256              // finished datagrams, to know copies of their fragments
	rememberFor  = time.Second      // shorter than an IPv4 identification takes to return
	fragmentUnit = 8                // bytes
)

// A piece is one IP fragment.
type piece struct {
	id     uint32
	proto  uint8 // what IP announces, of the first piece
	six    bool
	more   bool // others follow behind it
	cut    bool // by the snapshot length
	offset int
	data   []byte
}

// A datagramKey tells datagrams apart. Source: RFC 791, section 3.2; RFC 8200,
// section 4.5, where the protocol does not count.
type datagramKey struct {
	src, dst [16]byte
	id       uint32
	vlan     uint16
	proto    uint8
	six      bool
}

// A span is a part of a datagram that is there, [from, to).
type span struct{ from, to int }

// A datagram is an unfinished one.
type datagram struct {
	key        datagramKey
	since      int64 // packet time of the first piece
	gap        capture.Gap
	buf        []byte
	spans      []span // sorted, none touching
	total      int    // bytes, -1 until the last piece is there
	proto      uint8
	prev, next *datagram // by age
}

// A reassembler holds fragments. The zero value is ready.
type reassembler struct {
	byKey          map[datagramKey]*datagram
	oldest, newest *datagram
	free           []*datagram
	lent           *datagram // whose bytes the last packet's payload is
	recent         map[datagramKey]int64
	ring           [remember]datagramKey
	turn           int
}

// release takes back the bytes that the last packet lent.
func (h *reassembler) release() {
	if h.lent != nil {
		h.recycle(h.lent)
		h.lent = nil
	}
}

func (h *reassembler) recycle(g *datagram) {
	if len(h.free) < maxHeld {
		h.free = append(h.free, g)
	}
}

// waiting sums what is held.
func (h *reassembler) waiting() capture.Gap {
	var sum capture.Gap
	for g := h.oldest; g != nil; g = g.next {
		if sum.Packets == 0 || g.gap.Offset < sum.Offset {
			sum.Offset = g.gap.Offset
		}
		sum.Bytes += g.gap.Bytes
		sum.Packets += g.gap.Packets
	}
	return sum
}

// fragment adds a piece to its datagram and decodes that when it is whole. A
// piece cut by the snapshot length can complete nothing: the first is decoded as
// far as it goes, others are [OtherIP].
func (d *Decoder) fragment(p *Packet, f piece) Result {
	if f.cut {
		p.Cut = true
		if f.offset > 0 {
			return otherIP(p, f.data)
		}
		return d.whole(p, f.six, f.proto, f.data)
	}
	if len(f.data) == 0 || f.offset+len(f.data) > maxDatagram || (f.more && len(f.data)%fragmentUnit != 0) {
		return d.fault(fragmentBad)
	}
	key := datagramKey{src: p.Src, dst: p.Dst, id: f.id, vlan: p.VLAN, six: f.six}
	if !f.six {
		key.proto = f.proto
	}
	d.expire(p.Time)
	if d.held.copied(key, p.Time) {
		return FragmentHeld
	}
	g := d.held.byKey[key]
	if g == nil {
		g = d.hold(key, p.Time)
	}
	g.gap.Packets++
	g.gap.Bytes += int64(d.size)
	if !g.add(f) {
		d.drop(g, fragmentBad)
		return Malformed
	}
	if g.total < 0 || len(g.spans) != 1 || g.spans[0] != (span{0, g.total}) {
		return FragmentHeld
	}
	d.held.finish(g, p.Time)
	p.Cut = false
	return d.whole(p, f.six, g.proto, g.buf[:g.total])
}

// whole decodes what a whole datagram carries.
func (d *Decoder) whole(p *Packet, six bool, proto uint8, b []byte) Result {
	if six {
		return d.extensions(p, proto, b)
	}
	return d.transport(p, proto, b)
}

// copied reports whether the datagram of that key was finished a moment ago:
// span ports often copy a frame twice.
func (h *reassembler) copied(key datagramKey, now int64) bool {
	at, ok := h.recent[key]
	age := now - at
	return ok && age <= int64(rememberFor) && age >= -int64(rememberFor)
}

// hold begins a datagram.
func (d *Decoder) hold(key datagramKey, now int64) *datagram {
	h := &d.held
	if h.byKey == nil {
		h.byKey = make(map[datagramKey]*datagram)
		h.recent = make(map[datagramKey]int64)
	}
	if len(h.byKey) >= maxHeld {
		d.drop(h.oldest, fragmentAlone)
	}
	var g *datagram
	if n := len(h.free); n > 0 {
		g, h.free = h.free[n-1], h.free[:n-1]
	} else {
		g = new(datagram)
	}
	*g = datagram{key: key, since: now, buf: g.buf[:0], spans: g.spans[:0], total: -1, prev: h.newest}
	g.gap.Offset = d.offset
	h.byKey[key] = g
	if h.newest == nil {
		h.oldest = g
	} else {
		h.newest.next = g
	}
	h.newest = g
	return g
}

// expire gives up datagrams that have waited too long.
func (d *Decoder) expire(now int64) {
	for g := d.held.oldest; g != nil && now-g.since > int64(holdFor); g = d.held.oldest {
		d.drop(g, fragmentAlone)
	}
}

// drop gives up g and counts its pieces.
func (d *Decoder) drop(g *datagram, c cause) {
	d.faults.add(c, 0, g.gap.Offset, g.gap.Bytes, g.gap.Packets)
	d.held.remove(g)
	d.held.recycle(g)
}

// remove forgets g.
func (h *reassembler) remove(g *datagram) {
	delete(h.byKey, g.key)
	if g.prev == nil {
		h.oldest = g.next
	} else {
		g.prev.next = g.next
	}
	if g.next == nil {
		h.newest = g.prev
	} else {
		g.next.prev = g.prev
	}
	g.prev, g.next = nil, nil
}

// finish lends g's bytes to the current packet and remembers its key.
func (h *reassembler) finish(g *datagram, now int64) {
	h.remove(g)
	h.lent = g
	delete(h.recent, h.ring[h.turn])
	h.ring[h.turn] = g.key
	h.turn = (h.turn + 1) % remember
	h.recent[g.key] = now
}

// add copies the bytes of f that are not there yet: of an overlap the first to
// arrive stays. It reports false when f contradicts what is there.
func (g *datagram) add(f piece) bool {
	end := f.offset + len(f.data)
	if !f.more {
		if g.total >= 0 && g.total != end {
			return false
		}
		g.total = end
	}
	if n := len(g.spans); g.total >= 0 && (end > g.total || (n > 0 && g.spans[n-1].to > g.total)) {
		return false
	}
	if f.offset == 0 {
		g.proto = f.proto
	}
	for len(g.buf) < end {
		g.buf = append(g.buf[:cap(g.buf)], make([]byte, max(0, end-cap(g.buf)))...)
	}
	at := f.offset
	for _, s := range g.spans {
		if at < s.from {
			copy(g.buf[at:min(end, s.from)], f.data[at-f.offset:])
		}
		at = max(at, s.to)
		if at >= end {
			break
		}
	}
	if at < end {
		copy(g.buf[at:end], f.data[at-f.offset:])
	}
	return g.cover(span{f.offset, end})
}

// cover joins s to the spans. It reports false when there are too many.
func (g *datagram) cover(s span) bool {
	i := 0
	for i < len(g.spans) && g.spans[i].to < s.from {
		i++
	}
	j := i
	for j < len(g.spans) && g.spans[j].from <= s.to {
		s = span{min(s.from, g.spans[j].from), max(s.to, g.spans[j].to)}
		j++
	}
	if i == j {
		g.spans = append(g.spans, span{})
		copy(g.spans[i+1:], g.spans[i:])
		g.spans[i] = s
		return len(g.spans) <= maxSpans
	}
	g.spans[i] = s
	g.spans = append(g.spans[:i+1], g.spans[j:]...)
	return true
}
