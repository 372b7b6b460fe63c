package dissect

import (
	"bytes"

	"github.com/lenscap/lenscap/internal/observation"
)

// answerReaders read one answer that another tool recorded, by the name of its
// protocol. There is no port, no request and no far end to go by: the caller
// says what it is.
var answerReaders = map[string]func(b []byte, emit Emit) bool{
	"rtsp":  rtspRecorded,
	"sdp":   func(b []byte, emit Emit) bool { return sdpFields(b).send(emit, "sdp") },
	"http":  httpRecorded,
	"onvif": func(b []byte, emit Emit) bool { return sendParts(onvifParts(bytes.TrimSpace(b)), emit) },
	"wsd":   func(b []byte, emit Emit) bool { return sendParts(wsdParts(bytes.TrimSpace(b)), emit) },
	"sadp":  sadpRecorded,
	"dhip":  dhipRecorded,
	"ssdp":  func(b []byte, emit Emit) bool { return parseSSDP(bytes.TrimLeft(b, " \t\r\n")).send(emit, "ssdp") },
	"upnp":  func(b []byte, emit Emit) bool { return parseUPnP(withoutHead(b)).send(emit, "upnp") },
	"hnap":  func(b []byte, emit Emit) bool { return parseHNAP(withoutHead(b)).send(emit, "hnap") },
	"mdns":  func(b []byte, emit Emit) bool { m := readDNS(b); return mdnsFields(&m).send(emit, "mdns") },
	"snmp":  snmpRecorded,
	"isapi": isapiRecorded,
	"x509":  func(b []byte, emit Emit) bool { return parseCertificate(b).send(emit, "tls") },
}

// Answer reads one lone answer of a protocol, as another tool may have recorded
// it, and reports whether it said anything. Protocols: rtsp (with the session
// description in it), sdp, http (status line, headers and body), onvif (SOAP),
// wsd, sadp, dhip, ssdp, upnp (description), hnap, mdns (a DNS message), snmp (a
// message, or lines of text), isapi (XML, or JSON that holds it), x509 (DER).
//
// b may be cut anywhere and hold anything; an unknown protocol is false.
func Answer(protocol string, b []byte, emit Emit) bool {
	read := answerReaders[protocol]
	return read != nil && len(b) > 0 && read(b, emit)
}

// Clean makes text that another tool recorded fit for a field, as every
// dissector does with what it reads.
func Clean(s string) string { return clean(s) }

// Realm is the realm parameter of a WWW-Authenticate value, "" if there is none.
func Realm(authenticate string) string { return realm(authenticate) }

// Path is the path and query of a URL with the values that may be a user's name
// or password replaced; "" if it has none.
func Path(url string) string { return uriPath(url) }

func sendParts(parts []part, emit Emit) bool {
	for _, p := range parts {
		p.fields.sendAbout(emit, p.protocol, p.about)
	}
	return len(parts) > 0
}

// withoutHead is the body of an HTTP answer, and b itself if it is none.
func withoutHead(b []byte) []byte {
	b = bytes.TrimLeft(b, " \t\r\n")
	if !isStatusLine(b) {
		return b
	}
	m, ok := readHTTP(b, false)
	if !ok {
		return b
	}
	return m.body
}

// rtspRecorded reads the answers in b; requests among them are another's words.
func rtspRecorded(b []byte, emit Emit) bool {
	found := false
	for _, m := range rtspMessages(b) {
		if m.method != "" {
			continue
		}
		found = rtspReply(&m, nil).send(emit, "rtsp") || found
		found = rtspBody(&m).send(emit, "sdp") || found
	}
	return found
}

// httpRecorded reads an answer with its body, or a body alone.
func httpRecorded(b []byte, emit Emit) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	found := false
	tell := func(m Message) {
		found = true
		m.End = 0
		emit(m)
	}
	if isStatusLine(b) {
		dissectHTTP(0, 80, nil, b, tell)
		return found
	}
	m := httpMessage{body: b[:min(len(b), maxHTTPBody)], whole: true}
	emitParts(readAnswer(nil, &m), false, m.end, tell)
	return found
}

// sadpRecorded reads the XML of the datagram or, with or without its Ethernet
// header, the frame of the layer-2 form.
func sadpRecorded(b []byte, emit Emit) bool {
	if at := bytes.IndexByte(b[:min(len(b), 16)], '<'); at >= 0 {
		return sadpDatagram(37020, 37020, b[at:], emit)
	}
	found := false
	tell := func(m Message) { found = true; emit(m) }
	if len(b) > 14 && b[12] == 0x80 && b[13] == 0x33 {
		b = b[14:]
	}
	var src observation.MAC
	if len(b) >= sadpMACAt+len(src) {
		copy(src[:], b[sadpMACAt:])
	}
	sadpFrame(0x8033, src, b, tell)
	return found
}

// dhipRecorded reads a datagram with its header, or the JSON alone.
func dhipRecorded(b []byte, emit Emit) bool {
	if t := bytes.TrimLeft(b, " \t\r\n"); len(t) > 0 && t[0] == '{' {
		return dhipJSON(t, emit)
	}
	return dhipDatagram(37810, 37810, b, emit)
}
