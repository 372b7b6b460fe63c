package maker_test

import (
	"testing"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/kb"
)

func TestEmbeddedKnowledgeBaseHasNoFault(t *testing.T) {
	for _, p := range maker.Lint(kb.FS) {
		t.Error(p)
	}
}
