package collect

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// sFlow version 5 (https://sflow.org/sflow_version_5.txt): samples of packets,
// each with its first bytes. The decoder is ours because goflow2's, version
// 2.2.6, makes room for as many records as an expanded sample says it has, which
// one datagram of 100 bytes can make 100 GB; a test compares the two.

// Formats of samples and of what stands in them, of enterprise 0.
const (
	flowSample     = 1
	expandedSample = 3
	rawHeader      = 1
	sampledIPv4    = 3
	sampledIPv6    = 4
	extendedSwitch = 1001
)

// Protocols of a raw header, and the links they are.
var sflowLinks = map[uint32]capture.Link{1: 1 /* Ethernet */, 11: 228 /* IPv4 */, 12: 229 /* IPv6 */}

const (
	maxSamples  = 1024    // of a datagram
	maxRecords  = 64      // of a sample
	maxSampling = 1 << 24 // one of so many packets; more is a mistake
	maxFrame    = 1 << 17 // bytes
)

// A cursor reads numbers off a datagram; bad stays once there are too few bytes.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) u32() uint32 {
	if len(c.b) < 4 {
		c.bad = true
		return 0
	}
	v := binary.BigEndian.Uint32(c.b)
	c.b = c.b[4:]
	return v
}

// bytes cuts off n bytes, and what fills them up to a multiple of four.
func (c *cursor) bytes(n uint32) []byte {
	if uint64(n) > uint64(len(c.b)) {
		c.bad = true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[min(int(n+3)&^3, len(c.b)):]
	return out
}

// A sample is what one says of the packet it was taken of.
type sample struct {
	src, dst       netip.AddrPort
	srcMAC, dstMAC observation.MAC
	vlan           uint16
	proto, flags   uint8
	ttl            uint8
	bytes          uint32
	found          bool
}

// sflow decodes a datagram.
func (g *gatherer) sflow(b []byte, at int64) told {
	t := told{format: "sFlow 5", messages: true, step: 1}
	c := cursor{b: b[4:]}
	switch c.u32() { // of the agent's address, which says no more than the sender's
	case 1:
		c.bytes(4)
	case 2:
		c.bytes(16)
	default:
		t.bad = true
		return t
	}
	t.domain, t.number = uint64(c.u32()), c.u32()
	c.u32() // up for so long
	samples := c.u32()
	t.numbered = !c.bad
	if samples > maxSamples {
		t.bad = true
		return t
	}
	for ; samples > 0 && !c.bad; samples-- {
		format, data := c.u32(), cursor{b: c.bytes(c.u32())}
		if c.bad || format != flowSample && format != expandedSample {
			continue
		}
		g.sample(&data, format, at, &t)
		c.bad = c.bad || data.bad
	}
	t.bad = c.bad
	return t
}

// sample decodes a flow sample: how many packets it stands for, and records.
func (g *gatherer) sample(c *cursor, format uint32, at int64, t *told) {
	c.u32() // its number
	c.u32() // where it was taken
	skip := 4
	if format == expandedSample {
		c.u32()
		skip = 6
	}
	rate := min(max(c.u32(), 1), maxSampling)
	for range skip { // pool, drops, interfaces
		c.u32()
	}
	records := min(c.u32(), maxRecords)
	var s sample
	for ; records > 0 && !c.bad; records-- {
		kind, data := c.u32(), cursor{b: c.bytes(c.u32())}
		switch {
		case c.bad:
		case kind == rawHeader:
			g.header(&s, &data, at)
		case (kind == sampledIPv4 || kind == sampledIPv6) && !s.found:
			s.addresses(&data, kind)
		case kind == extendedSwitch && s.vlan == 0:
			s.vlan = uint16(data.u32()) & 0xfff
		}
		c.bad = c.bad || data.bad
	}
	if !s.found {
		return
	}
	t.records++
	t.sampling = rate
	g.add(&s, rate, at)
}

// header decodes the packet's first bytes, whatever they hold.
func (g *gatherer) header(s *sample, c *cursor, at int64) {
	link, ok := sflowLinks[c.u32()]
	wire := min(c.u32(), maxFrame)
	c.u32() // bytes that were taken off its end
	data := c.bytes(c.u32())
	if !ok || c.bad {
		return
	}
	var p packet.Packet
	switch g.frames.Decode(&capture.Frame{Data: data, Time: at, Wire: int(wire), Link: link, Number: g.number}, &p) {
	case packet.TCP, packet.UDP, packet.ICMP, packet.OtherIP:
	default:
		return
	}
	s.src, s.dst, s.proto, s.flags, s.ttl, s.bytes, s.found = p.Source(), p.Destination(), p.Proto, p.Flags, p.TTL, wire, true
	if p.VLAN != 0 {
		s.vlan = p.VLAN
	}
	if p.HasMAC {
		s.srcMAC, s.dstMAC = p.SrcMAC, p.DstMAC
	}
}

// addresses decodes what an agent sends in place of a header.
func (s *sample) addresses(c *cursor, kind uint32) {
	n := uint32(4)
	if kind == sampledIPv6 {
		n = 16
	}
	s.bytes = min(c.u32(), maxFrame)
	s.proto = uint8(c.u32())
	src, _ := netip.AddrFromSlice(c.bytes(n))
	dst, _ := netip.AddrFromSlice(c.bytes(n))
	sport, dport := uint16(c.u32()), uint16(c.u32())
	s.flags = uint8(c.u32())
	if s.proto != 6 && s.proto != 17 {
		sport, dport = 0, 0
	}
	s.src, s.dst = netip.AddrPortFrom(src.Unmap(), sport), netip.AddrPortFrom(dst.Unmap(), dport)
	s.found = !c.bad
}

// add counts a sample for the packets it stands for, in the flow it belongs to.
func (g *gatherer) add(s *sample, rate uint32, at int64) {
	packets, bytes := uint64(rate), uint64(rate)*uint64(s.bytes)
	when := time.Unix(0, at).UTC()
	if !s.src.Addr().IsUnspecified() {
		g.Sight(device.Sighting{Input: g.input, MAC: s.srcMAC, IP: s.src.Addr(), First: when, Last: when, Packets: int64(packets), Bytes: int64(bytes), VLAN: s.vlan, TTL: s.ttl})
	}
	up, begins := s.fromClient()
	k := talk{s.src, s.dst, s.vlan, s.proto}
	if !up {
		k.client, k.server = k.server, k.client
	}
	i, ok := g.talks[k]
	if !ok {
		// Ports alone do not always tell who is the client: what was begun one
		// way round goes on so.
		if j, turned := g.talks[talk{k.server, k.client, k.vlan, k.proto}]; turned {
			i, ok, up = j, true, !up
		}
	}
	if !ok {
		i = len(g.batch.Flows)
		g.talks[k] = i
		g.batch.Flows = append(g.batch.Flows, flow.Summary{
			Input: g.input, Number: g.number, First: at, Last: at, VLAN: s.vlan, Proto: s.proto,
			Client: flow.End{Addr: k.client}, Server: flow.End{Addr: k.server},
		})
	}
	f := &g.batch.Flows[i]
	f.Last, f.Begins = max(f.Last, at), f.Begins || begins
	from, to := &f.Client, &f.Server
	if !up {
		from, to = to, from
	}
	from.Packets += packets
	from.Bytes += bytes
	from.Flags |= s.flags
	from.TTL = max(from.TTL, s.ttl)
	if from.MAC.IsZero() {
		from.MAC = s.srcMAC
	}
	if to.MAC.IsZero() && !s.dstMAC.Group() {
		to.MAC = s.dstMAC
	}
}

// fromClient tells by the handshake, or else by the ports, whether the sender
// opened the flow, and whether the sample shows it.
func (s *sample) fromClient() (up, sure bool) {
	if s.proto == 6 && s.flags&packet.SYN != 0 {
		return s.flags&packet.ACK == 0, true
	}
	src, dst := flow.ServesAt(s.src.Port()), flow.ServesAt(s.dst.Port())
	return src <= dst, false
}
