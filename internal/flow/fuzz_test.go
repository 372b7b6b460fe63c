package flow

import (
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
)

// FuzzTable reads its input as a list of packets between four addresses and
// eight ports and gives them to a small table: nothing may panic, no limit be
// passed, and every flow must end once with its packets counted.
func FuzzTable(f *testing.F) {
	all, _ := rtspBytes()
	f.Add(fuzzPacket(0, 0x02, 999, 0, nil, fuzzPacket(1, 0x12, 4999, 0, nil, fuzzPacket(1, 0x10, 5000, 0, []byte(all[:250]), nil))))
	f.Add(fuzzPacket(0, 0x10, 10, 0, []byte(describe), fuzzPacket(0, 0x11, 5, 0, []byte(play), fuzzPacket(0, 0x14, 7, 9, []byte("x"), nil))))
	var rtp []byte
	for n := range 12 {
		rtp = fuzzPacket(0x40, 0, 0, 0, rtpPacket(n, 40), rtp)
	}
	f.Add(rtp)
	f.Add(fuzzPacket(0x40, 0, 0, 200, []byte("hello"), fuzzPacket(0x80, 0, 0, 255, []byte("hello"), nil)))
	f.Fuzz(func(t *testing.T, b []byte) {
		h := &checked{t: t, ended: map[uint64]bool{}, streamed: map[uint64]bool{}, parts: map[int64]*[2]uint64{}}
		table := New(Config{MaxFlows: 6, StreamBudget: 1, StreamBytes: 3000, MaxRTP: 3, DatagramWanted: everyDatagram}, h)
		table.streams.limit, table.streams.chunks.limit = 3, 12
		table.repeats.set = make([][4]uint64, 2)
		pairs := NewPairs(3, nil)
		var packets, clock int64
		for len(b) >= 5 {
			var p packet.Packet
			p, b = unfuzz(b)
			packets++
			p.Number = packets
			clock += p.Time
			p.Time = clock
			table.Add(&p)
			pairs.Add(&p)
			s := table.Stats()
			if s.Live > 6 || table.streams.chunks.taken > 12 || table.streams.used() > 3 || table.rtp.used() > 3 || pairs.Len() > 3 {
				t.Fatalf("a limit was passed: %+v, %d chunks, %d streams, %d RTP", s, table.streams.chunks.taken, table.streams.used(), table.rtp.used())
			}
		}
		table.Close()
		checkEmpty(t, table)
		if h.packets != packets || int64(len(h.ended)) != table.Stats().Flows {
			t.Fatalf("%d packets in %d flows ended, want %d in %d", h.packets, len(h.ended), packets, table.Stats().Flows)
		}
	})
}

// fuzzPacket writes one packet as [unfuzz] reads it, before rest.
func fuzzPacket(who, flags byte, seq uint16, pause byte, payload, rest []byte) []byte {
	n := min(len(payload), 255)
	b := []byte{who, flags, byte(seq >> 8), byte(seq), pause, byte(n)}
	return append(append(b, payload[:n]...), rest...)
}

// unfuzz reads one packet: who sends by what, flags, sequence number, pause in
// steps that grow with its value, length, payload (of which long ones repeat).
func unfuzz(b []byte) (packet.Packet, []byte) {
	who, flags, seq, pause := b[0], b[1], uint32(b[2])<<8|uint32(b[3]), int64(b[4])
	b = b[5:]
	var payload []byte
	if len(b) > 0 {
		n := min(int(b[0]), len(b)-1)
		payload, b = b[1:1+n], b[1+n:]
	}
	p := packet.Packet{IP: true, HasMAC: true, Proto: protoTCP, Payload: payload, Wire: 54 + len(payload), Flags: flags, Seq: seq - 100, Time: pause * pause * pause * 10_000}
	if who&0xc0 != 0 {
		p.Proto = protoUDP
	}
	if who&0x80 != 0 {
		p.Time = -p.Time
	}
	p.Cut = flags&0x80 != 0
	p.Src[15], p.Dst[15] = 1, 2
	p.SrcPort, p.DstPort = 40000+uint16(who>>1&3), 554
	if who&1 != 0 {
		p.Src, p.Dst, p.SrcPort, p.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	}
	if who&0x20 != 0 && len(payload) > 0 {
		for range 4 {
			p.Payload = append(p.Payload[:len(p.Payload):len(p.Payload)], p.Payload...)
		}
	}
	return p, b
}

// checked holds a table to the contract of [Handler].
type checked struct {
	t        *testing.T
	ended    map[uint64]bool
	streamed map[uint64]bool
	packets  int64
	parts    map[int64]*[2]uint64 // packets and bytes told of a flow, by the packet it began with
}

func (h *checked) Part(s *Summary) {
	told := h.parts[s.Number]
	if told == nil {
		told = new([2]uint64)
		h.parts[s.Number] = told
	} else if s.Begins {
		h.t.Fatalf("a later part begins the flow: %+v", s)
	}
	n := s.Client.Packets + s.Server.Packets
	if n == 0 || s.First > s.Last || !s.Exact || s.Client.Shape.Packets > uint32(s.Client.Packets) || s.Client.Shape.Full > s.Client.Shape.Packets {
		h.t.Fatalf("part %+v", s)
	}
	told[0] += n
	told[1] += s.Client.Bytes + s.Server.Bytes
}

func (h *checked) Datagram(f *Flow, p *packet.Packet, _ bool) {
	if h.ended[f.ID] || len(p.Payload) == 0 {
		h.t.Fatalf("datagram of flow %d after its end, or empty", f.ID)
	}
}

func (h *checked) Stream(f *Flow, s *Stream) {
	if h.ended[f.ID] || h.streamed[f.ID] {
		h.t.Fatalf("stream of flow %d twice, or after its end", f.ID)
	}
	h.streamed[f.ID] = true
	for _, half := range []*Half{&s.Client, &s.Server} {
		if len(half.Data) > 3000 {
			h.t.Fatalf("%d bytes kept, limit 3000", len(half.Data))
		}
		for i := -1; i <= len(half.Data); i++ {
			if n, _ := half.PacketAt(i); n < 1 && len(half.Data) > 0 {
				h.t.Fatalf("byte %d of %d came with packet %d", i, len(half.Data), n)
			}
		}
	}
}

func (h *checked) End(f *Flow) {
	if h.ended[f.ID] {
		h.t.Fatalf("flow %d ended twice", f.ID)
	}
	h.ended[f.ID] = true
	if told := h.parts[f.Number]; told == nil || *told != [2]uint64{f.Client.Packets + f.Server.Packets, f.Client.Bytes + f.Server.Bytes} {
		h.t.Fatalf("parts add up to %v packets and bytes, flow is %+v", told, f.Record)
	}
	delete(h.parts, f.Number)
	h.packets += int64(f.Client.Packets + f.Server.Packets)
	for _, client := range []bool{true, false} {
		for _, r := range f.RTP(client) {
			if r.Packets < rtpMinimum || r.ClockRate() < 0 || r.MeanSize() == 0 {
				h.t.Fatalf("RTP %+v", r)
			}
		}
	}
}
