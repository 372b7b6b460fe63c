package dissect

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/crypto/cryptobyte"

	"github.com/lenscap/lenscap/internal/observation"
)

// TLS (RFC 5246, RFC 8446) in TCP on any port, told by its first bytes.
var tlsDissector = Dissector{
	Name:        "tls",
	Fuzz:        "FuzzTLS",
	TCP:         []uint16{443, 8443},
	LooksStream: looksTLS,
	Stream:      dissectTLS,
	again:       (*Memory).tls,
}

const (
	recordHandshake  = 22
	helloClient      = 1
	helloServer      = 2
	certificate      = 11
	maxTLSHandshakes = 64 // messages of one half before it is encrypted
	maxTLSNames      = 16 // ALPN protocols, and names of a certificate
)

// Extensions of a client hello that are read.
const (
	extServerName = 0
	extSignatures = 13
	extALPN       = 16
	extVersions   = 43
)

// looksTLS reports whether a half starts with a hello in a TLS record, or with
// a client hello in the form of SSL 2 (RFC 5246, appendix E.2), which old
// devices still send; the server answers both in TLS records.
func looksTLS(b []byte) bool {
	if len(b) < 6 {
		return false
	}
	if b[0] == recordHandshake && b[1] == 3 && b[2] <= 4 {
		return b[5] == helloClient || b[5] == helloServer
	}
	return b[0]&0x80 != 0 && b[2] == helloClient && b[3] == 3 && b[4] <= 3
}

// dissectTLS reads the client's hello and the certificates both sides send in
// the clear, which is up to TLS 1.2; a client's is of the device that calls.
func dissectTLS(_, _ uint16, client, server []byte, emit Emit) {
	(*Memory)(nil).tls(client, server, emit)
}

func (m *Memory) tls(client, server []byte, emit Emit) {
	eachHandshake(client, func(kind byte, body []byte, whole bool, end int) {
		switch kind {
		case helloClient:
			emitPart(m.clientHello(body, whole), true, end, emit)
		case certificate:
			emitPart(m.certificates(body), true, end, emit)
		}
	})
	eachHandshake(server, func(kind byte, body []byte, _ bool, end int) {
		if kind == certificate {
			emitPart(m.certificates(body), false, end, emit)
		}
	})
}

// eachHandshake joins the handshake records of a half and calls yield with each
// message, its body, whether that is all there, and the offset of its end in
// b. It stops at the first record that is none, or is encrypted; the last
// message may be cut.
func eachHandshake(b []byte, yield func(kind byte, body []byte, whole bool, end int)) {
	var joined []byte
	var ends []recordEnd
	var one [1]recordEnd
	for at := 0; len(b)-at >= 5 && b[at] == recordHandshake && b[at+1] == 3; {
		from := at + 5
		at = min(from+count16(b[at+3:]), len(b))
		if joined == nil && (len(b)-at < 5 || b[at] != recordHandshake) { // one record: no need to join
			joined, ends = b[from:at:at], one[:]
			ends[0] = recordEnd{len(joined), at}
			break
		}
		joined = append(joined, b[from:at]...)
		ends = append(ends, recordEnd{len(joined), at})
	}
	for n, at := 0, 0; n < maxTLSHandshakes && len(joined)-at >= 4; n++ {
		from := at + 4
		length := int(joined[at+1])<<16 | int(binary.BigEndian.Uint16(joined[at+2:]))
		kind := joined[at]
		at = min(from+length, len(joined))
		for len(ends) > 1 && ends[0].joined < at {
			ends = ends[1:]
		}
		yield(kind, joined[from:at], at-from == length, ends[0].half)
	}
}

// A recordEnd is where one record ends, among the joined and in its half.
type recordEnd struct{ joined, half int }

// A clientHello is what JA4 and the fields need of one.
type clientHello struct {
	version    uint16
	ciphers    []uint16
	extensions []uint16
	versions   []uint16
	signatures []uint16
	sni        string
	hasSNI     bool
	alpn       []string
}

// parseClientHello reads server name, protocols and fingerprint. Of a hello
// that is cut, the extensions before the cut are kept, and no fingerprint is
// made, since it would be another client's.
func parseClientHello(b []byte, whole bool) fields {
	h, ok := readClientHello(b)
	f := make(fields, 0, 3)
	f.add(observation.TLSSNI, h.sni)
	for _, p := range h.alpn {
		f.addOnce(observation.TLSALPN, p)
	}
	if whole && ok {
		f.add(observation.TLSJA4, h.ja4())
	}
	return f
}

// readClientHello reads RFC 8446, section 4.1.2. It reports false if the hello
// is cut or malformed, with what came before.
func readClientHello(b []byte) (h clientHello, ok bool) {
	s := cryptobyte.String(b)
	var session, ciphers, compression cryptobyte.String
	if !s.ReadUint16(&h.version) || !s.Skip(32) || !s.ReadUint8LengthPrefixed(&session) ||
		!s.ReadUint16LengthPrefixed(&ciphers) || !s.ReadUint8LengthPrefixed(&compression) {
		return h, false
	}
	h.ciphers = readUint16s(ciphers)
	if s.Empty() {
		return h, true // RFC 5246 allows a hello without extensions
	}
	var total uint16
	if !s.ReadUint16(&total) {
		return h, false
	}
	for !s.Empty() {
		var kind uint16
		var data cryptobyte.String
		if !s.ReadUint16(&kind) || !s.ReadUint16LengthPrefixed(&data) {
			return h, false
		}
		h.extensions = append(h.extensions, kind)
		h.extension(kind, data)
	}
	return h, true
}

// extension reads the contents of those that say something.
func (h *clientHello) extension(kind uint16, data cryptobyte.String) {
	var list cryptobyte.String
	switch kind {
	case extServerName: // RFC 6066, section 3
		h.hasSNI = true
		var nameType uint8
		var name cryptobyte.String
		if data.ReadUint16LengthPrefixed(&list) && list.ReadUint8(&nameType) && nameType == 0 && list.ReadUint16LengthPrefixed(&name) {
			h.sni = string(bytes.ToLower(name))
		}
	case extALPN: // RFC 7301, section 3.1
		data.ReadUint16LengthPrefixed(&list)
		var name cryptobyte.String
		for len(h.alpn) < maxTLSNames && list.ReadUint8LengthPrefixed(&name) {
			h.alpn = append(h.alpn, string(name))
		}
	case extVersions:
		data.ReadUint8LengthPrefixed(&list)
		h.versions = readUint16s(list)
	case extSignatures:
		data.ReadUint16LengthPrefixed(&list)
		h.signatures = readUint16s(list)
	}
}

func readUint16s(s cryptobyte.String) []uint16 {
	list := make([]uint16, 0, len(s)/2)
	for v := uint16(0); s.ReadUint16(&v); {
		list = append(list, v)
	}
	return list
}

// parseCertificates reads the first certificate of the list in a Certificate
// message, which is the speaker's own (RFC 5246, section 7.4.2). The list and
// the certificate may be cut.
func parseCertificates(b []byte) fields {
	if len(b) < 6 {
		return nil
	}
	length := int(b[3])<<16 | int(binary.BigEndian.Uint16(b[4:]))
	return parseCertificate(b[6:min(6+length, len(b))])
}
