package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/regime"
)

// TestReferencePages holds the pages under docs/reference to the source they are
// made from. `make docs` writes them again.
func TestReferencePages(t *testing.T) {
	for name, page := range map[string]string{
		"commands.md":    commandsPage(t),
		"estate.md":      estatePage(),
		"fields.md":      fieldsPage(t),
		"dissectors.md":  dissectorsPage(),
		"fingerprint.md": fingerprintPage(),
	} {
		file := filepath.Join("..", "..", "docs", "reference", name)
		if *update {
			if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		have, err := os.ReadFile(file)
		if err != nil || string(have) != page {
			t.Errorf("docs/reference/%s is not what the source says (make docs): %v", name, err)
		}
	}
}

const generated = "<!-- Written by make docs from the source; change that. -->\n\n"

func commandsPage(t *testing.T) string {
	var b bytes.Buffer
	b.WriteString("# Commands\n\n" + generated)
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" {
			return
		}
		c.DisableAutoGenTag = true
		var page bytes.Buffer
		if err := doc.GenMarkdownCustom(c, &page, func(s string) string {
			return "#" + strings.ReplaceAll(strings.TrimSuffix(s, ".md"), "_", "-")
		}); err != nil {
			t.Fatal(err)
		}
		b.Write(page.Bytes())
		b.WriteByte('\n')
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	r := root()
	r.InitDefaultHelpCmd()
	walk(r)
	return b.String()
}

func estatePage() string {
	var b strings.Builder
	b.WriteString("# The estate file\n\n" + generated)
	b.WriteString("`lenscap audit --estate estate.yaml` reads what is known of the organisation and the site. Every key may be left out: what is not\ngiven is not known, which is not \"no\". A flag of the same meaning wins.\n\n")
	b.WriteString("| key | value | what it says |\n|---|---|---|\n")
	for _, k := range regime.EstateKeys() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Key, k.Type, k.Says)
	}
	b.WriteString("\nA key with a dot is a key inside a section: `purpose.public-safety` is written as\n\n```yaml\npurpose:\n  public-safety: true\n```\n\n## Types of organisation\n\n| type | country | who |\n|---|---|---|\n")
	for _, o := range regime.OrganisationTypes {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.ID, o.Country, o.Says)
	}
	return b.String()
}

// fieldsPage lists the constants of observation/field.go with their comments.
func fieldsPage(t *testing.T) string {
	tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "internal", "observation", "field.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("# Fields\n\n" + generated + "What Lenscap reads out of each protocol. These names stand in evidence, in `seen` of a report, and in the kinds of fingerprints.\n\n| field | meaning |\n|---|---|\n")
	for _, d := range tree.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			if v.Doc != nil {
				fmt.Fprintf(&b, "| | **%s** |\n", strings.ReplaceAll(strings.TrimSpace(v.Doc.Text()), "\n", " "))
			}
			lit, ok := v.Values[0].(*ast.BasicLit)
			if !ok {
				continue
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", strings.Trim(lit.Value, `"`), strings.ReplaceAll(strings.TrimSpace(v.Comment.Text()), "|", "\\|"))
		}
	}
	return b.String()
}

func dissectorsPage() string {
	var b strings.Builder
	b.WriteString("# Protocols\n\n" + generated + "In the order in which they are asked. Ports are where a protocol is expected; those with \"by content\" are recognised on any port.\n\n| protocol | UDP | TCP | other | by content | fuzz target |\n|---|---|---|---|---|---|\n")
	for i := range dissect.Dissectors {
		d := &dissect.Dissectors[i]
		other := ""
		for _, e := range d.EtherTypes {
			other += fmt.Sprintf("ethertype 0x%04x ", e)
		}
		if d.WLAN != nil {
			other += "802.11 management"
		}
		content := ""
		if d.Looks != nil {
			content = "UDP "
		}
		if d.LooksStream != nil {
			content += "TCP"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", d.Name, ports(d.UDP), ports(d.TCP), strings.TrimSpace(other), strings.TrimSpace(content), d.Fuzz)
	}
	return b.String()
}

func ports(p []uint16) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(p), " ", ", "), "[]")
}

func fingerprintPage() string {
	var b strings.Builder
	b.WriteString("# Kinds of fingerprints\n\n" + generated + "One file a kind in `kb/fingerprints/`. A kind without fields serves text that other tools hand over.\n\n| kind | reads |\n|---|---|\n")
	for _, k := range fingerprint.Kinds() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", k, strings.Join(fingerprint.Reads(k), ", "))
	}
	return b.String()
}
