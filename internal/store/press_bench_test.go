package store

import (
	"crypto/sha256"
	"encoding/json"
	"testing"
)

// BenchmarkShape is what it takes to tell whether a device changed, beside the
// JSON of it.
func BenchmarkShape(b *testing.B) {
	d := sampleDerived(1, 1)
	b.Run("shape", func(b *testing.B) {
		var room []byte
		for b.Loop() {
			room = appendShape(room[:0], d)
			sha256.Sum256(room)
		}
	})
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			text, err := json.Marshal(d)
			if err != nil {
				b.Fatal(err)
			}
			sha256.Sum256(text)
		}
	})
}
