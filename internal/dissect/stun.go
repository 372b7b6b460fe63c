package dissect

import (
	"encoding/binary"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// STUN (RFC 8489) and TURN (RFC 8656) over UDP on any port: how devices behind a
// router find their address and let a relay carry their media. Told by the magic
// cookie; the older form without it (RFC 3489) only on port 3478.
var stunDissector = Dissector{
	Name:     "stun",
	Fuzz:     "FuzzSTUN",
	UDP:      []uint16{3478},
	Lead:     between(0x00, 0x3f),
	Looks:    looksSTUN,
	Datagram: stunDatagram,
}

const (
	stunCookie    = 0x2112a442
	stunHeaderLen = 20
	maxSTUN       = 64 // attributes of one message
)

// Attributes that are read (RFC 8489, section 18.3; RFC 8656, section 18; RFC
// 5780, section 7.4).
const (
	stunMapped      = 0x0001
	stunUsername    = 0x0006
	stunXorPeer     = 0x0012
	stunRealm       = 0x0014
	stunXorRelayed  = 0x0016
	stunXorMapped   = 0x0020
	stunXorMappedOf = 0x8020 // of drafts, still sent
	stunSoftware    = 0x8022
	stunAlternate   = 0x8023
	stunOther       = 0x802c
)

// stunMethods names the methods in use.
var stunMethods = map[uint16]string{
	0x001: "Binding", 0x002: "SharedSecret", 0x003: "Allocate", 0x004: "Refresh", 0x006: "Send", 0x007: "Data",
	0x008: "CreatePermission", 0x009: "ChannelBind", 0x00a: "Connect", 0x00b: "ConnectionBind", 0x00c: "ConnectionAttempt",
}

// stunClasses names the classes.
var stunClasses = [4]string{"request", "indication", "success", "error"}

// looksSTUN reports whether b is one STUN message: two zero bits, a length that
// is exact and a multiple of four, and the cookie.
func looksSTUN(b []byte) bool {
	return len(b) >= stunHeaderLen && b[0]&0xc0 == 0 && b[3]&3 == 0 && binary.BigEndian.Uint32(b[4:]) == stunCookie &&
		int(binary.BigEndian.Uint16(b[2:])) == len(b)-stunHeaderLen
}

// stunDatagram reads one message. What a request says is about its sender; of an
// answer, the addresses are about the receiver, and the software and realm about
// the server that sent it.
func stunDatagram(src, dst uint16, b []byte, emit Emit) bool {
	cookie := looksSTUN(b)
	if !cookie {
		return (src == 3478 || dst == 3478) && (stunOld(b, emit) || stunChannel(b, emit))
	}
	return stunMessage(b, true, emit)
}

// stunOld reads a message of RFC 3489, which has no cookie: only Binding.
func stunOld(b []byte, emit Emit) bool {
	if len(b) < stunHeaderLen || int(binary.BigEndian.Uint16(b[2:])) != len(b)-stunHeaderLen {
		return false
	}
	switch binary.BigEndian.Uint16(b) {
	case 0x0001, 0x0101, 0x0111:
		return stunMessage(b, false, emit)
	}
	return false
}

// stunChannel recognises ChannelData, by which a relay and its client exchange
// media: a channel number of 4000 to 4FFF, and a length that is exact but for
// padding (RFC 8656, section 12.4).
func stunChannel(b []byte, emit Emit) bool {
	if len(b) < 8 || b[0]>>4 != 4 {
		return false
	}
	if over := len(b) - 4 - int(binary.BigEndian.Uint16(b[2:])); over < 0 || over > 3 {
		return false
	}
	var f fields
	f.add(observation.STUNMessage, "ChannelData")
	return f.send(emit, "stun")
}

// stunMessage reads header and attributes. It reports false for a method that
// no standard has.
func stunMessage(b []byte, cookie bool, emit Emit) bool {
	kind := binary.BigEndian.Uint16(b)
	class := kind>>4&1 | kind>>7&2
	method := stunMethods[kind&0x000f|kind>>1&0x0070|kind>>2&0x0f80]
	if method == "" {
		return false
	}
	var speaker, asker fields // of an answer: the server, and whom it answers
	speaker.add(observation.STUNMessage, method+" "+stunClasses[class])
	answer := class >= 2 || method == "Data" // a relay tells its client what a peer said
	at := stunHeaderLen
	for n := 0; n < maxSTUN && at+4 <= len(b); n++ {
		attribute, size := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		at += 4
		if size > len(b)-at {
			break
		}
		value := b[at : at+size]
		at += (size + 3) &^ 3
		whose := &speaker
		switch attribute {
		case stunSoftware:
			speaker.addFirst(observation.STUNSoftware, string(value))
			continue
		case stunRealm:
			if answer { // a request repeats the server's
				speaker.addFirst(observation.STUNRealm, string(value))
			}
			continue
		case stunUsername:
			speaker.addFirst(observation.STUNUser, "yes")
			continue
		}
		if answer {
			whose = &asker
		}
		name := stunAddresses[attribute]
		if name == "" {
			continue
		}
		if name == observation.STUNOther {
			whose = &speaker
		}
		xor := cookie && (attribute == stunXorMapped || attribute == stunXorMappedOf || attribute == stunXorPeer || attribute == stunXorRelayed)
		whose.addOnce(name, stunAddress(value, b, xor))
	}
	speaker.send(emit, "stun")
	asker.sendAbout(emit, "stun", observation.Receiver)
	return true
}

// stunAddresses gives the field of each attribute that is an address.
var stunAddresses = map[uint16]string{
	stunMapped: observation.STUNMapped, stunXorMapped: observation.STUNMapped, stunXorMappedOf: observation.STUNMapped,
	stunXorPeer: observation.STUNPeer, stunXorRelayed: observation.STUNRelayed,
	stunAlternate: observation.STUNOther, stunOther: observation.STUNOther,
}

// stunAddress reads address and port, which in the XOR forms are combined with
// the cookie and the transaction's number in the header (RFC 8489, section 14.2).
func stunAddress(v, header []byte, xor bool) string {
	if len(v) < 8 || v[1] == 1 && len(v) != 8 || v[1] == 2 && len(v) != 20 || v[1] != 1 && v[1] != 2 {
		return ""
	}
	port := binary.BigEndian.Uint16(v[2:])
	var a [16]byte
	n := copy(a[:], v[4:])
	if xor {
		port ^= stunCookie >> 16
		for i := range n {
			a[i] ^= header[4+i]
		}
	}
	ip, _ := netip.AddrFromSlice(a[:n])
	return netip.AddrPortFrom(ip, port).String()
}
