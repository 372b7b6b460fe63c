// Package packet decodes the headers of one frame: link, tunnels, IP and
// transport, down to the payload, without allocating.
//
// It knows no protocol above UDP and TCP and keeps no flow. Checksums are not
// verified (network cards fill them in after the capture), and what it cannot
// decode it counts, with the offset of the first, rather than guess.
package packet

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Packet is one frame with its headers decoded. Where headers are nested the
// innermost win: addresses and ports are of the innermost IP header, MAC
// addresses and VLAN of the innermost Ethernet header.
type Packet struct {
	Time      int64           // nanoseconds since 1970-01-01 UTC
	Number    int64           // of the frame in its input, from 1
	Payload   []byte          // behind the last decoded header; valid as long as the frame's Data
	Input     int             // index of the input; [Decoder.Decode] leaves it alone
	Wire      int             // bytes of the frame on the wire
	Src       [16]byte        // IP sender, IPv4 as ::ffff:a.b.c.d; zero unless IP
	Dst       [16]byte        // IP receiver
	SrcMAC    observation.MAC // sender in the innermost link header; zero when unknown
	DstMAC    observation.MAC // receiver there; zero when unknown
	VLAN      uint16          // outermost 802.1Q VLAN of that header, or as an ERSPAN header tells it; 0 for none
	EtherType uint16          // innermost; 0 for LLC without an EtherType
	SrcPort   uint16          // of TCP, UDP
	DstPort   uint16          // of TCP, UDP
	Seq       uint32          // of TCP
	Ack       uint32          // of TCP
	IP        bool            // Src, Dst, TTL and Proto are set
	HasMAC    bool            // SrcMAC sent what follows: false when unknown, and inside an IP tunnel without a link header of its own
	TTL       uint8           // IPv4 time to live, IPv6 hop limit
	Proto     uint8           // IP protocol number of the transport
	Flags     uint8           // of TCP: FIN … CWR, as [FIN] and so on
	Tunnel    uint8           // encapsulations removed
	WLAN      uint8           // subtype + 1 of an 802.11 management frame; 0 otherwise
	Cut       bool            // Payload is shorter than on the wire (snapshot length)
}

// TCP flags.
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Source returns the sender's address and port; an IPv4 address is unmapped.
func (p *Packet) Source() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(p.Src).Unmap(), p.SrcPort)
}

// Destination returns the receiver's address and port; an IPv4 address is unmapped.
func (p *Packet) Destination() netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16(p.Dst).Unmap(), p.DstPort)
}

// A Result says what a frame turned out to be, and so which fields of a
// [Packet] are set.
type Result uint8

const (
	Malformed    Result = iota // not understood, counted in [Decoder.Gaps]; what was decoded before the fault is set
	TCP                        // IP, ports, Seq, Ack, Flags; Payload is the segment's data
	UDP                        // IP, ports; Payload is the datagram's data
	ICMP                       // IP; ICMP or ICMPv6, Payload begins with its type
	OtherIP                    // IP; any other protocol, or a later fragment that was not reassembled; Payload is what IP carried
	LinkOnly                   // no IP (ARP, SADP, LLDP, EAPOL …); Payload is what follows EtherType, or LLC when that is 0
	WLANMgmt                   // 802.11 management frame; Payload is the whole frame from frame control, without FCS
	WLANOther                  // any other 802.11 frame without readable data: control, null, encrypted (counted in [Decoder.Gaps])
	FragmentHeld               // an IP fragment kept until the others arrive
)

// String names the result in lower case.
func (r Result) String() string {
	names := [...]string{"malformed", "tcp", "udp", "icmp", "other ip", "link only", "wlan management", "wlan other", "fragment held"}
	if int(r) < len(names) {
		return names[r]
	}
	return "unknown"
}
