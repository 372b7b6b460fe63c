package dissect

import (
	"bytes"
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// DHP2P is how Dahua's devices and apps find each other through servers: HTTP in
// single datagrams with the methods DHGET and DHPOST (NFGET and NFPOST for a
// badge of its own), first to UDP port 8800, then to any; what the two then say
// to each other is a TCP of their own, with packets that start with "PTCP".
//
// Source: https://github.com/khoanguyen-3fc/dh-p2p (README, dh-p2p.lua, main.py).
// The disguised STUN that opens the path has no mark of its own and is not read.
var dhp2pDissector = Dissector{
	Name:     "dhp2p",
	Fuzz:     "FuzzDHP2P",
	Lead:     []byte("PDNH"),
	Looks:    looksDHP2P,
	Datagram: dhp2pDatagram,
}

const (
	ptcpHeaderLen = 24
	maxDHP2PPath  = 256
)

// looksDHP2P reports whether b starts as a request, as an answer that may be of
// DHP2P, or as PTCP.
func looksDHP2P(b []byte) bool {
	if len(b) < ptcpHeaderLen {
		return false
	}
	switch string(b[:4]) {
	case "PTCP":
		return true
	case "DHGE", "NFGE":
		return string(b[4:7]) == "T /"
	case "DHPO", "NFPO":
		return string(b[4:8]) == "ST /"
	case "HTTP":
		return string(b[4:7]) == "/1." && b[8] == ' '
	}
	return false
}

// dhp2pDatagram reads one message. A request tells what its sender does, and the
// serial number of the device it is about; the servers and peers that an answer
// names are told to its receiver.
func dhp2pDatagram(_, _ uint16, b []byte, emit Emit) bool {
	if !looksDHP2P(b) {
		return false
	}
	if b[0] == 'P' {
		var f fields
		f.add(observation.DHP2PMessage, "PTCP")
		return f.send(emit, "dhp2p")
	}
	m, ok := readHTTP(b, false)
	if !ok {
		return false
	}
	if m.status != 0 {
		return dhp2pAnswer(&m, emit)
	}
	path, serial := dhp2pPath(m.target)
	if path == "" {
		return false
	}
	var f, named fields
	f.add(observation.DHP2PMessage, m.method+" "+path)
	f.send(emit, "dhp2p")
	named.add(observation.DHP2PSerial, serial)
	named.sendAbout(emit, "dhp2p", observation.Named)
	return true
}

// dhp2pWords are the parts of paths that are the same for all; what else stands
// in a path is a serial number or a token.
var dhp2pWords = map[string]bool{
	"probe": true, "online": true, "info": true, "device": true, "p2psrv": true, "stun": true, "p2p": true,
	"relay": true, "agent": true, "start": true, "tcprelay": true, "client-bind": true,
	"p2p-channel": true, "relay-channel": true, "local-channel": true, "tcprelay-channel": true,
}

// dhp2pPath is a path without what differs from one device to the next, and the
// serial number in it, which stands behind "device" or "p2psrv".
func dhp2pPath(target string) (path, serial string) {
	before := ""
	for _, word := range strings.Split(target[:min(len(target), maxDHP2PPath)], "/") {
		word, _, _ = strings.Cut(word, "?")
		switch {
		case dhp2pWords[word]:
			path += "/" + word
		case (before == "device" || before == "p2psrv") && serial == "" && dahuaSerialForm(word):
			serial = word
		}
		before = word
	}
	return path, serial
}

// dahuaSerialForm reports whether s has the form of a serial number: 10 to 24
// capital letters and digits, some of each.
func dahuaSerialForm(s string) bool {
	digits, letters := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z':
			letters++
		default:
			return false
		}
	}
	return len(s) >= 10 && len(s) <= 24 && digits > 0 && letters > 0
}

// dhp2pElements gives the field of each element of an answer that holds an
// address.
var dhp2pElements = map[string]string{
	"US": observation.DHP2PServer, "Address": observation.DHP2PServer, "Agent": observation.DHP2PServer,
	"PubAddr": observation.DHP2PPeer, "LocalAddr": observation.DHP2PPeer,
}

// dhp2pAnswer reads the addresses in an answer, which has the sequence number of
// RTSP and a body element; without both it is another protocol's.
func dhp2pAnswer(m *httpMessage, emit Emit) bool {
	if m.headers.get("CSeq") == "" || !bytes.HasPrefix(bytes.TrimSpace(m.body), []byte("<body>")) {
		return false
	}
	var f fields
	walkXML(m.body, func(e *element) bool {
		if name := dhp2pElements[e.name()]; name != "" && len(e.path) == 2 {
			if a, err := netip.ParseAddrPort(e.text); err == nil { // a name, or enciphered, otherwise
				f.addOnce(name, a.String())
			}
		}
		return len(f) < 16
	})
	if len(f) == 0 {
		return false
	}
	return f.sendAbout(emit, "dhp2p", observation.Receiver)
}
