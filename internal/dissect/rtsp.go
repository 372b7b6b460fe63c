package dissect

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// RTSP (RFC 2326, RFC 7826) in TCP, on whatever port it is spoken, and inside
// HTTP when tunnelled.
var rtspDissector = Dissector{
	Name:        "rtsp",
	Fuzz:        "FuzzRTSP",
	TCP:         []uint16{554, 8554},
	LooksStream: looksRTSP,
	Stream:      rtspStream,
}

const (
	maxRTSPMessages = 512     // of one half; a long session repeats itself
	maxRTSPHead     = 1 << 16 // bytes of one message without its body
	maxRTSPHeaders  = 64
)

// rtspMethods are the request methods of RTSP 1.0 and 2.0.
var rtspMethods = []string{
	"OPTIONS", "DESCRIBE", "SETUP", "PLAY", "PAUSE", "TEARDOWN", "ANNOUNCE",
	"GET_PARAMETER", "SET_PARAMETER", "RECORD", "REDIRECT", "PLAY_NOTIFY",
}

// looksRTSP reports whether a half of a conversation starts as RTSP, or as the
// HTTP that tunnels it. OPTIONS, and SETUP cut short, are also others': what
// follows the method decides once it is there.
func looksRTSP(b []byte) bool {
	if len(b) >= 5 && string(b[:5]) == "RTSP/" {
		return true
	}
	for _, m := range rtspMethods {
		if len(b) < len(m) || string(b[:len(m)]) != m {
			continue
		}
		rest := b[len(m):]
		if len(rest) < 6 {
			return true
		}
		return string(rest[:6]) == " rtsp:" || string(rest[:6]) == " rtsps" ||
			string(rest[:2]) == " *" && bytes.Contains(rest[:min(len(rest), 12)], []byte("RTSP/"))
	}
	return looksRTSPTunnel(b)
}

// looksRTSPTunnel reports whether b is the start of an HTTP message that tunnels
// RTSP. It looks at no more than a kilobyte.
func looksRTSPTunnel(b []byte) bool {
	if len(b) < 5 {
		return false
	}
	switch string(b[:5]) {
	case "GET /", "POST ", "HTTP/":
		return bytes.Contains(b[:min(len(b), 1024)], []byte("x-rtsp-tunnelled"))
	}
	return false
}

// rtspStream reads both halves. Requests are matched with their answers by
// CSeq, so that a path is only ever told of a server that knows it.
func rtspStream(_, _ uint16, client, server []byte, emit Emit) {
	asked, told := rtspHalf(client), rtspHalf(server)
	rtspEmit(asked, told, true, emit)
	rtspEmit(told, asked, false, emit)
}

// rtspHalf reads the messages of one half, tunnelled or not.
func rtspHalf(b []byte) []rtspMessage {
	if !looksRTSPTunnel(b) {
		return rtspMessages(b)
	}
	inner, offset := untunnel(b)
	all := rtspMessages(inner)
	for i := range all {
		if offset < 0 {
			all[i].end = len(b)
		} else {
			all[i].end += offset
		}
	}
	return all
}

// untunnel drops the HTTP head of a tunnelled half. Answers follow it as they
// are, at offset; requests in base64, and offset is -1.
//
// Source: QuickTime's "Tunnelling RTSP and RTP through HTTP" (Apple, 1999).
func untunnel(b []byte) (inner []byte, offset int) {
	end := bytes.Index(b[:min(len(b), maxRTSPHead)], []byte("\r\n\r\n"))
	if end < 0 {
		return nil, 0
	}
	isPost := bytes.HasPrefix(b, []byte("POST "))
	b = b[end+4:]
	if !isPost {
		return b, end + 4
	}
	b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r"), nil), []byte("\n"), nil)
	out := make([]byte, 0, base64.StdEncoding.DecodedLen(len(b)))
	for len(b) >= 4 { // each request is padded on its own
		var three [3]byte
		n, err := base64.StdEncoding.Decode(three[:], b[:4])
		if err != nil {
			break
		}
		out = append(out, three[:n]...)
		b = b[4:]
	}
	return out, -1
}

// An rtspMessage is one request or answer.
type rtspMessage struct {
	method, uri string // of a request
	status      string // of an answer: the code
	headers     []rtspHeader
	session     string // the Session line as sent
	body        []byte
	end         int // offset after the message in its half
}

type rtspHeader struct{ name, value string }

// get returns the first header of that name, whatever its case.
func (m *rtspMessage) get(name string) string {
	for _, h := range m.headers {
		if strings.EqualFold(h.name, name) {
			return h.value
		}
	}
	return ""
}

// rtspMessages reads the messages of one half, over interleaved frames ("$",
// channel, length; RFC 2326, section 10.12), until its end or bytes that are
// neither.
func rtspMessages(b []byte) []rtspMessage {
	var all []rtspMessage
	for at := 0; at < len(b) && len(all) < maxRTSPMessages; {
		switch {
		case b[at] == '\r' || b[at] == '\n' || b[at] == 0:
			at++
		case b[at] == '$':
			if len(b)-at < 4 {
				return all
			}
			at += 4 + int(b[at+2])<<8 + int(b[at+3])
		default:
			m, n, ok := rtspOne(b[at:])
			if !ok {
				return all
			}
			at += n
			m.end = min(at, len(b))
			all = append(all, m)
		}
	}
	return all
}

// rtspOne reads the message b starts with and its length. Of one that is cut,
// the lines before the cut are kept. It reports false if b starts with no RTSP.
func rtspOne(b []byte) (m rtspMessage, n int, ok bool) {
	line, n, whole := rtspLine(b)
	switch words := strings.SplitN(line, " ", 3); {
	case strings.HasPrefix(line, "RTSP/") && len(words) >= 2:
		m.status = words[1]
	case len(words) == 3 && strings.HasPrefix(words[2], "RTSP/"):
		m.method, m.uri = words[0], words[1]
	default:
		return m, 0, false
	}
	for whole && n < len(b) {
		var used int
		line, used, whole = rtspLine(b[n:])
		n += used
		if !whole {
			break
		}
		if line == "" {
			body := b[n:]
			if size := contentLength(m.get("Content-Length")); size < len(body) {
				body = body[:size]
			}
			m.body = body
			return m, n + len(body), true
		}
		name, value, found := strings.Cut(line, ":")
		if m.session == "" && strings.EqualFold(name, "Session") {
			m.session = line
		}
		if found && len(m.headers) < maxRTSPHeaders {
			m.headers = append(m.headers, rtspHeader{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return m, len(b), true
}

// contentLength reads a Content-Length; 0 if there is none or it is absurd.
func contentLength(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1<<24 {
		return 0
	}
	return n
}

// rtspLine returns the line b starts with, without its end, and its length with
// it; whole is false if it has no end within bounds.
func rtspLine(b []byte) (line string, n int, whole bool) {
	limit := b[:min(len(b), maxRTSPHead)]
	end := bytes.IndexByte(limit, '\n')
	if end < 0 {
		return string(limit), len(limit), false
	}
	return string(bytes.TrimRight(limit[:end], "\r")), end + 1, true
}

// rtspEmit emits the messages of one half; the other half holds what they
// answer.
func rtspEmit(own, other []rtspMessage, fromClient bool, emit Emit) {
	asked := make(map[string]*rtspMessage, len(other))
	for i := range other {
		if m := &other[i]; m.method != "" && m.get("CSeq") != "" {
			asked[m.get("CSeq")] = m
		}
	}
	for i := range own {
		m := &own[i]
		var f fields
		if m.method != "" {
			f = rtspRequest(m)
		} else {
			f = rtspReply(m, asked[m.get("CSeq")])
		}
		for _, p := range []part{{protocol: "rtsp", fields: f}, {protocol: "sdp", fields: rtspBody(m)}} {
			if len(p.fields) > 0 {
				emit(Message{Protocol: p.protocol, FromClient: fromClient, End: m.end, Fields: p.fields})
			}
		}
	}
}

// rtspRequest reads what a request says about who sent it.
func rtspRequest(m *rtspMessage) fields {
	var f fields
	f.add(observation.RTSPRequest, m.method)
	f.add(observation.RTSPUserAgent, m.get("User-Agent"))
	return f
}

// rtspReply reads what an answer says about who sent it; asked is the request
// it answers, nil if that was not seen.
func rtspReply(m, asked *rtspMessage) fields {
	var f fields
	f.add(observation.RTSPStatus, m.status)
	f.add(observation.RTSPServer, m.get("Server"))
	for _, h := range m.headers {
		if strings.EqualFold(h.name, "WWW-Authenticate") {
			f.addOnce(observation.RTSPRealm, realm(h.value))
		}
	}
	f.add(observation.RTSPPublic, m.get("Public"))
	f.add(observation.RTSPHeader, sessionForm(m.session))
	if asked != nil && (m.status == "200" || m.status == "401") {
		f.add(observation.RTSPPath, uriPath(asked.uri))
	}
	if asked == nil && m.status == "200" {
		f.add(observation.RTSPPath, ownPath(m))
	}
	return f
}

// sessionForm is a Session line with "0" for its number: how firmware writes it
// tells families apart ("Session:        0;timeout=60"), the number does not.
func sessionForm(line string) string {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return ""
	}
	number := strings.TrimLeft(value, " \t")
	space := value[:len(value)-len(number)]
	_, rest, more := strings.Cut(number, ";")
	if more {
		rest = ";" + rest
	}
	return name + ":" + space + "0" + rest
}

// ownPath is the path that an answer whose request was not seen gives for what
// it serves: the base of its description, or else the first stream of its
// RTP-Info that has a whole address (RFC 2326, sections 12.11 and 12.33).
func ownPath(m *rtspMessage) string {
	for _, name := range []string{"Content-Base", "Content-Location"} {
		if base := m.get(name); strings.Contains(base, "://") {
			return withoutSlash(uriPath(base))
		}
	}
	for part := range strings.SplitSeq(m.get("RTP-Info"), "url=") {
		uri, _, _ := strings.Cut(part, ";")
		if strings.HasPrefix(uri, "rtsp") && strings.Contains(uri, "://") {
			return withoutSlash(uriPath(uri))
		}
	}
	return ""
}

// withoutSlash drops the slash that ends a base, for the names of its media to
// follow; the request had none.
func withoutSlash(path string) string {
	if len(path) > 1 {
		return strings.TrimSuffix(path, "/")
	}
	return path
}

// rtspBody reads a session description.
func rtspBody(m *rtspMessage) fields {
	if !bytes.HasPrefix(m.body, []byte("v=")) {
		return nil
	}
	return sdpFields(m.body)
}

// ParseRTSPReply reads a lone answer, as another tool may have recorded it: its
// header fields and those of a session description in it. b may be cut
// anywhere. It returns nothing if b is no RTSP answer.
func ParseRTSPReply(b []byte) []observation.Field {
	var all fields
	for _, m := range rtspMessages(b) {
		if m.method == "" {
			all = append(append(all, rtspReply(&m, nil)...), rtspBody(&m)...)
		}
	}
	return all
}

// realm returns the realm parameter of a WWW-Authenticate value, "" if there is
// none. Quotation marks may be missing.
//
// Syntax: RFC 9110, section 11.6.1.
func realm(value string) string {
	const name = "realm="
	at := indexFold(value, name)
	if at < 0 {
		return ""
	}
	rest := value[at+len(name):]
	if !strings.HasPrefix(rest, `"`) {
		rest, _, _ = strings.Cut(rest, ",")
		return strings.TrimSpace(rest)
	}
	var out strings.Builder
	for i := 1; i < len(rest) && rest[i] != '"'; i++ {
		if rest[i] == '\\' && i+1 < len(rest) {
			i++
		}
		out.WriteByte(rest[i])
	}
	return out.String()
}

// indexFold is strings.Index whatever the case of ASCII letters. It looks at
// offsets in s itself, for bytes that are no UTF-8 change their number when their
// case does.
func indexFold(s, sub string) int {
	for i := 0; i+len(sub) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(sub)], sub) {
			return i
		}
	}
	return -1
}

// uriPath returns path and query of a URI without credentials; "" for "*".
func uriPath(uri string) string {
	if _, rest, ok := strings.Cut(uri, "://"); ok {
		at := strings.IndexAny(rest, "/?")
		if at < 0 {
			return "/"
		}
		uri = rest[at:]
	}
	if !strings.HasPrefix(uri, "/") && !strings.HasPrefix(uri, "?") {
		return ""
	}
	return withoutCredentials(uri)
}

// credentialKeys are the names under which cameras take a user or password in a
// path: "?user=", "&pwd=", "/user=admin_password=…".
var credentialKeys = []string{
	"user=", "usr=", "username=", "loginuse=", "loginname=", "pass=", "password=", "passwd=", "pwd=",
	"loginpas=", "psw=", "token=", "auth=", "sign=", "signature=",
}

// withoutCredentials replaces the value of every credential in a path and query
// by "*". A value ends at "&", ";", "/" or "?", or where "_" starts the next
// key.
func withoutCredentials(path string) string {
	if !strings.ContainsRune(path, '=') {
		return path
	}
	var out strings.Builder
	for i := 0; i < len(path); {
		key := ""
		if i > 0 && strings.IndexByte("?&;/_", path[i-1]) >= 0 {
			key = credentialAt(path[i:])
		}
		if key == "" {
			out.WriteByte(path[i])
			i++
			continue
		}
		out.WriteString(path[i : i+len(key)])
		i += len(key)
		if end := credentialEnd(path[i:]); end > 0 {
			out.WriteByte('*')
			i += end
		}
	}
	return out.String()
}

func credentialAt(s string) string {
	for _, key := range credentialKeys {
		if len(s) >= len(key) && strings.EqualFold(s[:len(key)], key) {
			return key
		}
	}
	return ""
}

// credentialEnd is the length of the value s starts with.
func credentialEnd(s string) int {
	for i := range len(s) {
		switch s[i] {
		case '&', ';', '/', '?':
			return i
		case '_':
			if keyFollows(s[i+1:]) {
				return i
			}
		}
	}
	return len(s)
}

// keyFollows reports whether s starts with a short name and "=".
func keyFollows(s string) bool {
	for i := range min(len(s), 12) {
		switch c := s[i] | 0x20; {
		case c >= 'a' && c <= 'z':
		case s[i] == '=':
			return i > 0
		default:
			return false
		}
	}
	return false
}
