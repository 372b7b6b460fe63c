package asset

import (
	"strings"
	"unicode"
)

// A Difference is a field in which list and network disagree.
type Difference struct {
	Field          Field
	Declared, Seen string
}

// Differences are the fields of [Compare] in which line and device disagree. What
// only one of them says is no difference.
func Differences(d *Declared, s *Seen) []Difference {
	var out []Difference
	for _, c := range Compare(d, s) {
		if c.Says == Differs {
			out = append(out, Difference{c.Field, c.Declared, c.Seen})
		}
	}
	return out
}

func oneOf(a string, list []string, same func(a, b string) bool) bool {
	for _, b := range list {
		if same(a, b) {
			return true
		}
	}
	return false
}

func sameText(a, b string) bool { return Plain(a) == Plain(b) }

// sameName compares companies: a short name stands as a word in the full one.
func sameName(a, b string) bool {
	if sameText(a, b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	words := " " + strings.Join(split(b), " ") + " "
	short := strings.Join(split(a), " ")
	return short != "" && strings.Contains(words, " "+short+" ")
}

// split cuts text into words of letters and digits, in plain form.
func split(s string) []string {
	out := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) })
	for i, w := range out {
		out[i] = Plain(w)
	}
	return out
}

// sameModel compares words: the shorter one must be the beginning of the other,
// which may add an optic or a region.
func sameModel(a, b string) bool {
	if sameText(a, b) {
		return true
	}
	x, y := split(a), split(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(strings.Join(x, "")) < 4 {
		return false
	}
	return strings.HasPrefix(strings.Join(y, " ")+" ", strings.Join(x, " ")+" ") || strings.HasSuffix(" "+strings.Join(y, " "), " "+strings.Join(x, " "))
}

// sameVersion compares words; "82build" and "82 build" are the same.
func sameVersion(a, b string) bool {
	trim := func(s string) string {
		s = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "build", " build ")
		return strings.TrimPrefix(strings.TrimPrefix(s, "version "), "v")
	}
	x, y := split(trim(a)), split(trim(b))
	if len(x) > len(y) {
		x, y = y, x
	}
	return len(x) > 0 && (len(x) > 1 || len(y) == 1) && strings.HasPrefix(strings.Join(y, " ")+" ", strings.Join(x, " ")+" ")
}

// sameSerial compares the whole, or the end that is the short form.
func sameSerial(a, b string) bool {
	return sameText(a, b) || lastOf(a) != "" && lastOf(a) == lastOf(b)
}

// sameHost compares names; one without a domain is the beginning of the other.
func sameHost(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	x, _, _ := strings.Cut(a, ".")
	y, _, _ := strings.Cut(b, ".")
	return a == b || x == y && (x == a || y == b)
}

// sameKind compares kinds; what moves or is worn is a camera too.
func sameKind(a, b string) bool {
	if a == b {
		return true
	}
	general := func(k string) bool { return k == "camera" || k == "unknown" }
	return general(a) && strings.Contains(b, "cam") || general(b) && strings.Contains(a, "cam") || a == "unknown" || b == "unknown" ||
		a == "anpr" && b == "camera" || a == "camera" && b == "anpr" || strings.HasPrefix(a, "body-worn") && strings.HasPrefix(b, "body-worn")
}
