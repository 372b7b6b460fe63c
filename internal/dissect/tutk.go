package dissect

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// ThroughTek Kalay, also called TUTK or IOTC, is a peer-to-peer platform that
// many makers license: UDP, port 32761 in the local network, 10001 to servers,
// then any. Every packet is disguised by a fixed exchange of bytes and bits with
// the text "Charlie is the designer of P2P!!"; there is no key. Later versions
// speak DTLS inside it, which stays closed.
//
// Inside: 04 02, version, stage, length without the first 16 bytes (little-
// endian), sequence, type and direction at 8, from 16 on the device's number or
// a session. As published in https://github.com/AlexxIT/go2rtc (pkg/tutk).
var tutkDissector = Dissector{
	Name:     "tutk",
	Fuzz:     "FuzzTUTK",
	Looks:    looksTUTK,
	Datagram: tutkDatagram,
}

const (
	tutkHeaderLen = 16
	tutkUIDLen    = 20
	tutkClear     = 64                 // bytes that are disguised when the stage's lowest bit is set
	tutkMask      = "Charlie is the d" // of "Charlie is the designer of P2P!!", as far as blocks use it
)

// tutkOrder says from which byte of a disguised block of 16 each byte comes.
var tutkOrder = [16]byte{11, 9, 8, 15, 13, 10, 12, 14, 2, 1, 5, 0, 6, 4, 7, 3}

// tutkOpen undoes the disguise of one block of 16 bytes.
func tutkOpen(b []byte) (out [16]byte) {
	var turned [16]byte
	for i := 0; i < 16; i += 4 {
		binary.LittleEndian.PutUint32(turned[i:], bits.RotateLeft32(binary.LittleEndian.Uint32(b[i:]), i+3))
	}
	for i, from := range tutkOrder {
		out[i] = turned[from] ^ tutkMask[i]
	}
	for i := 0; i < 16; i += 4 {
		binary.LittleEndian.PutUint32(out[i:], bits.RotateLeft32(binary.LittleEndian.Uint32(out[i:]), i+1))
	}
	return out
}

// looksTUTK reports whether b is one packet: inside, the two bytes all start
// with, a length that is exact, and a stage and direction that are in use.
func looksTUTK(b []byte) bool {
	if len(b) < tutkHeaderLen+8 || len(b) > 1500 {
		return false
	}
	// Of the first block, the words 2 and 3 give the start, and 3 and 2 the length.
	w2, w3 := bits.RotateLeft32(binary.LittleEndian.Uint32(b[8:]), 11), bits.RotateLeft32(binary.LittleEndian.Uint32(b[12:]), 15)
	start := w2>>24 | w2&0xff00 | w2&0xff<<16 | w3&0xff000000 // bytes 11, 9, 8, 15
	start = bits.RotateLeft32(start^0x72616843, 1)            // "Char"
	if start&0xffff != 0x0204 {
		return false
	}
	length := w3>>8&0xff | w2>>8&0xff00 | w3&0xff<<16 | w3>>16&0xff<<24 // bytes 13, 10, 12, 14
	length = bits.RotateLeft32(length^0x2065696c, 5)                    // "lie "
	return int(length&0xffff) == len(b)-tutkHeaderLen
}

// tutkMessages names the published types.
var tutkMessages = map[uint32]string{
	0x210601: "discovery", 0x120602: "discovery answer",
	0x340203: "look-up", 0x430301: "look-up answer", 0x181007: "public address",
	0x330401: "connect", 0x330402: "connect answer", 0x330404: "connected",
	0x120428: "keep-alive", 0x210427: "keep-alive answer",
	0x120408: "session", 0x210407: "session",
}

// Directions, the third byte of a type.
const (
	tutkFromDevice = 0x12
	tutkFromClient = 0x21
)

// tutkDatagram reads one packet. What a device sends is about its sender, and
// what a client sends to a device about the receiver; between device and
// servers the direction is not published, and the number names the device.
func tutkDatagram(_, _ uint16, b []byte, emit Emit) bool {
	if !looksTUTK(b) {
		return false
	}
	head := tutkPlain(b)
	kind := uint32(head[8]) | uint32(head[9])<<8 | uint32(head[10])<<16
	var f fields
	name := tutkMessages[kind]
	if name == "" {
		name = hexadecimal(head[8:11])
	}
	f.add(observation.TUTKMessage, name)
	f.add(observation.TUTKUID, tutkUID(head))
	about := observation.Named
	switch head[10] {
	case tutkFromDevice:
		about = observation.Sender
	case tutkFromClient:
		about = observation.Receiver
		if name == "discovery" {
			about = observation.Named // asks all at once
		}
	}
	if name == "look-up answer" && len(head) >= 44 {
		// The address of the device, port and address in the network's order at 38.
		ip := netip.AddrFrom4([4]byte(head[40:44]))
		if port := binary.BigEndian.Uint16(head[38:]); !ip.IsUnspecified() && port != 0 {
			f.add(observation.TUTKPeer, netip.AddrPortFrom(ip, port).String())
			about = observation.Receiver
		}
	}
	return f.sendAbout(emit, "tutk", about)
}

// tutkPlain is the first bytes of a packet, at most 64, without the disguise.
func tutkPlain(b []byte) []byte {
	out := make([]byte, 0, tutkClear)
	for at := 0; at < min(len(b), tutkClear); at += 16 {
		if rest := b[at:]; len(rest) < 16 {
			break // a last part is disguised in another way and says nothing
		}
		block := tutkOpen(b[at:])
		out = append(out, block[:]...)
	}
	return out
}

// tutkUID is the device's number at its place, "" if something else stands
// there: 20 capital letters and digits.
func tutkUID(b []byte) string {
	if len(b) < tutkHeaderLen+tutkUIDLen {
		return ""
	}
	uid := b[tutkHeaderLen : tutkHeaderLen+tutkUIDLen]
	for _, c := range uid {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return ""
		}
	}
	return string(uid)
}
