package packet

// UDP ports of tunnels. Source: https://www.iana.org/assignments/service-names-port-numbers;
// 8472 is what Linux used before 4789 was assigned, 37008 is MikroTik's sniffer.
const (
	portVXLAN    = 4789
	portVXLANOld = 8472
	portGENEVE   = 6081
	portTZSP     = 37008
)

// enter counts one more encapsulation. It reports false when there are too many.
func (d *Decoder) enter(p *Packet) bool {
	if p.Tunnel >= maxTunnel {
		return false
	}
	p.Tunnel++
	return true
}

// tunnelEthernet decodes an Ethernet frame inside something else.
func (d *Decoder) tunnelEthernet(p *Packet, b []byte) Result {
	if !d.enter(p) {
		return d.fault(badNesting)
	}
	return d.innerEthernet(p, b)
}

// innerEthernet decodes an Ethernet frame after [Decoder.enter]: nothing of the
// outer headers is left.
func (d *Decoder) innerEthernet(p *Packet, b []byte) Result {
	if len(b) < 14 {
		return d.fault(badTunnel)
	}
	p.clearIP()
	p.VLAN, p.Cut = 0, d.cut
	return d.ethernet(p, b)
}

// ipTunnel decodes what IP carries directly. The outer MAC addresses stay but
// are no longer the sender's.
func (d *Decoder) ipTunnel(p *Packet, proto uint8, b []byte) Result {
	switch proto {
	case ipGRE:
		return d.gre(p, b)
	case ipEtherIP: // two bytes: version 3. Source: RFC 3378
		if len(b) < 16 || b[0]>>4 != 3 {
			return otherIP(p, b)
		}
		return d.tunnelEthernet(p, b[2:])
	}
	hasMAC := p.HasMAC
	p.HasMAC = false
	if proto == ipMPLS { // Source: RFC 4023
		return d.mpls(p, etMPLS, b)
	}
	if !d.enter(p) {
		p.HasMAC = hasMAC
		return d.fault(badNesting)
	}
	if proto == ipIPv4 {
		return d.ipv4(p, b)
	}
	return d.ipv6(p, b)
}

// GRE header bits. Source: RFC 2784, 2890 and 1701; RFC 2637, section 4.1.
const (
	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080
	greVersion  = 0x0007
)

// gre decodes a GRE header and what it announces: IP, Ethernet, ERSPAN, MPLS or
// PPTP's PPP. Anything else stays the payload of the outer IP header.
func (d *Decoder) gre(p *Packet, b []byte) Result {
	if len(b) < 4 {
		return d.fault(badTunnel)
	}
	flags, et := be.Uint16(b), be.Uint16(b[2:])
	n := 4
	for _, bit := range [...]uint16{greChecksum, greKey, greSequence} {
		if flags&bit != 0 {
			n += 4
		}
	}
	version := flags & greVersion
	if version == 1 && flags&greAck != 0 {
		n += 4
	}
	if flags&greRouting != 0 || version > 1 || n > len(b) {
		return otherIP(p, b)
	}
	inner := b[n:]
	switch {
	case len(inner) == 0: // a keep-alive, or an acknowledgement
		return otherIP(p, b)
	case version == 1 && et != etPPP:
		return otherIP(p, b)
	case et == etTEB:
		return d.tunnelEthernet(p, inner)
	case et == etERSPAN || et == etERSPAN3:
		return d.erspan(p, et, flags&greSequence != 0, inner)
	}
	return d.greInner(p, et, b, inner)
}

// greInner decodes what GRE carries without a link header.
func (d *Decoder) greInner(p *Packet, et uint16, whole, inner []byte) Result {
	switch et {
	case etIPv4, etIPv6, etPPP, etMPLS, etMPLSUp:
	default:
		return otherIP(p, whole)
	}
	hasMAC := p.HasMAC
	p.HasMAC = false
	if !d.enter(p) {
		p.HasMAC = hasMAC
		return d.fault(badNesting)
	}
	switch et {
	case etIPv4:
		return d.ipv4(p, inner)
	case etIPv6:
		return d.ipv6(p, inner)
	case etPPP:
		return d.ppp(p, inner)
	}
	return d.mpls(p, et, inner)
}

// erspan decodes ERSPAN: type I without a header, type II with eight bytes,
// type III with twelve and perhaps eight more. Source:
// draft-foschiano-erspan-03.
func (d *Decoder) erspan(p *Packet, et uint16, sequence bool, b []byte) Result {
	if et == etERSPAN && !sequence {
		return d.tunnelEthernet(p, b)
	}
	if len(b) < 8 {
		return d.fault(badTunnel)
	}
	n, vlan := 8, be.Uint16(b)&0xfff
	if b[0]>>4 == 2 {
		n = 12
		if len(b) >= n && b[11]&1 != 0 {
			n += 8
		}
	}
	if n > len(b) || b[0]>>4 > 2 {
		return d.fault(badTunnel)
	}
	r := d.tunnelEthernet(p, b[n:])
	if p.VLAN == 0 {
		p.VLAN = vlan
	}
	return r
}

// udpTunnel decodes VXLAN, GENEVE or TZSP in p.Payload. Any program may use
// those ports: what does not decode is the datagram it was.
func (d *Decoder) udpTunnel(p *Packet) Result {
	at := udpTunnelHeader(p.DstPort, p.Payload)
	if at == 0 || at+14 > len(p.Payload) || p.Tunnel >= maxTunnel {
		return UDP
	}
	outer := *p
	d.trial++
	r := d.tunnelEthernet(p, p.Payload[at:])
	d.trial--
	if r == Malformed {
		*p = outer
		return UDP
	}
	return r
}

// udpTunnelHeader returns where the Ethernet frame in a datagram to that port
// begins, 0 when there is none.
func udpTunnelHeader(port uint16, b []byte) int {
	switch port {
	case portGENEVE:
		return geneve(b)
	case portTZSP:
		return tzsp(b)
	}
	return vxlan(b)
}

// vxlan returns where the frame begins, 0 when b is no VXLAN: the flag of a
// valid identifier is set and what is reserved is 0, but for the group policy
// extension's bits. Source: RFC 7348, section 5;
// draft-smith-vxlan-group-policy-05.
func vxlan(b []byte) int {
	if len(b) < 8 || b[0]&0x77 != 0 || b[0]&0x08 == 0 || b[7] != 0 {
		return 0
	}
	if b[0]&0x80 == 0 && (b[1] != 0 || b[2] != 0 || b[3] != 0) {
		return 0
	}
	return 8
}

// geneve returns where the Ethernet frame begins, 0 when b holds none. Source:
// RFC 8926, section 3.4.
func geneve(b []byte) int {
	if len(b) < 8 || b[0]>>6 != 0 || be.Uint16(b[2:]) != etTEB || b[7] != 0 {
		return 0
	}
	return 8 + int(b[0]&0x3f)*4
}

// tzsp returns where the Ethernet frame begins, 0 when b holds none: version 1,
// a received packet, encapsulating Ethernet, tagged fields up to the end tag.
// Source: https://en.wikipedia.org/wiki/TZSP
func tzsp(b []byte) int {
	if len(b) < 5 || b[0] != 1 || b[1] > 1 || be.Uint16(b[2:]) != 1 {
		return 0
	}
	for i := 4; i < len(b); {
		switch {
		case b[i] == 1:
			return i + 1
		case b[i] == 0:
			i++
		case i+1 >= len(b):
			return 0
		default:
			i += 2 + int(b[i+1])
		}
	}
	return 0
}
