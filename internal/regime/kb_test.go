package regime

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/kb"
)

// release gives an engine over the makers and rules this repository publishes,
// with nothing remembered. They are read once for all tests.
func release(t testing.TB) (*Engine, *maker.Base) {
	t.Helper()
	b, e, err := published()
	if err != nil {
		t.Fatal(err)
	}
	return newEngine(e.base, e.regimes), b
}

var published = func() func() (*maker.Base, *Engine, error) {
	var b *maker.Base
	load := sync.OnceValues(func() (e *Engine, err error) {
		if b, err = maker.Load(kb.FS); err != nil {
			return nil, err
		}
		return Load(kb.FS, b)
	})
	return func() (*maker.Base, *Engine, error) {
		e, err := load()
		return b, e, err
	}
}()

func TestReleaseIsCleanAndEveryExampleHolds(t *testing.T) {
	_, b := release(t)
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

// BenchmarkLoad is what every run pays before the first device.
func BenchmarkLoad(b *testing.B) {
	_, base := release(b)
	for b.Loop() {
		if _, err := Load(kb.FS, base); err != nil {
			b.Fatal(err)
		}
	}
}
