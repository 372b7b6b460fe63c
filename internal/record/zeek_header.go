package record

import (
	"bytes"
	"strconv"
)

// A zeekHeader is what the header lines of a tab-separated log say. It is never
// changed; a new header line makes a new one.
type zeekHeader struct {
	separator byte
	set       []byte
	empty     []byte
	unset     []byte
	path      string
	marks     [2]byte      // what unset and empty begin with; 0 for nothing
	columns   int          // of a line; 0 while that is not known
	read      []zeekColumn // those of a field that is read
	kind      zeekKind
}

// A zeekColumn is where a field stands in a line.
type zeekColumn struct {
	index int // from 0
	field zeekField
}

var zeekDefault = zeekHeader{separator: '\t', set: []byte(","), empty: []byte("(empty)"), unset: []byte("-"), marks: [2]byte{'-', '('}}

// maxColumns bounds the columns of a log.
const maxColumns = 1024

// with is the header after one more header line.
func (h *zeekHeader) with(line []byte) *zeekHeader {
	if value, ok := bytes.CutPrefix(line, []byte("#separator ")); ok { // begins a new header
		next := zeekDefault
		if value = unescapeZeek(bytes.TrimSpace(value)); len(value) == 1 {
			next.separator = value[0]
		}
		return &next
	}
	next := *h
	key, value, ok := bytes.Cut(line, []byte{h.separator})
	if !ok {
		return h
	}
	value = bytes.Clone(value)
	switch string(key) {
	case "#set_separator":
		if value = unescapeZeek(value); len(value) > 0 {
			next.set = value
		}
	case "#empty_field":
		next.empty, next.marks[1] = value, firstByte(value)
	case "#unset_field":
		next.unset, next.marks[0] = value, firstByte(value)
	case "#path":
		next.path = string(value)
	case "#fields":
		names := bytes.Split(value, []byte{h.separator})
		next.columns, next.read = min(len(names), maxColumns), nil
		for i, name := range names[:next.columns] {
			if field := zeekFieldOf(name); field != zNone {
				next.read = append(next.read, zeekColumn{i, field})
			}
		}
	default:
		return h
	}
	next.kind = zeekPaths[next.path]
	if next.path == "" {
		next.kind = next.guess()
	}
	return &next
}

// firstByte is 0 of no bytes.
func firstByte(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// guess tells a log without #path by its columns.
func (h *zeekHeader) guess() zeekKind {
	var row zeekRow
	for _, c := range h.read {
		row.v[c.field] = span{0, 1}
	}
	return zeekKindOf(&row)
}

// zeekHeaderBehind is the header in force behind a chunk.
func zeekHeaderBehind(before any, chunk []byte) any {
	h, _ := before.(*zeekHeader)
	if h == nil {
		h = &zeekDefault
	}
	chunk = bytes.TrimPrefix(chunk, []byte("\xef\xbb\xbf"))
	for at := 0; at < len(chunk); {
		if chunk[at] == '#' {
			line, _, _ := bytes.Cut(chunk[at:], []byte("\n"))
			h = h.with(bytes.TrimRight(line, "\r"))
		}
		n := bytes.Index(chunk[at:], []byte("\n#"))
		if n < 0 {
			break
		}
		at += n + 1
	}
	return h
}

// unescapeZeek undoes \xHH and \\.
func unescapeZeek(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' || i+1 == len(v) {
			out = append(out, v[i])
			continue
		}
		if v[i+1] == '\\' {
			out = append(out, '\\')
			i++
			continue
		}
		if v[i+1] == 'x' && i+4 <= len(v) {
			if n, err := strconv.ParseUint(string(v[i+2:i+4]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		out = append(out, v[i])
	}
	return out
}
