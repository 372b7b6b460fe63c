package dissect

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// HTTP/1 (RFC 9110, RFC 9112) in TCP on any port, told by its first bytes.
var httpDissector = Dissector{
	Name:        "http",
	Fuzz:        "FuzzHTTP",
	TCP:         []uint16{80, 8080, 8000, 8081, 8888},
	LooksStream: looksHTTP,
	Stream:      dissectHTTP,
	again:       (*Memory).http,
}

// maxHTTPMessages bounds the messages of one half; a long-lived connection
// says the same again and again.
const maxHTTPMessages = 256

// httpMethods start a request. OPTIONS is RTSP's too and is told by the target.
var httpMethods = [][]byte{
	[]byte("GET "), []byte("POST "), []byte("HEAD "), []byte("PUT "), []byte("DELETE "), []byte("PATCH "),
	[]byte("OPTIONS /"), []byte("NOTIFY /"), []byte("SUBSCRIBE /"), []byte("CONNECT "), []byte("PROPFIND "),
}

// looksHTTP reports whether a half of a conversation starts as HTTP/1.
func looksHTTP(b []byte) bool {
	if isStatusLine(b) {
		return true
	}
	for _, method := range httpMethods {
		if n := min(len(b), len(method)); n >= 4 && bytes.Equal(method[:n], b[:n]) {
			return true
		}
	}
	return false
}

// dissectHTTP reads both halves and matches answers with requests by order
// (RFC 9112, section 9.3.2), so that a path is only told of a server that has
// it. It stops where the connection becomes something else: after CONNECT and
// after an upgrade.
func dissectHTTP(_, _ uint16, client, server []byte, emit Emit) {
	(*Memory)(nil).http(client, server, emit)
}

func (m *Memory) http(client, server []byte, emit Emit) {
	var asked []httpMessage
	for at := 0; at < len(client) && len(asked) < maxHTTPMessages; {
		at = skipLineEnds(client, at)
		one, ok := readHTTP(client[at:], false)
		if !ok || one.status != 0 {
			break
		}
		at += one.end
		one.end = at
		asked = append(asked, one)
		m.request(&one, emit)
	}
	for at, n := 0, 0; at < len(server) && n < maxHTTPMessages; {
		var request *httpMessage
		if n < len(asked) {
			request = &asked[n]
		}
		at = skipLineEnds(server, at)
		one, ok := readHTTP(server[at:], request != nil && request.method == "HEAD")
		if !ok || one.status == 0 || one.status == 101 {
			return
		}
		at += one.end
		one.end = at
		if one.status/100 == 1 {
			continue // an interim answer; the final one follows
		}
		if request != nil && request.method == "CONNECT" {
			return
		}
		m.answer(request, &one, emit)
		n++
	}
}

// skipLineEnds steps over the empty lines that some clients send between
// messages (RFC 9112, section 2.2).
func skipLineEnds(b []byte, at int) int {
	for at < len(b) && (b[at] == '\r' || b[at] == '\n') {
		at++
	}
	return at
}

// request tells what a request says about the client.
func (m *Memory) request(r *httpMessage, emit Emit) {
	if m == nil || len(r.body) > 0 {
		emitParts(readRequest(r), true, r.end, emit)
		return
	}
	text := appendText(m.begin(ofRequest), r.headers.get("Host"))
	text = appendText(text, r.headers.get("User-Agent"))
	if strings.Contains(r.target, "://") {
		text = append(text, r.target...)
	}
	k := m.find(text)
	if k.parts == nil {
		parts := readRequest(r)
		k.keep(parts)
		emitParts(parts, true, r.end, emit)
		return
	}
	emitParts(k.parts, true, r.end, emit)
}

// readRequest gives the request itself, and what its body holds.
func readRequest(r *httpMessage) []part {
	var f fields
	f.add(observation.HTTPHost, requestHost(r))
	f.add(observation.HTTPUserAgent, r.headers.get("User-Agent"))
	return append([]part{{protocol: "http", fields: f}}, requestParts(r.body)...)
}

// requestHost is the name or address the client asked for, without port.
func requestHost(m *httpMessage) string {
	host := m.headers.get("Host")
	if _, rest, ok := strings.Cut(m.target, "://"); ok { // to a proxy
		host, _, _ = strings.Cut(rest, "/")
		host = host[strings.LastIndexByte(host, '@')+1:]
	}
	if at := strings.LastIndexByte(host, ':'); at >= 0 && strings.IndexByte(host[at:], ']') < 0 {
		host = host[:at]
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// answer tells what an answer says about the server. An answer that came
// through a proxy speaks of a third device and is left out.
func (m *Memory) answer(request, a *httpMessage, emit Emit) {
	if request != nil && strings.Contains(request.target, "://") {
		return
	}
	if m == nil {
		emitParts(readAnswer(request, a), false, a.end, emit)
		return
	}
	k := m.find(m.appendAnswer(m.begin(ofAnswer), request, a))
	if k.parts == nil {
		parts := readAnswer(request, a)
		k.keep(parts)
		emitParts(parts, false, a.end, emit)
		return
	}
	emitParts(k.parts, false, a.end, emit)
}

// readAnswer gives the answer itself, and what its body holds.
func readAnswer(request, a *httpMessage) []part {
	f := answerFields(request, a)
	target := ""
	if request != nil {
		target = request.target
	}
	parts := answerParts(target, a.body)
	if len(parts) == 0 {
		f.add(observation.HTTPBody, bodyText(a))
	}
	return append([]part{{protocol: "http", fields: f}}, parts...)
}

// appendAnswer appends what readAnswer looks at.
func (m *Memory) appendAnswer(text []byte, request, a *httpMessage) []byte {
	text = binary.LittleEndian.AppendUint16(text, uint16(a.status))
	asked, whole := byte(0), byte(0)
	if request != nil {
		asked = 1
		text = appendText(appendText(text, request.method), request.target)
	}
	if a.whole {
		whole = 1
	}
	text = m.appendHash(append(text, asked, whole), a.body)
	text = appendText(text, a.headers.get("Server"))
	text = appendText(text, a.headers.get("Content-Type"))
	for i := range a.headers {
		if strings.EqualFold(a.headers[i].name, "WWW-Authenticate") {
			text = appendText(text, a.headers[i].value)
		}
	}
	return text
}

func emitParts(parts []part, fromClient bool, end int, emit Emit) {
	for i := range parts {
		emitPart(parts[i], fromClient, end, emit)
	}
}

func emitPart(p part, fromClient bool, end int, emit Emit) {
	if len(p.fields) > 0 {
		emit(Message{Protocol: p.protocol, FromClient: fromClient, About: p.about, End: end, Fields: p.fields, Known: p.known})
	}
}

// answerFields reads status, headers, title and icon.
func answerFields(request, m *httpMessage) fields {
	var f fields
	if m.status != 0 { // 0: a body that was recorded without its head
		f.add(observation.HTTPStatus, strconv.Itoa(m.status))
	}
	if request != nil && (m.status == 200 || m.status == 401) {
		f.add(observation.HTTPPath, uriPath(request.target))
	}
	f.add(observation.HTTPServer, m.headers.get("Server"))
	for _, h := range m.headers {
		if strings.EqualFold(h.name, "WWW-Authenticate") {
			f.addOnce(observation.HTTPAuthenticate, h.value)
			f.addOnce(observation.HTTPRealm, realm(h.value))
		}
	}
	if looksHTML(m.body) {
		f.add(observation.HTTPTitle, htmlTitle(m.body))
	}
	if request != nil && isFavicon(request, m) {
		addFavicon(&f, m.body)
	}
	return f
}
