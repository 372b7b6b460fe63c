package flow

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// told keeps what a table told, as copies.
type told struct {
	streams   []toldStream
	datagrams []toldDatagram
	ends      []toldEnd
	parts     []Summary
	log       []string // every call in order
}

type toldStream struct {
	Flow           Record
	Client, Server toldHalf
}

type toldHalf struct {
	Data              string
	Start, Full, Hole bool
	Numbers           []int64 // of each byte
}

type toldDatagram struct {
	Flow       Record
	Number     int64
	FromClient bool
	Payload    string
}

type toldEnd struct {
	Flow           Record
	Client, Server []RTP
}

func (r *told) Datagram(f *Flow, p *packet.Packet, fromClient bool) {
	r.datagrams = append(r.datagrams, toldDatagram{*f.Record, p.Number, fromClient, string(p.Payload)})
	r.log = append(r.log, fmt.Sprintf("datagram of flow %d, packet %d, from client %t", f.ID, p.Number, fromClient))
}

func (r *told) Stream(f *Flow, s *Stream) {
	r.streams = append(r.streams, toldStream{*f.Record, copyHalf(&s.Client), copyHalf(&s.Server)})
	r.log = append(r.log, fmt.Sprintf("stream of flow %d: %x, %x", f.ID, s.Client.Data, s.Server.Data))
}

func (r *told) End(f *Flow) {
	r.ends = append(r.ends, toldEnd{*f.Record, f.RTP(true), f.RTP(false)})
	r.log = append(r.log, fmt.Sprintf("end of flow %d from packet %d: %d and %d packets, RTP %v %v",
		f.ID, f.Number, f.Client.Packets, f.Server.Packets, f.RTP(true), f.RTP(false)))
}

func (r *told) Part(s *Summary) {
	r.parts = append(r.parts, *s)
	r.log = append(r.log, fmt.Sprintf("part %+v", *s))
}

func copyHalf(h *Half) toldHalf {
	c := toldHalf{Data: string(h.Data), Start: h.Start, Full: h.Full, Hole: h.Hole}
	for i := range h.Data {
		n, _ := h.PacketAt(i)
		c.Numbers = append(c.Numbers, n)
	}
	return c
}

// clock makes packets, numbered from 1, a millisecond apart.
type clock struct {
	number int64
	time   int64
}

func (c *clock) packet(proto uint8, from, to string, payload []byte) *packet.Packet {
	c.number++
	if c.time == 0 {
		c.time = 1_700_000_000_000_000_000
	}
	c.time += int64(time.Millisecond)
	src, dst := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
	p := &packet.Packet{
		Time: c.time, Number: c.number, Payload: payload, Wire: 54 + len(payload), IP: true, HasMAC: true, TTL: 64, Proto: proto,
		Src: src.Addr().As16(), Dst: dst.Addr().As16(), SrcPort: src.Port(), DstPort: dst.Port(),
	}
	last := p.Src[15]
	p.SrcMAC = observation.MAC{2, 0, 0, 0, 0, last}
	return p
}

func (c *clock) udp(from, to string, payload []byte) *packet.Packet {
	return c.packet(protoUDP, from, to, payload)
}

func (c *clock) tcp(from, to string, flags uint8, seq uint32, payload string) *packet.Packet {
	p := c.packet(protoTCP, from, to, []byte(payload))
	p.Flags, p.Seq = flags, seq
	return p
}

// shared returns the folder of reference data beside the repository, or skips.
func shared(t testing.TB, path string) string {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", path))
	if err == nil {
		_, err = os.Stat(dir)
	}
	if err != nil {
		t.Skipf("reference data ../shared/%s is not here; nothing is read from it", path)
	}
	return dir
}
