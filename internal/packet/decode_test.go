package packet

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lenscap/lenscap/internal/capture"
)

func runFrames(t *testing.T, cases []frameCase) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			p, r, gaps := decode(tt.link, tt.in)
			tt.want.Wire = len(tt.in)
			if r != tt.result || len(gaps) > 0 {
				t.Errorf("got %v, want %v; gaps %+v", r, tt.result, gaps)
			}
			if diff := cmp.Diff(tt.want, p, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			checkBreakage(t, tt.link, tt.in)
		})
	}
}

// checkBreakage decodes every beginning of a frame, said to be whole and said to be cut,
// and the frame with each byte changed: nothing may panic, and no payload may
// reach beyond the frame.
func checkBreakage(t *testing.T, link capture.Link, in []byte) {
	t.Helper()
	try := func(b []byte, wire int) {
		p, r, gaps := decodeCut(link, b, wire)
		if r == Malformed && len(gaps) == 0 {
			t.Errorf("%x: malformed, and no gap", b)
		}
		if len(p.Payload) > 0 && !inside(p.Payload, b) {
			t.Errorf("%x: the payload %x is not of the frame", b, p.Payload)
		}
	}
	for n := range in {
		try(in[:n:n], n)
		try(in[:n:n], len(in))
		for _, mask := range []byte{0x01, 0x80, 0xff} {
			b := bytes.Clone(in)
			b[n] ^= mask
			try(b[:len(b):len(b)], len(b))
		}
	}
}

// inside reports whether part is a part of whole's memory.
func inside(part, whole []byte) bool {
	for i := 0; i+len(part) <= len(whole); i++ {
		if &whole[i] == &part[0] {
			return true
		}
	}
	return false
}

func TestLinks(t *testing.T) {
	six := ip6(17, cam6, nvr6, udp(37020, 5000, []byte("hello")))
	sixPacket := func(p *Packet) {
		p.EtherType, p.Src, p.Dst, p.TTL = etIPv6, cam6.As16(), nvr6.As16(), 61
	}
	cooked := func(p *Packet) { p.DstMAC = [6]byte{} }
	bare := helloPacket(noMAC)
	bareSix := helloPacket(func(p *Packet) { noMAC(p); sixPacket(p) })
	snap := []byte{0xaa, 0xaa, 3, 0, 0, 0}
	runFrames(t, []frameCase{
		{"Ethernet", capture.LinkEthernet, fromCam(etIPv4, hello), UDP, helloPacket(nil)},
		{"Ethernet, IPv6", capture.LinkEthernet, fromCam(etIPv6, six), UDP, helloPacket(sixPacket)},
		{"Ethernet with padding", capture.LinkEthernet, fromCam(etIPv4, join(hello, make([]byte, 20))), UDP, helloPacket(nil)},
		{"VLAN", capture.LinkEthernet, fromCam(etVLAN, join(u16(0xa064, etIPv4), hello)), UDP, helloPacket(func(p *Packet) { p.VLAN = 100 })},
		{"QinQ, the outer tag is kept", capture.LinkEthernet, fromCam(etQinQ, join(u16(200, etVLAN, 100, etIPv4), hello)), UDP, helloPacket(func(p *Packet) { p.VLAN = 200 })},
		{"QinQ as 0x9100", capture.LinkEthernet, fromCam(etQinQ91, join(u16(201, etVLAN, 100, etIPv6), six)), UDP,
			helloPacket(func(p *Packet) { sixPacket(p); p.VLAN = 201 })},
		{"a priority tag is no VLAN", capture.LinkEthernet, fromCam(etVLAN, join(u16(0xe000, etIPv4), hello)), UDP, helloPacket(nil)},
		{"Cisco VN-Tag", capture.LinkEthernet, fromCam(etVNTag, join(u32(0x80010002), u16(etIPv4), hello)), UDP, helloPacket(nil)},
		{"LLC with SNAP", capture.LinkEthernet, fromCam(uint16(8+len(hello)), join(snap, u16(etIPv4), hello, []byte("pad"))), UDP, helloPacket(nil)},
		{"LLC, IP's own number", capture.LinkEthernet, fromCam(uint16(3+len(hello)), join([]byte{6, 6, 3}, hello)), UDP, helloPacket(nil)},
		{"cooked", capture.LinkSLL, join(u16(0, 1, 6), cam[:], []byte{0, 0}, u16(etIPv4), hello), UDP, helloPacket(cooked)},
		{"cooked, VLAN", capture.LinkSLL, join(u16(4, 1, 6), cam[:], []byte{0, 0}, u16(etVLAN, 9, etIPv4), hello), UDP,
			helloPacket(func(p *Packet) { cooked(p); p.VLAN = 9 })},
		{"cooked, of a loopback interface", capture.LinkSLL, join(u16(0, 772, 6), make([]byte, 8), u16(etIPv4), hello), UDP, bare},
		{"cooked, of a tunnel interface", capture.LinkSLL, join(u16(0, 65534, 0), make([]byte, 8), u16(etIPv6), six), UDP, bareSix},
		{"cooked, LLC", capture.LinkSLL, join(u16(0, 1, 6), cam[:], []byte{0, 0}, u16(4), snap, u16(etIPv4), hello), UDP, helloPacket(cooked)},
		{"cooked version 2", capture.LinkSLL2, join(u16(etIPv4, 0), u32(3), u16(1), []byte{0, 6}, cam[:], []byte{0, 0}, hello), UDP, helloPacket(cooked)},
		{"raw", capture.LinkRaw, hello, UDP, bare},
		{"raw, BSD's number", capture.LinkRawBSD, six, UDP, bareSix},
		{"raw, the other number", capture.LinkRawOther, hello, UDP, bare},
		{"raw IPv4", capture.LinkIPv4, hello, UDP, bare},
		{"raw IPv6", capture.LinkIPv6, six, UDP, bareSix},
		{"loopback, little endian", capture.LinkNull, join([]byte{2, 0, 0, 0}, hello), UDP, bare},
		{"loopback, big endian", capture.LinkNull, join([]byte{0, 0, 0, 2}, hello), UDP, bare},
		{"loopback, macOS IPv6", capture.LinkNull, join([]byte{30, 0, 0, 0}, six), UDP, bareSix},
		{"loopback, FreeBSD IPv6", capture.LinkNull, join([]byte{0, 0, 0, 28}, six), UDP, bareSix},
		{"OpenBSD loopback", capture.LinkLoop, join([]byte{0, 0, 0, 24}, six), UDP, bareSix},
		{"PPP", capture.LinkPPP, join([]byte{0xff, 3, 0, 0x21}, hello), UDP, bare},
		{"PPP, protocol in one byte", capture.LinkPPP, join([]byte{0x57}, six), UDP, bareSix},
		{"Cisco HDLC", capture.LinkCiscoHDLC, join([]byte{0x0f, 0, 8, 0}, hello), UDP, bare},
		{"a per-packet information header", capture.LinkPPI, join([]byte{0, 0, 8, 0, 1, 0, 0, 0}, fromCam(etIPv4, hello)), UDP, helloPacket(nil)},
	})
}

func TestFramesWithoutIP(t *testing.T) {
	frame := func(et uint16, payload string) Packet {
		return Packet{Number: 7, Time: 9, SrcMAC: cam, DstMAC: nvr, HasMAC: true, EtherType: et, Payload: []byte(payload)}
	}
	vlan := frame(etARP, "arp and padding")
	vlan.VLAN = 5
	ppp := Packet{Number: 7, Time: 9, EtherType: etPPP, Payload: []byte("\xc0\x21lcp")}
	cdp := "\xaa\xaa\x03\x00\x00\x0c\x20\x00cdp"
	runFrames(t, []frameCase{
		{"ARP", capture.LinkEthernet, fromCam(etARP, []byte("arp and padding")), LinkOnly, frame(etARP, "arp and padding")},
		{"ARP in a VLAN", capture.LinkEthernet, fromCam(etVLAN, join(u16(5, etARP), []byte("arp and padding"))), LinkOnly, vlan},
		{"SADP", capture.LinkEthernet, fromCam(etSADP, []byte("sadp")), LinkOnly, frame(0x8033, "sadp")},
		{"LLDP", capture.LinkEthernet, fromCam(etLLDP, []byte("lldp")), LinkOnly, frame(0x88cc, "lldp")},
		{"EAPOL", capture.LinkEthernet, fromCam(etEAPOL, []byte("eapol")), LinkOnly, frame(0x888e, "eapol")},
		{"any other", capture.LinkEthernet, fromCam(0x8899, []byte("realtek")), LinkOnly, frame(0x8899, "realtek")},
		{"spanning tree, without padding", capture.LinkEthernet, fromCam(5, []byte("\x42\x42\x03st\x00\x00")), LinkOnly, frame(0, "\x42\x42\x03st")},
		{"CDP", capture.LinkEthernet, fromCam(uint16(len(cdp)), []byte(cdp)), LinkOnly, frame(0, cdp)},
		{"PPP's own protocols", capture.LinkPPP, []byte("\xff\x03\xc0\x21lcp"), LinkOnly, ppp},
	})
}

func TestTransports(t *testing.T) {
	seg := tcp(554, 50000, 1<<31, 77, SYN|ACK|ECE, []byte("RTSP"))
	segment := helloPacket(func(p *Packet) {
		p.Proto, p.SrcPort, p.DstPort, p.Seq, p.Ack, p.Flags, p.Payload = 6, 554, 50000, 1<<31, 77, SYN|ACK|ECE, []byte("RTSP")
	})
	other := func(proto uint8, payload string) Packet {
		return helloPacket(func(p *Packet) { p.Proto, p.SrcPort, p.DstPort, p.Payload = proto, 0, 0, []byte(payload) })
	}
	noTotal := ip4(6, cam4, nvr4, seg)
	noTotal[2], noTotal[3] = 0, 0
	noLength := udp(37020, 5000, []byte("hello"))
	noLength[4], noLength[5] = 0, 0
	options := join([]byte{0x46, 0}, u16(24+13, 0, 0), []byte{64, 17, 0, 0}, cam4.AsSlice(), nvr4.AsSlice(), u32(0x01010100), udp(37020, 5000, []byte("hello")))
	six := func(next uint8, body []byte) []byte { return fromCam(etIPv6, ip6(next, cam6, nvr6, body)) }
	sixPacket := helloPacket(func(p *Packet) { p.EtherType, p.Src, p.Dst, p.TTL = etIPv6, cam6.As16(), nvr6.As16(), 61 })
	none := sixPacket
	none.Proto, none.SrcPort, none.DstPort, none.Payload = ipNoNext, 0, 0, nil
	ping6 := none
	ping6.Proto, ping6.Payload = 58, []byte("\x80\x00echo")
	jumbo := six(17, udp(37020, 5000, []byte("hello")))
	jumbo[18], jumbo[19] = 0, 0
	auth := join([]byte{17, 4, 0, 0}, u32(1, 2, 3, 4, 5), udp(37020, 5000, []byte("hello")))
	runFrames(t, []frameCase{
		{"TCP with options", capture.LinkEthernet, fromCam(etIPv4, ip4(6, cam4, nvr4, seg)), TCP, segment},
		{"TCP of total length 0, for the card to cut up", capture.LinkEthernet, fromCam(etIPv4, noTotal), TCP, segment},
		{"UDP of length 0, for the card to cut up", capture.LinkEthernet, fromCam(etIPv4, ip4(17, cam4, nvr4, noLength)), UDP, helloPacket(nil)},
		{"UDP shorter than IP", capture.LinkEthernet, fromCam(etIPv4, ip4(17, cam4, nvr4, join(udp(37020, 5000, []byte("hello")), []byte("trailer")))), UDP, helloPacket(nil)},
		{"IPv4 options", capture.LinkEthernet, fromCam(etIPv4, options), UDP, helloPacket(nil)},
		{"ICMP", capture.LinkEthernet, fromCam(etIPv4, ip4(1, cam4, nvr4, []byte("\x08\x00echo"))), ICMP, other(1, "\x08\x00echo")},
		{"another protocol", capture.LinkEthernet, fromCam(etIPv4, ip4(132, cam4, nvr4, []byte("sctp"))), OtherIP, other(132, "sctp")},
		{"an authentication header", capture.LinkEthernet, fromCam(etIPv4, ip4(51, cam4, nvr4, auth)), UDP, helloPacket(nil)},
		{"ICMPv6", capture.LinkEthernet, six(58, []byte("\x80\x00echo")), ICMP, ping6},
		{"IPv6 without anything", capture.LinkEthernet, six(59, nil), OtherIP, none},
		{"IPv6 of payload length 0, for the card to cut up", capture.LinkEthernet, jumbo, UDP, sixPacket},
		{"IPv6 extension headers", capture.LinkEthernet, six(0, join([]byte{43, 0, 1, 4, 0, 0, 0, 0}, []byte{60, 0, 0, 0, 0, 0, 0, 0},
			[]byte{51, 1}, make([]byte, 14), auth)), UDP, sixPacket},
		{"an IPv6 fragment that is whole", capture.LinkEthernet, six(44, join([]byte{17, 0, 0, 0, 0, 0, 0, 9}, udp(37020, 5000, []byte("hello")))), UDP, sixPacket},
	})
}

func TestTunnels(t *testing.T) {
	inner := fromCam(etIPv4, hello)
	tagged := fromCam(etVLAN, join(u16(100, etIPv4), hello))
	six := ip6(17, cam6, nvr6, udp(37020, 5000, []byte("hello")))
	over := func(proto uint8, body []byte) []byte {
		return ether(tapB, tapA, etVLAN, join(u16(999, etIPv4), ip4(proto, tap4, far4, body)))
	}
	gre := func(flags, et uint16, rest ...[]byte) []byte { return over(47, join(u16(flags, et), join(rest...))) }
	in := func(n uint8, change func(p *Packet)) Packet {
		p := helloPacket(change)
		p.Tunnel = n
		return p
	}
	vlan := func(v uint16) func(p *Packet) { return func(p *Packet) { p.VLAN = v } }
	routed := func(p *Packet) { p.SrcMAC, p.DstMAC, p.HasMAC, p.VLAN = tapA, tapB, false, 999 }
	linked := func(p *Packet) { p.SrcMAC, p.DstMAC, p.HasMAC, p.VLAN = tapA, tapB, true, 999 }
	labelled := func(body []byte) []byte { return ether(tapB, tapA, etMPLS, join(u32(0x00010040, 0x00020140), body)) }
	onLSR := func(p *Packet) { p.SrcMAC, p.DstMAC = tapA, tapB }
	outer := in(0, func(p *Packet) {
		linked(p)
		p.Src, p.Dst, p.Proto, p.SrcPort, p.DstPort = tap4.As16(), far4.As16(), 47, 0, 0
		p.Payload = []byte("\x00\x00\x88\x0bppp but not PPTP's")[:4]
	})
	arp := Packet{Number: 7, Time: 9, SrcMAC: cam, DstMAC: nvr, HasMAC: true, EtherType: etARP, Tunnel: 1, Payload: []byte("arp")}
	notVXLAN := in(0, func(p *Packet) {
		linked(p)
		p.Src, p.Dst, p.SrcPort, p.DstPort, p.Payload = tap4.As16(), far4.As16(), 4000, 4789, []byte("no such thing, just a long datagram")
	})
	brokenVXLAN := notVXLAN
	brokenVXLAN.Payload = join([]byte{8, 0, 0, 0, 0, 0, 1, 0}, fromCam(etIPv4, []byte("this is no IPv4 header")))
	runFrames(t, []frameCase{
		{"IP in IP", capture.LinkEthernet, over(4, hello), UDP, in(1, routed)},
		{"6in4", capture.LinkEthernet, over(41, six), UDP, in(1, func(p *Packet) {
			routed(p)
			p.EtherType, p.Src, p.Dst, p.TTL = etIPv6, cam6.As16(), nvr6.As16(), 61
		})},
		{"GRE, IP", capture.LinkEthernet, gre(0, etIPv4, hello), UDP, in(1, routed)},
		{"GRE with checksum, key and sequence", capture.LinkEthernet, gre(0xb000, etIPv4, u32(1, 2, 3), hello), UDP, in(1, routed)},
		{"GRE, Ethernet, with a key as NVGRE has", capture.LinkEthernet, gre(0x2000, etTEB, u32(1), tagged), UDP, in(1, vlan(100))},
		{"GRE, PPTP", capture.LinkEthernet, gre(0x3081, etPPP, u32(1, 2, 3), []byte{0xff, 3, 0, 0x21}, hello), UDP, in(1, routed)},
		{"GRE, MPLS", capture.LinkEthernet, gre(0, etMPLS, u32(0x00010140), hello), UDP, in(2, routed)},
		{"GRE, a keep-alive", capture.LinkEthernet, gre(0, etPPP), OtherIP, outer},
		{"ERSPAN type I", capture.LinkEthernet, gre(0, etERSPAN, inner), UDP, in(1, nil)},
		{"ERSPAN type II tells the VLAN", capture.LinkEthernet, gre(0x1000, etERSPAN, u32(1), u32(0x10640001, 0), inner), UDP, in(1, vlan(100))},
		{"ERSPAN type III", capture.LinkEthernet, gre(0x1000, etERSPAN3, u32(1), u32(0x20650001, 0, 0), inner), UDP, in(1, vlan(101))},
		{"ERSPAN type III with a platform header", capture.LinkEthernet, gre(0x1000, etERSPAN3, u32(1), u32(0x20000001, 0, 1, 2, 3), tagged), UDP, in(1, vlan(100))},
		{"VXLAN", capture.LinkEthernet, over(17, udp(4000, 4789, join(u32(0x08000000, 0x100), tagged))), UDP, in(1, vlan(100))},
		{"VXLAN on the old port, with a group policy", capture.LinkEthernet, over(17, udp(4000, 8472, join(u32(0x88000007, 0x100), inner))), UDP, in(1, nil)},
		{"VXLAN, ARP", capture.LinkEthernet, over(17, udp(4000, 4789, join(u32(0x08000000, 0x100), fromCam(etARP, []byte("arp"))))), LinkOnly, arp},
		{"VXLAN in VXLAN", capture.LinkEthernet, over(17, udp(4000, 4789, join(u32(0x08000000, 0x100),
			over(17, udp(4000, 4789, join(u32(0x08000000, 0x100), inner)))))), UDP, in(2, nil)},
		{"VXLAN's port, another program", capture.LinkEthernet, over(17, udp(4000, 4789, notVXLAN.Payload)), UDP, notVXLAN},
		{"VXLAN that holds nonsense", capture.LinkEthernet, over(17, udp(4000, 4789, brokenVXLAN.Payload)), UDP, brokenVXLAN},
		{"GENEVE with an option", capture.LinkEthernet, over(17, udp(4000, 6081, join(u32(0x01006558, 0x100, 0), inner))), UDP, in(1, nil)},
		{"TZSP", capture.LinkEthernet, over(17, udp(4000, 37008, join([]byte{1, 0, 0, 1, 10, 1, 0xaa, 0, 1}, inner))), UDP, in(1, nil)},
		{"EtherIP", capture.LinkEthernet, over(97, join([]byte{0x30, 0}, inner)), UDP, in(1, nil)},
		{"MPLS, IPv4", capture.LinkEthernet, labelled(hello), UDP, in(1, onLSR)},
		{"MPLS, IPv6", capture.LinkEthernet, labelled(six), UDP, in(1, func(p *Packet) {
			onLSR(p)
			p.EtherType, p.Src, p.Dst, p.TTL = etIPv6, cam6.As16(), nvr6.As16(), 61
		})},
		{"MPLS, a pseudowire with a control word", capture.LinkEthernet, labelled(join(u32(0), tagged)), UDP, in(1, vlan(100))},
		{"MPLS, a pseudowire without one", capture.LinkEthernet, labelled(inner), UDP, in(1, nil)},
		{"MPLS without Ethernet", capture.LinkMPLS, join(u32(0x00010140), hello), UDP, in(1, noMAC)},
		{"PPPoE", capture.LinkEthernet, ether(tapB, tapA, etPPPoE, join([]byte{0x11, 0}, u16(1, uint16(2+len(hello)), 0x21), hello, []byte("pad"))), UDP, in(1, onLSR)},
		{"PPPoE without Ethernet", capture.LinkPPPoE, join([]byte{0x11, 0}, u16(1, uint16(2+len(hello)), 0x21), hello), UDP, in(1, noMAC)},
	})
}

func TestTunnelsNestedTooDeep(t *testing.T) {
	b := hello
	for range maxTunnel + 1 {
		b = ip4(4, tap4, far4, b)
	}
	_, r, gaps := decode(capture.LinkRaw, b)
	want := []capture.Gap{{Offset: 100, Bytes: int64(len(b)), Packets: 1, Why: "tunnels nested too deep"}}
	if diff := cmp.Diff(want, gaps); r != Malformed || diff != "" {
		t.Errorf("%v %s", r, diff)
	}
	frame := []byte("\xaa\xaa\x03\x00\x00\x00\x81\x00\x00\x01\x05\xdc")
	_, r, gaps = decode(capture.LinkEthernet, fromCam(1500, bytes.Repeat(frame, 1000)))
	if r != Malformed || len(gaps) != 1 {
		t.Errorf("LLC in LLC: %v %+v", r, gaps)
	}
}
