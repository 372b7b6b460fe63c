package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// A zeekRow is one line: the values of the columns that are read.
type zeekRow struct {
	line    []byte
	v       [zFields]span
	header  *zeekHeader          // nil for JSON
	escaped bool                 // the line has a backslash somewhere
	plain   bool                 // values are as they stand in the line: not JSON, and not escaped
	begins  []uint32             // where columns begin, of the line that is split
	members int                  // of JSON, read or not
	path    bool                 // the line names its log
	kind    zeekKind             // and which that is
	names   [zeekKinds]zeekNames // by log: each has its own order
}

// A span is where a value stands in the line; the zero span is of a value that is
// not set. Numbers, unlike slices, cost the garbage collector nothing.
type span struct{ from, end uint32 }

func (s span) set() bool { return s.end != 0 }

func (r *zeekRow) has(f zeekField) bool { return r.v[f].set() }

// raw is a value as written; empty for one that is not set.
func (r *zeekRow) raw(f zeekField) []byte { return r.line[r.v[f].from:r.v[f].end] }

// json reads a line of JSON, of at most 4 GB. It reports false for one that is
// none, or was cut, of which what stands before the fault is kept.
func (r *zeekRow) json(line []byte) bool {
	clear(r.v[:])
	r.line, r.header, r.members, r.path, r.kind, r.plain = line, nil, 0, false, zeekOther, false
	r.escaped = bytes.IndexByte(line, '\\') >= 0
	o, _ := object(line)
	for name := 0; ; {
		var field zeekField
		if name, field = r.names[r.kind].next(&o, name); name < 0 || !o.value() {
			return o.closed()
		}
		if r.members++; field != zNone {
			r.member(field, o.from, o.val)
		}
		if field == zPath {
			name = 0 // of the table of that log from here on
		}
	}
}

// member keeps a member of a JSON line, which stands at an index of the line.
func (r *zeekRow) member(f zeekField, from int, val []byte) {
	switch {
	case val[0] == 'n': // null
	case f == zPath:
		name := text(val)
		r.path, r.kind = len(name) > 0, zeekPaths[string(name)]
	case f == zID && val[0] == '{': // some shippers make an object of what has a dot
		o, _ := object(val)
		for o.next() {
			if f := zeekFieldOf(append([]byte("id."), o.key...)); f != zNone && f != zPath {
				r.member(f, from+o.from, o.val)
			}
		}
	default:
		r.v[f] = span{uint32(from), uint32(from + len(val))}
	}
}

// split reads a line of tab-separated values. It sets all that the header names,
// so that a row need not be made empty between lines of one log. It reports false
// for a line with more or fewer columns.
func (r *zeekRow) split(h *zeekHeader, line []byte) bool {
	if r.header != h {
		clear(r.v[:])
		r.header = h
	}
	r.line, r.escaped = line, bytes.IndexByte(line, '\\') >= 0
	r.plain = !r.escaped
	if cap(r.begins) <= h.columns {
		r.begins = make([]uint32, h.columns+1)
	}
	begins, n := r.begins[:h.columns+1], 1
	for at := 0; at < len(line); at += 64 {
		for ends := bytesEqual(line[at:], h.separator); ends != 0; ends &= ends - 1 {
			if n == len(begins) {
				return false
			}
			begins[n] = uint32(at + bits.TrailingZeros64(ends) + 1)
			n++
		}
	}
	if n != h.columns {
		return false
	}
	begins[n] = uint32(len(line) + 1)
	for _, c := range h.read {
		value := span{begins[c.index], begins[c.index+1] - 1}
		if value.from == value.end || line[value.from] == h.marks[0] || line[value.from] == h.marks[1] {
			value = h.marked(line, value)
		}
		r.v[c.field] = value
	}
	return true
}

// bytesEqual has bit n set where byte n of the first 64 is b. Looking at eight
// bytes as one number it takes no decision for each of them, of which every other
// would be guessed wrong.
func bytesEqual(text []byte, b byte) (all uint64) {
	const low, high = 0x0101010101010101, 0x8080808080808080
	const gather = 0x0102040810204080 // moves the lowest bits of eight bytes into the highest byte
	n := 0
	for ; n < 64 && n+8 <= len(text); n += 8 {
		word := binary.LittleEndian.Uint64(text[n:]) ^ low*uint64(b)
		equal := ^((word&^high + ^uint64(high)) | word) & high
		all |= equal >> 7 * gather >> 56 << n
	}
	for ; n < 64 && n < len(text); n++ {
		if text[n] == b {
			all |= 1 << n
		}
	}
	return all
}

// marked is a value that may be the mark of one that is not set, or is empty.
func (h *zeekHeader) marked(line []byte, value span) span {
	switch text := line[value.from:value.end]; {
	case string(text) == string(h.unset):
		return span{}
	case string(text) == string(h.empty):
		value.end = value.from
	}
	return value
}

// text is a value as text, without escapes.
func (r *zeekRow) text(f zeekField) []byte {
	v := r.raw(f)
	if !r.plain {
		v = r.decoded(v)
	}
	return v
}

// decoded is a value of a line in which they need not be as they stand there.
func (r *zeekRow) decoded(v []byte) []byte {
	switch {
	case r.header != nil && bytes.IndexByte(v, '\\') >= 0:
		return unescapeZeek(v)
	case r.header != nil || len(v) < 2 || v[0] != '"':
		return v // a number, if in JSON
	case r.escaped:
		return text(v)
	}
	return v[1 : len(v)-1]
}

// list calls yield with each element of a set or vector, until it says false.
func (r *zeekRow) list(f zeekField, yield func([]byte) bool) {
	v := r.raw(f)
	if r.header == nil {
		for a := array(v); a.next() && yield(text(a.val)); {
		}
		return
	}
	if len(v) == 0 {
		return
	}
	for n := 0; n < maxRecords; n++ {
		part, rest, more := bytes.Cut(v, r.header.set)
		if bytes.IndexByte(part, '\\') >= 0 {
			part = unescapeZeek(part)
		}
		if !yield(part) || !more {
			return
		}
		v = rest
	}
}

// first is the first element of a set or vector; nil if there is none.
func (r *zeekRow) first(f zeekField) (element []byte) {
	r.list(f, func(v []byte) bool {
		element = v
		return false
	})
	return element
}

// number is a count, 0 for unset.
func (r *zeekRow) number(f zeekField) uint64 { return count(r.text(f)) }

// nanoseconds is the time of the row.
func (r *zeekRow) nanoseconds() int64 { return r.time(zTS) }

// time is a time in nanoseconds: written as seconds, milliseconds or ISO 8601.
func (r *zeekRow) time(f zeekField) int64 {
	v := r.text(f)
	if len(v) > 4 && v[4] == '-' {
		return stamp(v)
	}
	if n := len(v); n == 13 && bytes.IndexByte(v, '.') < 0 { // milliseconds, with json_timestamps = JSON::TS_MILLIS
		ms, _ := decimal(v)
		return int64(ms) * 1e6
	}
	return seconds(v)
}
