package dissect

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/lenscap/lenscap/internal/observation"
)

// PPPP is the peer-to-peer protocol that CS2 Network licenses to many makers:
// UDP, F1, a type, a length of 16 bits, on ports 32100 (servers) and 32108
// (search in the local network), then on any. Several makers encipher it, login
// to the servers above all; only packets that stand in clear text and whose
// length is exact are taken for it.
//
// Types and layouts: https://github.com/pmarrapese/iot (p2p/dissector), and
// https://palant.info/2025/11/05/an-overview-of-the-pppp-protocol-for-iot-cameras/.
var ppppDissector = Dissector{
	Name:     "pppp",
	Fuzz:     "FuzzPPPP",
	Looks:    looksPPPP,
	Datagram: ppppDatagram,
}

// Message types that say who the device is.
const (
	ppppDevLgn   = 0x10 // a device logs in to a server
	ppppDevLgnEx = 0x14 // the same, signed
	ppppNotify   = 0x31 // a device announces itself in the local network
	ppppPunchPkt = 0x41 // answer to a search; also a client's first packet to a device
	ppppP2PRdy   = 0x42 // both ways
	ppppDRW      = 0xd0 // data
)

const (
	ppppHeaderLen = 4
	ppppUIDLen    = 20
	ppppLANPort   = 32108
	ppppBulk      = 900 // bytes of a DRW packet that only media fills; commands and talk-back are shorter
)

// looksPPPP reports whether b is one PPPP packet that says something of a
// device: right type, exact length.
func looksPPPP(b []byte) bool {
	if len(b) < ppppHeaderLen+ppppUIDLen || b[0] != 0xf1 || int(binary.BigEndian.Uint16(b[2:])) != len(b)-ppppHeaderLen {
		return false
	}
	switch b[1] {
	case ppppDRW:
		return b[4] == 0xd1 && len(b) >= ppppBulk
	case ppppDevLgn, ppppDevLgnEx, ppppNotify, ppppPunchPkt, ppppP2PRdy:
		return true
	}
	return false
}

// ppppDatagram reads one packet. A device is who logs in, who announces itself,
// who answers a search from the search port, or who sends data in bulk; a client
// that opens a path to a device's search port speaks about the receiver. Both
// sides send PunchPkt and P2pRdy on other ports: those are only about the device
// their UID names.
func ppppDatagram(src, dst uint16, b []byte, emit Emit) bool {
	if !looksPPPP(b) {
		return false
	}
	var f fields
	if b[1] == ppppDRW {
		f.add(observation.PPPPMessage, "DRW")
		return f.send(emit, "pppp")
	}
	uid := ppppUID(b[ppppHeaderLen:])
	if uid == "" {
		return false // enciphered, or not PPPP
	}
	about := observation.Named
	switch {
	case b[1] == ppppDevLgn || b[1] == ppppDevLgnEx || b[1] == ppppNotify:
		about = observation.Sender
	case src == ppppLANPort && dst != ppppLANPort:
		about = observation.Sender
	case dst == ppppLANPort && src != ppppLANPort:
		about = observation.Receiver
	}
	f.add(observation.PPPPMessage, ppppTypes[b[1]])
	f.add(observation.PPPPUID, uid)
	return f.sendAbout(emit, "pppp", about)
}

// ppppTypes names the message types.
var ppppTypes = map[byte]string{
	ppppDevLgn: "DevLgn", ppppDevLgnEx: "DevLgn", ppppNotify: "LanNotify",
	ppppPunchPkt: "PunchPkt", ppppP2PRdy: "P2pRdy",
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
