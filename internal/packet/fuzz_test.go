package packet

import (
	"testing"

	"github.com/lenscap/lenscap/internal/capture"
)

// FuzzDecode decodes the same bytes as a frame, as a frame cut short, and in
// two halves as fragments of one datagram.
func FuzzDecode(f *testing.F) {
	inner := fromCam(etIPv4, hello)
	for _, s := range []struct {
		link capture.Link
		in   []byte
	}{
		{1, inner},
		{1, fromCam(etQinQ, join(u16(200, etVLAN, 100, etIPv4), hello))},
		{1, fromCam(etIPv6, ip6(0, cam6, nvr6, join([]byte{44, 0, 0, 0, 0, 0, 0, 0}, []byte{17, 0, 0, 1, 0, 0, 0, 9}, hello)))},
		{1, fromCam(etIPv4, ip4(47, tap4, far4, join(u16(0x1000, etERSPAN), u32(1, 0x10640001, 0), inner)))},
		{1, fromCam(etIPv4, ip4(17, tap4, far4, udp(1, 4789, join(u32(0x08000000, 0x100), inner))))},
		{1, fromCam(etMPLS, join(u32(0x00010140), u32(0), inner))},
		{1, fromCam(etIPv4, ip4part(17, cam4, nvr4, 1, more, hello[:16]))},
		{113, join(u16(0, 1, 6), cam[:], []byte{0, 0}, u16(etIPv4), hello)},
		{127, join([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0x10}, air(0x0188, ap, cam, nvr, []byte{0x80, 0}, nvr[:], cam[:], u16(9), []byte("\xaa\xaa\x03\x00\x00\x00\x08\x06a")))},
		{9, join([]byte{0xff, 3, 0, 0x21}, hello)},
		{0, join([]byte{30, 0, 0, 0}, ip6(6, cam6, nvr6, tcp(1, 2, 3, 4, SYN, nil)))},
	} {
		f.Add(uint16(s.link), s.in, uint16(0))
		f.Add(uint16(s.link), s.in, uint16(9))
	}
	f.Fuzz(func(t *testing.T, link uint16, in []byte, lost uint16) {
		var d Decoder
		var p Packet
		for i, l := range []capture.Link{capture.Link(link), capture.LinkEthernet, capture.LinkRaw, capture.LinkRadiotap} {
			checkDecoded(t, &d, &capture.Frame{Data: in, Wire: len(in) + int(lost), Link: l, Time: int64(i), Offset: int64(i)}, &p)
		}
		if half := len(in) / 2 &^ 7; half > 0 && half < 0xffff-len(in) {
			a, b := ip4part(6, cam4, nvr4, 1, more, in[:half]), ip4part(6, cam4, nvr4, 1, uint16(half/8), in[half:])
			checkDecoded(t, &d, &capture.Frame{Data: b, Wire: len(b), Link: capture.LinkIPv4, Time: 9}, &p)
			checkDecoded(t, &d, &capture.Frame{Data: a, Wire: len(a), Link: capture.LinkIPv4, Time: 9}, &p)
		}
		for _, g := range d.Gaps() {
			if g.Why == "" || g.Packets <= 0 || g.Bytes < 0 {
				t.Errorf("gap %+v", g)
			}
		}
	})
}

// checkDecoded decodes f and holds what must be true of any result.
func checkDecoded(t *testing.T, d *Decoder, f *capture.Frame, p *Packet) {
	t.Helper()
	r := d.Decode(f, p)
	ip := r == TCP || r == UDP || r == ICMP || r == OtherIP || r == FragmentHeld
	switch {
	case ip && (!p.IP || (p.EtherType != etIPv4 && p.EtherType != etIPv6)):
		t.Errorf("%v without IP: %+v", r, p)
	case r == LinkOnly && (p.IP || p.SrcPort != 0 || p.Proto != 0):
		t.Errorf("%v with IP: %+v", r, p)
	case (r == WLANMgmt) != (p.WLAN != 0) && r != Malformed:
		t.Errorf("%v with WLAN %d", r, p.WLAN)
	case p.HasMAC && p.SrcMAC.IsZero():
		t.Errorf("%v with a MAC of zeros", r)
	case p.Tunnel > maxTunnel || p.VLAN > 4095 || len(p.Payload) > max(len(f.Data), maxDatagram):
		t.Errorf("%v: tunnel %d, VLAN %d, %d bytes", r, p.Tunnel, p.VLAN, len(p.Payload))
	case r != TCP && r != Malformed && (p.Seq != 0 || p.Flags != 0):
		t.Errorf("%v with TCP's fields: %+v", r, p)
	case r > FragmentHeld:
		t.Errorf("result %d", r)
	}
}
