package ui

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lenscap/lenscap/ui/build/sources"
)

// The script in dist must be that of the TypeScript beside it.
func TestDistIsNotStale(t *testing.T) {
	files, err := filepath.Glob("hub/*.ts")
	if err != nil || len(files) == 0 {
		t.Fatalf("no TypeScript in hub/: %v", err)
	}
	want, err := sources.Of(os.DirFS("."), files)
	if err != nil {
		t.Fatal(err)
	}
	got, err := FS.ReadFile("hub/dist/SOURCES")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("hub/dist is stale: run `go generate ./ui` and commit what it writes\nbuilt from:\n%sthere is:\n%s", got, want)
	}
}
