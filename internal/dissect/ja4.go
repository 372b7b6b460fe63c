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
	sni := "i"
	if h.hasSNI {
		sni = "d"
	}
	head := "t" + h.ja4Version() + sni + twoDigits(len(ciphers)) + twoDigits(len(extensions)) + h.ja4ALPN()

	slices.Sort(ciphers)
	extensions = slices.DeleteFunc(extensions, func(e uint16) bool { return e == extServerName || e == extALPN })
	slices.Sort(extensions)
	tail := hexList(extensions)
	if signatures := withoutGREASE(h.signatures); len(signatures) > 0 {
		tail += "_" + hexList(signatures)
	}
	return head + "_" + ja4Hash(hexList(ciphers), len(ciphers)) + "_" + ja4Hash(tail, len(extensions))
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

// ja4Hash is the first 12 digits of the SHA-256 of text, zeros if it holds no
// entries.
func ja4Hash(text string, entries int) string {
	if entries == 0 {
		return "000000000000"
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}

// withoutGREASE copies list without the values that RFC 8701 reserves.
func withoutGREASE(list []uint16) []uint16 {
	out := make([]uint16, 0, len(list))
	for _, v := range list {
		if v&0x0f0f != 0x0a0a || v>>8 != v&0xff {
			out = append(out, v)
		}
	}
	return out
}

// hexList writes values as four digits with commas between.
func hexList(list []uint16) string {
	const digits = "0123456789abcdef"
	b := make([]byte, 0, 5*len(list))
	for i, v := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, digits[v>>12], digits[v>>8&15], digits[v>>4&15], digits[v&15])
	}
	return string(b)
}

// twoDigits writes a count, 99 at most.
func twoDigits(n int) string {
	n = min(n, 99)
	return string([]byte{'0' + byte(n/10), '0' + byte(n%10)})
}
