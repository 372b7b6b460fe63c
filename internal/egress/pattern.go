package egress

import (
	"time"

	"github.com/lenscap/lenscap/internal/flow"
)

// A Pattern is what the flows of a conversation looked like together, for
// [JudgeVideo]. It holds no payload and no name.
//
// Keep-alives go on for days between two views of a camera. So that they do not
// drown what matters, the shape is kept of busy parts only: those in which the
// device sent at least [busyRate] or [busyPackets] in the seconds it sent at all.
type Pattern struct {
	First, Last int64  // nanoseconds, of all parts
	BytesUp     uint64 // of all parts, on the wire, from the device
	BytesDown   uint64
	PacketsUp   uint64
	PacketsDown uint64
	Parts       uint32 // added
	Busy        uint32 // of these, busy
	Records     uint32 // busy parts that were not measured from packets
	Proto       uint8  // IP protocol number, of the last added
	BusyTime    int64  // nanoseconds from first to last of busy parts, added up; flows at the same time count each

	// Of the busy parts. A record of another tool adds its payload as its
	// packets leave it, its whole length as seconds with payload, and squares as
	// if its rate had not varied; it adds no full packets and no trains.
	Up   flow.Shape
	Down flow.Shape
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
	if p.Parts == 0 || s.First < p.First {
		p.First = s.First
	}
	if p.Parts == 0 || s.Last > p.Last {
		p.Last = s.Last
	}
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
	seconds := uint64(max(upShape.Seconds, 1))
	if upShape.Payload < busyRate*seconds && uint64(upShape.Packets) < busyPackets*seconds {
		return
	}
	p.Busy++
	if !s.Exact {
		p.Records++
	}
	p.BusyTime += length
	p.Up.Add(&upShape)
	p.Down.Add(&downShape)
}

// Merge adds another pattern of the same conversation.
func (p *Pattern) Merge(o *Pattern) {
	if o.Parts == 0 {
		return
	}
	if p.Parts == 0 || o.First < p.First {
		p.First = o.First
	}
	if p.Parts == 0 || o.Last > p.Last {
		p.Last = o.Last
	}
	p.Parts += o.Parts
	p.Busy += o.Busy
	p.Records += o.Records
	p.Proto = o.Proto
	p.BytesUp += o.BytesUp
	p.BytesDown += o.BytesDown
	p.PacketsUp += o.PacketsUp
	p.PacketsDown += o.PacketsDown
	p.BusyTime += o.BusyTime
	p.Up.Add(&o.Up)
	p.Down.Add(&o.Down)
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
	s := flow.Shape{Packets: uint32(min(e.Packets, 1<<32-1))}
	if n := e.Packets * head; e.Bytes > n {
		s.Payload = e.Bytes - n
	}
	if s.Payload > 0 {
		s.Seconds = uint32((length + int64(time.Second)) / int64(time.Second))
		s.Squares = float64(s.Payload) * float64(s.Payload) / float64(s.Seconds)
	}
	return s
}
