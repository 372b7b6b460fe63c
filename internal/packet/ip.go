package packet

import "encoding/binary"

// IP protocols. Source: https://www.iana.org/assignments/protocol-numbers
const (
	ipHopByHop = 0
	ipICMP     = 1
	ipIPv4     = 4
	ipTCP      = 6
	ipUDP      = 17
	ipIPv6     = 41
	ipRouting  = 43
	ipFragment = 44
	ipGRE      = 47
	ipAH       = 51
	ipICMPv6   = 58
	ipNoNext   = 59
	ipDestOpts = 60
	ipEtherIP  = 97
	ipMobility = 135
	ipMPLS     = 137
	ipHIP      = 139
	ipShim6    = 140
)

// setMapped sets a to an IPv4 address as IPv6 writes it, in two stores of the
// width in which it is read: what is stored by the byte is waited for. Source:
// RFC 4291, section 2.5.5.2.
func setMapped(a *[16]byte, four []byte) {
	binary.LittleEndian.PutUint64(a[:8], 0)
	binary.LittleEndian.PutUint64(a[8:], uint64(binary.LittleEndian.Uint32(four))<<32|0xffff0000)
}

// ipv4 decodes an IPv4 header and what follows. Bytes behind the total length
// are padding; a total length of 0 is a segment that the network card was to
// cut up. Source: RFC 791, section 3.1.
func (d *Decoder) ipv4(p *Packet, b []byte) Result {
	if len(b) < 20 || b[0]>>4 != 4 {
		return d.fault(badIPv4)
	}
	header, total := int(b[0]&15)*4, int(be.Uint16(b[2:]))
	unknown := total == 0
	if unknown {
		total = len(b)
	}
	if header < 20 || total < header || len(b) < header {
		return d.fault(badIPv4)
	}
	p.startIP(etIPv4)
	setMapped(&p.Src, b[12:16])
	setMapped(&p.Dst, b[16:20])
	p.TTL, p.Proto = b[8], b[9]
	part := be.Uint16(b[6:]) & 0x3fff
	p.Cut = total > len(b) || (unknown && d.cut)
	want := total - header
	body := b[header:min(total, len(b))]
	if part != 0 {
		return d.fragment(p, piece{
			id: uint32(be.Uint16(b[4:])), proto: b[9],
			offset: int(part&0x1fff) * 8, more: part&0x2000 != 0, data: body, cut: want > len(body),
		})
	}
	return d.transport(p, b[9], body)
}

// startIP makes p ready for an IP header inside whatever was before.
func (p *Packet) startIP(etherType uint16) {
	if p.IP {
		p.clearPorts()
	}
	p.IP, p.EtherType = true, etherType
}

// ipv6 decodes an IPv6 header, its extension headers and what follows. A
// payload length of 0 is a segment that the network card was to cut up. Source:
// RFC 8200, section 3.
func (d *Decoder) ipv6(p *Packet, b []byte) Result {
	if len(b) < 40 || b[0]>>4 != 6 {
		return d.fault(badIPv6)
	}
	p.startIP(etIPv6)
	p.Src, p.Dst = [16]byte(b[8:24]), [16]byte(b[24:40])
	p.TTL, p.Proto = b[7], b[6]
	n := int(be.Uint16(b[4:]))
	next := b[6]
	b = b[40:]
	p.Cut = n > len(b) || (n == 0 && d.cut)
	if n > 0 && n < len(b) {
		b = b[:n]
	}
	return d.extensions(p, next, b)
}

// extensions walks IPv6 extension headers, each at least eight bytes, to the
// transport. Source: RFC 8200, section 4.
func (d *Decoder) extensions(p *Packet, next uint8, b []byte) Result {
	for {
		p.Proto = next
		switch next {
		case ipHopByHop, ipRouting, ipDestOpts, ipMobility, ipHIP, ipShim6:
			if len(b) < 8 {
				return d.badExtension(p, b)
			}
			n := (int(b[1]) + 1) * 8
			if n > len(b) {
				return d.badExtension(p, b)
			}
			next, b = b[0], b[n:]
		case ipAH:
			n, ok := authentication(b)
			if !ok {
				return d.badExtension(p, b)
			}
			next, b = b[0], b[n:]
		case ipFragment:
			if len(b) < 8 {
				return d.badExtension(p, b)
			}
			part := be.Uint16(b[2:])
			if part&0xfff9 == 0 { // whole after all
				next, b = b[0], b[8:]
				continue
			}
			return d.fragment(p, piece{
				id: be.Uint32(b[4:]), proto: b[0], six: true,
				offset: int(part &^ 7), more: part&1 != 0, data: b[8:], cut: p.Cut,
			})
		default:
			return d.transport(p, next, b)
		}
	}
}

// authentication returns the length of an authentication header. Source: RFC
// 4302, section 2.
func authentication(b []byte) (int, bool) {
	if len(b) < 12 {
		return 0, false
	}
	n := (int(b[1]) + 2) * 4
	return n, n >= 12 && n <= len(b)
}

// badExtension ends a chain of extension headers that does not fit its packet.
func (d *Decoder) badExtension(p *Packet, b []byte) Result {
	p.Payload = b
	return d.fault(badIPv6)
}

// transport decodes what an IP header carries.
func (d *Decoder) transport(p *Packet, proto uint8, b []byte) Result {
	for proto == ipAH && p.EtherType == etIPv4 {
		n, ok := authentication(b)
		if !ok {
			break
		}
		proto, b = b[0], b[n:]
	}
	p.Proto = proto
	switch proto {
	case ipTCP:
		return d.tcp(p, b)
	case ipUDP:
		return d.udp(p, b)
	case ipICMP, ipICMPv6:
		p.Payload = b
		return ICMP
	case ipIPv4, ipIPv6, ipGRE, ipEtherIP, ipMPLS:
		return d.ipTunnel(p, proto, b)
	}
	return otherIP(p, b)
}

func otherIP(p *Packet, b []byte) Result {
	p.Payload = b
	return OtherIP
}

// tcp decodes a TCP header. A header that the snapshot length cut behind its
// flags still counts. Source: RFC 9293, section 3.1.
func (d *Decoder) tcp(p *Packet, b []byte) Result {
	if len(b) < 14 {
		return d.fault(badTCP)
	}
	p.SrcPort, p.DstPort = be.Uint16(b), be.Uint16(b[2:])
	p.Seq, p.Ack, p.Flags = be.Uint32(b[4:]), be.Uint32(b[8:]), b[13]
	n := int(b[12]>>4) * 4
	if n < 20 || (n > len(b) && !p.Cut) {
		return d.fault(badTCP)
	}
	p.Payload = b[min(n, len(b)):]
	return TCP
}

// udp decodes a UDP header, and the tunnels that run over it. Bytes behind its
// length are not its own; a length of 0 is a datagram that the network card was
// to cut up. Source: RFC 768; RFC 2675, section 4.
func (d *Decoder) udp(p *Packet, b []byte) Result {
	if len(b) < 8 {
		return d.fault(badUDP)
	}
	p.SrcPort, p.DstPort = be.Uint16(b), be.Uint16(b[2:])
	n := int(be.Uint16(b[4:]))
	if n == 0 {
		n = len(b)
	}
	if n < 8 {
		return d.fault(badUDP)
	}
	if n > len(b) {
		p.Cut = true
	}
	p.Payload = b[8:min(n, len(b))]
	switch p.DstPort {
	case portVXLAN, portVXLANOld, portGENEVE, portTZSP:
		return d.udpTunnel(p)
	}
	return UDP
}
