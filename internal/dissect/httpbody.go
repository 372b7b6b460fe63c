package dissect

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// maxTitlePage bounds how far into a page its title is looked for, in bytes.
const maxTitlePage = 256 << 10

// answerParts reads a body by what it holds, not by its type, which devices
// state at random: SOAP of ONVIF or HNAP, ISAPI and PSIA, UPnP descriptions,
// Axis' VAPIX, Uniview's LAPI. target is what the request asked for, "" if it was
// not seen; only Dahua's one-line answers need it.
func answerParts(target string, b []byte) []part {
	b = firstPart(b)
	if !looksXML(b) {
		return textParts(target, b)
	}
	switch root, _ := xmlRoot(b); root {
	case "":
		return nil
	case "Envelope":
		if f := parseHNAP(b); len(f) > 0 {
			return []part{{protocol: "hnap", fields: f}}
		}
		return onvifParts(b)
	case "root":
		if f := parseUPnP(b); len(f) > 0 {
			return []part{{protocol: "upnp", fields: f}}
		}
	}
	return isapiParts(b, false)
}

// textParts reads a body that is not XML: JSON or lines of key=value.
func textParts(target string, b []byte) []part {
	if looksJSON(b) {
		if bytes.Contains(b[:min(len(b), maxJSON)], []byte(`"propertyList"`)) {
			if f := ParseVAPIX(b); len(f) > 0 {
				return []part{{protocol: "vapix", fields: f}}
			}
		}
		return lapiParts(b)
	}
	switch head := b[:min(len(b), 256)]; {
	case bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("root.")):
		if f := ParseVAPIX(b); len(f) > 0 {
			return []part{{protocol: "vapix", fields: f}}
		}
	case bytes.IndexByte(head, '=') > 0 && dahuaCGI(target, b):
		if f := ParseDahuaCGI(b); len(f) > 0 {
			return []part{{protocol: "dahua-cgi", fields: f}}
		}
	}
	return nil
}

// requestParts reads the body of a request for what it says about the client:
// the event notifications that a camera posts to its recorder.
func requestParts(b []byte) []part {
	b = firstPart(b)
	if !looksXML(b) {
		return nil
	}
	return isapiParts(b, true)
}

// firstPart is the first part of a multipart body (RFC 2046, section 5.1), as
// event streams send; b itself if it is none.
func firstPart(b []byte) []byte {
	start := bytes.TrimLeft(b[:min(len(b), 64)], "\r\n")
	if !bytes.HasPrefix(start, []byte("--")) {
		return b
	}
	b = bytes.TrimLeft(b, "\r\n")
	boundary, rest := cutLine(b)
	_, n, whole := readHeaders(rest)
	if !whole || len(boundary) < 3 {
		return b
	}
	if end := bytes.Index(rest[n:], boundary); end >= 0 {
		return rest[n : n+end]
	}
	return rest[n:]
}

// looksXML reports whether b starts as an XML document and not as HTML.
func looksXML(b []byte) bool {
	b = bytes.TrimLeft(b[:min(len(b), 256)], "\ufeff \t\r\n")
	return len(b) > 0 && b[0] == '<' && !looksHTML(b)
}

// looksHTML reports whether b starts as a page.
func looksHTML(b []byte) bool {
	b = b[:min(len(b), 1024)]
	for {
		at := bytes.IndexByte(b, '<')
		if at < 0 {
			return false
		}
		b = b[at:]
		for _, tag := range [...]string{"<!doctype html", "<html", "<head", "<title"} {
			if hasPrefixFold(b, tag) {
				return true
			}
		}
		b = b[1:]
	}
}

// hasPrefixFold reports whether b begins with prefix, which is in lower case,
// letters of ASCII in either case.
func hasPrefixFold(b []byte, prefix string) bool {
	if len(b) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := b[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}

// htmlTitle is the text of the first title element, entities decoded and white
// space folded; "" if there is none in the first 256 KiB.
func htmlTitle(b []byte) string {
	z := html.NewTokenizer(bytes.NewReader(b[:min(len(b), maxTitlePage)]))
	z.SetMaxBuf(maxTitlePage)
	for {
		switch z.Next() {
		case html.ErrorToken:
			return ""
		case html.StartTagToken:
			if name, _ := z.TagName(); string(name) != "title" {
				continue
			}
			if z.Next() != html.TextToken {
				return ""
			}
			return strings.Join(strings.Fields(string(z.Text())), " ")
		}
	}
}

// secrets matches a password, token or key and its value, in JSON, XML, a query
// or a script.
var secrets = regexp.MustCompile(`(?i)((?:pass(?:word|wd)?|pwd|token|secret|session_?id|private_?key|psk|cookie|community)["']?\s*[=:>]\s*["']?)[^"'&<>\s,;]+`)

// bodyText is a body that is text, for fingerprints, without what looks like a
// secret; "" for pictures, archives and bodies in a legacy encoding that
// cannot be told from them.
func bodyText(m *httpMessage) string {
	const enough = 4 << 10
	b := m.body[:min(len(m.body), enough)]
	if len(b) == 0 || bytes.IndexByte(b, 0) >= 0 || !utf8.Valid(b) && !looksHTML(b) && len(m.body) <= enough {
		return ""
	}
	kind := strings.ToLower(m.headers.get("Content-Type"))
	for _, binary := range []string{"image/", "video/", "audio/", "octet-stream", "encrypted"} {
		if strings.Contains(kind, binary) {
			return ""
		}
	}
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' {
			return ""
		}
	}
	if !mayHoldSecret(b) {
		return string(b)
	}
	return secrets.ReplaceAllString(string(b), "$1*")
}

// secretWords are what secrets matches, without what may be left out of it.
var secretWords = [][]byte{
	[]byte("pass"), []byte("pwd"), []byte("token"), []byte("secret"), []byte("session"), []byte("private"), []byte("psk"), []byte("cookie"), []byte("community"),
	[]byte("\u017f"), []byte("\u212a"), // fold to s and k (Unicode, CaseFolding.txt)
}

// mayHoldSecret reports whether the pattern is worth running: it costs a hundred
// times as much as this, and few bodies hold one of the words.
func mayHoldSecret(b []byte) bool {
	var buf [4 << 10]byte
	low := buf[:copy(buf[:], b)]
	if len(b) > len(buf) {
		return true
	}
	for i, c := range low {
		if c >= 'A' && c <= 'Z' {
			low[i] = c | 0x20
		}
	}
	for _, word := range secretWords {
		if bytes.Contains(low, word) {
			return true
		}
	}
	return false
}
