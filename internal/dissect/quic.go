package dissect

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"github.com/lenscap/lenscap/internal/observation"
)

// QUIC: the Initial packets of a client, on any UDP port. They are enciphered
// with a key that follows from their own header, so that anybody on the way can
// read them (RFC 9001, section 5.2; RFC 9369, section 3.3); what they carry is
// the client hello of TLS with the name of the server. Everything after them is
// secret and is not read.
var quicDissector = Dissector{
	Name:     "quic",
	Fuzz:     "FuzzQUIC",
	Lead:     between(0xc0, 0xff),
	Looks:    looksQUIC,
	Datagram: quicDatagram,
}

const (
	maxQUICPackets = 8        // of one datagram
	maxQUICCrypto  = 16 << 10 // bytes of handshake in one datagram; more than a datagram of Ethernet holds
	maxQUICFrames  = 1024     // of one datagram
	minQUICInitial = 64       // bytes; a client fills its first datagram up to 1200
	quicTagLen     = 16
	quicSampleLen  = 16
)

// A quicVersion is what differs between the versions.
type quicVersion struct {
	name    string
	salt    []byte
	labels  string // prefix of the labels
	initial byte   // type of an Initial packet
}

var (
	quicV1 = quicVersion{"1", []byte("\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a"), "quic ", 0}
	quicV2 = quicVersion{"2", []byte("\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9"), "quicv2 ", 1}
	quic29 = quicVersion{"draft-29", []byte("\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99"), "quic ", 0}
)

// quicVersionOf returns the version with that number, nil if it is unknown.
func quicVersionOf(n uint32) *quicVersion {
	switch n {
	case 0x00000001:
		return &quicV1
	case 0x6b3343cf:
		return &quicV2
	case 0xff00001d:
		return &quic29
	}
	return nil
}

// looksQUIC reports whether b starts with an Initial packet of a known version.
func looksQUIC(b []byte) bool {
	if len(b) < minQUICInitial || b[0]&0xc0 != 0xc0 || b[5] > 20 {
		return false
	}
	v := quicVersionOf(binary.BigEndian.Uint32(b[1:]))
	return v != nil && b[0]>>4&3 == v.initial
}

// quicDatagram reads the handshake of all Initial packets of one datagram. A
// client whose hello is longer than one datagram says the rest in the next one,
// which is read by itself: a name that is whole in either is found, one that a
// browser cut in two on purpose is not. The answers of a server have another key
// and say nothing.
func quicDatagram(_, _ uint16, b []byte, emit Emit) bool {
	var hello quicCrypto
	var v *quicVersion
	for n := 0; n < maxQUICPackets && looksQUIC(b); n++ {
		version := quicVersionOf(binary.BigEndian.Uint32(b[1:]))
		payload, used := openInitial(version, b)
		if payload != nil {
			v = version
			hello.frames(payload)
		}
		if used == 0 {
			break
		}
		b = b[used:]
	}
	if v == nil {
		return false
	}
	var f fields
	f.add(observation.QUICVersion, v.name)
	if hello.fields(&f); len(f) > 1 { // else it acknowledges, or says the rest of a hello
		f.send(emit, "quic")
	}
	return true
}

// openInitial deciphers the Initial packet that b starts with and returns its
// frames, and how many bytes the packet takes; nil if it is none of a client's
// or was damaged or cut, and 0 if its length is not known.
//
// Layout: RFC 9000, section 17.2.2; protection: RFC 9001, sections 5.2 to 5.4.
func openInitial(v *quicVersion, b []byte) (payload []byte, used int) {
	s := cryptobyte.String(b)
	var id, source, token cryptobyte.String
	var tokenLen, length uint64
	if !s.Skip(5) || !s.ReadUint8LengthPrefixed(&id) || !s.ReadUint8LengthPrefixed(&source) ||
		!readVarint(&s, &tokenLen) || tokenLen > uint64(len(s)) || !s.ReadBytes((*[]byte)(&token), int(tokenLen)) ||
		!readVarint(&s, &length) || length > uint64(len(s)) || length < 4+quicSampleLen {
		return nil, 0
	}
	numberAt := len(b) - len(s)
	used = numberAt + int(length)
	key, iv, mask := quicKeys(v, id)
	if key == nil {
		return nil, used
	}
	sealed, err := aes.NewCipher(mask)
	if err != nil {
		return nil, used
	}
	var noise [aes.BlockSize]byte
	sealed.Encrypt(noise[:], b[numberAt+4:][:quicSampleLen])
	numberLen := int((b[0]^noise[0]&0x0f)&3) + 1
	header := bytes.Clone(b[:numberAt+numberLen])
	header[0] ^= noise[0] & 0x0f
	for i := range numberLen {
		header[numberAt+i] ^= noise[1+i]
		iv[len(iv)-numberLen+i] ^= header[numberAt+i]
	}
	c, err := aes.NewCipher(key)
	if err != nil {
		return nil, used
	}
	aead, err := cipher.NewGCM(c)
	if err != nil {
		return nil, used
	}
	payload, err = aead.Open(nil, iv, b[numberAt+numberLen:used], header)
	if err != nil {
		return nil, used
	}
	return payload, used
}

// quicKeys derives the client's keys from the connection identifier.
func quicKeys(v *quicVersion, id []byte) (key, iv, mask []byte) {
	secret, err := hkdf.Extract(sha256.New, id, v.salt)
	if err != nil {
		return nil, nil, nil
	}
	expand := func(secret []byte, label string, n int) []byte {
		label = "tls13 " + label
		info := string([]byte{0, byte(n), byte(len(label))}) + label + "\x00"
		out, err := hkdf.Expand(sha256.New, secret, info, n)
		if err != nil {
			return nil
		}
		return out
	}
	client := expand(secret, "client in", sha256.Size)
	return expand(client, v.labels+"key", 16), expand(client, v.labels+"iv", 12), expand(client, v.labels+"hp", 16)
}

// readVarint reads an integer of RFC 9000, section 16.
func readVarint(s *cryptobyte.String, out *uint64) bool {
	if len(*s) == 0 {
		return false
	}
	var raw []byte
	if !s.ReadBytes(&raw, 1<<((*s)[0]>>6)) {
		return false
	}
	v := uint64(raw[0] & 0x3f)
	for _, x := range raw[1:] {
		v = v<<8 | uint64(x)
	}
	*out = v
	return true
}

// quicCrypto puts the pieces of a handshake in order.
type quicCrypto struct {
	data  []byte
	have  []bool // of each byte of data, whether it came
	count int    // frames seen
}

// frames reads the frames of one packet up to the first that an Initial packet
// must not hold (RFC 9000, section 12.4).
func (q *quicCrypto) frames(b []byte) {
	s := cryptobyte.String(b)
	for q.count < maxQUICFrames && len(s) > 0 {
		if s[0] == 0 { // padding, a byte each
			s = s[1:]
			continue
		}
		q.count++
		var kind, at, size uint64
		if !readVarint(&s, &kind) {
			return
		}
		switch kind {
		case 0x01: // PING
		case 0x02, 0x03: // ACK
			if !skipACK(&s, kind == 0x03) {
				return
			}
		case 0x06: // CRYPTO
			if !readVarint(&s, &at) || !readVarint(&s, &size) || size > uint64(len(s)) {
				return
			}
			q.put(at, s[:size])
			s = s[size:]
		default:
			return
		}
	}
}

// skipACK steps over an ACK frame behind its type (RFC 9000, section 19.3).
func skipACK(s *cryptobyte.String, ecn bool) bool {
	var ranges, skip uint64
	for _, field := range []*uint64{&skip, &skip, &ranges, &skip} { // largest, delay, how many ranges, the first
		if !readVarint(s, field) {
			return false
		}
	}
	more := min(2*ranges, uint64(len(*s))+1)
	if ecn {
		more += 3
	}
	for range more {
		if !readVarint(s, &skip) {
			return false
		}
	}
	return true
}

// put keeps a piece of the handshake; one beyond the bound is dropped.
func (q *quicCrypto) put(at uint64, piece []byte) {
	if at > maxQUICCrypto || at+uint64(len(piece)) > maxQUICCrypto {
		return
	}
	if end := int(at) + len(piece); end > len(q.data) {
		q.data = append(q.data, make([]byte, end-len(q.data))...)
		q.have = append(q.have, make([]bool, end-len(q.have))...)
	}
	copy(q.data[at:], piece)
	for i := range piece {
		q.have[int(at)+i] = true
	}
}

// fields tells what the hello says. Of one whose beginning came in another
// datagram, or that has holes, the server's name is looked for by its form.
func (q *quicCrypto) fields(f *fields) {
	whole := 0
	for whole < len(q.have) && q.have[whole] {
		whole++
	}
	if b := q.data[:whole]; len(b) > 4 && b[0] == helloClient {
		h, _ := readClientHello(b[4:])
		f.add(observation.QUICSNI, h.sni)
		for _, p := range h.alpn {
			f.addOnce(observation.QUICALPN, p)
		}
	}
	for at := whole; at < len(q.data) && !f.has(observation.QUICSNI); {
		for at < len(q.data) && !q.have[at] {
			at++
		}
		from := at
		for at < len(q.data) && q.have[at] {
			at++
		}
		f.add(observation.QUICSNI, findServerName(q.data[from:at]))
	}
}

// findServerName finds a server_name extension in a piece of a hello: type 0,
// three lengths that fit into one another, and a name of the form that names
// have (RFC 6066, section 3). It returns "" if there is none.
func findServerName(b []byte) string {
	for i := 0; i+9 < len(b); i++ {
		if b[i] != 0 || b[i+1] != 0 || b[i+6] != 0 {
			continue
		}
		n := count16(b[i+7:])
		if n < 4 || n > 253 || count16(b[i+2:]) != n+5 || count16(b[i+4:]) != n+3 || i+9+n > len(b) {
			continue
		}
		if name := string(b[i+9 : i+9+n]); plausibleName(name) {
			return strings.ToLower(name)
		}
	}
	return ""
}

// plausibleName reports whether s has the form of a name in the DNS with at
// least two labels.
func plausibleName(s string) bool {
	dots := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.':
			if i == 0 || s[i-1] == '.' {
				return false
			}
			dots++
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return dots > 0 && s[len(s)-1] != '.'
}
