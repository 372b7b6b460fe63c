package web

import (
	"os"
	"testing"

	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// The page of the search language is written from the source.
func TestReferencePage(t *testing.T) {
	const page = "../../docs/reference/search.md"
	want := query.Reference(store.Fields())
	if os.Getenv("LENSCAP_UPDATE") != "" {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != want {
		t.Errorf("%s is not what the source says (%v): run make docs", page, err)
	}
}
