package maker

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is one fault in a knowledge base, told so that its author can mend
// it.
type Problem struct {
	File string // path in the knowledge base
	Line int    // from 1; 0 when it is about the whole file
	Row  string // id of the row, "" when it has none
	Says string // what is wrong
	Do   string // what to do about it
}

// String is "file:line: row: says; do".
func (p Problem) String() string {
	var s strings.Builder
	s.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&s, ":%d", p.Line)
	}
	if p.Row != "" {
		s.WriteString(": " + p.Row)
	}
	s.WriteString(": " + p.Says)
	if p.Do != "" {
		s.WriteString("; " + p.Do)
	}
	return s.String()
}

// Problems is a list of faults as an error: a line each.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.String()
	}
	return strings.Join(lines, "\n")
}

func (p Problems) sort() {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}
