package fingerprint

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
)

// Lint returns every fault of the fingerprints in fsys, by file and line.
// Company ids are looked up in b; with a nil b they are not.
//
// A row is at fault when it cannot be compiled, when its pattern demands no
// literal of four bytes and does not say why, when it misses one of its own
// examples, when it matches an example of another maker's row of its kind, or
// one that says another kind of equipment, and the two do not name each other
// under overlaps, and when its company, product, confidence, basis or source is
// missing or unknown.
func Lint(fsys fs.FS, b *maker.Base) []Problem {
	entries, problems := read(fsys, false)
	byID := map[string]entry{}
	byKind := map[string][]entry{}
	for _, e := range entries {
		byID[e.row.ID] = e
		byKind[e.row.Kind] = append(byKind[e.row.Kind], e)
	}
	for _, e := range entries {
		problems = append(problems, e.lint(b)...)
		problems = append(problems, e.lintOverlaps(byID)...)
		for _, other := range byKind[e.row.Kind] {
			if p, ok := e.poaches(other); ok {
				problems = append(problems, p)
			}
		}
	}
	sortProblems(problems)
	return problems
}

// lint checks what can be seen from the row alone.
func (e entry) lint(b *maker.Base) []Problem {
	var out []Problem
	say := func(format string, args ...any) { out = append(out, e.problem(format, args...)) }
	r := e.row
	if name := strings.TrimPrefix(r.ID, r.Kind+"/"); strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		say("the id may hold a-z, 0-9, dot and hyphen")
	}
	literals, _ := required(e.tree)
	switch n := shortest(literals); {
	case n < enough && r.NoLiteral == "":
		say("the pattern has no literal of at least %d bytes: lengthen it, or say under no_literal why not", enough)
	case n >= enough && r.NoLiteral != "":
		say("no_literal is given, but the pattern has the literal %q: remove it", literals[0])
	}
	if len(r.Examples) == 0 && r.Note == "" {
		say("has no example: add one text a device sent, or say in note why there is none")
	}
	for _, x := range r.Examples {
		if !e.re.MatchString(x) {
			say("does not match its own example %q", x)
		}
	}
	if r.Company != "" && b != nil {
		if _, ok := b.Company(r.Company); !ok {
			say("no company has the id %q: add it to makers, or leave company empty", r.Company)
		}
	}
	if !slices.Contains([]string{"high", "medium", "low"}, r.Confidence) {
		say("confidence %q is none of high, medium, low", r.Confidence)
	}
	if !slices.Contains([]string{"read", "registry", "recalled"}, e.basis) {
		say("basis %q is none of read, registry, recalled", e.basis)
	}
	if len(r.Source.URLs) == 0 || slices.Contains(r.Source.URLs, "") {
		say("has no source: give the address where it can be read")
	}
	return out
}

// lintOverlaps checks that a declared overlap exists and is declared both ways.
func (e entry) lintOverlaps(byID map[string]entry) []Problem {
	var out []Problem
	for _, id := range e.row.Overlaps {
		other, ok := byID[id]
		switch {
		case !ok:
			out = append(out, e.problem("overlaps %q, which does not exist", id))
		case !slices.Contains(other.row.Overlaps, e.row.ID):
			out = append(out, e.problem("overlaps %s, but that row does not name this one: declare it both ways", id))
		}
	}
	return out
}

// poaches reports that e matches an example of a row that says otherwise.
func (e entry) poaches(other entry) (Problem, bool) {
	a, b := e.row, other.row
	maker := a.Company != "" && a.Company != b.Company
	product := a.Product != "" && b.Product != "" && a.Product != b.Product
	if a == b || !maker && !product || slices.Contains(a.Overlaps, b.ID) {
		return Problem{}, false
	}
	for _, x := range b.Examples {
		if e.re.MatchString(x) {
			return e.problem("matches the example %q of %s (company %q, product %q): narrow it, or name each other under overlaps",
				x, b.ID, b.Company, b.Product), true
		}
	}
	return Problem{}, false
}
