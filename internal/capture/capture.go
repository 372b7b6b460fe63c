// Package capture takes frames out of capture files: pcap and pcapng, plain or
// inside gzip or zstd, from any [io.Reader].
//
// It looks at no header above the capture format; package packet does. It
// refuses nothing that begins as a capture: a file cut short, a corrupt length
// or an unknown block becomes a [Gap] that says where and how much, and
// whatever was read before and after it stays. Memory is bounded whatever the
// file says of itself.
package capture

import "errors"

// ErrNotCapture is returned by [NewReader] for an input in which no packet
// could be read because it is no capture. Its message says what the input
// looks like and what to do.
var ErrNotCapture = errors.New("not a capture")

// A Link is a link type, numbered as LINKTYPE_ values are.
//
// Source: https://www.tcpdump.org/linktypes.html
type Link uint16

// The link types package packet decodes.
const (
	LinkNull      Link = 0   // BSD loopback, address family in the byte order of the machine that wrote it
	LinkEthernet  Link = 1   // IEEE 802.3
	LinkPPP       Link = 9   // PPP, with or without HDLC-like framing
	LinkRawBSD    Link = 12  // raw IP as OpenBSD's DLT numbers it
	LinkRawOther  Link = 14  // raw IP as other systems' DLT numbers it
	LinkPPPHDLC   Link = 50  // PPP in HDLC-like framing, or Cisco HDLC
	LinkPPPoE     Link = 51  // a PPPoE session header and what follows
	LinkRaw       Link = 101 // raw IP, version by its first nibble
	LinkWLAN      Link = 105 // IEEE 802.11
	LinkLoop      Link = 108 // OpenBSD loopback, address family in network byte order
	LinkSLL       Link = 113 // Linux cooked capture v1
	LinkWLANPrism Link = 119 // IEEE 802.11 behind a Prism header
	LinkRadiotap  Link = 127 // IEEE 802.11 behind a radiotap header
	LinkWLANAVS   Link = 163 // IEEE 802.11 behind an AVS header
	LinkCiscoHDLC Link = 104 // Cisco HDLC, or PPP in HDLC-like framing
	LinkPPI       Link = 192 // a per-packet information header that names the link behind it
	LinkMPLS      Link = 219 // an MPLS label stack and what follows
	LinkIPv4      Link = 228 // raw IPv4
	LinkIPv6      Link = 229 // raw IPv6
	LinkSLL2      Link = 276 // Linux cooked capture v2
)

// A Frame is one record of a capture.
type Frame struct {
	Data   []byte // as captured, perhaps cut by the snapshot length; valid until the next call of [Reader.Next], see [Reader.Lend]
	Time   int64  // nanoseconds since 1970-01-01 UTC; 0 where the format has none (simple packet)
	Wire   int    // bytes on the wire, at least len(Data)
	Link   Link   // how Data begins
	Number int64  // of the record in the input, from 1
	Offset int64  // of the record's first byte in the input, after decompression
}

// A Gap is something of an input that was not understood. Gaps of the same Why
// are summed into one that keeps the first offset.
type Gap struct {
	Offset  int64  // of the first, in bytes from the start of the input after decompression
	Bytes   int64  // not understood, 0 when not known
	Packets int64  // not understood, 0 when not known
	Why     string // in plain words, without figures that differ from packet to packet
}

// Stats says what a [Reader] has read so far.
type Stats struct {
	Format  string // for people: "pcap", "pcap (ns)", "pcapng", with ", gzip" or ", zstd" behind
	Packets int64
	Bytes   int64 // read of the input after decompression
	First   int64 // earliest packet, nanoseconds since 1970-01-01 UTC; 0 for none
	Last    int64 // latest packet, nanoseconds since 1970-01-01 UTC; 0 for none
	Gaps    []Gap // in the order first met
}
