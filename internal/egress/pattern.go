package egress

import (
	"time"

	"github.com/lenscap/lenscap/internal/flow"
)

// A Pattern is what the flows of a conversation looked like together, for
// [JudgeVideo]. It holds no payload and no name, and can be turned around by
// exchanging up and down.
type Pattern struct {
	First, Last int64  // nanoseconds, of all parts
	BytesUp     uint64 // of all parts, on the wire, from the device
	BytesDown   uint64
	PacketsUp   uint64
	PacketsDown uint64
	Parts       uint32 // added
	Proto       uint8  // IP protocol number, of the last added
	Up          Track
	Down        Track
}

// A Track is what one side sent in its busy parts: those in which it sent at
// least [busyRate] or [busyPackets] in the seconds it sent at all. Keep-alives
// go on for days between two views of a camera, and would drown them.
//
// A record of another tool adds its payload as its packets leave it, its whole
// length as seconds with payload, and squares as if its rate had not varied; it
// adds no full packets and no trains.
type Track struct {
	flow.Shape
	Against uint64 // bytes of payload the other side sent in these parts
	Time    int64  // nanoseconds from first to last packet of these parts, added up; flows at the same time count each
	Parts   uint32
	Records uint32 // of these, that were not measured from packets
}

const (
	busyRate    = 5000 // bytes of payload in a second: 40 kbit/s, below the slowest sub-streams (64 kbit/s)
	busyPackets = 7    // packets with payload in a second: AAC at 8 kHz has 7.8 (1024 samples each, ISO/IEC 14496-3)
)

// Add adds a part of a flow between the device and the far end; deviceIsClient
// says which side the device was. It keeps nothing of s.
func (p *Pattern) Add(s *flow.Summary, deviceIsClient bool) {
	up, down := &s.Client, &s.Server
	if !deviceIsClient {
		up, down = down, up
	}
	p.stretch(s.First, s.Last)
	p.Parts++
	p.Proto = s.Proto
	p.BytesUp += up.Bytes
	p.BytesDown += down.Bytes
	p.PacketsUp += up.Packets
	p.PacketsDown += down.Packets
	length := max(s.Last-s.First, 0)
	upShape, downShape := up.Shape, down.Shape
	if !s.Exact {
		upShape, downShape = counted(up, s.Proto, length), counted(down, s.Proto, length)
	}
	p.Up.add(&upShape, downShape.Payload, length, s.Exact)
	p.Down.add(&downShape, upShape.Payload, length, s.Exact)
}

// stretch widens the time of p; to be called before Parts counts.
func (p *Pattern) stretch(first, last int64) {
	if p.Parts == 0 {
		p.First, p.Last = first, last
	}
	p.First, p.Last = min(p.First, first), max(p.Last, last)
}

func (t *Track) add(s *flow.Shape, against uint64, length int64, exact bool) {
	seconds := uint64(max(s.Seconds, 1))
	if s.Payload < busyRate*seconds && uint64(s.Packets) < busyPackets*seconds {
		return
	}
	t.Shape.Add(s)
	t.Against += against
	t.Time += length
	t.Parts++
	if !exact {
		t.Records++
	}
}

// Merge adds another pattern of the same conversation.
func (p *Pattern) Merge(o *Pattern) {
	if o.Parts == 0 {
		return
	}
	p.stretch(o.First, o.Last)
	p.Parts += o.Parts
	p.Proto = o.Proto
	p.BytesUp += o.BytesUp
	p.BytesDown += o.BytesDown
	p.PacketsUp += o.PacketsUp
	p.PacketsDown += o.PacketsDown
	p.Up.merge(&o.Up)
	p.Down.merge(&o.Down)
}

func (t *Track) merge(o *Track) {
	t.Shape.Add(&o.Shape)
	t.Against += o.Against
	t.Time += o.Time
	t.Parts += o.Parts
	t.Records += o.Records
}

// counted is the shape a record shows of one side: an even flow of packets for
// as long as the record lasted, in nanoseconds.
func counted(e *flow.End, proto uint8, length int64) flow.Shape {
	head := uint64(28) // IP without options, and UDP
	if proto == 6 {
		head = 52 // with TCP and its time stamps
	}
	if e.Addr.Addr().Is6() {
		head += 20
	}
	s := flow.Shape{Packets: uint32(min(e.Packets, 1<<32-1))} //nolint:gosec // just bounded
	if n := e.Packets * head; e.Packets < 1<<50 && e.Bytes > n {
		s.Payload = e.Bytes - n
	}
	if s.Payload > 0 {
		s.Seconds = uint32(min(length/int64(time.Second)+1, 1<<32-1)) //nolint:gosec // just bounded
		s.Squares = float64(s.Payload) * float64(s.Payload) / float64(s.Seconds)
	}
	return s
}
