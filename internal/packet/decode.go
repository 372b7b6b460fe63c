package packet

import (
	"encoding/binary"

	"github.com/lenscap/lenscap/internal/capture"
)

// maxTunnel bounds how many encapsulations are removed. What is nested deeper
// stays undecoded and is counted.
const maxTunnel = 8

var be = binary.BigEndian

// A Decoder decodes frames of one input, in their order. It holds IP fragments
// that wait for others, within a bound, and counts what was not understood. The
// zero value is ready. It is not safe for use by several goroutines at once.
type Decoder struct {
	faults faults
	held   reassembler
	offset int64 // of the frame being decoded
	size   int   // bytes captured of it
	cut    bool  // the snapshot length cut it
	llcs   uint8 // LLC headers met in it
	trial  uint8 // above 0 while what does not decode is no fault
}

// Decode decodes f into p, setting every field of p but Input. p.Payload is
// part of f.Data, or of a datagram put together from fragments that is kept
// until the next call (see [Decoder.Lends]). It allocates only for fragments and for the first fault
// of each kind.
func (d *Decoder) Decode(f *capture.Frame, p *Packet) Result {
	d.offset, d.size, d.cut, d.llcs = f.Offset, len(f.Data), f.Wire > len(f.Data), 0
	input := p.Input // a literal that reads p would be built beside it and copied
	*p = Packet{}
	p.Input, p.Number, p.Time, p.Wire, p.Cut = input, f.Number, f.Time, f.Wire, d.cut
	d.held.release()
	if f.Link == capture.LinkEthernet {
		return d.ethernet(p, f.Data)
	}
	return d.link(p, f.Link, f.Data)
}

// Lends reports whether the payload of the last packet is of a datagram put
// together from fragments, which the next call of Decode takes back.
func (d *Decoder) Lends() bool { return d.held.lent != nil }

// Gaps returns what was not understood, in the order first met, and the
// fragments that still wait for others.
func (d *Decoder) Gaps() []capture.Gap { return d.faults.list(d.held.waiting()) }

// link decodes any link type but Ethernet.
func (d *Decoder) link(p *Packet, link capture.Link, b []byte) Result {
	switch link {
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOther, capture.LinkIPv4, capture.LinkIPv6:
		return d.ip(p, b)
	case capture.LinkNull, capture.LinkLoop:
		return d.loopback(p, b)
	case capture.LinkSLL:
		return d.cooked(p, b)
	case capture.LinkSLL2:
		return d.cooked2(p, b)
	case capture.LinkPPP, capture.LinkPPPHDLC, capture.LinkCiscoHDLC:
		return d.ppp(p, b)
	case capture.LinkPPPoE:
		return d.pppoe(p, b)
	case capture.LinkMPLS:
		return d.mpls(p, etMPLS, b)
	case capture.LinkWLAN, capture.LinkRadiotap, capture.LinkWLANPrism, capture.LinkWLANAVS, capture.LinkPPI:
		return d.wireless(p, link, b)
	}
	return d.faultLink(link)
}

// ip decodes raw IP, the version by its first nibble.
func (d *Decoder) ip(p *Packet, b []byte) Result {
	if len(b) > 0 {
		switch b[0] >> 4 {
		case 4:
			return d.ipv4(p, b)
		case 6:
			return d.ipv6(p, b)
		}
	}
	return d.fault(badIP)
}

// linkOnly sets p for a frame without IP.
func linkOnly(p *Packet, etherType uint16, b []byte) Result {
	if p.IP { // of an outer header
		p.clearIP()
	}
	p.EtherType, p.Payload = etherType, b
	return LinkOnly
}

// clearIP forgets an outer IP header and its transport.
func (p *Packet) clearIP() {
	p.IP, p.TTL, p.Proto, p.Src, p.Dst = false, 0, 0, [16]byte{}, [16]byte{}
	p.clearPorts()
}

// clearPorts forgets an outer transport header.
func (p *Packet) clearPorts() {
	p.SrcPort, p.DstPort, p.Seq, p.Ack, p.Flags = 0, 0, 0, 0, 0
}
