package settings

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const page = "../../docs/reference/settings.md"

// comments reads what sections.go says of each key, and of each section by the
// name of its type.
func comments(t *testing.T) map[string]string {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), "sections.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]*ast.StructType{}
	out := map[string]string{}
	line := func(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
	for _, d := range tree.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		for _, s := range g.Specs {
			spec := s.(*ast.TypeSpec)
			if x, ok := spec.Type.(*ast.StructType); ok {
				types[spec.Name.Name] = x
				if spec.Name.Name != "Settings" {
					out[spec.Name.Name] = line(g.Doc)
				}
			}
		}
	}
	var walk func(name, key string)
	walk = func(name, key string) {
		for _, f := range types[name].Fields.List {
			k := join(key, reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("yaml"))
			inner, list := "", f.Type
			if a, ok := f.Type.(*ast.ArrayType); ok {
				list = a.Elt
			}
			if id, ok := list.(*ast.Ident); ok && types[id.Name] != nil {
				inner = id.Name
			}
			_, isList := f.Type.(*ast.ArrayType)
			if inner != "" && !isList {
				walk(inner, k)
				continue
			}
			out[k] = line(f.Doc)
			if out[k] == "" {
				t.Errorf("sections.go says nothing of %s", k)
			}
			if inner != "" {
				walk(inner, k+"[]")
			}
		}
	}
	walk("Settings", "")
	return out
}

// written is says.go as it should be.
func written(t *testing.T, of map[string]string) []byte {
	t.Helper()
	keys := make([]string, 0, len(of))
	for k := range of {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b bytes.Buffer
	b.WriteString("// Code generated from sections.go by `make docs`; DO NOT EDIT.\n\npackage settings\n\n// says is the comment of each key, and of each section by its type.\nvar says = map[string]string{\n")
	for _, k := range keys {
		fmt.Fprintf(&b, "%q: %q,\n", k, of[k])
	}
	b.WriteString("}\n")
	out, err := format.Source(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestReferenceIsWhatTheCommentsSay(t *testing.T) {
	want := comments(t)
	if os.Getenv("LENSCAP_UPDATE") != "" {
		says = want
		for name, b := range map[string][]byte{"says.go": written(t, want), page: []byte(Reference())} {
			if err := os.WriteFile(name, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	if have, err := os.ReadFile("says.go"); err != nil || !bytes.Equal(have, written(t, want)) {
		t.Errorf("says.go is not what sections.go says (%v): make docs", err)
	}
	if have, err := os.ReadFile(page); err != nil || string(have) != Reference() {
		t.Errorf("%s is not what Reference gives (%v): make docs", page, err)
	}
}
