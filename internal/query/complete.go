package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSuggestions bounds an answer of [Complete].
const maxSuggestions = 20

// A Suggestion is something that may stand at the cursor. Text replaces the
// bytes From to To of the text.
type Suggestion struct {
	Text     string
	From, To int
	Says     string // what it means; "" for a value
}

// Complete proposes what could stand at the cursor, a byte of the text: fields
// and the words between terms, or values behind a field. values gives values
// that are in use, for a field and what they should begin with; it may be nil.
// What the text lacks elsewhere does not matter. At most 20 are proposed.
func Complete(text string, cursor int, fields []Field, values func(field, prefix string) []string) []Suggestion {
	if cursor < 0 || cursor > len(text) || len(text) > maxText || !utf8.ValidString(text) {
		return nil
	}
	start, open := tokenAt(text, cursor)
	c := completion{from: start, to: cursor, seen: map[string]bool{}}
	head := text[start:cursor]
	if m := fieldOp.FindStringSubmatch(head); m != nil && m[2] == "" {
		l := lexer{text: text, fields: fields}
		if f := l.field(m[1]); f != nil {
			c.values(f, head[len(m[0]):], start+len(m[0]), m[3], values)
			return c.out
		}
		return nil
	}
	if open {
		return nil
	}
	c.fields(head, fields)
	if strings.TrimSpace(text[:start]) != "" {
		for _, k := range []struct{ word, says string }{
			{"AND", "both must be true; the same as nothing between them"}, {"OR", "one must be true"}, {"NOT", "must not be true"},
		} {
			if strings.HasPrefix(k.word, strings.ToUpper(head)) {
				c.add(k.word+" ", k.says)
			}
		}
	}
	return c.out
}

// tokenAt is where the term at the cursor begins, and whether the cursor stands
// within quotes. The NOT of -field is not part of it.
func tokenAt(text string, cursor int) (start int, quoted bool) {
	escaped := false
	for i, r := range text[:cursor] {
		n := i + utf8.RuneLen(r)
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case strings.ContainsRune(quotes, r):
			quoted = !quoted
		case quoted:
		case unicode.IsSpace(r), r == '(', r == ')', (r == '-' || r == '!') && i == start:
			start = n
		}
	}
	return start, quoted
}

type completion struct {
	from, to int
	seen     map[string]bool
	out      []Suggestion
}

func (c *completion) add(text, says string) {
	if !c.seen[text] && len(c.out) < maxSuggestions {
		c.seen[text] = true
		c.out = append(c.out, Suggestion{Text: text, From: c.from, To: c.to, Says: says})
	}
}

// fields proposes those whose name begins with head, then those with a part
// that does, then those that hold it.
func (c *completion) fields(head string, fields []Field) {
	head = Fold(head)
	for _, fits := range []func(name string) bool{
		func(name string) bool { return strings.HasPrefix(name, head) },
		func(name string) bool { return strings.Contains(name, "."+head) },
		func(name string) bool { return len(head) > 1 && strings.Contains(name, head) },
	} {
		for i := range fields {
			if fits(fields[i].Name) {
				c.add(fields[i].Name+":", fields[i].Says)
			}
		}
	}
}

// values proposes values of a field. head is what stands behind the operator.
func (c *completion) values(f *Field, head string, at int, op string, more func(field, prefix string) []string) {
	if strings.HasPrefix(head, "!") {
		head, at = head[1:], at+1
	}
	if i := lastComma(head); i >= 0 {
		head, at = head[i+1:], at+i+1
	}
	c.from = at
	prefix := strings.TrimLeft(head, quotes)
	known := append([]string(nil), f.Values...)
	says := map[string]string{}
	switch f.Type {
	case Bool:
		known = append(known, "true", "false", "unknown")
	case Time:
		for _, t := range []struct{ text, says string }{
			{"today", ""}, {"yesterday", ""}, {"24h", "hours ago"}, {"7d", "days ago"}, {"4w", "weeks ago"}, {"3mo", "months ago"}, {"1y", "years ago"}, {"+90d", "in so many days"},
		} {
			known, says[t.text] = append(known, t.text), t.says
		}
	}
	for _, v := range known {
		if strings.HasPrefix(Fold(v), Fold(prefix)) {
			c.add(written(f, v), says[v])
		}
	}
	if more != nil {
		for _, v := range more(f.Name, prefix) {
			if v != "" && utf8.ValidString(v) {
				c.add(written(f, v), "")
			}
		}
	}
	if prefix == "" && (op == ":" || op == "=") {
		c.add("*", "any value")
	}
}

// written is a value as it stands in a text; only text needs quotes.
func written(f *Field, v string) string {
	if f.Type == Text || f.Type == Choice {
		return quote(v)
	}
	return v
}

// lastComma is the last comma that no quotes hold; -1 for none.
func lastComma(s string) int {
	at, quoted, escaped := -1, false, false
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case strings.ContainsRune(quotes, r):
			quoted = !quoted
		case r == ',' && !quoted:
			at = i
		}
	}
	return at
}
