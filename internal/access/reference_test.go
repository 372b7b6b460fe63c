package access_test

import (
	"os"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
)

// LENSCAP_UPDATE=1 writes the page.
func TestReferencePage(t *testing.T) {
	const page = "../../docs/reference/access.md"
	want := access.Reference()
	if os.Getenv("LENSCAP_UPDATE") != "" {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what the tables say: make docs", page)
	}
}
