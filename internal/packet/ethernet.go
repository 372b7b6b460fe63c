package packet

import "github.com/lenscap/lenscap/internal/observation"

// EtherTypes. Source: IEEE 802 numbers, https://www.iana.org/assignments/ieee-802-numbers
const (
	etIPv4    = 0x0800
	etARP     = 0x0806
	etTEB     = 0x6558 // transparent Ethernet bridging
	etSADP    = 0x8033
	etVLAN    = 0x8100
	etIPv6    = 0x86dd
	etPPP     = 0x880b
	etMPLS    = 0x8847
	etMPLSUp  = 0x8848
	etPPPoE   = 0x8864
	etEAPOL   = 0x888e
	etQinQ    = 0x88a8
	etERSPAN  = 0x88be
	etERSPAN3 = 0x22eb
	etLLDP    = 0x88cc
	etVNTag   = 0x8926
	etQinQ91  = 0x9100
	etQinQ92  = 0x9200
	maxLength = 1500 // in the same field, of an IEEE 802.3 frame
)

// ethernet decodes an Ethernet header and what follows.
func (d *Decoder) ethernet(p *Packet, b []byte) Result {
	if len(b) < 14 {
		return d.fault(badEthernet)
	}
	p.DstMAC, p.SrcMAC = observation.MAC(b[:6]), observation.MAC(b[6:12])
	p.HasMAC = !p.SrcMAC.IsZero()
	return d.etherType(p, be.Uint16(b[12:]), b[14:])
}

// etherType decodes what an EtherType announces. VLAN tags are removed here.
func (d *Decoder) etherType(p *Packet, et uint16, b []byte) Result {
	for {
		switch et {
		case etIPv4:
			return d.ipv4(p, b)
		case etIPv6:
			return d.ipv6(p, b)
		case etVLAN, etQinQ, etQinQ91, etQinQ92:
			if len(b) < 4 {
				return d.fault(badEthernet)
			}
			if p.VLAN == 0 {
				p.VLAN = be.Uint16(b) & 0xfff
			}
			et, b = be.Uint16(b[2:]), b[4:]
		case etVNTag: // Cisco's, on copies of what virtual ports sent
			if len(b) < 6 {
				return d.fault(badEthernet)
			}
			et, b = be.Uint16(b[4:]), b[6:]
		default:
			return d.etherOther(p, et, b)
		}
	}
}

// etherOther decodes the rarer EtherTypes, and lengths.
func (d *Decoder) etherOther(p *Packet, et uint16, b []byte) Result {
	switch et {
	case etMPLS, etMPLSUp:
		return d.mpls(p, et, b)
	case etPPPoE:
		return d.pppoe(p, b)
	case etTEB:
		return d.tunnelEthernet(p, b)
	}
	if et <= maxLength {
		return d.llc(p, b[:min(int(et), len(b))])
	}
	return linkOnly(p, et, b)
}

// llc decodes an LLC header, with SNAP behind it or not. Source: IEEE 802.2;
// RFC 1042.
func (d *Decoder) llc(p *Packet, b []byte) Result {
	if d.llcs++; d.llcs > maxTunnel {
		return d.fault(badNesting)
	}
	if len(b) >= 8 && b[0] == 0xaa && b[1] == 0xaa && b[2] == 3 && b[3] == 0 && b[4] == 0 && (b[5] == 0 || b[5] == 0xf8) {
		if et := be.Uint16(b[6:]); et > maxLength {
			return d.etherType(p, et, b[8:])
		}
	}
	if len(b) >= 3 && b[0] == 6 && b[1] == 6 && b[2] == 3 {
		return d.ip(p, b[3:])
	}
	return linkOnly(p, 0, b)
}

// pppoe decodes a PPPoE session header. Source: RFC 2516, section 4.
func (d *Decoder) pppoe(p *Packet, b []byte) Result {
	if len(b) < 8 || b[0] != 0x11 {
		return d.fault(badPPP)
	}
	if b[1] != 0 { // a discovery code
		return linkOnly(p, etPPPoE, b)
	}
	n := int(be.Uint16(b[4:]))
	b = b[6:]
	if n >= 2 && n < len(b) {
		b = b[:n]
	}
	if !d.enter(p) {
		return d.fault(badNesting)
	}
	return d.ppp(p, b)
}

// PPP protocols. Source: https://www.iana.org/assignments/ppp-numbers
const (
	pppIPv4   = 0x0021
	pppIPv6   = 0x0057
	pppMPLS   = 0x0281
	pppMPLSUp = 0x0283
)

// ppp decodes a PPP header, with HDLC-like framing or not, its protocol in one
// byte or two, or a Cisco HDLC header. Source: RFC 1661, 1662 and 1547.
func (d *Decoder) ppp(p *Packet, b []byte) Result {
	if len(b) >= 4 && (b[0] == 0x0f || b[0] == 0x8f) && b[1] == 0 {
		return d.etherType(p, be.Uint16(b[2:]), b[4:])
	}
	if len(b) >= 2 && b[0] == 0xff && b[1] == 3 {
		b = b[2:]
	}
	whole := b
	proto := uint16(0)
	switch {
	case len(b) >= 1 && b[0]&1 != 0:
		proto, b = uint16(b[0]), b[1:]
	case len(b) >= 2:
		proto, b = be.Uint16(b), b[2:]
	default:
		return d.fault(badPPP)
	}
	switch proto {
	case pppIPv4:
		return d.ipv4(p, b)
	case pppIPv6:
		return d.ipv6(p, b)
	case pppMPLS, pppMPLSUp:
		return d.mpls(p, etMPLS, b)
	}
	return linkOnly(p, etPPP, whole)
}

// mpls removes a label stack and decodes IP, or, best effort, the Ethernet of a
// pseudowire with or without a control word: nothing in the stack says which it
// is. Source: RFC 3032; RFC 4448 and 4385.
func (d *Decoder) mpls(p *Packet, et uint16, b []byte) Result {
	whole := b
	for bottom := false; !bottom; b = b[4:] {
		if len(b) < 4 {
			return d.fault(badMPLS)
		}
		bottom = b[2]&1 != 0
	}
	if !d.enter(p) {
		return d.fault(badNesting)
	}
	switch {
	case len(b) >= 20 && b[0]>>4 == 4 && b[0]&15 >= 5 && (d.cut || int(be.Uint16(b[2:])) <= len(b)):
		return d.ipv4(p, b)
	case len(b) >= 40 && b[0]>>4 == 6 && (d.cut || int(be.Uint16(b[4:])) <= len(b)-40):
		return d.ipv6(p, b)
	case len(b) >= 18 && b[0]>>4 == 0 && likelyEthernet(b[4:]):
		return d.innerEthernet(p, b[4:])
	case likelyEthernet(b):
		return d.innerEthernet(p, b)
	}
	return linkOnly(p, et, whole)
}

// likelyEthernet reports whether b begins with two addresses and an EtherType
// that is in wide use.
func likelyEthernet(b []byte) bool {
	if len(b) < 14 || b[6]&1 != 0 { // no sender is a group
		return false
	}
	switch et := be.Uint16(b[12:]); et {
	case etIPv4, etARP, etSADP, etIPv6, etVLAN, etQinQ, etQinQ91, etMPLS, etMPLSUp, etPPPoE, etEAPOL, etLLDP:
		return true
	default:
		return et <= maxLength && et >= 3 && len(b) >= 16 && (b[14] == b[15] && (b[14] == 0x42 || b[14] == 0xaa))
	}
}
