package identify

import (
	"encoding/json"
	"strings"
)

// A scanner reads one JSON object key by key without building it: most lines
// hold a few short strings, and reading them must cost less than looking them up.
// It takes what encoding/json takes, which the fuzz target holds it to.
type scanner struct {
	s  string
	at int
}

func (p *scanner) space() {
	for p.at < len(p.s) {
		switch p.s[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek is the next byte that is no space, 0 at the end.
func (p *scanner) peek() byte {
	p.space()
	if p.at == len(p.s) {
		return 0
	}
	return p.s[p.at]
}

// open steps over c.
func (p *scanner) open(c byte) bool {
	if p.peek() != c {
		return false
	}
	p.at++
	return true
}

// end reports that nothing but space is left.
func (p *scanner) end() bool { return p.peek() == 0 && p.at == len(p.s) }

// key reads the next key and its colon; more is false at the end of the object.
func (p *scanner) key(first bool) (key string, more, ok bool) {
	if p.open('}') {
		return "", false, true
	}
	if !first && !p.open(',') {
		return "", false, false
	}
	if p.peek() != '"' {
		return "", false, false
	}
	v, ok := p.text()
	return v.text, true, ok && p.open(':')
}

// value reads any value.
func (p *scanner) value() (jsonValue, bool) {
	if p.peek() == '"' {
		return p.text()
	}
	start := p.at
	for depth := 0; p.at < len(p.s); {
		switch c := p.s[p.at]; c {
		case '"':
			if _, ok := p.quoted(); !ok {
				return jsonValue{}, false
			}
			continue
		case '{', '[':
			depth++
		case '}', ']', ',':
			if depth == 0 {
				return p.checked(start)
			}
			if c != ',' {
				depth--
			}
		}
		p.at++
	}
	return p.checked(start)
}

// checked is the value from start up to here, if it is one.
func (p *scanner) checked(start int) (jsonValue, bool) {
	raw := strings.TrimRight(p.s[start:p.at], " \t\r\n")
	return jsonValue{raw: raw}, json.Valid([]byte(raw))
}

// text reads a string.
func (p *scanner) text() (jsonValue, bool) {
	start := p.at
	simple, ok := p.quoted()
	if !ok {
		return jsonValue{}, false
	}
	v := jsonValue{raw: p.s[start:p.at], isString: true}
	if simple {
		v.text = v.raw[1 : len(v.raw)-1]
		return v, true
	}
	if v.text, ok = unescape(v.raw[1 : len(v.raw)-1]); ok {
		return v, true
	}
	return v, json.Unmarshal([]byte(v.raw), &v.text) == nil
}

// unescape undoes the escapes that banners have; ok is false where s has others,
// or bytes that need a closer look.
func unescape(s string) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c < 0x20 || c >= 0x80:
			return "", false
		case c == '\\':
			i++ // a quoted string does not end in one
			switch c = s[i]; c {
			case '"', '\\', '/':
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			default:
				return "", false
			}
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

// quoted steps over a string; simple says that it means what is written.
func (p *scanner) quoted() (simple, ok bool) {
	simple = true
	for i := p.at + 1; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '"':
			p.at = i + 1
			return simple, true
		case c == '\\':
			simple = false
			i++
		case c < 0x20 || c >= 0x80:
			simple = false // controls are an error, and bytes beyond ASCII may be no UTF-8
		}
	}
	return false, false
}
