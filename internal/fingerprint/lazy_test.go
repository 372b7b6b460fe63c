package fingerprint

import (
	"io/fs"
	"path"
	"reflect"
	"sync"
	"testing"

	"github.com/lenscap/lenscap/internal/plainyaml"
	"github.com/lenscap/lenscap/kb"
)

// Patterns of the release inside the binary are compiled late. This test
// compiles them all, and holds both ways beside each other.
func TestLatePatternsMatchWhatCompiledOnesMatch(t *testing.T) {
	early, err := load(kb.FS, false)
	if err != nil {
		t.Fatal(err)
	}
	late, err := Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	if g := late.kinds["http-server"]; g.index.Load() != nil || g.rows[0].program.Load() != nil {
		t.Error("the release inside the binary is compiled at start")
	}
	var wait sync.WaitGroup
	for range 2 { // which may ask at once
		wait.Go(func() {
			for _, r := range early.Rows() {
				for _, x := range append(r.Examples, "none of them") {
					got, want := late.Match(nil, r.Kind, x), early.Match(nil, r.Kind, x)
					if len(got) != len(want) {
						t.Errorf("%s: %q: %d matches, %d when compiled at once", r.ID, x, len(got), len(want))
						continue
					}
					for i := range got {
						if !reflect.DeepEqual(*got[i].Row, *want[i].Row) || got[i].Model != want[i].Model {
							t.Errorf("%s: %q: got %+v, want %+v", r.ID, x, got[i], want[i])
						}
					}
				}
			}
		})
	}
	wait.Wait()
}

// A file that package plainyaml does not take costs thirty times as much at
// every start.
func TestFilesOfTheReleaseAreReadFastAndAlike(t *testing.T) {
	names, err := fs.Glob(kb.FS, path.Join(Dir, "*.yaml"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(kb.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		var got []raw
		if !plainyaml.Decode(b, &got) {
			t.Errorf("%s: not in the plain form of package plainyaml: write it as the files beside it", name)
			continue
		}
		if want, problems := decode(name, b); len(problems) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read otherwise by package yaml (%v)", name, problems)
		}
	}
}
