package report

import (
	"bytes"
	"encoding/json"
	"testing"
)

// TestJSONInPartsIsTheSameAsInOne holds the writing of one element at a time to
// encoding/json's writing of the whole.
func TestJSONInPartsIsTheSameAsInOne(t *testing.T) {
	for name, doc := range map[string]*Document{"sample": sample(), "empty": {}, "passed over": {Passed: []Passed{{}}}} {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(rewritten(*doc, nil)); err != nil {
			t.Fatal(err)
		}
		if got := written(t, JSON, doc); got != want.String() {
			t.Errorf("%s: written in parts:\n%s\nin one:\n%s", name, got, want.String())
		}
	}
}
