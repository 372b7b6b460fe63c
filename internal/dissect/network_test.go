package dissect

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// packet returns a recorded message; testdata/NOTICE says whose.
func packet(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "network", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// startsWith fails the test unless got is the beginning of want.
func startsWith(t *testing.T, at int, got, want []observation.Field) {
	t.Helper()
	if len(got) > len(want) {
		t.Fatalf("cut at %d: %d fields of %d: %v", at, len(got), len(want), got)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("cut at %d: got %v, want %v", at, got[i], want[i])
		}
	}
}

// fuzzDatagram holds a datagram's parser to what every one promises.
func fuzzDatagram(f *testing.F, read func(src, dst uint16, b []byte, emit Emit) bool) {
	f.Fuzz(func(t *testing.T, b []byte) {
		all := collect(func(emit Emit) { read(1, 2, b, emit) })
		for _, m := range all {
			check(t, m, 0, 0)
		}
	})
}

// fuzzBody holds a parser of bodies to the same.
func fuzzBody(f *testing.F, read func(b []byte) fields) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := read(b); len(got) > 0 {
			check(t, Message{Protocol: "body", Fields: got}, 0, 0)
		}
	})
}
