package record

import (
	"compress/gzip"
	"io"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/observation"
)

func packInto(t testing.TB, w io.Writer, text string) {
	t.Helper()
	z := gzip.NewWriter(w)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// checkFields fails for a field that would not be fit to keep or print.
func checkFields(t testing.TB, fields []observation.Field) {
	t.Helper()
	for _, f := range fields {
		if f.Name == "" || f.Value == "" || len(f.Value) > observation.MaxValue || !utf8.ValidString(f.Value) {
			t.Fatalf("field %q: %q", f.Name, f.Value)
		}
		for _, r := range f.Value {
			if unicode.IsControl(r) {
				t.Fatalf("field %q: %q holds a control character", f.Name, f.Value)
			}
		}
	}
}

// smallChunks makes chunks small for one run of a fuzz target, so that each is quick.
func smallChunks(t *testing.T) {
	before := chunkSize
	chunkSize = 16 << 10
	t.Cleanup(func() { chunkSize = before })
}
