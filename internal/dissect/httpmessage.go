package dissect

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strconv"
	"strings"
)

const (
	maxHTTPHeaders = 128      // of one message
	maxHTTPLine    = 16 << 10 // bytes of one header line
	maxHTTPBody    = 1 << 20  // bytes of one body after decoding
)

// A headerList holds the header lines of one message, in the order sent.
type headerList []httpHeader

type httpHeader struct{ name, value string }

// get returns the first value of name, whatever its case; "" if there is none.
func (h headerList) get(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].name, name) {
			return h[i].value
		}
	}
	return ""
}

// cutLine splits b behind its first line. The line has no line end.
func cutLine(b []byte) (line, rest []byte) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 {
		return b, nil
	}
	return bytes.TrimRight(b[:end], "\r"), b[end+1:]
}

// readHeaders reads header lines up to the empty one and returns how many bytes
// they take. whole is false if b ends before; the lines that are whole are kept.
// A line that continues the one before (RFC 9112, section 5.2) is joined to it;
// one without a colon is dropped. All lines are stepped over but at most 128
// kept, each with its first 16 KiB.
func readHeaders(b []byte) (h headerList, n int, whole bool) {
	lines, n, whole := headLines(b)
	if lines == 0 {
		return nil, n, whole
	}
	head := string(b[:n]) // what is kept is part of it
	h = make(headerList, 0, min(lines, maxHTTPHeaders))
	for range lines {
		var line string
		line, head, _ = strings.Cut(head, "\n")
		line = strings.TrimRight(line, "\r")
		line = line[:min(len(line), maxHTTPLine)]
		if last := len(h) - 1; (line[0] == ' ' || line[0] == '\t') && last >= 0 {
			if len(h[last].value) < maxHTTPLine {
				h[last].value += " " + strings.TrimSpace(line)
			}
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if found && len(h) < maxHTTPHeaders {
			h = append(h, httpHeader{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return h, n, whole
}

// headLines counts the lines of a head that are whole and not empty, and the
// bytes of it. whole is false if b ends before the empty line.
func headLines(b []byte) (lines, n int, whole bool) {
	for n < len(b) {
		end := bytes.IndexByte(b[n:], '\n')
		if end < 0 {
			return lines, len(b), false
		}
		empty := len(bytes.TrimRight(b[n:n+end], "\r")) == 0
		n += end + 1
		if empty {
			return lines, n, true
		}
		lines++
	}
	return lines, n, false
}

// An httpMessage is one request or answer.
type httpMessage struct {
	method, target string // of a request
	status         int    // of an answer, else 0
	headers        headerList
	body           []byte // without chunks and compression, at most maxHTTPBody
	whole          bool   // the body is all there
	end            int    // offset after the message in its half
}

// readHTTP reads the message b starts with. ok is false if b starts with none.
// bodiless says that an answer has no body whatever its headers say: it
// answers HEAD.
//
// b may be cut: header lines and the part of the body before the cut are kept.
// end is the length of b if the message goes to the end or its end is unknown.
//
// Format: RFC 9112.
func readHTTP(b []byte, bodiless bool) (m httpMessage, ok bool) {
	line, rest := cutLine(b)
	if !m.startLine(line) {
		return m, false
	}
	headers, n, whole := readHeaders(rest)
	m.headers = headers
	if !whole {
		m.end = len(b)
		return m, true
	}
	head := len(b) - len(rest) + n
	if bodiless || m.status == 204 || m.status == 304 || m.status/100 == 1 {
		m.whole, m.end = true, head
		return m, true
	}
	raw, used, whole := m.rawBody(b[head:])
	m.end = head + used
	m.body, m.whole = decodeBody(raw, m.headers.get("Content-Encoding"), whole)
	return m, true
}

// startLine reads a request line or a status line.
func (m *httpMessage) startLine(line []byte) bool {
	line = line[:min(len(line), maxHTTPLine)]
	if isStatusLine(line) {
		const space = " \t\v\f\r" // RFC 9112, section 4: recipients may take any
		at := bytes.IndexAny(line, space)
		code := bytes.TrimLeft(line[max(at, 0):], space)
		if end := bytes.IndexAny(code, space); end >= 0 {
			code = code[:end]
		}
		if at < 0 || len(code) != 3 {
			return false
		}
		for _, c := range code {
			if !isDigit(c) {
				return false
			}
			m.status = m.status*10 + int(c-'0')
		}
		return m.status >= 100
	}
	first, last := bytes.IndexByte(line, ' '), bytes.LastIndex(line, []byte(" HTTP/1."))
	if first < 1 || last <= first {
		return false
	}
	m.method, m.target = string(line[:first]), string(bytes.TrimSpace(line[first:last]))
	return m.target != ""
}

// rawBody returns the body at the start of b without chunks, how many bytes of b
// it takes, and whether it is all there. The body of an answer without a
// length goes on to the end of the stream, and whether that was seen is not
// known here; a request without one has no body.
func (m *httpMessage) rawBody(b []byte) (body []byte, used int, whole bool) {
	if strings.Contains(strings.ToLower(m.headers.get("Transfer-Encoding")), "chunked") {
		return readChunks(b)
	}
	length := m.headers.get("Content-Length")
	n, err := strconv.ParseInt(length, 10, 62)
	switch {
	case length == "" && m.status == 0:
		return nil, 0, true
	case err != nil || n < 0:
		return b, len(b), false
	case n > int64(len(b)):
		return b, len(b), false
	}
	return b[:n], int(n), true
}

// readChunks joins the chunks of a body (RFC 9112, section 7.1), up to
// maxHTTPBody bytes of it.
func readChunks(b []byte) (body []byte, used int, whole bool) {
	for used < len(b) {
		line, rest := cutLine(b[used:])
		digits, _, _ := strings.Cut(string(line[:min(len(line), 64)]), ";")
		size, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 62)
		if err != nil || rest == nil {
			return body, len(b), false
		}
		used = len(b) - len(rest)
		if size == 0 {
			_, n, ended := readHeaders(rest) // trailers
			return body, used + n, ended
		}
		part := rest[:min(size, uint64(len(rest)))]
		if room := maxHTTPBody - len(body); room > 0 {
			body = append(body, part[:min(len(part), room)]...)
		}
		used += len(part)
		if uint64(len(part)) < size {
			return body, len(b), false
		}
		_, rest = cutLine(b[used:])
		used = len(b) - len(rest)
	}
	return body, len(b), false
}

// decodeBody undoes gzip and deflate, up to maxHTTPBody bytes. What could be
// decoded before a cut or an error is kept. Other encodings yield nothing.
func decodeBody(b []byte, encoding string, whole bool) ([]byte, bool) {
	var in io.Reader
	var err error
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "", "identity":
		if len(b) > maxHTTPBody {
			return b[:maxHTTPBody], false
		}
		return b, whole
	case "gzip", "x-gzip":
		in, err = gzip.NewReader(bytes.NewReader(b))
	case "deflate": // zlib by RFC 9110, bare by custom
		if in, err = zlib.NewReader(bytes.NewReader(b)); err != nil {
			in, err = flate.NewReader(bytes.NewReader(b)), nil
		}
	default:
		return nil, false
	}
	if err != nil {
		return nil, false
	}
	out, err := io.ReadAll(io.LimitReader(in, maxHTTPBody+1))
	if len(out) > maxHTTPBody {
		return out[:maxHTTPBody], false
	}
	return out, whole && err == nil
}
