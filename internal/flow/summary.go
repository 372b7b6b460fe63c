package flow

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Summary is what is known of one flow over a stretch of time: a part of a
// flow that a [Table] made of packets, or a record another tool wrote (RFC 7011,
// section 2, with the two directions joined). Summaries of one flow follow each
// other without overlap; adding them up gives the flow.
type Summary struct {
	Input  int
	Number int64 // frame, line or record of the input where the flow began, from 1
	First  int64 // nanoseconds since 1970-01-01 UTC
	Last   int64
	Client End // who opened the flow
	Server End
	VLAN   uint16
	Proto  uint8  // IP protocol number
	App    string // protocol above it where the maker of the summary knows it, lower case ("tls", "dns", "quic"); "" unknown
	Begins bool   // it holds the beginning of the flow: this end really is who opened it
	Exact  bool   // the Shapes were measured from packets; false for records that only count
}

// An End is one side of a summary and what it sent.
type End struct {
	Addr    netip.AddrPort // port 0 unless TCP or UDP; IPv4 unmapped
	MAC     observation.MAC
	Packets uint64
	Bytes   uint64 // on the wire as the source counts them: frames from packets, IP datagrams from records
	Flags   uint8  // TCP flags seen, or-ed; 0 when not known
	TTL     uint8  // largest seen; 0 when not known
	Shape   Shape
}
