package egress

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestLimitsAreDocumented compares limits.go with the table of docs/explanation/video.md.
func TestLimitsAreDocumented(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "limits.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%s is no number", spec.Names[0].Name)
			}
			want[spec.Names[0].Name], _ = constant.Float64Val(constant.MakeFromLiteral(literal.Value, literal.Kind, 0))
		}
		return true
	})
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "explanation", "video.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## The limits")
	table, _, _ = strings.Cut(table, "\n## ")
	got := map[string]float64{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z][A-Za-z]+) \| ([0-9.]+)[^|]* \| .{10,} \|$`).FindAllStringSubmatch(table, -1) {
		got[m[1]], _ = strconv.ParseFloat(m[2], 64)
	}
	for name, v := range want {
		if g, ok := got[name]; !ok || g != v {
			t.Errorf("%s is %g, the page says %g (there: %t)", name, v, g, ok)
		}
	}
	if len(got) != len(want) || len(want) < 40 {
		t.Errorf("%d limits, the page has %d", len(want), len(got))
	}
}
