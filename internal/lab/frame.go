package lab

import (
	"encoding/binary"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// Ethernet types and IP protocols that the lab speaks.
const (
	typeIPv4 = 0x0800
	typeARP  = 0x0806
	typeVLAN = 0x8100
	typeIPv6 = 0x86dd
	typeLLDP = 0x88cc

	protoTCP = 6
	protoUDP = 17
)

// minFrame is the shortest Ethernet frame without its check sequence; shorter
// ones are filled up with zeros (IEEE 802.3).
const minFrame = 60

// ethernet builds a frame, tagged if vlan is not 0.
func ethernet(dst, src observation.MAC, vlan, etherType uint16, payload []byte) []byte {
	b := make([]byte, 0, 18+max(len(payload), minFrame))
	b = append(append(b, dst[:]...), src[:]...)
	if vlan != 0 {
		b = binary.BigEndian.AppendUint16(b, typeVLAN)
		b = binary.BigEndian.AppendUint16(b, vlan&0xfff)
	}
	b = binary.BigEndian.AppendUint16(b, etherType)
	b = append(b, payload...)
	for len(b) < minFrame {
		b = append(b, 0)
	}
	return b
}

// arp builds an ARP message for IPv4 over Ethernet (RFC 826); op is 1 for a
// question and 2 for an answer.
func arp(op uint16, srcMAC observation.MAC, src netip.Addr, dstMAC observation.MAC, dst netip.Addr) []byte {
	b := []byte{0, 1, 8, 0, 6, 4}
	b = binary.BigEndian.AppendUint16(b, op)
	b = append(append(b, srcMAC[:]...), src.AsSlice()...)
	return append(append(b, dstMAC[:]...), dst.AsSlice()...)
}

// ip puts an IPv4 or IPv6 header before a transport segment. id is the
// identification of IPv4 and is not used in IPv6.
func ip(src, dst netip.Addr, proto, ttl uint8, id uint16, segment []byte) []byte {
	if src.Is6() {
		b := []byte{0x60, 0, 0, 0}
		b = binary.BigEndian.AppendUint16(b, uint16(len(segment)))
		b = append(b, proto, ttl)
		return append(append(append(b, src.AsSlice()...), dst.AsSlice()...), segment...)
	}
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(segment)))
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 0x40, 0, ttl, proto, 0, 0) // do not fragment
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	binary.BigEndian.PutUint16(b[10:], fold(sum(0, b)))
	return append(b, segment...)
}

// udp builds a UDP datagram with its checksum (RFC 768).
func udp(src, dst netip.AddrPort, payload []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	b = append(append(b, 0, 0), payload...)
	c := checksum(src.Addr(), dst.Addr(), protoUDP, b)
	if c == 0 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(b[6:], c)
	return b
}

// TCP flags.
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// tcp builds a TCP segment with its checksum (RFC 9293). A SYN carries the
// usual options.
func tcp(src, dst netip.AddrPort, seq, ack uint32, flags uint8, payload []byte) []byte {
	var options []byte
	if flags&flagSYN != 0 {
		options = []byte{2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7, 1, 1} // MSS 1460, SACK, window scale
	}
	b := binary.BigEndian.AppendUint16(nil, src.Port())
	b = binary.BigEndian.AppendUint16(b, dst.Port())
	b = binary.BigEndian.AppendUint32(b, seq)
	b = binary.BigEndian.AppendUint32(b, ack)
	b = append(b, uint8((20+len(options))/4)<<4, flags, 0xfa, 0xf0, 0, 0, 0, 0)
	b = append(append(b, options...), payload...)
	binary.BigEndian.PutUint16(b[16:], checksum(src.Addr(), dst.Addr(), protoTCP, b))
	return b
}

// checksum is the transport checksum with its pseudo header (RFC 9293, section
// 3.1; RFC 8200, section 8.1).
func checksum(src, dst netip.Addr, proto uint8, segment []byte) uint16 {
	s := sum(0, src.AsSlice())
	s = sum(s, dst.AsSlice())
	s += uint32(proto) + uint32(len(segment))
	return fold(sum(s, segment))
}

// sum adds b as 16-bit words; an odd byte counts as the high half of a word.
func sum(s uint32, b []byte) uint32 {
	for ; len(b) > 1; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}
