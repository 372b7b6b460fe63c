package flow

import "github.com/lenscap/lenscap/internal/packet"

// A Shape is how the payload that one side sent lies in time and size, so that
// what it carries can be told without reading it. Shapes of successive parts of
// one flow add up by [Shape.Add]; a second of the clock is counted once, in the
// part in which it ended.
type Shape struct {
	Payload uint64  // bytes above the transport, on the wire: also where the capture was cut
	Packets uint32  // that carried payload: an ACK alone does not
	Full    uint32  // of these, with at least [FullSize] bytes of it
	Trains  uint32  // runs of these, each after a pause of at least [Pause]: pictures of a video, packets of a telephone call
	Seconds uint32  // seconds of the clock in which payload was sent
	Squares float64 // sum over those seconds of (bytes of payload)²
}

// FullSize is the payload in bytes from which on a packet counts as full: more
// than a frame's end or a signal usually has, less than any path's limit leaves
// (RFC 8200, section 5: 1280 bytes, of which TCP with options takes 80).
const FullSize = 1000

// Pause is the silence, in nanoseconds, that separates two trains of packets.
// It is ten ticks of 2^20 ns: below the 16.7 ms between pictures at 60 a second
// and the 20 ms between packets of speech (RFC 3551, section 4.2), above the
// spacing of packets in one picture on links of 2 Mbit/s and more.
const Pause = 10 << tick

const tick = 20 // bits of a nanosecond clock below those kept of a packet's time

// Add adds what followed.
func (s *Shape) Add(o *Shape) {
	s.Payload += o.Payload
	s.Packets += o.Packets
	s.Full += o.Full
	s.Trains += o.Trains
	s.Seconds += o.Seconds
	s.Squares += o.Squares
}

// A meter measures one side since the last part of its flow was told. Its
// counts fit because a part holds at most [partPackets] packets of a side,
// payloads are counted to [maxPayload], and it lasts at most [maxActive].
type meter struct {
	payload uint32  // bytes
	second  uint32  // bytes in the second that goes on; more than 4 GB wrap, which only the squares show
	squares float32 // of the seconds that ended; 24 bits are enough beside the spread they measure
	at      uint32  // time of the last packet with payload, in ticks; wraps
	packets uint16  // with payload or without
	loaded  uint16  // with payload
	full    uint16
	trains  uint16
	seconds uint16
}

const (
	partPackets = 1<<16 - 1
	maxPayload  = 1<<16 - 1 // bytes of one packet
)

// start lets the next packet with payload begin a train.
func (m *meter) start(now int64) { m.at = uint32(now>>tick) - Pause>>tick }

// count adds a packet with n bytes of payload, n > 0, at a time in nanoseconds.
func (m *meter) count(n int, now int64) {
	n = min(n, maxPayload)
	m.payload += uint32(n)
	m.second += uint32(n)
	m.loaded++
	if n >= FullSize {
		m.full++
	}
	at := uint32(now >> tick)
	if int32(at-m.at) >= Pause>>tick {
		m.trains++
	}
	m.at = at
}

// endSecond counts the second that goes on.
func (m *meter) endSecond() {
	if m.second == 0 {
		return
	}
	m.squares += float32(m.second) * float32(m.second)
	m.seconds++
	m.second = 0
}

// shape returns what was measured and begins anew; the second that goes on goes on.
func (m *meter) shape() Shape {
	s := Shape{
		Payload: uint64(m.payload), Packets: uint32(m.loaded), Full: uint32(m.full), Trains: uint32(m.trains),
		Seconds: uint32(m.seconds), Squares: float64(m.squares),
	}
	*m = meter{second: m.second, at: m.at}
	return s
}

// payload returns the bytes of payload that p had on the wire. Of a frame that
// was cut it takes Ethernet, IP without options and the transport off the frame.
func payload(p *packet.Packet) int {
	if !p.Cut {
		return len(p.Payload)
	}
	head := 14 + 20 + 8
	if p.Proto == protoTCP {
		head = 14 + 20 + 32
	}
	return max(len(p.Payload), p.Wire-head)
}
