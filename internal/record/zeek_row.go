package record

import "bytes"

// A zeekRow is one line: the values of the columns that are read.
type zeekRow struct {
	line    []byte
	v       [zFields]span
	header  *zeekHeader          // nil for JSON
	escaped bool                 // the line has a backslash somewhere
	members int                  // of JSON, read or not
	path    bool                 // the line names its log
	kind    zeekKind             // and which that is
	names   [zeekKinds]zeekNames // by log: each has its own order
}

// A span is where a value stands in the line; the zero span is of a value that is
// not set. Numbers, unlike slices, cost the garbage collector nothing.
type span struct{ behind, end uint32 } // behind is the index of the first byte, plus one

func (s span) set() bool { return s.behind != 0 }

func (r *zeekRow) has(f zeekField) bool { return r.v[f].set() }

// raw is a value as written; nil for one that is not set.
func (r *zeekRow) raw(f zeekField) []byte {
	s := r.v[f]
	if !s.set() {
		return nil
	}
	return r.line[s.behind-1 : s.end : s.end]
}

// json reads a line of JSON, of at most 4 GB. It reports false for one that is
// none, or was cut, of which what stands before the fault is kept.
func (r *zeekRow) json(line []byte) bool {
	clear(r.v[:])
	r.line, r.header, r.members, r.path, r.kind = line, nil, 0, false, zeekOther
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
		r.v[f] = span{uint32(from + 1), uint32(from + len(val))}
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
	columns, separator := h.columns, h.separator
	for from, i := 0, 0; ; i++ {
		for i < len(line) && line[i] != separator {
			i++
		}
		if len(columns) == 0 {
			return false
		}
		if f := columns[0]; f != zNone {
			value := span{uint32(from + 1), uint32(i)}
			if i-from == len(h.unset) && (i == from || line[from] == h.unset[0]) && string(line[from:i]) == string(h.unset) {
				value = span{}
			}
			r.v[f] = value
		}
		columns = columns[1:]
		if from = i + 1; i == len(line) {
			return len(columns) == 0
		}
	}
}

// text is a value as text, without escapes.
func (r *zeekRow) text(f zeekField) []byte {
	v := r.raw(f)
	if r.header == nil {
		switch {
		case len(v) < 2 || v[0] != '"':
			return v // a number
		case r.escaped:
			return text(v)
		}
		return v[1 : len(v)-1]
	}
	if len(v) == len(r.header.empty) && string(v) == string(r.header.empty) {
		return nil
	}
	if !r.escaped || bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	return unescapeZeek(v)
}

// list calls yield with each element of a set or vector, until it says false.
func (r *zeekRow) list(f zeekField, yield func([]byte) bool) {
	v := r.raw(f)
	if r.header == nil {
		for a := array(v); a.next() && yield(text(a.val)); {
		}
		return
	}
	if len(v) == 0 || bytes.Equal(v, r.header.empty) {
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
