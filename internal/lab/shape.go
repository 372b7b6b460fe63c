package lab

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// A Traffic is one conversation of a device as a list of packets that have
// length, direction and time but no content: what is left of encrypted traffic.
// It is made by lot from a seed and says truly what it is.
type Traffic struct {
	Name  string // in words
	Kind  Kind
	Proto uint8 // 6 or 17
	Port  uint16
	Moves []Move // by time
}

// A Kind is what a conversation truly carries away from the device.
type Kind string

// The kinds.
const (
	Live   Kind = "live video"     // 5 pictures a second and more, for 15 s and more
	Slow   Kind = "slow video"     // 1 to 4 pictures a second
	Clips  Kind = "video clips"    // live video for seconds, then nothing for long
	Pieces Kind = "video pieces"   // recorded seconds, each sent at full speed when it is finished
	Short  Kind = "start of video" // less than 5 s of live video
	Sound  Kind = "sound"
	Small  Kind = "one small file" // a photo, a log
	Files  Kind = "files"          // at the speed of the line
	Other  Kind = "other"          // neither pictures nor sound nor files leave
)

// A Move is one packet.
type Move struct {
	At   time.Duration
	Size int // bytes above the transport; 0 for an ACK alone
	Flow int // connections of one conversation are numbered from 0
	Up   bool
}

// shaper makes a traffic.
type shaper struct {
	*rand.Rand
	t    *Traffic
	line line
	free [2]time.Duration // when the line takes the next packet, down and up
}

// line is the way between the device and the far end.
type line struct {
	up, down float64       // bit/s
	rtt      time.Duration // without queues
	jitter   time.Duration // of each packet, at most
	mss      int           // payload of a full TCP segment
	window   int           // segments on the way at most, by the memory of the sender
}

// shape makes a traffic over a line drawn by lot: fibre, cable, DSL, 4G.
func shape(seed uint64, name string, kind Kind, proto uint8, port uint16) *shaper {
	s := &shaper{Rand: rand.New(rand.NewPCG(seed, uint64(len(name))<<32|uint64(port))), t: &Traffic{Name: name, Kind: kind, Proto: proto, Port: port}}
	s.line = []line{
		{500e6, 500e6, 8 * time.Millisecond, 300 * time.Microsecond, 1448, 2000},
		{40e6, 200e6, 18 * time.Millisecond, 2 * time.Millisecond, 1448, 2000},
		{12e6, 60e6, 28 * time.Millisecond, 2 * time.Millisecond, 1440, 2000},
		{25e6, 80e6, 45 * time.Millisecond, 8 * time.Millisecond, 1388, 2000},
	}[s.IntN(4)]
	return s
}

// between draws a number.
func (s *shaper) between(low, high float64) float64 { return low + s.Float64()*(high-low) }

func (s *shaper) span(low, high time.Duration) time.Duration {
	return low + time.Duration(s.Float64()*float64(high-low))
}

// send queues one packet at the line not before at, and returns when it left.
func (s *shaper) send(at time.Duration, up bool, size, connection int) time.Duration {
	i, rate := 0, s.line.down
	if up {
		i, rate = 1, s.line.up
	}
	at = max(at, s.free[i])
	s.free[i] = at + time.Duration(float64(size+66)*8/rate*1e9)
	s.t.Moves = append(s.t.Moves, Move{At: at + s.span(0, s.line.jitter/4), Up: up, Size: size, Flow: connection})
	return s.free[i]
}

// write sends n bytes over TCP as one write: full segments and a rest, with an
// ACK for every second.
func (s *shaper) write(at time.Duration, up bool, n, connection int) time.Duration {
	for i := 0; n > 0; i++ {
		at = s.send(at, up, min(n, s.line.mss), connection)
		n -= s.line.mss
		if i%2 == 1 || n <= 0 {
			s.t.Moves = append(s.t.Moves, Move{At: at + s.line.rtt, Up: !up, Flow: connection})
		}
	}
	return at
}

// handshake opens a TCP connection, with TLS if the port is 443, and returns
// when it is open.
func (s *shaper) handshake(at time.Duration, connection int) time.Duration {
	for i, up := range []bool{true, false, true} {
		s.t.Moves = append(s.t.Moves, Move{At: at + time.Duration(i)*s.line.rtt/2, Up: up, Flow: connection})
	}
	at += s.line.rtt
	if s.t.Port != 443 {
		return at
	}
	at = s.write(at, true, 320+s.IntN(250), connection) + s.line.rtt
	at = s.write(at, false, 2800+s.IntN(2500), connection) + s.line.rtt
	return s.write(at, true, 90+s.IntN(60), connection)
}

// done puts the packets in order.
func (s *shaper) done() *Traffic {
	slices.SortStableFunc(s.t.Moves, func(a, b Move) int { return cmp.Compare(a.At, b.At) })
	return s.t
}

var (
	shapeDevice = netip.MustParseAddr("192.0.2.10")
	shapeFar    = netip.MustParseAddr("198.51.100.7")
	shapeMAC    = observation.MAC{0x02, 0, 0x5e, 0, 0, 10}
	shapeRouter = observation.MAC{0x02, 0, 0x5e, 0, 0, 1}
	shapeStart  = time.Date(2026, 3, 2, 8, 0, 0, 123456789, time.UTC).UnixNano()
)

// Device is the device's side of every traffic.
func (t *Traffic) Device() netip.Addr { return shapeDevice }

// Packets gives the traffic as packets, the device opening every connection.
// Each payload is taken from content, over and over; what is in it must not
// matter to anyone. p is used again for the next.
func (t *Traffic) Packets(content []byte, yield func(p *packet.Packet)) {
	var p packet.Packet
	head := 42
	if t.Proto == protoTCP {
		head = 66
	}
	opened := map[int]bool{}
	sequence := map[[2]int]uint32{}
	for i, m := range t.Moves {
		local, device := uint16(40000+m.Flow), 1
		p = packet.Packet{
			Time: shapeStart + int64(m.At), Number: int64(i + 1), Wire: max(head+m.Size, 60), IP: true, HasMAC: true, EtherType: typeIPv4, TTL: 64, Proto: t.Proto,
			Src: shapeDevice.As16(), Dst: shapeFar.As16(), SrcPort: local, DstPort: t.Port, SrcMAC: shapeMAC, DstMAC: shapeRouter,
		}
		if !m.Up {
			p.Src, p.Dst, p.SrcPort, p.DstPort, p.SrcMAC, p.DstMAC, device = p.Dst, p.Src, p.DstPort, p.SrcPort, p.DstMAC, p.SrcMAC, 0
		}
		if m.Size > 0 {
			from := i * 7 % (len(content) - m.Size)
			p.Payload = content[from : from+m.Size]
		}
		if t.Proto == protoTCP {
			p.Flags = packet.ACK
			if !opened[m.Flow] {
				p.Flags = packet.SYN
			}
			opened[m.Flow] = true
			p.Seq = sequence[[2]int{m.Flow, device}]
			sequence[[2]int{m.Flow, device}] += uint32(m.Size)
		}
		yield(&p)
	}
}

// Records gives the traffic as an exporter would: a record for each connection,
// or for each part of it as long as active, and a new one after 15 s of silence.
// They count packets and bytes of IP datagrams and know nothing of shape.
func (t *Traffic) Records(active time.Duration) []flow.Summary {
	var out []flow.Summary
	head := uint64(28)
	if t.Proto == protoTCP {
		head = 52
	}
	live := map[int]int{} // connection → index in out
	for i, m := range t.Moves {
		now := shapeStart + int64(m.At)
		at, ok := live[m.Flow]
		if !ok || now-out[at].First > int64(active) || now-out[at].Last > int64(15*time.Second) {
			at = len(out)
			out = append(out, flow.Summary{
				Number: int64(i + 1), First: now, Proto: t.Proto, Begins: !ok,
				Client: flow.End{Addr: netip.AddrPortFrom(shapeDevice, uint16(40000+m.Flow))}, Server: flow.End{Addr: netip.AddrPortFrom(shapeFar, t.Port)},
			})
			live[m.Flow] = at
		}
		s := &out[at]
		s.Last = now
		end := &s.Client
		if !m.Up {
			end = &s.Server
		}
		end.Packets++
		end.Bytes += head + uint64(m.Size)
	}
	return out
}

// Reversed is the same with the directions exchanged: what the device would get
// if the far end did all this. It is of kind Other.
func (t *Traffic) Reversed() *Traffic {
	r := &Traffic{Name: t.Name + ", to the device", Kind: Other, Proto: t.Proto, Port: t.Port, Moves: slices.Clone(t.Moves)}
	for i := range r.Moves {
		r.Moves[i].Up = !r.Moves[i].Up
	}
	return r
}
