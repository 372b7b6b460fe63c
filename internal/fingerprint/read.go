package fingerprint

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"regexp/syntax"
	"slices"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/plainyaml"
)

// maxFile bounds one file, in bytes; the largest of ours is under 100 kB.
const maxFile = 4 << 20

// An entry is a row as read, with its place and its compiled pattern.
type entry struct {
	row   *Row
	basis string
	file  string
	line  int
	re    *regexp.Regexp // nil as long as it is not compiled
	tree  *syntax.Regexp
}

// raw is one entry as people write it.
type raw struct {
	line       int
	ID         string   `yaml:"id"`
	Pattern    string   `yaml:"pattern"`
	Company    string   `yaml:"company"`
	Product    string   `yaml:"product"`
	Confidence string   `yaml:"confidence"`
	Examples   []string `yaml:"examples"`
	Note       string   `yaml:"note"`
	Source     []string `yaml:"source"`
	Basis      string   `yaml:"basis"`
	Overlaps   []string `yaml:"overlaps"`
	NoLiteral  string   `yaml:"no_literal"`
}

// StartsAt tells the line of the entry, for package plainyaml.
func (r *raw) StartsAt(line int) { r.line = line }

// read parses every file of [Dir], and compiles the patterns unless lazy. What
// cannot be used is a problem and is left out of the entries. A release without
// the folder has no fingerprints.
func read(fsys fs.FS, lazy bool) ([]entry, []Problem) {
	files, err := fs.ReadDir(fsys, Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, []Problem{{File: Dir, Says: err.Error()}}
	}
	var entries []entry
	var problems []Problem
	seen := map[string]place{}
	for _, f := range files {
		if f.IsDir() || path.Ext(f.Name()) != ".yaml" {
			continue
		}
		es, ps := readFile(fsys, path.Join(Dir, f.Name()), lazy)
		problems = append(problems, ps...)
		for _, e := range es {
			if old, ok := seen[e.row.ID]; ok {
				problems = append(problems, e.problem("the id is used at %s:%d too: choose another", old.file, old.line))
				continue
			}
			seen[e.row.ID] = place{e.file, e.line}
			entries = append(entries, e)
		}
	}
	return entries, problems
}

// A place is where an entry stands.
type place struct {
	file string
	line int
}

func readFile(fsys fs.FS, name string, lazy bool) ([]entry, []Problem) {
	kind := strings.TrimSuffix(path.Base(name), ".yaml")
	if _, ok := kinds[kind]; !ok {
		return nil, []Problem{{File: name, Says: "no such kind of fingerprint: name the file after one of " + strings.Join(Kinds(), ", ")}}
	}
	if info, err := fs.Stat(fsys, name); err == nil && info.Size() > maxFile {
		return nil, []Problem{{File: name, Says: fmt.Sprintf("is %d bytes: at most %d", info.Size(), maxFile)}}
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, []Problem{{File: name, Says: err.Error()}}
	}
	return parse(kind, name, b, lazy)
}

// parse reads one file: a YAML list of entries.
func parse(kind, name string, b []byte, lazy bool) ([]entry, []Problem) {
	var raws []raw
	var problems []Problem
	if !plainyaml.Decode(b, &raws) {
		raws, problems = decode(name, b)
	}
	entries, rows := make([]entry, 0, len(raws)), make([]Row, len(raws))
	for i := range raws {
		e := entry{row: &rows[i], basis: raws[i].Basis, file: name, line: raws[i].line}
		err := e.fill(kind, &raws[i])
		if err == nil && !lazy {
			err = e.compile()
		}
		if err != nil {
			problems = append(problems, e.problem("%v", err))
			continue
		}
		entries = append(entries, e)
	}
	return entries, problems
}

// decode reads a list of entries in any form of YAML, one by one, so that a
// fault in one hides none in the others.
func decode(name string, b []byte) (raws []raw, problems []Problem) {
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, []Problem{{File: name, Says: err.Error()}}
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	list := doc.Content[0]
	if list.Kind != yaml.SequenceNode {
		return nil, []Problem{{File: name, Line: list.Line, Says: `write a list of entries, each starting with "- id:"`}}
	}
	for _, node := range list.Content {
		r := raw{line: node.Line}
		err := known(node)
		if err == nil {
			err = node.Decode(&r)
		}
		if err != nil {
			problems = append(problems, Problem{File: name, Line: node.Line, Says: err.Error()})
			continue
		}
		raws = append(raws, r)
	}
	return raws, problems
}

// fill checks what needs no pattern.
func (e *entry) fill(kind string, r *raw) error {
	*e.row = Row{
		ID: r.ID, Kind: kind, Pattern: r.Pattern, Company: maker.ID(r.Company), Product: r.Product,
		Examples: r.Examples, Confidence: r.Confidence, Note: r.Note, Overlaps: r.Overlaps, NoLiteral: r.NoLiteral,
		Source: maker.Source{URLs: r.Source, Verified: verified(r)},
	}
	if !strings.HasPrefix(r.ID, kind+"/") || len(r.ID) == len(kind)+1 {
		return fmt.Errorf("the id %q does not start with %q and a name", r.ID, kind+"/")
	}
	if !slices.Contains(Products, r.Product) {
		return fmt.Errorf("product %q is none of %s", r.Product, strings.Join(Products[1:], ", "))
	}
	if r.Pattern == "" {
		return errors.New("has no pattern")
	}
	return nil
}

// compile compiles the pattern and checks its groups.
func (e *entry) compile() error {
	var err error
	if e.re, err = regexp.Compile(e.row.Pattern); err != nil {
		return fmt.Errorf("the pattern is not RE2: %w", err)
	}
	if e.tree, err = syntax.Parse(e.row.Pattern, syntax.Perl); err != nil {
		return fmt.Errorf("the pattern is not RE2: %w", err)
	}
	for _, g := range e.re.SubexpNames()[1:] {
		if g == "" {
			return errors.New("the pattern has an unnamed group: name it, (?P<model>…), or write (?:…)")
		}
		if !slices.Contains(groupNames[:], g) {
			return fmt.Errorf("the group %q is none of %s", g, strings.Join(groupNames[:], ", "))
		}
	}
	return nil
}

// known refuses a key that no entry has, which is usually a slip of the pen.
func known(node *yaml.Node) error {
	if node.Kind != yaml.MappingNode {
		return errors.New(`is not an entry: write "- id: …" and its other keys below`)
	}
	b, err := yaml.Marshal(node)
	if err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	return d.Decode(&raw{})
}

// verified reports whether the row may support more than a possible statement:
// someone read the source, and the source has an address.
func verified(r *raw) bool {
	return r.Basis != "recalled" && slices.ContainsFunc(r.Source, isURL)
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// A Problem is one fault of the knowledge base.
type Problem struct {
	File string // in the knowledge base
	Line int    // of the entry, from 1; 0 for the whole file
	Row  string // id; "" when the entry has none
	Says string // what is wrong and what to do
}

// String is "file:line: row: what is wrong".
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d", p.Line)
	}
	if p.Row != "" {
		s += ": " + p.Row
	}
	return s + ": " + p.Says
}

func (e entry) problem(format string, args ...any) Problem {
	return Problem{File: e.file, Line: e.line, Row: e.row.ID, Says: fmt.Sprintf(format, args...)}
}

func asError(problems []Problem) error {
	sortProblems(problems)
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.String()
	}
	return fmt.Errorf("load fingerprints: %s", strings.Join(lines, "\n"))
}

func sortProblems(problems []Problem) {
	sort.SliceStable(problems, func(i, j int) bool {
		a, b := problems[i], problems[j]
		if a.File != b.File {
			return a.File < b.File
		}
		return a.Line < b.Line
	})
}
