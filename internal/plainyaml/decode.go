// Package plainyaml reads YAML as the files of the knowledge base write it,
// some thirty times faster than a reader of all of YAML: at start everything
// that recognises a device is read, and that was half of a short audit.
//
// It decides nothing about what is wrong. It takes a document only when it is
// in the plain form below and fits the target without a doubt, and then gives
// what go.yaml.in/yaml/v3 gives with KnownFields; a test and a fuzz target hold
// the two beside each other. Everything else it refuses without saying why: the
// caller then asks yaml/v3, whose answer or error counts.
//
// The plain form: one document in UTF-8 of block mappings and sequences,
// indented by spaces, with keys of letters, digits, '-' and '_'. A value is a
// scalar on one line (plain or quoted), a folded or literal block without blank
// lines, or a list or mapping of such scalars in brackets on one line. There is
// no anchor, tag, empty value, directive or mark of a document.
package plainyaml

import (
	"reflect"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A Liner is told on which line of the document its mapping starts.
type Liner interface{ StartsAt(line int) }

// Decode reads text into what v points at, and reports whether it took it; if
// not, v is as it was. The target is made of structs with yaml tags (also
// inline), slices, pointers, strings, bools, map[string]any and yaml.Node; of a
// Node only Kind, Value and Line are set. Strings share the memory of one copy
// of text. A type with an UnmarshalYAML of its own is taken only if it is a
// [Liner] too, and is then filled by its tags.
func Decode(text []byte, v any) bool {
	r := &reader{s: string(text), line: 1, end: -1}
	if !printable(r.s) {
		return false
	}
	to := reflect.ValueOf(v).Elem()
	fresh := reflect.New(to.Type()).Elem()
	r.next()
	if r.indent < 0 || !r.block(fresh, r.indent) || r.indent >= 0 {
		return false
	}
	to.Set(fresh)
	return true
}

// printable refuses what YAML forbids or reads as the end of a line, and tabs.
func printable(text string) bool {
	wide := false
	for i := range len(text) {
		c := text[i]
		if c < ' ' && c != '\n' || c == 0x7f {
			return false
		}
		wide = wide || c >= utf8.RuneSelf
	}
	if !wide {
		return true
	}
	if !utf8.ValidString(text) {
		return false
	}
	for _, c := range text {
		switch {
		case c < 0x7f:
		case c < 0xa0, c == 0x2028, c == 0x2029, c == 0xfeff, c == 0xfffe, c == 0xffff:
			return false
		}
	}
	return true
}

// A reader stands at the first character of a line's content that is neither
// space nor comment, or inside that line.
type reader struct {
	s      string
	pos    int
	line   int // from 1
	end    int // of the line, or before pos when that was not looked for yet
	indent int // column of that first character; -1 at the end of the text
}

// next goes from the start of a line to the content of the first line that has
// any.
func (r *reader) next() {
	for r.pos < len(r.s) {
		start := r.pos
		for r.pos < len(r.s) && r.s[r.pos] == ' ' {
			r.pos++
		}
		if r.pos < len(r.s) && r.s[r.pos] != '\n' && r.s[r.pos] != '#' {
			r.indent = r.pos - start
			return
		}
		r.skipLine()
	}
	r.indent = -1
}

func (r *reader) skipLine() {
	r.pos += len(r.rest())
	if r.pos < len(r.s) {
		r.pos++
		r.line++
	}
}

// rest is what is left of the line.
func (r *reader) rest() string {
	if r.end < r.pos {
		r.end = len(r.s)
		if n := strings.IndexByte(r.s[r.pos:], '\n'); n >= 0 {
			r.end = r.pos + n
		}
	}
	return r.s[r.pos:r.end]
}

// ended reports that only spaces and a comment are left of the line, and goes
// to the next one.
func (r *reader) ended() bool {
	if !blank(r.rest()) {
		return false
	}
	r.skipLine()
	r.next()
	return true
}

// blank reports that s is nothing, or a comment after a space.
func blank(s string) bool {
	t := strings.TrimLeft(s, " ")
	return t == "" || t[0] == '#' && len(t) < len(s)
}

func (r *reader) dash() bool {
	return r.indent >= 0 && r.s[r.pos] == '-' && (r.pos+1 == len(r.s) || r.s[r.pos+1] == ' ' || r.s[r.pos+1] == '\n')
}

// block reads the mapping or sequence that starts here.
func (r *reader) block(v reflect.Value, indent int) bool {
	if r.dash() {
		return r.sequence(v, indent)
	}
	return r.mapping(v, indent)
}

func (r *reader) sequence(v reflect.Value, indent int) bool {
	if v.Kind() != reflect.Slice {
		return false
	}
	n := 0
	for r.indent == indent && r.dash() {
		if n == v.Cap() {
			v.Grow(max(n, 4))
		}
		n++
		v.SetLen(n)
		if !r.item(v.Index(n-1), indent) {
			return false
		}
	}
	return r.indent <= indent // a mapping may go on at the column of its list
}

func (r *reader) item(v reflect.Value, indent int) bool {
	start := r.pos
	for r.pos++; r.pos < len(r.s) && r.s[r.pos] == ' '; r.pos++ {
	}
	if _, isKey := r.key(); !isKey {
		return r.value(v, indent)
	}
	r.indent = indent + r.pos - start
	return r.mapping(v, r.indent)
}

// key gives the key that stands here, without moving.
func (r *reader) key() (string, bool) {
	i := r.pos
	for i < len(r.s) && isWord(r.s[i]) {
		i++
	}
	const longest = 1000 // YAML has 1024
	if i == r.pos || i == len(r.s) || i-r.pos > longest || r.s[i] != ':' || i+1 < len(r.s) && r.s[i+1] != ' ' && r.s[i+1] != '\n' {
		return "", false
	}
	return r.s[r.pos:i], true
}

func isWord(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

func (r *reader) mapping(v reflect.Value, indent int) bool {
	m, ok := newTarget(v, r.line)
	if !ok {
		return false
	}
	for r.indent == indent && !r.dash() {
		name, ok := r.key()
		if !ok {
			return false
		}
		to, ok := m.field(name)
		if !ok {
			return false
		}
		r.pos += len(name) + 1
		if blank(r.rest()) {
			ok = r.nested(to, indent)
		} else {
			for r.s[r.pos] == ' ' {
				r.pos++
			}
			ok = r.value(to, indent)
		}
		if !ok {
			return false
		}
		m.done(name, to)
	}
	return r.indent < indent
}

// nested reads what stands on the lines below a key: deeper, or a list at the
// key's own column.
func (r *reader) nested(v reflect.Value, indent int) bool {
	if !r.ended() || r.indent < indent || r.indent == indent && !r.dash() {
		return false
	}
	if r.indent == indent {
		return r.sequence(v, indent)
	}
	at := r.indent
	return r.block(v, at) && r.indent < at
}

// value reads what stands on the line of a key or dash at indent.
func (r *reader) value(v reflect.Value, indent int) bool {
	if r.pos == len(r.s) {
		return false
	}
	switch r.s[r.pos] {
	case '>', '|':
		return r.lines(v, indent)
	case '[':
		return r.list(v) && r.ended()
	case '{':
		return r.pairs(v) && r.ended()
	}
	line := r.line
	text, plain, ok := r.scalar(false)
	return ok && r.ended() && r.indent <= indent && set(v, text, plain, line)
}

var nodeType = reflect.TypeFor[yaml.Node]()
