package access

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/hub"
)

const (
	// leastPassword is in characters: NIST SP 800-63B-4, 3.1.1.2, for a password
	// that stands alone.
	leastPassword = 15
	mostPassword  = 1024 // bytes
)

//go:embed weak.txt
var weakText string

// weakWords are what guesses are made of, the longest first.
var weakWords = sync.OnceValue(func() []string {
	var out []string
	for line := range strings.Lines(weakText) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, squeeze(line))
		}
	}
	slices.SortFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
})

// CheckPassword says whether a password may be set: it has at least 15 characters
// and is not made only of words that everybody tries, of the account's own name,
// and of characters in a row. It asks for no kinds of characters, as NIST SP
// 800-63B advises. The error is [hub.ErrInvalid].
func CheckPassword(password, account, shown string) error {
	password = normal(password)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return fmt.Errorf("%w: the password is not text", hub.ErrInvalid)
	case n < leastPassword:
		return fmt.Errorf("%w: the password has %d characters and needs at least %d; four unusual words make a good one", hub.ErrInvalid, n, leastPassword)
	case len(password) > mostPassword:
		return fmt.Errorf("%w: the password is longer than %d bytes", hub.ErrInvalid, mostPassword)
	}
	words := weakWords()
	for _, s := range append(strings.FieldsFunc(account, apart), strings.FieldsFunc(shown, apart)...) {
		if s = squeeze(s); len(s) > 2 {
			words = append(words[:len(words):len(words)], s)
		}
	}
	if madeOf(squeeze(password), words) {
		return fmt.Errorf("%w: the password is made of words and rows of characters that are tried first; four unusual words make a good one", hub.ErrInvalid)
	}
	return nil
}

func apart(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// squeeze takes off what does not make a word harder to guess: case, and signs
// between letters and digits.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if apart(r) && r < unicode.MaxASCII {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// madeOf reports whether s is a row of words, of digits, and of characters that
// repeat or follow one another.
func madeOf(s string, words []string) bool {
	reached := make([]bool, len(s)+1)
	reached[0] = true
	for i := range s {
		if !reached[i] {
			continue
		}
		for _, w := range words {
			if w != "" && strings.HasPrefix(s[i:], w) {
				reached[i+len(w)] = true
			}
		}
		if c := s[i]; c >= '0' && c <= '9' {
			reached[i+1] = true
		}
		for n := 3; n <= row(s[i:]); n++ {
			reached[i+n] = true
		}
	}
	return reached[len(s)]
}

// row is how many bytes at the beginning of s are each at the same distance, at
// most one, from the one before.
func row(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	step := int(s[1]) - int(s[0])
	if step < -1 || step > 1 {
		return 1
	}
	n := 2
	for n < len(s) && int(s[n])-int(s[n-1]) == step {
		n++
	}
	return n
}
