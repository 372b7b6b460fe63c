package report

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// filled makes v hold one of everything: one element in each list and map.
func filled(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			filled(v.Index(i))
		}
	case reflect.Map:
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		filled(k)
		filled(e)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(k, e)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i))
		}
	}
}

// planted sets the nth string reached in v, keys of maps and what is pointed to
// among them, and reports whether there was one.
func planted(v reflect.Value, n *int, s string) bool {
	switch v.Kind() {
	case reflect.String:
		if *n--; *n < 0 {
			v.SetString(s)
			return true
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if planted(v.Field(i), n, s) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if planted(v.Index(i), n, s) {
				return true
			}
		}
	case reflect.Pointer:
		return !v.IsNil() && planted(v.Elem(), n, s)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			k.Set(it.Key())
			e.Set(it.Value())
			if planted(k, n, s) || planted(e, n, s) {
				v.Clear()
				v.SetMapIndex(k, e)
				return true
			}
		}
	}
	return false
}

// texts lists the strings of v.
func texts(v reflect.Value, to []string) []string {
	switch v.Kind() {
	case reflect.String:
		to = append(to, v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			to = texts(v.Field(i), to)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			to = texts(v.Index(i), to)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			to = texts(it.Value(), texts(it.Key(), to))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			to = texts(v.Elem(), to)
		}
	}
	return to
}

func TestNoStringOfADocumentGoesUnseen(t *testing.T) {
	written := func(doc *Document) string { return strings.Join(texts(reflect.ValueOf(doc), nil), "|") }
	count := 0
	for ; ; count++ {
		var doc Document
		filled(reflect.ValueOf(&doc).Elem())
		n := count
		if !planted(reflect.ValueOf(&doc).Elem(), &n, "a\x1bb") {
			break
		}
		before := written(&doc)
		clean := harmless(&doc)
		if got, want := written(&clean), strings.ReplaceAll(before, "a\x1bb", "a⟨U+001B⟩b"); got != want || got == before {
			t.Fatalf("string %d of a document: got %s\nwant %s", count, got, want)
		}
		if after := written(&doc); after != before {
			t.Errorf("string %d of a document: the document itself was changed to %s", count, after)
		}
	}
	if count < 200 {
		t.Errorf("only %d strings were planted", count)
	}
}

func TestWhatIsHarmlessIsShared(t *testing.T) {
	var doc Document
	filled(reflect.ValueOf(&doc).Elem())
	doc.Devices = append(doc.Devices, Device{ID: evilEscape})
	clean := harmless(&doc)
	if &clean.Findings[0] != &doc.Findings[0] || &clean.Devices[0].Seen[0] != &doc.Devices[0].Seen[0] {
		t.Error("lists without anything to rewrite were copied")
	}
	if &clean.Devices[0] == &doc.Devices[0] {
		t.Error("a list that was changed is the document's own")
	}
}

// The quick looks say the same as the slow ones, of every character in any place.
func TestShownIsWhatVisibleLeaves(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		want := unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp, unicode.Noncharacter_Code_Point) ||
			unicode.Is(unicode.Variation_Selector, r) || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0
		if hidden(r) != want {
			t.Errorf("hidden(%U) = %v", r, !want)
		}
	}
	check := func(s string) {
		if got, want := shown(s), visible(s) == s; got != want {
			t.Errorf("shown(%q) = %v", s, got)
		}
		if got, want := plain(s), plainBytes(s); got != want {
			t.Errorf("plain(%q) = %v", s, got)
		}
	}
	for c := range 256 {
		for at := range 17 {
			check(strings.Repeat("~", at) + string([]byte{byte(c)}) + strings.Repeat(" ", 16-at))
		}
	}
	for _, r := range []rune{0x7f, 0x80, 0xa0, 0xad, 0xe9, 0x2013, 0x202e, 0x4e2d, 0xe000, utf8.RuneError, 0xfffe, 0x10ffff} {
		check("name " + string(r))
		check(string(r) + "\xff")
	}
}
