package hub

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/report"
)

const mostName = 200 // bytes

// CheckName says what a name that people give cannot be, as [ErrInvalid]; what is
// whose, as a sentence begins: "the name of a site". It has 1 to 200 bytes on one
// line, and nothing that cannot be seen: control characters, marks that turn the
// direction of text, characters of no width. Two names that look alike would be
// two things, and one could be drawn as another.
func CheckName(what, s string) error {
	if strings.TrimSpace(s) == "" {
		return fmt.Errorf("%w: %s is missing", ErrInvalid, what)
	}
	return checkWord(what, s, mostName)
}

// checkWord is CheckName for what may be empty.
func checkWord(what, s string, most int) error {
	switch {
	case len(s) > most:
		return fmt.Errorf("%w: %s has %d bytes; at most %d", ErrInvalid, what, len(s), most)
	case !utf8.ValidString(s):
		return fmt.Errorf("%w: %s is not text (UTF-8)", ErrInvalid, what)
	}
	if shown := report.Visible(s); shown != s {
		return fmt.Errorf("%w: %s has characters that cannot be seen: %s; type it anew", ErrInvalid, what, shown)
	}
	return nil
}

// turning are marks that turn the direction of the text after them (Unicode
// Standard Annex 9, table of explicit formatting characters).
var turning = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x202a, Hi: 0x202e, Stride: 1}, {Lo: 0x2066, Hi: 0x2069, Stride: 1}}}

// CheckProse is for what people write in lines: a note, a reason. Line breaks and
// tabs are taken; control characters and marks that turn the direction are not.
// What else cannot be seen is written out where it is shown.
func CheckProse(what, s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w: %s is not text (UTF-8)", ErrInvalid, what)
	}
	i := strings.IndexFunc(s, func(r rune) bool {
		return unicode.Is(turning, r) || unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
	if i < 0 {
		return nil
	}
	r, _ := utf8.DecodeRuneInString(s[i:])
	return fmt.Errorf("%w: %s has the character U+%04X, which is not written but steers how text is shown; take it out", ErrInvalid, what, r)
}
