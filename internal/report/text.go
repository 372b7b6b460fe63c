package report

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// visible returns s with everything that is not plainly seen written out:
// control characters, escape, marks that turn the direction of text, zero-width
// and private-use characters become ⟨U+001B⟩, and bytes that are not UTF-8 become
// U+FFFD. A tab or line break becomes a space.
//
// It is the one place where strings from devices lose their power over a
// terminal or a page; every writer for people passes everything through it.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			b.WriteByte(' ')
		case hidden(r):
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plain is the quick answer for text that needs nothing done: letters, digits and
// signs of ASCII. It looks at eight bytes at once, for a report asks it a million
// times.
func plain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 | uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		below := w - ones*' ' // borrows into the top bit of a byte below a space, and at most makes one more look suspect
		last := w + ones      // carries into the top bit of 0x7f
		if (w|below|last)&tops != 0 && !plainBytes(s[i:i+8]) {
			return false
		}
	}
	return plainBytes(s[i:])
}

func plainBytes(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// shown reports whether [visible] leaves s as it is.
func shown(s string) bool {
	if plain(s) {
		return true
	}
	for i, r := range s {
		switch {
		case r < ' ' || r == 0x7f:
			return false
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd"): // a byte that is no UTF-8
			return false
		case r >= utf8.RuneSelf && hidden(r):
			return false
		}
	}
	return true
}

func hidden(r rune) bool {
	if r >= 0xae && r < 0x300 || r >= 0x2010 && r < 0x2028 || r >= 0x4e00 && r < 0xa000 {
		return false // what texts are full of: accents, dashes and quotes, Chinese
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) ||
		unicode.Is(unicode.Variation_Selector, r) || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 // Hangul fillers
}

// columns is the width of s on a terminal. Characters of ambiguous width count
// as one, as every terminal set to a Western language draws them.
func columns(s string) int {
	if plain(s) {
		return len(s)
	}
	return narrow.StringWidth(s)
}

var narrow = &runewidth.Condition{EastAsianWidth: false}

// cutMiddle shortens s to at most width columns with "…" in the middle: model
// and serial numbers differ at both ends.
func cutMiddle(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	if width <= 1 {
		return "…"[:3*max(width, 0)]
	}
	right := (width - 1) / 2
	head := narrow.Truncate(s, width-1-right, "")
	tail := narrow.TruncateLeft(s, columns(s)-right, "")
	if columns(head)+1+columns(tail) > width { // a wide rune on the seam
		tail = narrow.TruncateLeft(tail, 1, "")
	}
	if columns(head)+1+columns(tail) > width {
		tail = ""
	}
	return head + "…" + tail
}

// cutEnd shortens prose to at most width columns, with "…" at the end.
func cutEnd(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	if width < 1 {
		return ""
	}
	return strings.TrimRight(narrow.Truncate(s, width-1, ""), " ,;:") + "…"
}

// pad fills s with spaces up to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-columns(s)))
}

// padLeft puts the spaces before, for numbers.
func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(0, width-columns(s))) + s
}

// wrap breaks prose at spaces into lines of at most width columns. A word that
// is longer has a line of its own, cut where it must be.
func wrap(s string, width int) []string {
	width = max(width, 8)
	var lines []string
	line, wide := "", 0 // columns of line, counted as it grows
	for _, word := range strings.Fields(s) {
		w := columns(word)
		if w > width {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			pieces := slices.Collect(pieces(word, width))
			lines, word = append(lines, pieces[:len(pieces)-1]...), pieces[len(pieces)-1]
			w = columns(word)
		}
		switch {
		case line == "":
			line, wide = word, w
		case wide+1+w <= width:
			line, wide = line+" "+word, wide+1+w
		default:
			lines, line, wide = append(lines, line), word, w
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// pieces cuts a word into parts of at most width columns, in one pass.
func pieces(word string, width int) iter.Seq[string] {
	return func(yield func(string) bool) {
		from, wide := 0, 0
		for i, r := range word {
			w := narrow.RuneWidth(r)
			if wide+w > width && i > from {
				if !yield(word[from:i]) {
					return
				}
				from, wide = i, 0
			}
			wide += w
		}
		yield(word[from:])
	}
}

// plural is "1 device", "2 devices".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%s %s", thousands(int64(n)), many)
}

// thousands writes 12345 as "12,345".
func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes bytes as "1.2 GB", powers of ten.
func size(n int64) string {
	v, unit := float64(n), ""
	for _, unit = range []string{"B", "kB", "MB", "GB", "TB", "PB"} {
		if v < 999.5 {
			break
		}
		v /= 1000
	}
	if unit == "B" || v >= 99.95 {
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}

// and joins words as people do: "a", "a and b", "a, b and c".
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
