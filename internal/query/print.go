package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// String writes the query in its canonical form, which reads as the same query
// again.
func (q *Query) String() string {
	if q == nil || q.Root == nil {
		return ""
	}
	var b strings.Builder
	write(&b, q.Root, 0)
	return b.String()
}

// And narrows the query by a term, as [Ask] writes it, and returns the text.
func (q *Query) And(term string) string {
	switch q.Root.(type) {
	case nil:
		return term
	case *Or:
		return "(" + q.String() + ") AND " + term
	}
	return q.String() + " AND " + term
}

// Ask writes that field has value, whatever stands in value.
func Ask(field, value string) string { return field + ":" + quote(value) }

// strength of what stands around: 0 nothing, 1 OR, 2 AND, 3 NOT.
func write(b *strings.Builder, n Node, around int) {
	list := func(of []Node, word string, own int) {
		if around >= own {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, c := range of {
			if i > 0 {
				b.WriteString(word)
			}
			write(b, c, own)
		}
	}
	switch n := n.(type) {
	case *Or:
		list(n.Of, " OR ", 1)
	case *And:
		list(n.Of, " AND ", 2)
	case *Not:
		if t, ok := n.Of.(*Term); ok && t.Op == Is && !t.Other {
			t.write(b, "!=")
			return
		}
		b.WriteString("NOT ")
		write(b, n.Of, 3)
	case *Word:
		writeValues(b, nil, n.Values)
	case *Term:
		op := n.Op.String()
		if n.Other {
			op = ":!"
		}
		n.write(b, op)
	}
}

func (t *Term) write(b *strings.Builder, op string) {
	b.WriteString(t.Field.Name)
	b.WriteString(op)
	writeValues(b, t.Field, t.Values)
}

func writeValues(b *strings.Builder, f *Field, values []Value) {
	for i := range values {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(values[i].text(f))
	}
}

// Plain is the text of a value without stars; "" for one with.
func (v *Value) Plain() string {
	if len(v.parts) == 1 {
		return v.parts[0]
	}
	return ""
}

// text is the value as it is written; f is nil for words.
func (v *Value) text(f *Field) string {
	switch {
	case v.any:
		return "*"
	case f == nil || f.Type == Text || f.Type == Choice:
		out := make([]string, len(v.parts))
		for i, p := range v.parts {
			if out[i] = p; p != "" {
				out[i] = quote(p)
			}
		}
		return strings.Join(out, "*")
	case f.Type == MAC:
		if len(v.parts) == 1 {
			return colons(v.parts[0])
		}
		return colons(v.parts[0]) + "*" + strings.Join(v.parts[1:], "*")
	case f.Type == Bool:
		switch {
		case v.unknown:
			return "unknown"
		case v.yes:
			return "true"
		}
		return "false"
	case f.Type == Address:
		if v.net.IsSingleIP() {
			return v.net.Addr().String()
		}
		return v.net.String()
	case f.Type == Time:
		if v.ranged {
			return v.when.text + ".." + v.until.text
		}
		return v.when.text
	}
	if v.ranged {
		return v.low.String() + ".." + v.high.String()
	}
	return v.low.String()
}

// Quote writes text as a word that is nothing but text.
func Quote(s string) string { return quote(s) }

// quote writes a piece of text so that it reads as nothing but text. Quotes are
// left out where they would change nothing. What a text of the language cannot
// hold, control characters and what is not UTF-8, becomes a star.
func quote(s string) string {
	if bad := func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) || r == utf8.RuneError }; strings.ContainsFunc(s, bad) {
		var b strings.Builder
		for piece := range strings.FieldsFuncSeq(s, bad) {
			b.WriteString("*" + quote(piece))
		}
		return b.String() + "*"
	}
	plain := s != ""
	for i, r := range s {
		if !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.' || r == '/' || r == '+' || r == '-' && i > 0) {
			plain = false
		}
	}
	if _, keyword := keywords[strings.ToUpper(s)]; plain && !keyword {
		return s
	}
	return `"` + escaper.Replace(s) + `"`
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
