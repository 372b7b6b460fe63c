package dissect

import (
	"bytes"
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
	var asked []httpMessage
	for at := 0; at < len(client) && len(asked) < maxHTTPMessages; {
		at = skipLineEnds(client, at)
		m, ok := readHTTP(client[at:], false)
		if !ok || m.status != 0 {
			break
		}
		at += m.end
		m.end = at
		asked = append(asked, m)
		emitRequest(&m, emit)
	}
	for at, n := 0, 0; at < len(server) && n < maxHTTPMessages; {
		var request *httpMessage
		if n < len(asked) {
			request = &asked[n]
		}
		at = skipLineEnds(server, at)
		m, ok := readHTTP(server[at:], request != nil && request.method == "HEAD")
		if !ok || m.status == 0 || m.status == 101 {
			return
		}
		at += m.end
		m.end = at
		if m.status/100 == 1 {
			continue // an interim answer; the final one follows
		}
		if request != nil && request.method == "CONNECT" {
			return
		}
		emitAnswer(request, &m, emit)
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

// emitRequest tells what a request says about the client.
func emitRequest(m *httpMessage, emit Emit) {
	var f fields
	f.add(observation.HTTPHost, requestHost(m))
	f.add(observation.HTTPUserAgent, m.headers.get("User-Agent"))
	emitPart(part{protocol: "http", fields: f}, true, m.end, emit)
	for _, p := range requestParts(m.body) {
		emitPart(p, true, m.end, emit)
	}
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

// emitAnswer tells what an answer says about the server. An answer that came
// through a proxy speaks of a third device and is left out.
func emitAnswer(request, m *httpMessage, emit Emit) {
	if request != nil && strings.Contains(request.target, "://") {
		return
	}
	f := answerFields(request, m)
	target := ""
	if request != nil {
		target = request.target
	}
	parts := answerParts(target, m.body)
	if len(parts) == 0 {
		f.add(observation.HTTPBody, bodyText(m))
	}
	emitPart(part{protocol: "http", fields: f}, false, m.end, emit)
	for _, p := range parts {
		emitPart(p, false, m.end, emit)
	}
}

func emitPart(p part, fromClient bool, end int, emit Emit) {
	if len(p.fields) > 0 {
		emit(Message{Protocol: p.protocol, FromClient: fromClient, About: p.about, End: end, Fields: p.fields})
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
