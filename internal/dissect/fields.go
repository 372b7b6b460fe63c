package dissect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/lenscap/lenscap/internal/observation"
)

// maxFields bounds the fields of one message. Real messages have fewer than
// a hundred; what comes after the bound is dropped.
const maxFields = 512

// fields collects the fields of one message.
type fields []observation.Field

// add appends name with value made clean; an empty value adds nothing.
func (f *fields) add(name, value string) {
	if value = clean(value); value != "" && len(*f) < maxFields {
		*f = append(*f, observation.Field{Name: name, Value: value})
	}
}

// addOnce is add, unless name already has that value.
func (f *fields) addOnce(name, value string) {
	if len(*f) >= maxFields {
		return
	}
	value = clean(value)
	for i := range *f {
		if (*f)[i].Name == name && (*f)[i].Value == value {
			return
		}
	}
	f.add(name, value)
}

// addFirst is add, unless name already has a value.
func (f *fields) addFirst(name, value string) {
	if !f.has(name) {
		f.add(name, value)
	}
}

// has reports whether name has a value.
func (f fields) has(name string) bool {
	for i := range f {
		if f[i].Name == name {
			return true
		}
	}
	return false
}

// send emits the fields as one message about its sender, if there are any.
func (f fields) send(emit Emit, protocol string) bool {
	return f.sendAbout(emit, protocol, observation.Sender)
}

// sendAbout emits the fields as one message, if there are any.
func (f fields) sendAbout(emit Emit, protocol string, about observation.About) bool {
	if len(f) == 0 {
		return false
	}
	emit(Message{Protocol: protocol, About: about, Fields: f})
	return true
}

// clean makes a device's text fit for a field: valid UTF-8, control characters
// turned into spaces, no space at either end, at most [observation.MaxValue]
// bytes. Text that is not UTF-8 is read as GB 18030 (which holds GBK), and
// failing that as ISO 8859-1. The result shares no memory with larger buffers
// only if s does not; callers convert from bytes.
func clean(s string) string {
	if isPlain(s) {
		return strings.Clone(s)
	}
	const slack = 4 * observation.MaxValue // bounds the work on absurd values
	cutAt := len(s)
	if cutAt > slack {
		cutAt = slack
		for cutAt > slack-utf8.UTFMax && !utf8.RuneStart(s[cutAt]) {
			cutAt--
		}
		s = s[:cutAt]
	}
	if !utf8.ValidString(s) {
		s = decodeLegacy(s)
	}
	if strings.IndexFunc(s, unwanted) >= 0 {
		s = strings.Map(func(r rune) rune {
			if unwanted(r) {
				return ' '
			}
			return r
		}, s)
	}
	return strings.Clone(cut(strings.TrimSpace(s)))
}

// isPlain reports whether s is clean already, as nearly all values are:
// printable ASCII of no great length without a space at either end.
func isPlain(s string) bool {
	if len(s) == 0 || len(s) > observation.MaxValue || s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	const ones, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 { // eight at once: any byte below 0x20, at 0x7f or above?
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		del := x ^ 0x7f*ones
		if (x|(x-0x20*ones)&^x|(del-ones)&^del)&high != 0 {
			return false
		}
	}
	for ; i < len(s); i++ {
		if s[i]-0x20 > 0x7e-0x20 {
			return false
		}
	}
	return true
}

// unwanted reports the characters that must not reach a terminal or a page:
// controls, line and paragraph separators, direction overrides, and the
// replacement character.
func unwanted(r rune) bool {
	switch {
	case r < 0x20 || r >= 0x7f && r < 0xa0 || r == utf8.RuneError:
		return true
	case r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff:
		return true
	}
	return false
}

// decodeLegacy reads text that is not UTF-8. GB 18030 is chosen if the bytes
// beyond ASCII come in pairs, as Chinese characters do, and decode to characters
// that Chinese text holds; a Western "Caméra" has a lone one.
func decodeLegacy(s string) string {
	if pairedHighBytes(s) {
		if t, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil && plausibleChinese(t) {
			return t
		}
	}
	t, err := charmap.ISO8859_1.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, " ")
	}
	return t
}

// pairedHighBytes reports whether every run of bytes beyond ASCII has an even
// length.
func pairedHighBytes(s string) bool {
	run := 0
	for i := range len(s) {
		if s[i] >= 0x80 {
			run++
			continue
		}
		if run%2 != 0 {
			return false
		}
		run = 0
	}
	return run%2 == 0
}

// plausibleChinese reports whether every character beyond ASCII is one that
// Chinese text would hold.
func plausibleChinese(s string) bool {
	for _, r := range s {
		switch {
		case r < 0x80 || unicode.Is(unicode.Han, r):
		case r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef && r != utf8.RuneError:
		case r >= 0x2010 && r <= 0x2027 || r == 0xb7:
		default:
			return false
		}
	}
	return true
}

// cut shortens valid UTF-8 to [observation.MaxValue] bytes, never inside a
// character.
func cut(s string) string {
	if len(s) <= observation.MaxValue {
		return s
	}
	end := observation.MaxValue
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return strings.TrimSpace(s[:end])
}

// macText writes a hardware address as lower-case hexadecimal with colons; ""
// if s is none.
func macText(s string) string {
	m, ok := observation.ParseMAC(s)
	if !ok {
		return ""
	}
	return m.String()
}

// A part is one message found in the body of another protocol's message: a
// SOAP answer or an ISAPI document inside HTTP.
type part struct {
	protocol string
	about    observation.About
	fields   fields
	known    *observation.Digest // nil, or kept by a [Memory]
}

// get returns the first value of name, "" if there is none.
func (f fields) get(name string) string {
	for i := range f {
		if f[i].Name == name {
			return f[i].Value
		}
	}
	return ""
}
