// Package lenscap_test holds the rules that outlive reviewers: who may import
// what, that every package says what it holds, and that every parser of bytes
// from outside is fuzzed. It parses the source, so that no cache hides a change.
package lenscap_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

const module = "github.com/lenscap/lenscap/"

// forbidden says which package may not import which, and why. A package path
// stands for everything below it.
var forbidden = []struct{ from, to, why string }{
	{"internal/attribution", "internal/regime", "who made it must not depend on who is banned"},
	{"internal/attribution", "internal/finding", "who made it must not depend on who is banned"},
	{"internal/attribution", "internal/report", "data goes one way: claims are made before they are printed"},
	{"internal/maker", "internal/regime", "a company is what it is, whoever lists it"},
	{"internal/fingerprint", "internal/regime", "a pattern is what it is, whoever lists its maker"},
	{"internal/dissect", "internal/maker", "a dissector says what was sent and names no maker"},
	{"internal/dissect", "internal/fingerprint", "a dissector says what was sent and names no maker"},
	{"internal/dissect", "internal/flow", "a dissector is a pure function of bytes"},
	{"internal/dissect", "internal/capture", "a dissector is a pure function of bytes"},
	{"internal/flow", "internal/dissect", "the flow table is told what is wanted by its caller"},
	{"internal/capture", "internal/packet", "frames come before headers"},
	{"internal/egress", "internal/regime", "who a device talks to must not depend on who is banned"},
	{"internal/egress", "internal/report", "data goes one way"},
	{"internal/egress", "internal/dissect", "conversations are made of flows and of what was observed, not of bytes"},
	{"internal/geo", "internal/maker", "where a server stands must not depend on who controls it"},
	{"internal/record", "internal/attribution", "a record says what another tool wrote and names no maker"},
	{"internal/record", "internal/maker", "a record says what another tool wrote and names no maker"},
	{"internal/identify", "internal/regime", "who made it must not depend on who is banned"},
	{"internal/device", "internal/attribution", "which sightings are one device must not depend on who made it"},
	{"internal/device", "internal/maker", "which sightings are one device must not depend on who made it"},
	{"internal/regime", "internal/pipeline", "data goes one way"},
	{"internal/regime", "internal/report", "data goes one way"},
	{"internal/report", "internal/pipeline", "data goes one way"},
	{"internal/report", "internal/regime", "a report prints findings and works none out"},
	{"internal/observation", "internal/", "what was seen depends on nothing"},
	{"internal/history", "internal/", "a day file holds what it is told, and judges nothing"},
	{"internal/", "internal/lab", "the product does not contain its own test bed"},
	{"internal/settings", "internal/", "a setting is told to who needs it and knows nobody"},
	{"internal/collect", "internal/attribution", "what an exporter sent names no maker"},
	{"internal/collect", "internal/egress", "flows come before what they mean"},
	{"internal/asset", "internal/attribution", "what is declared is what somebody wrote, never what was worked out"},
	{"internal/asset", "internal/maker", "what is declared is what somebody wrote, never what was worked out"},
	{"internal/query", "internal/", "the language knows no table and no page"},
	{"kb", "internal/", "the knowledge base imports nothing of ours"},
	{"examples", "internal/", "examples are data, and import nothing of ours"},
	{"internal/", "cmd/", "a command uses packages, never the reverse"},
	{"internal/store", "internal/web", "a store knows no page"},
	{"internal/store", "internal/regime", "a store keeps verdicts and works none out"},
	{"internal/store", "internal/attribution", "a store keeps claims and makes none"},
	{"internal/store", "internal/pipeline", "data goes one way"},
	{"internal/store", "internal/app", "data goes one way"},
	{"internal/access", "internal/store", "the guard declares the storage it needs"},
	{"internal/access", "internal/web", "pages stand behind the guard"},
	{"internal/api", "internal/web", "programs and pages ask the same store, and not each other"},
	{"internal/web", "internal/api", "programs and pages ask the same store, and not each other"},
	{"internal/tell", "internal/api", "what is told does not depend on who asks"},
	{"internal/metric", "internal/", "figures are given by who has them"},
	{"internal/", "net/http", "an audit opens no connection: Lenscap never phones home"},
}

// allowed are the exceptions to forbidden, each with its reason.
var allowed = map[[2]string]string{
	{"internal/lab/station", "internal/lab"}: "the lab's own commands",
	{"internal/lab/score", "internal/lab"}:   "the lab's own commands",
	{"internal/lab/bench", "internal/lab"}:   "the lab's own commands",
	{"internal/lab/estate", "internal/lab"}:  "the lab's own commands",

	{"internal/lab/bench", "internal/lab/hubload"}: "the lab's own commands",
	{"internal/app", "net/http"}:                   "serves the hub's pages; opens no connection",
	{"internal/lab/bench", "net/http"}:             "asks the hub that it started for its pages",
	{"internal/asset", "net/http"}:                 "NetBox is spoken to through a client of the hub, whose dialler goes only where an allow-list says",
	{"internal/web", "net/http"}:                   "the hub serves pages; it asks nobody anything",
	{"internal/api", "net/http"}:                   "the hub answers programs; it asks nobody anything",
	{"internal/tell", "net/http"}:                  "webhooks are sent through a client of the hub, whose dialler goes only where an allow-list says",
	{"internal/metric", "net/http"}:                "figures are asked for; traces go through a client of the hub",
	{"internal/access", "net/http"}:                "the hub serves pages behind it, and its dialler goes only where an allow-list says",
}

func TestImports(t *testing.T) {
	for _, file := range goFiles(t) {
		dir := path.Dir(file)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range tree.Imports {
			to := strings.TrimPrefix(strings.Trim(imp.Path.Value, `"`), module)
			for _, rule := range forbidden {
				if under(dir, rule.from) && under(to, rule.to) && dir != to && allowed[[2]string{dir, to}] == "" {
					t.Errorf("%s imports %s: %s", file, to, rule.why)
				}
			}
		}
	}
}

// dials are names that open connections or use a client that goes anywhere.
var dials = []string{
	"net.Dial", "net.DialTimeout", "net.Dialer", "net.DialTCP", "net.DialUDP", "tls.Dial", "tls.Dialer", "smtp.SendMail", "smtp.Dial",
	"http.Get", "http.Head", "http.Post", "http.PostForm", "http.Client", "http.DefaultClient", "http.DefaultTransport", "http.Transport",
}

// mayDial are the files that hold such a name, each with the reason.
var mayDial = map[string]string{
	"internal/app/door.go":        "a command asks the hub of its own folder, through a socket in it and never an address",
	"internal/access/outbound.go": "the one dialler: it goes where an allow-list says",
}

// The hub calls nobody that nobody allowed: all it calls goes through
// access.Dialer.
func TestNothingElseDials(t *testing.T) {
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") || under(path.Dir(file), "internal/lab") || under(path.Dir(file), "scripts") || mayDial[file] != "" {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if _, pointer := n.(*ast.StarExpr); pointer {
				return false // to what somebody else made
			}
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && slices.Contains(dials, pkg.Name+"."+sel.Sel.Name) {
					t.Errorf("%s uses %s.%s: call out through access.Dialer, which asks the allow-list", file, pkg.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
	for file := range mayDial {
		if _, err := os.Stat(filepath.FromSlash(file)); err != nil {
			t.Errorf("%s may dial and is not there", file)
		}
	}
}

func under(pkg, rule string) bool {
	return pkg == rule || strings.HasPrefix(pkg, strings.TrimSuffix(rule, "/")+"/")
}

func TestEveryPackageSaysWhatItHolds(t *testing.T) {
	said := map[string]string{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		dir := path.Dir(file)
		said[dir] += tree.Doc.Text()
	}
	for dir, text := range said {
		if len(strings.Fields(text)) < 12 {
			t.Errorf("package %s: its comment %q does not say what it holds and what it refuses to", dir, strings.TrimSpace(text))
		}
	}
	if len(said) < 10 {
		t.Errorf("found %d packages only: the walk is broken", len(said))
	}
}

// fuzzed are the packages that read bytes from outside.
var fuzzed = []string{"internal/capture", "internal/packet", "internal/flow", "internal/dissect", "internal/device", "internal/fingerprint", "internal/maker", "internal/regime", "internal/pipeline",
	"internal/record", "internal/record/export", "internal/geo", "internal/egress", "internal/identify", "internal/plainyaml", "internal/plaincsv", "internal/query", "internal/store", "internal/history", "internal/asset", "internal/collect", "internal/settings", "internal/api"}

func TestEveryReaderOfForeignBytesIsFuzzed(t *testing.T) {
	has := map[string]int{}
	for _, file := range goFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Fuzz") {
				has[path.Dir(file)]++
			}
		}
	}
	for _, pkg := range fuzzed {
		if has[pkg] == 0 {
			t.Errorf("%s reads bytes from outside and has no fuzz target", pkg)
		}
	}
}

// docs/fuzzing.md names every fuzz target, and none that is gone.
func TestFuzzingPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("docs", "fuzzing.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## All targets")
	named := map[string]bool{}
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) == 4 {
			for target := range strings.SplitSeq(cells[2], ",") {
				if target = strings.TrimSpace(target); strings.HasPrefix(target, "Fuzz") {
					named[strings.TrimSpace(cells[1])+" "+target] = true
				}
			}
		}
	}
	for _, file := range goFiles(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasPrefix(f.Name.Name, "Fuzz") {
				target := strings.TrimPrefix(path.Dir(file), "internal/") + " " + f.Name.Name
				if !named[target] {
					t.Errorf("docs/fuzzing.md does not name %s", target)
				}
				delete(named, target)
			}
		}
	}
	for target := range named {
		t.Errorf("docs/fuzzing.md names %s, which is not there", target)
	}
}

// goFiles lists the Go files of the module, slash-separated.
func goFiles(t *testing.T) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (name == "tools" || strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".go") && name != "rules_test.go":
			out = append(out, filepath.ToSlash(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(out)
	if len(out) == 0 {
		wd, _ := os.Getwd()
		t.Fatalf("no Go files under %s", wd)
	}
	return out
}
