package store

import (
	"reflect"
	"slices"

	"github.com/lenscap/lenscap/internal/finding"
)

// texts keeps one copy of each text of many documents: of a thousand devices most
// say the same of rules, sources and makers, and what is read from JSON has each text
// for itself.
type texts map[string]string

// mostTexts bounds the texts that are kept, of which some are of one device only.
const mostTexts = 1 << 16

// share puts the copy that is kept in the place of every text that v points to.
func (t texts) share(v any) { t.walk(reflect.ValueOf(v)) }

func (t texts) walk(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			t.walk(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				t.walk(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			t.walk(v.Index(i))
		}
	case reflect.String:
		s := v.String()
		if s == "" || !v.CanSet() {
			return
		}
		kept, ok := t[s]
		if !ok {
			if len(t) >= mostTexts {
				clear(t)
			}
			kept = s
			t[s] = s
		}
		v.SetString(kept)
	}
}

// shareEvidence gives findings of one device that rest on the same one list of it:
// what shows the maker is evidence of a dozen rules.
func shareEvidence(list []finding.Finding) {
	for i := range list {
		f := &list[i]
		for j := range i {
			if slices.Equal(f.Evidence, list[j].Evidence) {
				f.Evidence = list[j].Evidence
				break
			}
		}
	}
}
