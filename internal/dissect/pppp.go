package dissect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// PPPP is the peer-to-peer protocol that CS2 Network licenses to many makers:
// UDP, F1, a type, a length of 16 bits, on ports 32100 (servers) and 32108
// (search in the local network), then on any. Several makers encipher it with
// keys that were published; only packets that stand in clear text or open with
// one of those, and whose length is exact, are taken for it.
//
// Types and layouts: https://github.com/pmarrapese/iot (p2p/dissector),
// https://github.com/magicus/pppp-dissector, and
// https://palant.info/2025/11/05/an-overview-of-the-pppp-protocol-for-iot-cameras/.
var ppppDissector = Dissector{
	Name:     "pppp",
	Fuzz:     "FuzzPPPP",
	Lead:     ppppLead(),
	Looks:    looksPPPP,
	Datagram: ppppDatagram,
}

// Message types that are read.
const (
	ppppHelloAck  = 0x01 // a server tells the asker its address
	ppppDevLgn    = 0x10 // a device logs in to a server
	ppppDevLgnCRC = 0x12
	ppppDevLgnEx  = 0x14 // the same, signed
	ppppDevLgnDSK = 0x16
	ppppOnlineReq = 0x18 // is this device there?
	ppppP2PReq    = 0x20 // a client asks for a device
	ppppP2PReqDSK = 0x26
	ppppNotify    = 0x31 // a device announces itself in the local network
	ppppPunchTo   = 0x40 // a server tells whom to open a path to
	ppppPunchPkt  = 0x41 // answer to a search; also a client's first packet to a device
	ppppP2PRdy    = 0x42 // both ways
	ppppListReq1  = 0x67 // which relays are there for this device?
	ppppListReq   = 0x68
	ppppListAck   = 0x69 // relays
	ppppDRW       = 0xd0 // data
)

const (
	ppppHeaderLen = 4
	ppppUIDLen    = 20
	ppppAddrLen   = 16
	ppppLANPort   = 32108
	ppppBulk      = 900 // bytes of a DRW packet that only media fills; commands and talk-back are shorter
	maxPPPPPlain  = 512 // bytes of an enciphered packet that are opened
	maxPPPPRelays = 16
)

// looksPPPP reports whether b is one PPPP packet that says something: right
// type, exact length, in clear text or under a published cipher.
func looksPPPP(b []byte) bool {
	if len(b) < ppppHeaderLen+ppppAddrLen {
		return false
	}
	if b[0] == 0xf1 {
		return ppppShape(b[1], int(b[2])<<8|int(b[3]), len(b), b[4])
	}
	for _, k := range ppppByFirst[b[0]] {
		if ppppEnciphered(&ppppKeys[k], b) {
			return true
		}
	}
	return false
}

// ppppEnciphered reports whether b is a packet under a key.
func ppppEnciphered(key *[4]byte, b []byte) bool {
	length := int(ppppOpenByte(key, b[1], b[2]))<<8 | int(ppppOpenByte(key, b[2], b[3]))
	return ppppShape(ppppOpenByte(key, b[0], b[1]), length, len(b), ppppOpenByte(key, b[3], b[4]))
}

// ppppShape reports whether type, length and the first byte of the body fit
// together.
func ppppShape(kind byte, length, size int, first byte) bool {
	if length != size-ppppHeaderLen {
		return false
	}
	switch kind {
	case ppppDRW:
		return first == 0xd1 && size >= ppppBulk
	case ppppHelloAck, ppppPunchTo:
		return length == ppppAddrLen && first == 0
	case ppppListAck:
		return first > 0 && first <= maxPPPPRelays && length == 4+int(first)*ppppAddrLen
	}
	return ppppTypes[kind] != "" && length >= ppppUIDLen
}

// ppppDatagram reads one packet. A device is who logs in, who announces itself,
// who answers a search from the search port, or who sends data in bulk; a client
// that opens a path to a device's search port speaks about the receiver. Both
// sides send PunchPkt and P2pRdy on other ports: those, and questions for a
// device, are only about the device their UID names. The addresses that a server
// tells are about the receiver, which is a device or a client.
func ppppDatagram(src, dst uint16, b []byte, emit Emit) bool {
	if !looksPPPP(b) {
		return false
	}
	if b[0] == 0xf1 {
		return ppppPacket(src, dst, b, emit)
	}
	for _, k := range ppppByFirst[b[0]] {
		if key := &ppppKeys[k]; ppppEnciphered(key, b) && ppppPacket(src, dst, ppppOpen(key, b), emit) {
			return true
		}
	}
	return false
}

// ppppPacket reads one packet in clear text, of which the end may be missing.
func ppppPacket(src, dst uint16, b []byte, emit Emit) bool {
	var f fields
	body := b[ppppHeaderLen:]
	switch b[1] {
	case ppppDRW:
		f.add(observation.PPPPMessage, ppppTypes[b[1]])
		return f.send(emit, "pppp")
	case ppppHelloAck:
		return ppppAddress(&f, observation.PPPPMapped, body) && f.sendAbout(emit, "pppp", observation.Receiver)
	case ppppPunchTo:
		return ppppAddress(&f, observation.PPPPPeer, body) && f.sendAbout(emit, "pppp", observation.Receiver)
	case ppppListAck:
		for at := 4; at+ppppAddrLen <= len(body); at += ppppAddrLen {
			if !ppppAddress(&f, observation.PPPPServer, body[at:]) {
				return false
			}
		}
		return f.sendAbout(emit, "pppp", observation.Receiver)
	}
	uid := ppppUID(body)
	if uid == "" {
		return false // enciphered in another way, or not PPPP
	}
	about := observation.Named
	switch {
	case b[1] >= ppppDevLgn && b[1] <= ppppDevLgnDSK || b[1] == ppppNotify:
		about = observation.Sender
	case b[1] != ppppPunchPkt && b[1] != ppppP2PRdy:
	case src == ppppLANPort && dst != ppppLANPort:
		about = observation.Sender
	case dst == ppppLANPort && src != ppppLANPort:
		about = observation.Receiver
	}
	f.add(observation.PPPPMessage, ppppTypes[b[1]])
	f.add(observation.PPPPUID, uid)
	return f.sendAbout(emit, "pppp", about)
}

// ppppTypes names the types whose body starts with a device's UID, and data.
var ppppTypes = [256]string{
	ppppDevLgn: "DevLgn", ppppDevLgnCRC: "DevLgn", ppppDevLgnEx: "DevLgn", ppppDevLgnDSK: "DevLgn",
	ppppOnlineReq: "DevOnlineReq", ppppP2PReq: "P2pReq", ppppP2PReqDSK: "P2pReq",
	ppppNotify: "LanNotify", ppppPunchPkt: "PunchPkt", ppppP2PRdy: "P2pRdy",
	ppppListReq1: "ListReq", ppppListReq: "ListReq", ppppDRW: "DRW",
}

// ppppAddress adds an address: family 2, port and address with their bytes in
// reverse, zeros. It reports false if none stands there.
func ppppAddress(f *fields, name string, b []byte) bool {
	if len(b) < ppppAddrLen || b[0] != 0 || b[1] != 2 || binary.LittleEndian.Uint64(b[8:]) != 0 {
		return false
	}
	ip := netip.AddrFrom4([4]byte{b[7], b[6], b[5], b[4]})
	port := binary.LittleEndian.Uint16(b[2:])
	if ip.IsUnspecified() || port == 0 {
		return false
	}
	f.addOnce(name, netip.AddrPortFrom(ip, port).String())
	return true
}

// ppppUID reads a device's name: up to 8 letters or digits, a number, 5 to 8
// letters that check it, each filled up with zeros. It returns "" for anything
// else.
func ppppUID(b []byte) string {
	if len(b) < ppppUIDLen {
		return ""
	}
	prefix, ok := ppppWord(b[:8])
	if !ok {
		return ""
	}
	check, ok := ppppWord(b[12:20])
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s-%06d-%s", prefix, binary.BigEndian.Uint32(b[8:12]), check)
}

// ppppWord reads capital letters and digits filled up with zeros, at least
// three.
func ppppWord(b []byte) (string, bool) {
	word, fill := b, []byte(nil)
	if end := bytes.IndexByte(b, 0); end >= 0 {
		word, fill = b[:end], b[end:]
	}
	for _, x := range word {
		if (x < 'A' || x > 'Z') && (x < '0' || x > '9') {
			return "", false
		}
	}
	return string(word), len(word) >= 3 && len(bytes.TrimRight(fill, "\x00")) == 0
}
