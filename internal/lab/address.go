package lab

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// DHCP is what a client says of itself when it asks for an address.
type DHCP struct {
	Hostname    string // option 12
	VendorClass string // option 60
	Parameters  []byte // option 55
}

// Lease plays DISCOVER, OFFER, REQUEST and ACK (RFC 2131) between s and the
// router of its segment, then the announcement of the new address.
func (n *Network) Lease(at time.Duration, s *Station, c DHCP) {
	router := s.Segment.Router
	from := netip.AddrPortFrom(netip.IPv4Unspecified(), 68)
	everybody := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	gateway := router.On(s.Segment)
	xid := n.Random(4)
	ask := func(at time.Duration, kind byte, wanted netip.Addr) {
		o := []byte{53, 1, kind}
		o = append(append(o, 61, 7, 1), s.MAC[:]...)
		if wanted.IsValid() {
			o = append(append(o, 50, 4), wanted.AsSlice()...)
			o = append(append(o, 54, 4), gateway.AsSlice()...)
		}
		o = dhcpText(o, 12, c.Hostname)
		o = dhcpText(o, 60, c.VendorClass)
		o = dhcpText(o, 55, string(c.Parameters))
		n.UDPFrom(at, s, from, netip.AddrPortFrom(everybody, 67), dhcp(1, xid, s, netip.IPv4Unspecified(), o))
	}
	tell := func(at time.Duration, kind byte) {
		o := append([]byte{53, 1, kind, 54, 4}, gateway.AsSlice()...)
		o = append(o, 51, 4, 0, 1, 0x51, 0x80, 1, 4, 255, 255, 255, 0) // a day, /24
		o = append(append(o, 3, 4), gateway.AsSlice()...)
		o = append(append(o, 6, 4), gateway.AsSlice()...)
		b := dhcp(2, xid, s, s.IP, o)
		n.record(at, s.Segment, router.MAC, s.MAC, typeIPv4,
			ip(gateway, s.IP, protoUDP, 64, n.nextID(), udp(netip.AddrPortFrom(gateway, 67), netip.AddrPortFrom(s.IP, 68), b)))
	}
	ask(at, 1, netip.Addr{})
	tell(at+30*time.Millisecond, 2)
	ask(at+42*time.Millisecond, 3, s.IP)
	tell(at+61*time.Millisecond, 5)
	n.Gratuitous(at+90*time.Millisecond, s)
}

func (n *Network) nextID() uint16 { n.ipID++; return n.ipID }

// On is the address of a station on a segment.
func (s *Station) On(g *Segment) netip.Addr {
	for _, l := range s.Also {
		if l.Segment == g {
			return l.IP
		}
	}
	return s.IP
}

func dhcp(op byte, xid []byte, s *Station, yours netip.Addr, options []byte) []byte {
	b := []byte{op, 1, 6, 0}
	b = append(b, xid...)
	b = append(b, make([]byte, 8)...) // seconds, flags, client's address
	b = append(b, yours.AsSlice()...)
	b = append(b, make([]byte, 8)...)
	b = append(append(b, s.MAC[:]...), make([]byte, 10+64+128)...)
	b = append(b, 0x63, 0x82, 0x53, 0x63)
	b = append(append(b, options...), 255)
	for len(b) < 300 {
		b = append(b, 0)
	}
	return b
}

func dhcpText(o []byte, code byte, text string) []byte {
	if text == "" {
		return o
	}
	return append(append(o, code, byte(len(text))), text...)
}

// Resolve lets s ask the router for the address of a name, and be told answer.
func (n *Network) Resolve(at time.Duration, s *Station, name string, answer netip.Addr) {
	r := n.Random(4)
	port := 20000 + binary.BigEndian.Uint16(r[2:])%40000
	gateway := s.Segment.Router.On(s.Segment)
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.TypeA)
	q.Id = binary.BigEndian.Uint16(r)
	n.UDP(at, s, port, netip.AddrPortFrom(gateway, 53), packDNS(q))
	a := new(dns.Msg)
	a.SetReply(q)
	a.RecursionAvailable = true
	a.Answer = []dns.RR{record(fmt.Sprintf("%s 300 IN A %s", dns.Fqdn(name), answer))}
	n.UDPFrom(at+19*time.Millisecond, s.Segment.Router, netip.AddrPortFrom(gateway, 53), s.Port(port), packDNS(a))
}

// A Service is one DNS-SD instance (RFC 6763).
type Service struct {
	Instance, Type string // "AXIS P3245-LV - B8A44F5D1E70", "_axis-video._tcp"
	Port           uint16
	TXT            []string
}

// Announce lets s tell its name, addresses and services by mDNS (RFC 6762,
// section 8.3): over IPv4, and over IPv6 if it speaks it.
func (n *Network) Announce(at time.Duration, s *Station, host string, services ...Service) {
	m := new(dns.Msg)
	m.Response, m.Authoritative = true, true
	add := func(text string) { m.Answer = append(m.Answer, record(text)) }
	target := host + ".local."
	for _, v := range services {
		full := dnsLabel(v.Instance) + "." + v.Type + ".local."
		add(fmt.Sprintf("%s.local. 4500 IN PTR %s", v.Type, full))
		add(fmt.Sprintf("%s 120 IN SRV 0 0 %d %s", full, v.Port, target))
		txt := &dns.TXT{Hdr: dns.RR_Header{Name: full, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 4500}, Txt: v.TXT}
		if len(v.TXT) == 0 {
			txt.Txt = []string{""}
		}
		m.Answer = append(m.Answer, txt)
	}
	add(fmt.Sprintf("%s 120 IN A %s", target, s.IP))
	if s.IP6.IsValid() {
		add(fmt.Sprintf("%s 120 IN AAAA %s", target, s.IP6))
	}
	b := packDNS(m)
	n.UDP(at, s, 5353, netip.MustParseAddrPort("224.0.0.251:5353"), b)
	if s.IP6.IsValid() {
		n.UDP(at+3*time.Millisecond, s, 5353, netip.MustParseAddrPort("[ff02::fb]:5353"), b)
	}
}

// Browse lets s ask by mDNS who offers a service.
func (n *Network) Browse(at time.Duration, s *Station, services ...string) {
	m := new(dns.Msg)
	for _, v := range services {
		m.Question = append(m.Question, dns.Question{Name: v + ".local.", Qtype: dns.TypePTR, Qclass: dns.ClassINET})
	}
	n.UDP(at, s, 5353, netip.MustParseAddrPort("224.0.0.251:5353"), packDNS(m))
}

func packDNS(m *dns.Msg) []byte {
	m.Compress = true
	b, err := m.Pack()
	if err != nil {
		panic("lab: " + err.Error()) // a script that names what cannot be written
	}
	return b
}

func record(text string) dns.RR {
	rr, err := dns.NewRR(text)
	if err != nil {
		panic("lab: " + err.Error())
	}
	return rr
}

// dnsLabel escapes an instance name for presentation (RFC 4343, section 2.1).
func dnsLabel(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || strings.IndexByte(`.\"();@$[]`, c) >= 0 {
			fmt.Fprintf(&b, `\%03d`, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Clock lets s ask for the time at server and be told (NTP version 4, RFC 5905).
func (n *Network) Clock(at time.Duration, s, server *Station) {
	ask := make([]byte, 48)
	ask[0] = 0x23
	dst := server.On(s.Segment)
	n.UDP(at, s, 123, netip.AddrPortFrom(dst, 123), ask)
	tell := make([]byte, 48)
	copy(tell, []byte{0x24, 2, 6, 0xec})
	copy(tell[12:], []byte{198, 51, 100, 123})
	stamp := n.Start.Add(at)
	for _, o := range []int{16, 32, 40} {
		binary.BigEndian.PutUint32(tell[o:], uint32(stamp.Unix()+2208988800))
	}
	n.UDPFrom(at+2*time.Millisecond, server, netip.AddrPortFrom(dst, 123), s.Port(123), tell)
}

// SNMP lets manager ask s for its system description and object id (community
// "public", version 2c) and be told.
func (n *Network) SNMP(at time.Duration, manager, s *Station, descr, oid string) {
	id := n.Random(2)
	id[0] &= 0x7f
	names := []string{"1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0"}
	null := []byte{5, 0}
	n.UDP(at, manager, 40161, s.Port(161), snmp(0xa0, id, names, [][]byte{null, null}))
	n.UDP(at+4*time.Millisecond, s, 161, manager.Port(40161), snmp(0xa2, id, names, [][]byte{ber(4, []byte(descr)), berOID(oid)}))
}

func snmp(pdu byte, id []byte, names []string, values [][]byte) []byte {
	var list []byte
	for i, name := range names {
		list = append(list, ber(0x30, append(berOID(name), values[i]...))...)
	}
	zero := []byte{2, 1, 0}
	body := append(ber(2, id), zero...)
	body = append(append(body, zero...), ber(0x30, list)...)
	msg := append([]byte{2, 1, 1}, ber(4, []byte("public"))...)
	return ber(0x30, append(msg, ber(pdu, body)...))
}

func ber(tag byte, b []byte) []byte {
	switch {
	case len(b) < 0x80:
		return append([]byte{tag, byte(len(b))}, b...)
	case len(b) < 0x100:
		return append([]byte{tag, 0x81, byte(len(b))}, b...)
	}
	return append([]byte{tag, 0x82, byte(len(b) >> 8), byte(len(b))}, b...)
}

func berOID(text string) []byte {
	var parts []uint32
	for p := range strings.SplitSeq(text, ".") {
		var v uint32
		for _, c := range p {
			v = v*10 + uint32(c-'0')
		}
		parts = append(parts, v)
	}
	b := []byte{byte(parts[0]*40 + parts[1])}
	for _, v := range parts[2:] {
		var tmp []byte
		for first := true; first || v > 0; first = false {
			c := byte(v & 0x7f)
			if len(tmp) > 0 {
				c |= 0x80
			}
			tmp = append([]byte{c}, tmp...)
			v >>= 7
		}
		b = append(b, tmp...)
	}
	return ber(6, b)
}

// hexMAC is a hardware address without separators, in capitals.
func hexMAC(s *Station) string { return strings.ToUpper(hex.EncodeToString(s.MAC[:])) }
