package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonObject walks the members of one JSON object without building anything.
// It takes all that is JSON as encoding/json does, and also some that is not:
// what matters is that no member of valid JSON is missed or misread, and that a
// line that was cut is told.
type jsonObject struct {
	b    []byte
	at   int
	done bool // the closing brace was met
	key  []byte
	val  []byte // raw, as written
	from int    // where val begins
}

// object begins to walk b, which may have white space around it. It reports
// false if b does not begin as an object.
func object(b []byte) (jsonObject, bool) {
	at := space(b, 0)
	if at >= len(b) || b[at] != '{' {
		return jsonObject{}, false
	}
	return jsonObject{b: b, at: at + 1}, true
}

// next moves to the next member. At the end, and at a fault, it reports false;
// done tells which.
func (o *jsonObject) next() bool {
	return o.name() && o.value()
}

// value moves over the value whose name [jsonObject.name] has moved to.
func (o *jsonObject) value() bool {
	end := valueEnd(o.b, o.from)
	if end < 0 {
		return false
	}
	o.val, o.at = o.b[o.from:end], end
	return true
}

// within begins to walk the member that [jsonObject.name] has moved to, if it is
// an object. The caller walks it to its end and calls behind.
func (o *jsonObject) within() (jsonObject, bool) {
	if o.from >= len(o.b) || o.b[o.from] != '{' {
		return jsonObject{}, false
	}
	return jsonObject{b: o.b, at: o.from + 1}, true
}

// behind moves over the member that was walked as inner. It reports false for one
// that had no end.
func (o *jsonObject) behind(inner *jsonObject) bool {
	o.at = inner.at
	return inner.done
}

// name moves to the next member's name and to where its value begins.
func (o *jsonObject) name() bool {
	b, i := o.b, o.at
	if i < len(b) && (b[i] == ',' || b[i] <= ' ') {
		i = space(b, i)
		if i < len(b) && b[i] == ',' {
			i = space(b, i+1)
		}
	}
	if i >= len(b) {
		return false
	}
	if b[i] != '"' {
		o.done = b[i] == '}'
		o.at = i + 1
		return false
	}
	end := stringEnd(b, i)
	if end < 0 {
		return false
	}
	o.key = b[i+1 : end-1]
	if i = end; i < len(b) && b[i] != ':' {
		i = space(b, i)
	}
	if i >= len(b) || b[i] != ':' {
		return false
	}
	i++
	if i < len(b) && b[i] <= ' ' {
		i = space(b, i)
	}
	o.from = i
	if bytes.IndexByte(o.key, '\\') >= 0 {
		o.key = unescape(o.key)
	}
	return true
}

// closed reports whether the object came to its end and nothing is behind it.
func (o *jsonObject) closed() bool { return o.done && space(o.b, o.at) == len(o.b) }

// A jsonArray walks the elements of an array.
type jsonArray struct {
	b   []byte
	at  int
	val []byte
}

// array begins to walk b; of anything that is no array there are no elements.
func array(b []byte) jsonArray {
	if len(b) == 0 || b[0] != '[' {
		return jsonArray{}
	}
	return jsonArray{b: b, at: 1}
}

func (a *jsonArray) next() bool {
	i := space(a.b, a.at)
	if i < len(a.b) && a.b[i] == ',' {
		i = space(a.b, i+1)
	}
	if i >= len(a.b) || a.b[i] == ']' {
		return false
	}
	end := valueEnd(a.b, i)
	if end < 0 {
		return false
	}
	a.val, a.at = a.b[i:end], end
	return true
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd is the index behind the string that begins at b[i], -1 if it has no
// end. It looks at eight bytes at a time: a byte of q or s is zero where b has a
// quotation mark or a backslash, and the lowest high bit of m marks the first
// (Hacker's Delight, section 6-1).
func stringEnd(b []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for i++; i+8 <= len(b); {
		x := binary.LittleEndian.Uint64(b[i:])
		q, s := x^(ones*'"'), x^(ones*'\\')
		m := ((q-ones)&^q | (s-ones)&^s) & highs
		if m == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(m) >> 3
		if b[i] == '"' {
			return i + 1
		}
		i += 2
	}
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// structure marks the bytes that matter between strings.
var structure = [256]bool{'"': true, '{': true, '}': true, '[': true, ']': true}

// valueEnd is the index behind the value that begins at b[i], -1 if it has none.
func valueEnd(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return stringEnd(b, i)
	case '{', '[':
		return nestedEnd(b, i)
	}
	from := i
	for i < len(b) && b[i] > ' ' && b[i] != ',' && b[i] != '}' && b[i] != ']' {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

func nestedEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		c := b[i]
		if !structure[c] {
			i++
			continue
		}
		switch c {
		case '"':
			if i = stringEnd(b, i); i < 0 {
				return -1
			}
			continue
		case '{', '[':
			depth++
		default:
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return -1
}

// text is the contents of a JSON string; nil for any other value.
func text(v []byte) []byte {
	if len(v) < 2 || v[0] != '"' {
		return nil
	}
	v = v[1 : len(v)-1]
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	return unescape(v)
}

// unescape undoes the escapes of RFC 8259, section 7. Half a surrogate pair
// becomes U+FFFD; an escape that is none is kept as it is.
func unescape(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' || i+1 == len(v) {
			out = append(out, v[i])
			continue
		}
		i++
		switch v[i] {
		case '"', '\\', '/':
			out = append(out, v[i])
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, n := escapedRune(v[i+1:])
			if n == 0 {
				out = append(out, '\\', 'u')
				break
			}
			out = utf8.AppendRune(out, r)
			i += n
		default:
			out = append(out, '\\', v[i])
		}
	}
	return out
}

// escapedRune reads what follows \u, and the second half of a pair; n is the
// bytes used, 0 if there are no four digits.
func escapedRune(b []byte) (r rune, n int) {
	r, ok := hex4(b)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(b) >= 10 && b[4] == '\\' && b[5] == 'u' {
		if low, ok := hex4(b[6:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return utf8.RuneError, 4
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(v), err == nil && b[0] != '+'
}
