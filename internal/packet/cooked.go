package packet

// arphrd numbers of links that a cooked capture passes on with a header of
// their own in front. Source: include/uapi/linux/if_arp.h.
const (
	arpIEEE80211 = 801
	arpRadiotap  = 803
	arpNetlink   = 824
)

// cooked decodes a Linux cooked header, version 1. Source:
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
func (d *Decoder) cooked(p *Packet, b []byte) Result {
	if len(b) < 16 {
		return d.fault(badCooked)
	}
	return d.cookedBody(p, be.Uint16(b[2:]), be.Uint16(b[4:]), b[6:14], be.Uint16(b[14:]), b[16:])
}

// cooked2 decodes a Linux cooked header, version 2. Source:
// https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
func (d *Decoder) cooked2(p *Packet, b []byte) Result {
	if len(b) < 20 {
		return d.fault(badCooked)
	}
	return d.cookedBody(p, be.Uint16(b[8:]), uint16(b[11]), b[12:20], be.Uint16(b), b[20:])
}

// cookedBody decodes what both versions have in common. There is a sender and
// no receiver.
func (d *Decoder) cookedBody(p *Packet, hardware, addressLen uint16, address []byte, protocol uint16, b []byte) Result {
	if addressLen == 6 {
		copy(p.SrcMAC[:], address)
		p.HasMAC = !p.SrcMAC.IsZero()
	}
	switch hardware {
	case arpNetlink:
		return linkOnly(p, 0, b)
	case arpRadiotap:
		return d.radiotap(p, b)
	case arpIEEE80211:
		return d.wlan(p, b, false)
	}
	switch protocol {
	case 1, 4: // Novell's frames without LLC, and LLC
		return d.llc(p, b)
	}
	return d.etherType(p, protocol, b)
}

// loopback decodes a BSD loopback header: an address family, in either byte
// order. Source: https://www.tcpdump.org/linktypes.html, LINKTYPE_NULL.
func (d *Decoder) loopback(p *Packet, b []byte) Result {
	if len(b) < 4 {
		return d.fault(badLoopback)
	}
	family := be.Uint32(b)
	if family>>16 != 0 {
		family = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	}
	switch family {
	case 2:
		return d.ipv4(p, b[4:])
	case 10, 23, 24, 28, 30: // Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS
		return d.ipv6(p, b[4:])
	}
	return d.fault(badLoopback)
}
