package packet

import (
	"bytes"
	"encoding/binary"
	"net/netip"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/observation"
)

// The builders below write headers in front of what they carry.

var (
	cam  = observation.MAC{0x44, 0x19, 0xb6, 1, 2, 3}
	nvr  = observation.MAC{0x3c, 0xef, 0x8c, 4, 5, 6}
	tapA = observation.MAC{2, 0, 0, 0, 0, 0xa}
	tapB = observation.MAC{2, 0, 0, 0, 0, 0xb}
	ap   = observation.MAC{2, 0, 0, 0, 0, 0xc}
	cam4 = netip.MustParseAddr("192.0.2.10")
	nvr4 = netip.MustParseAddr("192.0.2.20")
	tap4 = netip.MustParseAddr("198.51.100.1")
	far4 = netip.MustParseAddr("198.51.100.2")
	cam6 = netip.MustParseAddr("2001:db8::10")
	nvr6 = netip.MustParseAddr("2001:db8::20")
)

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func u16(v ...uint16) []byte {
	var b []byte
	for _, v := range v {
		b = binary.BigEndian.AppendUint16(b, v)
	}
	return b
}

func u32(v ...uint32) []byte {
	var b []byte
	for _, v := range v {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func ether(dst, src observation.MAC, et uint16, body []byte) []byte {
	return join(dst[:], src[:], u16(et), body)
}

// fromCam is an Ethernet frame from the camera to the recorder.
func fromCam(et uint16, body []byte) []byte { return ether(nvr, cam, et, body) }

func ip4(proto uint8, src, dst netip.Addr, body []byte) []byte {
	return ip4part(proto, src, dst, 0x1234, 0, body)
}

// ip4part has an identification, and flags and fragment offset.
func ip4part(proto uint8, src, dst netip.Addr, id, part uint16, body []byte) []byte {
	return join([]byte{0x45, 0}, u16(uint16(20+len(body)), id, part), []byte{64, proto, 0, 0}, src.AsSlice(), dst.AsSlice(), body)
}

func ip6(next uint8, src, dst netip.Addr, body []byte) []byte {
	return join([]byte{0x60, 0, 0, 0}, u16(uint16(len(body))), []byte{next, 61}, src.AsSlice(), dst.AsSlice(), body)
}

func udp(src, dst uint16, body []byte) []byte {
	return join(u16(src, dst, uint16(8+len(body)), 0), body)
}

func tcp(src, dst uint16, seq, ack uint32, flags uint8, body []byte) []byte {
	return join(u16(src, dst), u32(seq, ack), []byte{0x60, flags}, u16(1000, 0, 0), []byte{2, 4, 5, 0xb4}, body)
}

// hello is a datagram from the camera, and fromIP4 the packet it should become.
var hello = ip4(17, cam4, nvr4, udp(37020, 5000, []byte("hello")))

func helloPacket(change func(p *Packet)) Packet {
	p := Packet{
		Number: 7, Time: 9, SrcMAC: cam, DstMAC: nvr, HasMAC: true, EtherType: etIPv4, IP: true,
		Src: cam4.As16(), Dst: nvr4.As16(), TTL: 64, Proto: 17, SrcPort: 37020, DstPort: 5000, Payload: []byte("hello"),
	}
	if change != nil {
		change(&p)
	}
	return p
}

// noMAC is for links that tell none.
func noMAC(p *Packet) { p.SrcMAC, p.DstMAC, p.HasMAC = observation.MAC{}, observation.MAC{}, false }

// decode decodes one frame, whole on the wire, alone.
func decode(link capture.Link, b []byte) (Packet, Result, []capture.Gap) {
	return decodeCut(link, b, len(b))
}

// decodeCut decodes a frame of which wire bytes were on the wire.
func decodeCut(link capture.Link, b []byte, wire int) (Packet, Result, []capture.Gap) {
	var d Decoder
	var p Packet
	r := d.Decode(&capture.Frame{Data: b, Wire: wire, Link: link, Number: 7, Time: 9, Offset: 100}, &p)
	return p, r, d.Gaps()
}

// A frameCase is a frame and what it should become. Wire is filled in.
type frameCase struct {
	name   string
	link   capture.Link
	in     []byte
	result Result
	want   Packet
}
