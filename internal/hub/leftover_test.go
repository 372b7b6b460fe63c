package hub_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// A crash between the disk and the queue left a capture in the folder for ever.
func TestLeftoversGoAndWhatWaitsStays(t *testing.T) {
	b := newBench(t)
	b.with(func(c *hub.Config) { c.Dir = filepath.Join(t.TempDir(), "a[1]") }) // which is a pattern too
	p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "station.pcapng", Source: "upload", By: "test"}
	in, err := b.hub.Take(t.Context(), p, strings.NewReader(string(station(t))))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"in-123.pcapng", "part-0-a"} {
		if err := os.WriteFile(filepath.Join(b.hub.Dir(), name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.hub.Leftovers(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []string
	files, _ := os.ReadDir(b.hub.Dir())
	for _, f := range files {
		got = append(got, f.Name())
	}
	if want := []string{filepath.Base(in.Path), "part-0-a"}; !slices.Equal(got, want) {
		t.Errorf("%q stay, want %q", got, want)
	}
}
