package flow

import (
	"encoding/binary"

	"github.com/lenscap/lenscap/internal/packet"
)

// A half is what is known of one side's bytes while they are put together.
type half struct {
	next   uint32 // sequence number expected
	fin    uint32 // sequence number of FIN, when ended
	held   uint32 // first of the segments that wait for bytes before them
	data   chain  // pieces kept
	stored int32  // bytes of data in it
	heldB  int32  // bytes that wait
	heldN  uint16 // segments that wait
	want   uint8  // undecided, wanted or unwanted
	far    uint8  // segments in a row that were out of the window
	probeN uint8
	probe  [probeSize]byte // first bytes, while they are too few to decide
	based  bool            // next is set
	rebase bool            // next is to be set by the next segment
	start  bool            // SYN was seen
	ended  bool            // FIN was seen
	full   bool            // no more is kept
	done   bool            // no more is looked at
	looked bool            // whether it is RTSP has been decided
	hole   bool
	tls    bool // its bytes are records of TLS: kept until they are encrypted
	framer
}

const (
	undecided = iota
	wanted
	unwanted
)

const (
	probeSize    = 16
	probeEnough  = 8       // bytes that settle whether a half is wanted
	window       = 1 << 20 // sequence numbers further off belong to something else
	farEnough    = 4       // segments out of the window that make a hole
	settleAfter  = 3       // segments after which a half without SYN takes its lowest as the first
	heldMost     = 64      // segments that may wait
	heldMostRTSP = 8       // same, where it can go on behind a hole
	heldBytes    = 128 << 10
)

// A segment waits for bytes before it. Segments of a half do not overlap and
// are in order.
type segment struct {
	seq    uint32
	next   uint32
	bytes  chain
	number int64
	time   int64
}

// A joint is a half with what it belongs to.
type joint struct {
	t *Table
	f *Record
	s *stream
	h *half
}

// finished reports whether nothing more will be kept of the half that side sends.
func (h *half) finished(side *Side) bool {
	switch {
	case h.done || h.full:
		return true
	case h.based:
		return h.ended && int32(h.next-h.fin) >= 0
	}
	return h.held == 0 && side.Flags&packet.FIN != 0
}

// take adds the data of p. The first copy of a byte wins, as in most systems.
func (j joint) take(p *packet.Packet, side *Side) {
	h := j.h
	if h.done {
		return
	}
	seq := p.Seq
	if p.Flags&packet.SYN != 0 {
		seq++
	}
	if !h.based && side.Flags&packet.SYN != 0 {
		h.start = true
		j.base(side.isn + 1)
	}
	if p.Flags&packet.FIN != 0 && !h.ended && !p.Cut {
		h.ended, h.fin = true, seq+uint32(len(p.Payload))
	}
	if len(p.Payload) > 0 {
		j.segment(seq, p)
	}
	if h.ended && !h.based {
		j.settle()
	}
	if h.done {
		j.t.dropHeld(h)
	}
}

func (j joint) segment(seq uint32, p *packet.Packet) {
	h := j.h
	if h.rebase || !h.based && p.Cut {
		j.t.dropHeld(h)
		h.rebase, h.based, h.next = false, true, seq
	}
	if !h.based {
		if h.held == 0 || near(seq, j.t.streams.segments.at(h.held).seq) {
			j.hold(seq, p.Payload, p.Number, p.Time)
		}
		if h.far++; h.far >= settleAfter {
			h.far = 0
			j.settle()
		}
		return
	}
	if !near(seq, h.next) {
		j.t.stats.SegmentsIgnored++
		if h.far++; h.far >= farEnough {
			j.skipHole()
		}
		return
	}
	h.far = 0
	j.inWindow(seq, p)
	if p.Cut && !h.done && int32(h.next-seq) > 0 {
		j.cut()
	}
}

func near(a, b uint32) bool {
	d := int32(a - b)
	return d > -window && d < window
}

// inWindow takes the parts of p that are next, and holds what is further on.
func (j joint) inWindow(seq uint32, p *packet.Packet) {
	h, data := j.h, p.Payload
	for len(data) > 0 && !h.done {
		switch d := int(int32(seq - h.next)); {
		case d < 0: // seen before
			n := min(-d, len(data))
			data, seq = data[n:], seq+uint32(n)
		case d > 0:
			if !h.rtsp && int(h.stored)+d >= j.t.cfg.StreamBytes {
				return // would not be kept
			}
			j.hold(seq, data, p.Number, p.Time)
			if most := h.heldLimit(); int(h.heldN) > most || h.heldB > heldBytes {
				j.skipHole()
			}
			return
		default:
			n := len(data)
			if h.held != 0 {
				n = min(n, int(int32(j.t.streams.segments.at(h.held).seq-seq)))
			}
			h.next += uint32(n)
			j.consume(data[:n], p.Number, p.Time)
			data, seq = data[n:], seq+uint32(n)
			j.drain()
		}
	}
}

func (h *half) heldLimit() int {
	if h.rtsp {
		return heldMostRTSP
	}
	return heldMost
}

// hold keeps those bytes of data that no segment that waits has.
func (j joint) hold(seq uint32, data []byte, number, time int64) {
	pool := &j.t.streams.segments
	link := &j.h.held
	for len(data) > 0 {
		n := len(data)
		if *link != 0 {
			g := pool.at(*link)
			gap := int(int32(g.seq - seq))
			if gap <= 0 { // skip what g has, and go on behind it
				if have := int(g.bytes.size) + gap; have > 0 {
					have = min(have, n)
					data, seq = data[have:], seq+uint32(have)
				}
				link = &g.next
				continue
			}
			n = min(n, gap)
		}
		fresh := j.newSegment(seq, data[:n], number, time)
		if fresh == 0 {
			j.t.stats.SegmentsIgnored++
			return
		}
		g := pool.at(fresh)
		g.next, *link = *link, fresh
		link = &g.next
		data, seq = data[n:], seq+uint32(n)
	}
}

func (j joint) newSegment(seq uint32, data []byte, number, time int64) uint32 {
	j.touch()
	if !j.t.reserve(j.s, (len(data)+chunkSize-1)/chunkSize) {
		return 0
	}
	n := j.t.streams.segments.take()
	if n == 0 {
		return 0
	}
	g := j.t.streams.segments.at(n)
	*g = segment{seq: seq, number: number, time: time}
	g.bytes.append(&j.t.streams.chunks, data)
	j.h.heldN++
	j.h.heldB += int32(len(data))
	return n
}

// drain consumes the segments that waited for what has come.
func (j joint) drain() {
	h := j.h
	for h.held != 0 && !h.done {
		g := j.t.streams.segments.at(h.held)
		if g.seq != h.next {
			return
		}
		left := int(g.bytes.size)
		h.next += uint32(left)
		for n := g.bytes.head; n != 0 && left > 0 && !h.done; n = j.t.streams.chunks.link[n-1] {
			b := j.t.streams.chunks.bytes(n)
			b = b[:min(left, len(b))]
			left -= len(b)
			j.consume(b, g.number, g.time)
		}
		j.t.popHeld(h)
	}
}

func (t *Table) popHeld(h *half) {
	n := h.held
	g := t.streams.segments.at(n)
	h.held = g.next
	h.heldN--
	h.heldB -= g.bytes.size
	g.bytes.drop(&t.streams.chunks)
	t.streams.segments.give(n)
}

func (t *Table) dropHeld(h *half) {
	for h.held != 0 {
		t.popHeld(h)
	}
}

// base sets the first sequence number, and consumes what waited for it.
func (j joint) base(next uint32) {
	h := j.h
	h.based, h.next, h.far = true, next, 0
	for h.held != 0 && int32(j.t.streams.segments.at(h.held).seq-next) < 0 {
		j.t.popHeld(h)
	}
	j.drain()
}

// settle takes the lowest segment as the first of a half whose SYN is not in
// the capture. A single zero byte right before another segment is a keep-alive
// (RFC 9293, section 3.8.4), not data.
func (j joint) settle() {
	h, pool := j.h, &j.t.streams.segments
	if h.based || h.held == 0 {
		return
	}
	first := pool.at(h.held)
	if first.bytes.size == 1 && first.next != 0 && pool.at(first.next).seq == first.seq+1 &&
		j.t.streams.chunks.bytes(first.bytes.head)[0] == 0 {
		first = pool.at(first.next)
	}
	j.base(first.seq)
}

// skipHole gives up on bytes that do not come. RTSP with interleaved frames is
// taken up again behind them, anything else ends there.
func (j joint) skipHole() {
	h := j.h
	j.t.stats.Holes++
	h.hole, h.far = true, 0
	if !h.rtsp {
		h.done = true
		return
	}
	h.lose()
	if h.held == 0 {
		h.rebase = true
		return
	}
	h.next = j.t.streams.segments.at(h.held).seq
	j.drain()
}

// cut notes that the capture kept only the beginning of a segment, which has
// been consumed.
func (j joint) cut() {
	j.t.stats.Holes++
	j.h.hole = true
	if !j.h.rtsp {
		j.h.done = true
		return
	}
	j.h.lose()
	j.h.rebase = true
}

// finish takes what can still be had of a half that ends now.
func (j joint) finish() {
	h := j.h
	if !h.done {
		j.settle()
	}
	if h.held != 0 && !h.done && h.want == wanted {
		j.t.stats.Holes++
		h.hole = true
	}
	j.t.dropHeld(h)
}

// consume takes bytes in sequence.
func (j joint) consume(data []byte, number, time int64) {
	h := j.h
	if h.want == undecided {
		j.decide(data)
	}
	switch {
	case h.want == unwanted:
		h.done = true
		h.data.drop(&j.t.streams.chunks)
		return
	case h.rtsp:
		j.frames(data, number, time)
		return
	case h.tls:
		n, secret := h.records(data)
		j.store(data[:n], number, time)
		h.done = h.full || secret
		return
	}
	j.store(data, number, time)
	h.done = h.done || h.full
}

// decide asks whether the half that begins with data, behind what was too short
// to decide, is wanted. A half whose other half is wanted is, too.
func (j joint) decide(data []byte) {
	h, other := j.h, &j.s.client
	if h == other {
		other = &j.s.server
	}
	if !h.looked {
		h.looked = true
		h.rtsp = other.rtsp || looksRTSP(data) || !h.start && findFrame(data) >= 0
		if h.rtsp && !startsMessage(data) {
			h.lose()
		}
		h.tls = !h.rtsp && (isHello(data) || other.tls && isRecord(data))
	}
	first := data
	if h.probeN > 0 || len(data) < probeEnough {
		h.probeN += uint8(copy(h.probe[h.probeN:], data))
		first = h.probe[:h.probeN]
	}
	switch {
	case h.rtsp || other.want == wanted || j.t.cfg.StreamWanted(j.f.Server.Port, first):
		h.want = wanted
	case len(first) >= probeEnough:
		h.want = unwanted
	}
}

// touch moves s to the head of those that wait.
func (j joint) touch() {
	if pool, n := &j.t.streams, j.f.stream; !j.s.handed && pool.head != n {
		pool.pull(n)
		pool.push(n)
	}
}

// store keeps data, unless the stream was handed over or is full.
func (j joint) store(data []byte, number, time int64) {
	h, pool := j.h, &j.t.streams
	if j.s.handed || h.full || len(data) == 0 {
		return
	}
	j.touch()
	limit := j.t.cfg.StreamBytes
	n := min(len(data), limit-int(h.stored))
	if !j.t.reserve(j.s, (n+pieceHead)/chunkSize+1) {
		h.full = true
		return
	}
	var head [pieceHead]byte
	binary.LittleEndian.PutUint32(head[:], uint32(n))
	binary.LittleEndian.PutUint64(head[4:], uint64(number))
	binary.LittleEndian.PutUint64(head[12:], uint64(time))
	h.data.append(&pool.chunks, head[:])
	h.data.append(&pool.chunks, data[:n])
	h.stored += int32(n)
	h.full = int(h.stored) >= limit || int(h.data.size) >= 2*limit+4096
}
