package dissect

import (
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"

	"github.com/lenscap/lenscap/internal/observation"
)

// clientHello is [parseClientHello], remembered.
func (m *Memory) clientHello(b []byte, whole bool) part {
	if m != nil && whole {
		if text, ok := appendHello(m.begin(ofHello), b); ok {
			k := m.find(text)
			if k.parts == nil {
				return k.one("tls", observation.Sender, parseClientHello(b, whole))
			}
			return k.parts[0]
		}
	}
	return part{protocol: "tls", fields: parseClientHello(b, whole)}
}

// certificates is [parseCertificates], remembered.
func (m *Memory) certificates(b []byte) part {
	if m == nil {
		return part{protocol: "tls", fields: parseCertificates(b)}
	}
	k := m.find(m.appendHash(m.begin(ofCertificate), b))
	if k.parts == nil {
		return k.one("tls", observation.Sender, parseCertificates(b))
	}
	return k.parts[0]
}

// appendHello appends all of a client hello that [parseClientHello] looks at,
// which is all that a client says each time: not its random bytes, session, keys
// and tickets, and no values of RFC 8701, which are drawn by lot. ok is false for
// one that is malformed.
func appendHello(text, b []byte) (_ []byte, ok bool) {
	s := cryptobyte.String(b)
	var version, total, kind uint16
	var session, ciphers, compression, data cryptobyte.String
	if !s.ReadUint16(&version) || !s.Skip(32) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16LengthPrefixed(&ciphers) || !s.ReadUint8LengthPrefixed(&compression) {
		return text, false
	}
	text = appendUnGREASEd(binary.LittleEndian.AppendUint16(text, version), ciphers)
	if !s.Empty() && !s.ReadUint16(&total) {
		return text, false
	}
	for !s.Empty() {
		if !s.ReadUint16(&kind) || !s.ReadUint16LengthPrefixed(&data) {
			return text, false
		}
		if isGREASE(kind) {
			continue
		}
		text = binary.LittleEndian.AppendUint16(text, kind)
		switch {
		case kind == extVersions && len(data) > 0 && int(data[0]) == len(data)-1:
			text = appendUnGREASEd(append(text, 1), data[1:])
		case kind == extVersions:
			text = appendText(append(text, 0), data)
		case kind == extServerName || kind == extSignatures || kind == extALPN:
			text = appendText(text, data)
		}
	}
	return text, true
}

// appendUnGREASEd appends a list of values of two octets without those of RFC
// 8701, with the length of the rest before it.
func appendUnGREASEd(text, list []byte) []byte {
	at := len(text)
	text = append(text, 0, 0)
	for ; len(list) >= 2; list = list[2:] {
		if !isGREASE(binary.BigEndian.Uint16(list)) {
			text = append(text, list[0], list[1])
		}
	}
	binary.LittleEndian.PutUint16(text[at:], uint16(len(text)-at-2))
	return text
}

// isGREASE reports the values that RFC 8701 reserves.
func isGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }
