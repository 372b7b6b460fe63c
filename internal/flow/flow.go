package flow

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Side is one end of a flow and what it sent.
type Side struct {
	Addr    [16]byte        // IPv4 as ::ffff:a.b.c.d
	Packets uint64          // sent by this side
	Bytes   uint64          // sent by this side, whole frames as on the wire
	Payload uint64          // sent by this side, above TCP or UDP; as captured, retransmissions included
	isn     uint32          // sequence number of its SYN, when Flags has SYN
	rtp     uint32          // first of its RTP records, see [rtpPool]; 0 for none
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
	First  int64  // time of the first packet, nanoseconds since 1970-01-01 UTC
	Last   int64  // latest time of any packet
	Number int64  // frame number of the first packet in its input, from 1
	stamp  int64  // Last when it was last moved in its idle list
	hash   uint32
	prev   uint32 // neighbours in the idle list; 0 for none
	next   uint32
	stream uint32 // its stream record + 1; 0 for none
	input  uint32
	VLAN   uint16 // of the first packet; a flow whose directions are tagged differently is still one
	Proto  uint8  // IP protocol number
	list   uint8  // idle list it is in
	state  uint8  // stateStreamOver …
}

// A Flow is a record as a [Handler] sees it. It is valid until the handler
// returns; Record may be copied and kept.
type Flow struct {
	Record
	table *Table
}

// Input returns the index of the input the flow was seen in.
func (f *Flow) Input() int { return int(f.input) }

// Side returns the client, or the server.
func (f *Flow) Side(client bool) *Side {
	if client {
		return &f.Client
	}
	return &f.Server
}
