package capture

import (
	"bytes"
	"unicode/utf8"
)

// A look is a way to recognise what people pass by mistake, and what to do then.
type look struct{ prefix, what string }

const convert = "; convert it first: editcap -F pcapng FILE out.pcapng"

var looks = []look{
	{"PK\x03\x04", "looks like a zip archive; unpack it and pass the captures, or their folder"},
	{"BZh", "looks like bzip2; unpack it first: bunzip2 FILE"},
	{"\xfd7zXZ\x00", "looks like xz; unpack it first: unxz FILE"},
	{"\x04\x22\x4d\x18", "looks like lz4; unpack it first: lz4 -d FILE"},
	{"7z\xbc\xaf\x27\x1c", "looks like a 7-Zip archive; unpack it and pass the captures, or their folder"},
	{"\x1f\x8b", "is gzip inside gzip; unpack it once: gunzip FILE"},
	{"\x28\xb5\x2f\xfd", "is zstd inside gzip or zstd; unpack it once: unzstd FILE"},
	{"snoop\x00\x00\x00", "looks like a snoop capture" + convert},
	{"GMBU", "looks like a Microsoft Network Monitor capture" + convert},
	{"RTSS", "looks like a Microsoft Network Monitor capture" + convert},
	{"\x1c\x00\x01\xac", "looks like an Ixia capture" + convert},
	{"XCP\x00", "looks like a NetXRay or Sniffer capture" + convert},
	{"TRSNIFF data    \x1a", "looks like a Sniffer capture" + convert},
	{"\x7fELF", "looks like a program"},
	{"MZ", "looks like a Windows program"},
	{"%PDF", "looks like a PDF document"},
	{"\x89PNG", "looks like a picture"},
	{"\xff\xd8\xff", "looks like a picture"},
	{"SQLite format 3\x00", "looks like an SQLite database"},
	{"<", "looks like XML or HTML, but of no tool that is read"},
	{"{", "looks like JSON, but of no tool that is read"},
	{"[", "looks like JSON, but of no tool that is read"},
}

// want ends every message with what would be read: by this package, and by
// package record, which is asked before it.
const want = "; a pcap or pcapng capture is wanted, or what Suricata (EVE), Zeek, nmap (XML), a flow collector, a DHCP server or an ARP table prints, plain or inside gzip or zstd"

// looksLike says in words what an input that is no capture looks like, from its
// first bytes, and what to do about it. packed names the compression it was in.
func looksLike(b []byte, packed string) string {
	inside := ""
	if packed != "" {
		inside = "what the " + packed + " data hold "
	}
	if len(b) == 0 {
		if packed != "" {
			return "the " + packed + " data hold nothing that can be unpacked" + want
		}
		return "the file is empty" + want
	}
	if inside == "" {
		inside = "the file "
	}
	if len(b) < 4 {
		return inside + "is too short" + want
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), " \t\r\n")
	for _, l := range looks {
		if bytes.HasPrefix(b, []byte(l.prefix)) || (len(l.prefix) == 1 && bytes.HasPrefix(text, []byte(l.prefix))) {
			return inside + l.what + want
		}
	}
	if len(b) > 262 && string(b[257:262]) == "ustar" {
		return inside + "looks like a tar archive; unpack it and pass the captures, or their folder" + want
	}
	if isText(b) {
		return inside + "looks like text, but of no tool that is read; a hex dump can be turned into a capture by text2pcap" + want
	}
	return inside + "has an unknown format" + want
}

// isText reports whether b is UTF-8 without control characters, except for a
// letter cut at its end.
func isText(b []byte) bool {
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == utf8.RuneError && n == 1 {
			return len(b) < utf8.UTFMax && !utf8.FullRune(b)
		}
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
		b = b[n:]
	}
	return true
}
