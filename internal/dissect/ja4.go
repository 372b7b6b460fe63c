package dissect

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
)

// ja4Versions are the two characters of each protocol version.
var ja4Versions = map[uint16]string{
	0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2",
}

// ja4 is the JA4 fingerprint of a client hello in TCP, which tells client
// libraries apart and says nothing of the server.
//
// Source: https://github.com/FoxIO-LLC/ja4, technical_details/JA4.md (JA4 itself
// is BSD-3-Clause; the other fingerprints of that family are not, and are not
// used here).
func (h *clientHello) ja4() string {
	ciphers, extensions := withoutGREASE(h.ciphers), withoutGREASE(h.extensions)
	sni := byte('i')
	if h.hasSNI {
		sni = 'd'
	}
	var room [1 << 10]byte // on the stack: hellos come by the hundred thousand
	out := append(room[:0:64], 't')
	out = append(out, h.ja4Version()...)
	out = appendTwoDigits(append(out, sni), len(ciphers))
	out = appendTwoDigits(out, len(extensions))
	out = append(append(out, h.ja4ALPN()...), '_')

	slices.Sort(ciphers)
	out = append(appendJA4Hash(out, appendHexList(room[64:64], ciphers), len(ciphers)), '_')

	extensions = slices.DeleteFunc(extensions, func(e uint16) bool { return e == extServerName || e == extALPN })
	slices.Sort(extensions)
	tail := appendHexList(room[64:64], extensions)
	if signatures := withoutGREASE(h.signatures); len(signatures) > 0 {
		tail = appendHexList(append(tail, '_'), signatures)
	}
	return string(appendJA4Hash(out, tail, len(extensions)))
}

// ja4Version is the highest version offered.
func (h *clientHello) ja4Version() string {
	version := h.version
	if offered := withoutGREASE(h.versions); len(offered) > 0 {
		version = slices.Max(offered)
	}
	if v, ok := ja4Versions[version]; ok {
		return v
	}
	return "00"
}

// ja4ALPN is the first and last character of the first protocol, in hexadecimal
// if either is no letter or digit; "00" if there is none.
func (h *clientHello) ja4ALPN() string {
	if len(h.alpn) == 0 || h.alpn[0] == "" {
		return "00"
	}
	p := h.alpn[0]
	if !alphanumeric(p[0]) || !alphanumeric(p[len(p)-1]) {
		p = hex.EncodeToString([]byte(p))
	}
	return string(p[0]) + string(p[len(p)-1])
}

func alphanumeric(c byte) bool {
	return isDigit(c) || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// appendJA4Hash appends the first 12 digits of the SHA-256 of text, zeros if it
// holds no entries.
func appendJA4Hash(out, text []byte, entries int) []byte {
	if entries == 0 {
		return append(out, "000000000000"...)
	}
	sum := sha256.Sum256(text)
	return hex.AppendEncode(out, sum[:6])
}

// withoutGREASE copies list without the values that RFC 8701 reserves.
func withoutGREASE(list []uint16) []uint16 {
	out := make([]uint16, 0, len(list))
	for _, v := range list {
		if !isGREASE(v) {
			out = append(out, v)
		}
	}
	return out
}

// appendHexList writes values as four digits with commas between.
func appendHexList(b []byte, list []uint16) []byte {
	const digits = "0123456789abcdef"
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
	}
	return b
}

// appendTwoDigits writes a count, 99 at most.
func appendTwoDigits(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, '0'+byte(n/10), '0'+byte(n%10))
}
