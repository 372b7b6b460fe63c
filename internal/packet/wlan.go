package packet

import (
	"encoding/binary"

	"github.com/lenscap/lenscap/internal/capture"
)

var le = binary.LittleEndian

// wireless removes what a driver puts in front of an 802.11 frame.
func (d *Decoder) wireless(p *Packet, link capture.Link, b []byte) Result {
	switch link {
	case capture.LinkRadiotap:
		return d.radiotap(p, b)
	case capture.LinkWLANPrism: // or AVS, told by its magic. Source: Wireshark wiki, "IEEE 802.11 Prism header"
		if len(b) >= 8 && be.Uint32(b)&0xfffff000 == 0x80211000 {
			return d.avs(p, b)
		}
		if len(b) < 144 {
			return d.fault(badWLAN)
		}
		return d.wlan(p, b[144:], false)
	case capture.LinkWLANAVS:
		return d.avs(p, b)
	case capture.LinkPPI:
		return d.ppi(p, b)
	}
	return d.wlan(p, b, false)
}

// avs removes an AVS header, whose length is its second word.
func (d *Decoder) avs(p *Packet, b []byte) Result {
	if len(b) < 8 {
		return d.fault(badWLAN)
	}
	n := be.Uint32(b[4:])
	if n < 8 || uint64(n) > uint64(len(b)) {
		return d.fault(badWLAN)
	}
	return d.wlan(p, b[n:], false)
}

// ppi removes a per-packet information header, which names the link behind it.
// Source: CACE Technologies, PPI Packet Header format 1.0.7.
func (d *Decoder) ppi(p *Packet, b []byte) Result {
	if len(b) < 8 {
		return d.fault(badWLAN)
	}
	n, link := int(le.Uint16(b[2:])), capture.Link(le.Uint32(b[4:]))
	if n < 8 || n > len(b) || link == capture.LinkPPI {
		return d.fault(badWLAN)
	}
	if link == capture.LinkEthernet {
		return d.ethernet(p, b[n:])
	}
	return d.link(p, link, b[n:])
}

// Flags of a radiotap header.
const (
	radiotapFCS    = 0x10 // a checksum ends the frame
	radiotapPad    = 0x20 // the header is padded to four bytes
	radiotapBadFCS = 0x40
)

// radiotap removes a radiotap header. Source: https://www.radiotap.org/
func (d *Decoder) radiotap(p *Packet, b []byte) Result {
	if len(b) < 8 {
		return d.fault(badWLAN)
	}
	n := int(le.Uint16(b[2:]))
	if b[0] != 0 || n < 8 || n > len(b) {
		return d.fault(badWLAN)
	}
	flags := radiotapFlags(b[:n])
	b = b[n:]
	if flags&radiotapBadFCS != 0 {
		return d.fault(wlanDamaged)
	}
	if flags&radiotapFCS != 0 && !d.cut && len(b) >= 4 {
		b = b[:len(b)-4]
	}
	return d.wlan(p, b, flags&radiotapPad != 0)
}

// radiotapFlags returns the flags field of a header, 0 when it has none.
func radiotapFlags(b []byte) byte {
	present := le.Uint32(b[4:])
	at := 8
	for more := present; more&(1<<31) != 0; at += 4 {
		if at+4 > len(b) {
			return 0
		}
		more = le.Uint32(b[at:])
	}
	if present&1 != 0 { // a clock, aligned to its size
		at = (at+7)&^7 + 8
	}
	if present&2 == 0 || at >= len(b) {
		return 0
	}
	return b[at]
}

// Bits of the frame control field, its first byte low. Source: IEEE Std
// 802.11-2020, section 9.2.4.1.
const (
	wlanToDS      = 0x0100
	wlanFromDS    = 0x0200
	wlanMoreFrag  = 0x0400
	wlanProtected = 0x4000
	wlanOrder     = 0x8000
	wlanNull      = 0x0040 // of a data subtype: without data
	wlanQoS       = 0x0080 // of a data subtype
)

// wlan decodes an 802.11 header: management frames whole, data frames down to
// what they carry.
func (d *Decoder) wlan(p *Packet, b []byte, padded bool) Result {
	if len(b) < 10 {
		return d.fault(badWLAN)
	}
	control := le.Uint16(b)
	if control&3 != 0 { // a version there is none of
		return d.fault(badWLAN)
	}
	switch control >> 2 & 3 {
	case 0:
		return d.wlanManagement(p, control, b)
	case 2:
		return d.wlanData(p, control, b, padded)
	}
	return WLANOther
}

// wlanManagement passes a management frame on.
func (d *Decoder) wlanManagement(p *Packet, control uint16, b []byte) Result {
	if len(b) < 24 {
		return d.fault(badWLAN)
	}
	p.setMACs(b[4:], b[10:])
	if control&wlanProtected != 0 && control>>4&15 != 11 { // 11 is authentication, readable all the same
		d.fault(wlanEncrypted)
		return WLANOther
	}
	p.WLAN = uint8(control>>4&15) + 1
	p.Payload = b
	return WLANMgmt
}

// setMACs takes the receiver and the sender of a frame.
func (p *Packet) setMACs(dst, src []byte) {
	copy(p.DstMAC[:], dst[:6])
	copy(p.SrcMAC[:], src[:6])
	p.HasMAC = !p.SrcMAC.IsZero()
}

// wlanData decodes a data frame. Of aggregated ones (A-MSDU) the first is read.
func (d *Decoder) wlanData(p *Packet, control uint16, b []byte, padded bool) Result {
	if len(b) < 24 {
		return d.fault(badWLAN)
	}
	n := 24
	switch control & (wlanToDS | wlanFromDS) {
	case 0:
		p.setMACs(b[4:], b[10:])
	case wlanFromDS:
		p.setMACs(b[4:], b[16:])
	case wlanToDS:
		p.setMACs(b[16:], b[10:])
	default: // between access points: a fourth address
		if n += 6; len(b) < n {
			return d.fault(badWLAN)
		}
		p.setMACs(b[16:], b[24:])
	}
	if control&wlanNull != 0 {
		return WLANOther
	}
	aggregated := false
	if control&wlanQoS != 0 {
		if len(b) < n+2 {
			return d.fault(badWLAN)
		}
		aggregated = b[n]&0x80 != 0
		if n += 2; control&wlanOrder != 0 {
			n += 4
		}
	}
	if padded {
		n = (n + 3) &^ 3
	}
	if len(b) < n {
		return d.fault(badWLAN)
	}
	return d.wlanBody(p, control, le.Uint16(b[22:])&15, aggregated, b[n:])
}

// wlanBody decodes what follows the header of a data frame; part is its
// fragment number.
func (d *Decoder) wlanBody(p *Packet, control, part uint16, aggregated bool, b []byte) Result {
	if control&wlanProtected != 0 {
		if b = decrypted(b); b == nil {
			d.fault(wlanEncrypted)
			return WLANOther
		}
	}
	if part != 0 {
		d.fault(wlanFragment)
		return WLANOther
	}
	p.Cut = p.Cut || control&wlanMoreFrag != 0
	if aggregated {
		if len(b) < 14 {
			return d.fault(badWLAN)
		}
		p.setMACs(b, b[6:])
		n := int(be.Uint16(b[12:]))
		b = b[14:]
		b = b[:min(n, len(b))]
	}
	if len(b) == 0 {
		return WLANOther
	}
	return d.llc(p, b)
}

// decrypted returns the body of a frame that is marked encrypted when the
// driver decrypted it all the same: a SNAP header at once, or behind the eight
// bytes that CCMP and TKIP put first. Otherwise it returns nil.
func decrypted(b []byte) []byte {
	for _, at := range [...]int{0, 8} {
		if len(b) >= at+8 && b[at] == 0xaa && b[at+1] == 0xaa && b[at+2] == 3 && b[at+3] == 0 && b[at+4] == 0 {
			return b[at:]
		}
	}
	return nil
}
