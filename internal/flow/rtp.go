package flow

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/lenscap/lenscap/internal/packet"
)

// RTP is one RTP stream of one side of a flow (RFC 3550), recognised by shape.
type RTP struct {
	SSRC         uint32
	PayloadType  uint8 // of the first packet
	Channel      int8  // of interleaved RTSP (RFC 2326, section 10.12); -1 for UDP
	Packets      uint64
	PayloadBytes uint64 // behind the RTP header, padding included
	Markers      uint64 // packets with the marker bit: ends of frames in video
	Lost         uint64 // sequence numbers skipped
	Span         uint64 // timestamp units from the first packet to the last
	First, Last  int64  // nanoseconds since 1970-01-01 UTC
}

// MeanSize returns the mean payload in bytes.
func (r *RTP) MeanSize() int {
	if r.Packets == 0 {
		return 0
	}
	return int(r.PayloadBytes / r.Packets)
}

// ClockRate returns the rate of the timestamps in Hz: the usual one (8000 to
// 90000) that is within an eighth of what was measured, else the one that RFC
// 3551 fixes for the payload type; 0 when there is neither. What lasted less
// than half a second is not measured.
func (r *RTP) ClockRate() int {
	if lasted := r.Last - r.First; lasted >= 500_000_000 && r.Span > 0 {
		measured := float64(r.Span) / (float64(lasted) / 1e9)
		best, off := 0, 1.0/8
		for _, rate := range []int{8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000, 90000} {
			d := measured/float64(rate) - 1
			if d = max(d, -d); d < off {
				best, off = rate, d
			}
		}
		if best != 0 {
			return best
		}
	}
	switch pt := r.PayloadType; {
	case pt == 6:
		return 16000
	case pt == 10 || pt == 11:
		return 44100
	case pt == 14 || pt >= 25 && pt <= 34:
		return 90000
	case pt == 16:
		return 11025
	case pt == 17:
		return 22050
	case pt <= 18:
		return 8000
	}
	return 0
}

// RTP returns the RTP streams that the client, or the server, sent: those of
// which at least eight packets came, mostly in sequence and at sensible
// timestamps, in the order they began. It may be called while a [Handler] is
// being told of f; a kept copy of the Record has none.
func (f *Flow) RTP(fromClient bool) []RTP {
	var found []RTP
	pool := &f.table.rtp
	for n := f.Side(fromClient).rtp; n != 0; n = pool.at(n).next {
		if r := pool.at(n); r.confirmed {
			found = append(found, r.RTP)
		}
	}
	slices.SortFunc(found, func(a, b RTP) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.SSRC, b.SSRC))
	})
	return found
}

// rtpHeader is the fixed header of RFC 3550, section 5.1.
type rtpHeader struct {
	ssrc, timestamp uint32
	sequence        uint16
	payloadType     uint8
	marker          bool
	payload         int // bytes behind the header
}

// parseRTP reads the header of an RTP packet of size bytes, of which b holds
// the beginning, and reports false for what cannot be RTP: another version, a
// payload type that is RTCP's or that nobody is assigned, a header longer than
// the packet, no payload.
func parseRTP(b []byte, size int) (h rtpHeader, ok bool) {
	if len(b) < 12 || b[0]>>6 != 2 {
		return h, false
	}
	h.payloadType, h.marker = b[1]&0x7f, b[1]&0x80 != 0
	if h.payloadType > 63 && h.payloadType < 96 { // 64 to 95 with a marker is RTCP: RFC 5761, section 4
		return h, false
	}
	h.sequence = binary.BigEndian.Uint16(b[2:])
	h.timestamp = binary.BigEndian.Uint32(b[4:])
	h.ssrc = binary.BigEndian.Uint32(b[8:])
	head := 12 + 4*int(b[0]&15)
	if b[0]&0x10 != 0 {
		if head+4 > size {
			return h, false
		}
		if head+4 <= len(b) {
			head += 4 * int(binary.BigEndian.Uint16(b[head+2:]))
		}
		head += 4
	}
	h.payload = size - head
	if h.payload <= 0 {
		return h, false
	}
	if b[0]&0x20 != 0 && len(b) == size { // padding counts itself: 1 to all of the payload
		if pad := int(b[size-1]); pad == 0 || pad > h.payload {
			return h, false
		}
	}
	return h, true
}

const (
	rtpMinimum = 8   // packets before a stream is believed
	rtpGiveUp  = 16  // packets after which an unbelieved one is dropped
	rtpSide    = 4   // streams of one side followed at once
	rtpNever   = 255 // strikes: not looked at any more
	rtpStrikes = 8   // packets of RTP's shape but no stream's next
)

// An rtpRecord follows one stream, or what may be one.
type rtpRecord struct {
	RTP
	timestamp uint32 // of the last packet
	sequence  uint16
	inOrder   uint16 // packets whose sequence number was the next, while not confirmed
	strange   uint16 // packets whose timestamp leapt
	confirmed bool
	client    bool   // side of the owner
	owner     uint32 // flow + 1; 0: not in use
	next      uint32 // of the same side, + 1
}

// rtpPool holds the records of all flows. When it is full, candidates that are
// not confirmed give way.
type rtpPool struct {
	pool[rtpRecord]
	hand int // where the search for a candidate to drop goes on
}

// room returns a cleared record + 1, or 0.
func (r *rtpPool) room(t *Table) uint32 {
	n := r.take()
	if n == 0 {
		r.steal(t)
		n = r.take()
	}
	return n
}

// steal frees the next candidate of at most 32 records.
func (r *rtpPool) steal(t *Table) {
	t.stats.RTPDropped++
	for range min(32, r.made) {
		r.hand = r.hand%r.made + 1
		if rec := r.at(uint32(r.hand)); !rec.confirmed && rec.owner != 0 {
			r.remove(t.at(rec.owner-1).Side(rec.client), uint32(r.hand))
			return
		}
	}
}

// remove takes record n from the side's list and frees it.
func (r *rtpPool) remove(s *Side, n uint32) {
	link := &s.rtp
	for *link != n {
		link = &r.at(*link).next
	}
	*link = r.at(n).next
	r.give(n)
}

// drop frees all records of a side.
func (r *rtpPool) drop(s *Side) {
	for s.rtp != 0 {
		r.remove(s, s.rtp)
	}
}

// rtpDatagram counts p if it may be RTP and reports whether it is of a stream
// that is confirmed.
func (t *Table) rtpDatagram(f *Record, index uint32, side *Side, p *packet.Packet, fromClient bool) bool {
	if side.strikes == rtpNever || len(p.Payload) < 13 || p.Payload[0]>>6 != 2 {
		return false
	}
	size := len(p.Payload)
	if p.Cut {
		size = max(size, p.Wire-42) // about; the padding is not checked then
	}
	h, ok := parseRTP(p.Payload, size)
	return ok && t.rtpPacket(side, index, fromClient, -1, h, p.Time)
}

// rtpPacket adds a packet of RTP's shape to its stream, or begins a candidate.
func (t *Table) rtpPacket(side *Side, index uint32, client bool, channel int8, h rtpHeader, now int64) (confirmed bool) {
	pool := &t.rtp
	var candidates, all int
	var weakest uint32
	for n := side.rtp; n != 0; n = pool.at(n).next {
		r := pool.at(n)
		if r.SSRC == h.ssrc && r.Channel == channel {
			confirmed = r.add(h, now)
			if !confirmed && r.Packets >= rtpGiveUp {
				pool.remove(side, n)
				t.strike(side)
			}
			return confirmed
		}
		all++
		if !r.confirmed {
			if candidates++; weakest == 0 || r.Packets < pool.at(weakest).Packets {
				weakest = n
			}
		}
	}
	if candidates >= 2 || all >= rtpSide {
		t.strike(side)
		if weakest == 0 || side.strikes == rtpNever {
			return false
		}
		pool.remove(side, weakest)
	}
	if n := pool.room(t); n != 0 {
		r := pool.at(n)
		r.RTP = RTP{SSRC: h.ssrc, PayloadType: h.payloadType, Channel: channel, First: now}
		r.client, r.owner, r.next = client, index+1, side.rtp
		side.rtp = n
		r.start(h, now)
	}
	return false
}

// strike counts against a side; with nothing confirmed by then, the search is over.
func (t *Table) strike(side *Side) {
	if side.strikes++; side.strikes < rtpStrikes {
		return
	}
	for n := side.rtp; n != 0; n = t.rtp.at(n).next {
		if t.rtp.at(n).confirmed {
			side.strikes = 0
			return
		}
	}
	t.rtp.drop(side)
	side.strikes = rtpNever
}

func (r *rtpRecord) start(h rtpHeader, now int64) {
	r.sequence, r.timestamp = h.sequence, h.timestamp
	r.count(h, now)
}

func (r *rtpRecord) count(h rtpHeader, now int64) {
	r.Packets++
	r.PayloadBytes += uint64(h.payload)
	if h.marker {
		r.Markers++
	}
	r.Last = max(r.Last, now)
}

// add counts a packet of the stream's SSRC. A copy of the last packet (a span
// port may show each twice) is not counted.
func (r *rtpRecord) add(h rtpHeader, now int64) (confirmed bool) {
	step := int16(h.sequence - r.sequence)
	if step == 0 && h.timestamp == r.timestamp {
		return r.confirmed
	}
	if ticks := int32(h.timestamp - r.timestamp); ticks > -leap && ticks < leap {
		if step > 0 { // frames may be sent out of their order in time
			r.Span = uint64(max(int64(r.Span)+int64(ticks), 0))
		}
	} else if r.strange < 1<<15 {
		r.strange++
	}
	switch {
	case step > 1 && step < 1000:
		r.Lost += uint64(step - 1)
	case step == 1 && !r.confirmed:
		r.inOrder++
	}
	r.count(h, now)
	if step > 0 || step < -100 {
		r.sequence, r.timestamp = h.sequence, h.timestamp
	} else if r.Lost > 0 && step < 0 {
		r.Lost-- // it came late
	}
	if !r.confirmed && r.Packets >= rtpMinimum {
		n := r.Packets - 1
		r.confirmed = uint64(r.inOrder)*4 >= n*3 && uint64(r.strange)*4 <= n && (r.SSRC != 0 || r.Span > 0)
	}
	return r.confirmed
}

const leap = 60 * 90000 // timestamp units: a minute of video
