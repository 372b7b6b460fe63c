package flow

import (
	"encoding/binary"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// A Side is one end of a flow and what it sent.
type Side struct {
	Addr    [16]byte        // IPv4 as ::ffff:a.b.c.d
	Packets uint64          // sent by this side
	Bytes   uint64          // sent by this side, whole frames as on the wire
	told    uint64          // Bytes at the last part
	last    int64           // latest time of its packets; [never] while it sent none
	meter                   // since the last part
	isn     uint32          // sequence number of its SYN, when Flags has SYN
	rtp     uint32          // first of its RTP records + 1, see [rtpPool]; 0 for none
	Port    uint16          // 0 unless TCP or UDP
	MAC     observation.MAC // sender of its first frame, which may be a router's; zero while it sent nothing
	Flags   uint8           // TCP flags seen from this side, or-ed
	TTL     uint8           // largest seen from this side
	handed  uint8           // datagrams handed over, see [Config.DatagramsPerFlow]
	strikes uint8           // packets that spoke against RTP; rtpNever ends the search
}

// AddrPort returns the side's address and port; an IPv4 address is unmapped.
func (s *Side) AddrPort() netip.AddrPort { return netip.AddrPortFrom(s.IP(), s.Port) }

// IP returns the side's address; an IPv4 address is unmapped.
func (s *Side) IP() netip.Addr { return netip.AddrFrom16(s.Addr).Unmap() }

// A Record is what a table keeps of one flow: both directions of one address
// and port pair in one input (RFC 7011, section 2, with the two directions
// joined). It holds no pointer, so that a million of them cost the garbage
// collector nothing.
type Record struct {
	Client Side // who opened it, see [Table]
	Server Side
	ID     uint64 // from 1 in the order flows began; never used twice by one table
	First  int64  // earliest time of any packet, nanoseconds since 1970-01-01 UTC
	Number int64  // frame number of the first packet in its input, from 1
	stamp  int64  // start of the second of the clock in which it was last moved in its idle list
	since  int64  // start of the part that goes on
	hash   uint32
	prev   uint32 // neighbours in the idle list + 1; 0 for none
	next   uint32
	stream uint32 // its stream record + 1; 0 for none
	input  uint32
	VLAN   uint16 // of the first packet; a flow whose directions are tagged differently is still one
	Proto  uint8  // IP protocol number
	state  uint8  // of the bits below
}

const (
	stateOver        = 1 << iota // no more bytes of the TCP stream are collected
	stateTold                    // a part of it was told
	stateClientFirst             // its first packet was the client's
	stateClosed                  // a TCP flow after FIN from both sides, or RST
	stateClientMixed             // its packets came from more than one hardware address
	stateServerMixed
)

// never is before any packet.
const never = -1 << 63

// A Flow is a record as a [Handler] sees it. It is valid until the handler
// returns; what Record points to may be copied and kept, and must not be changed.
type Flow struct {
	*Record
	table *Table
}

// Input returns the index of the input the flow was seen in.
func (f *Record) Input() int { return int(f.input) }

// Last returns the latest time of any packet.
func (f *Record) Last() int64 { return max(f.Client.last, f.Server.last) }

// Side returns the client, or the server.
func (f *Record) Side(client bool) *Side {
	if client {
		return &f.Client
	}
	return &f.Server
}

// match reports whether p is of flow f, and its direction. A packet from an
// address and port to itself is from the client.
func (f *Record) match(p *packet.Packet) (fromClient, ok bool) {
	c, s := &f.Client, &f.Server
	if f.Proto != p.Proto || f.input != uint32(p.Input) || f.ID == 0 {
		return false, false
	}
	if c.Port == p.SrcPort && s.Port == p.DstPort && c.Addr == p.Src && s.Addr == p.Dst {
		return true, true
	}
	return false, c.Port == p.DstPort && s.Port == p.SrcPort && c.Addr == p.Dst && s.Addr == p.Src
}

// count adds p, which the client or the server sent.
func (f *Record) count(p *packet.Packet, fromClient bool) {
	s := f.Side(fromClient)
	if s.Packets == 0 {
		s.MAC = p.SrcMAC
	}
	s.Packets++
	s.Bytes += uint64(max(p.Wire, 0))
	s.packets++
	if n := payload(p); n > 0 {
		s.meter.count(n, p.Time)
	}
	s.TTL = max(s.TTL, p.TTL)
	if f.Proto == protoTCP {
		if p.Flags&packet.SYN != 0 && s.Flags&packet.SYN == 0 {
			s.isn = p.Seq
		}
		s.Flags |= p.Flags
	}
	f.First = min(f.First, p.Time)
	s.last = max(s.last, p.Time)
}

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
