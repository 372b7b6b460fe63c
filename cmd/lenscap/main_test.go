package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the generated reference pages")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lenscap": main})
}

// TestScripts runs each promise of the command line as a user would type it.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	base, err := filepath.Abs(filepath.Join("..", "..", "kb"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXAMPLES", examples)
			e.Setenv("KB", base)
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// head FILE BYTES COPY: the beginning of a file, as a cut capture.
			"head": func(ts *testscript.TestScript, _ bool, args []string) {
				b, err := os.ReadFile(ts.MkAbs(args[0]))
				ts.Check(err)
				n := 0
				for _, c := range args[1] {
					n = n*10 + int(c-'0')
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[2]), b[:min(n, len(b))], 0o600))
			},
		},
	})
}
