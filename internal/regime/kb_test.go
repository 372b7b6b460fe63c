package regime

import (
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/kb"
)

// release loads the makers and rules this repository publishes.
func release(t testing.TB) (*Engine, *maker.Base) {
	t.Helper()
	b, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load(kb.FS, b)
	if err != nil {
		t.Fatal(err)
	}
	return e, b
}

func TestReleaseIsCleanAndEveryExampleHolds(t *testing.T) {
	b, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Lint(kb.FS, b) {
		t.Error(p)
	}
}

func TestReleaseHasThe29RegimesThatWereResearched(t *testing.T) {
	e, _ := release(t)
	if len(e.regimes) != 29 {
		t.Errorf("%d regimes, want 29", len(e.regimes))
	}
	for _, r := range e.regimes {
		if len(r.f.Dates) == 0 {
			t.Errorf("%s: no dates", r.f.ID)
		}
	}
}

func TestThePageOnVerdictsListsEveryFact(t *testing.T) {
	page, err := os.ReadFile("../../docs/explanation/verdicts.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range Facts {
		if !strings.Contains(string(page), "| `"+f.Name+"` |") || f.Key != "" && !strings.Contains(string(page), "`"+f.Key+"`") {
			t.Errorf("docs/explanation/verdicts.md does not list %s (%s)", f.Name, f.Key)
		}
	}
}
