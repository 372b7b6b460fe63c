package query

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

type kind uint8

const (
	end kind = iota
	open
	closing
	and
	or
	not
	term
)

// A token is one word of the language; a term is one with its values.
type token struct {
	kind    kind
	at, end int
	field   *Field // nil: a word
	op      Op
	negated bool // !=
	other   bool // field:!x
	values  []raw
}

// A raw is a value as written: the text between its stars.
type raw struct {
	at, end int
	parts   []string
	quoted  bool // some of it
}

// whole is the text of a value without stars.
func (r raw) whole() string { return strings.Join(r.parts, "*") }

// starred reports whether a star stands in it.
func (r raw) starred() bool { return len(r.parts) > 1 }

type lexer struct {
	text   string
	at     int
	fields []Field
}

func (l *lexer) fault(at, end int, near, format string, args ...any) *Error {
	return &Error{At: at, End: end, Char: utf8.RuneCountInString(l.text[:at]) + 1, Says: fmt.Sprintf(format, args...), Near: near}
}

func (l *lexer) field(name string) *Field {
	name = strings.ToLower(name)
	for i := range l.fields {
		if l.fields[i].Name == name {
			return &l.fields[i]
		}
	}
	return nil
}

func (l *lexer) space() {
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		if !unicode.IsSpace(r) {
			return
		}
		l.at += n
	}
}

// next reads one token.
func (l *lexer) next() (token, *Error) {
	l.space()
	t := token{at: l.at, end: l.at}
	if l.at == len(l.text) {
		return t, nil
	}
	switch c := l.text[l.at]; {
	case c == '(':
		t.kind = open
	case c == ')':
		t.kind = closing
	case c == '-', c == '!':
		t.kind = not
		if rest := l.text[l.at+1:]; rest == "" || strings.TrimLeftFunc(rest[:1], unicode.IsSpace) == "" {
			return t, l.fault(l.at, l.at+1, "", "nothing stands behind %c; quote it to search for it", c)
		}
	default:
		if k, n := keyword(l.text[l.at:]); k != end {
			l.at += n
			t.kind, t.end = k, l.at
			return t, nil
		}
		return l.term()
	}
	l.at++
	t.end = l.at
	return t, nil
}

var keywords = map[string]kind{"AND": and, "OR": or, "NOT": not}

// keyword recognises AND, OR and NOT in any case.
func keyword(s string) (kind, int) {
	n := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' })
	if n < 0 {
		n = len(s)
	}
	if n > 3 {
		return end, 0
	}
	return keywords[strings.ToUpper(s[:n])], n
}

var (
	fieldOp  = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_.-]*)(\s*)(:|=|!=|<=|>=|<|>)`)
	looksMAC = regexp.MustCompile(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+:?\*?$`)
)

// term reads a word, or a field with operator and values.
func (l *lexer) term() (token, *Error) {
	t := token{kind: term, at: l.at}
	if m := fieldOp.FindStringSubmatch(l.text[l.at:]); m != nil {
		f := l.field(m[1])
		switch {
		case f != nil:
			t.field = f
			l.at += len(m[0])
			if err := l.operator(&t, m[3]); err != nil {
				return t, err
			}
		case m[2] == "" && !addressLike(l.run()):
			return t, l.fault(l.at, l.at+len(m[1]), nearest(m[1], names(l.fields)), "there is no field %q; quote the text to search for it", m[1])
		}
	}
	for {
		v, err := l.value(&t)
		if err != nil {
			return t, err
		}
		t.values = append(t.values, v)
		if l.at == len(l.text) || l.text[l.at] != ',' {
			break
		}
		l.at++
	}
	t.end = l.at
	return t, nil
}

// operator takes what follows a field's name.
func (l *lexer) operator(t *token, op string) *Error {
	switch op {
	case "!=":
		t.negated = true
	case "<":
		t.op = Less
	case "<=":
		t.op = LessEqual
	case ">":
		t.op = Greater
	case ">=":
		t.op = GreaterEqual
	}
	if t.op != Is && !t.field.ordered() {
		return l.fault(t.at, l.at, t.field.Name+":", "%s is a %s and has no order", t.field.Name, t.field.Type)
	}
	l.space()
	if t.op == Is && !t.negated && strings.HasPrefix(l.text[l.at:], "!") {
		t.other = true
		l.at++
	}
	if k, n := keyword(l.text[l.at:]); k != end || n == 0 && l.at == len(l.text) {
		return l.fault(l.at, l.at+n, "", "%s%s lacks its value", t.field.Name, op)
	}
	return nil
}

// run is the text up to the next space, quote or parenthesis.
func (l *lexer) run() string {
	s := l.text[l.at:]
	if n := strings.IndexAny(s, " \t\r\n\"()"); n >= 0 {
		s = s[:n]
	}
	return s
}

// addressLike reports whether text with colons is an address rather than a
// field with a value.
func addressLike(s string) bool {
	if looksMAC.MatchString(s) || strings.Contains(s, "://") {
		return true
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// closers of the quotes people type or paste.
const quotes = "\"\u201c\u201d\u201e"

// value reads one value: pieces with and without quotes, and stars between.
func (l *lexer) value(t *token) (raw, *Error) {
	v := raw{at: l.at}
	var piece strings.Builder
	empty := true
loop:
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		switch {
		case strings.ContainsRune(quotes, r):
			s, err := l.quoted(r, n)
			if err != nil {
				return v, err
			}
			piece.WriteString(s)
			v.quoted, empty = true, empty && s == ""
			continue
		case unicode.IsSpace(r), r == ')', r == ',':
			break loop
		case r == '(':
			hint := "quote text that holds a parenthesis"
			if t.field != nil && l.at == v.at {
				hint = "list values as " + t.field.Name + ":a,b"
			}
			return v, l.fault(l.at, l.at+1, "", "a parenthesis in a value; %s", hint)
		case r == '*':
			v.parts = append(v.parts, piece.String())
			piece.Reset()
			empty = false
		default:
			piece.WriteRune(r)
			empty = false
		}
		l.at += n
	}
	v.end = l.at
	if empty {
		if t.field != nil {
			return v, l.fault(v.at, l.at, "", "%s lacks a value; -%s:* finds what has none", t.field.Name, t.field.Name)
		}
		return v, l.fault(v.at, l.at, "", "an empty word")
	}
	v.parts = squeeze(append(v.parts, piece.String()))
	return v, nil
}

// squeeze drops stars that follow a star.
func squeeze(parts []string) []string {
	out := parts[:1]
	for i, p := range parts[1:] {
		if p == "" && i+2 < len(parts) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// quoted reads a piece in quotes; \" and \\ stand for themselves.
func (l *lexer) quoted(quote rune, n int) (string, *Error) {
	at := l.at
	l.at += n
	var b strings.Builder
	for l.at < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.at:])
		l.at += n
		switch {
		case r == '\\' && l.at < len(l.text) && strings.ContainsRune(quotes+"\\", rune(l.text[l.at])):
			b.WriteByte(l.text[l.at])
			l.at++
		case (quote == '"') == (r == '"') && strings.ContainsRune(quotes, r):
			return b.String(), nil
		default:
			b.WriteRune(r)
		}
	}
	return "", l.fault(at, len(l.text), "", "the quote that opens here is not closed")
}

func names(fields []Field) []string {
	out := make([]string, len(fields))
	for i := range fields {
		out[i] = fields[i].Name
	}
	return out
}
