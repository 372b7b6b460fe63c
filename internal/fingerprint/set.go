package fingerprint

import (
	"fmt"
	"io/fs"
	"math/bits"
	"regexp"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// maxRows bounds the rows of one kind.
const maxRows = 2048

// A Set is the compiled fingerprints of one release. It is safe for use by
// several goroutines.
type Set struct {
	rows   []*Row
	byID   map[string]*Row
	kinds  map[string]*group
	fields map[string][]*group // by field name, in the order of the kinds' names
}

// A group is the compiled rows of one kind.
type group struct {
	rows   []compiled
	find   *automaton // nil when no row has a literal
	always [maxRows / 64]uint64
	folded [maxRows / 64]uint64 // rows whose literal came from a case-insensitive part
}

type compiled struct {
	row    *Row
	re     *regexp.Regexp
	groups [6]int // submatch of model, firmware, hardware, serial, mac, brand; 0 for none
	named  bool
}

// groupNames are the named groups a pattern may have, in the order of
// compiled.groups.
var groupNames = [6]string{"model", "firmware", "hardware", "serial", "mac", "brand"}

// Load reads and compiles every file of [Dir] in fsys. Its error lists every
// row that cannot be used: file, line, what to do.
func Load(fsys fs.FS) (*Set, error) {
	entries, problems := read(fsys)
	s := &Set{byID: map[string]*Row{}, kinds: map[string]*group{}, fields: map[string][]*group{}}
	byKind := map[string][]entry{}
	for _, e := range entries {
		s.rows = append(s.rows, e.row)
		s.byID[e.row.ID] = e.row
		byKind[e.row.Kind] = append(byKind[e.row.Kind], e)
	}
	for _, kind := range Kinds() {
		if len(byKind[kind]) == 0 {
			continue
		}
		g, err := compile(byKind[kind])
		if err != nil {
			problems = append(problems, Problem{File: byKind[kind][0].file, Says: err.Error()})
			continue
		}
		s.kinds[kind] = g
		for _, f := range kinds[kind] {
			s.fields[f] = append(s.fields[f], g)
		}
	}
	if len(problems) > 0 {
		return nil, asError(problems)
	}
	return s, nil
}

func compile(entries []entry) (*group, error) {
	if len(entries) > maxRows {
		return nil, fmt.Errorf("has %d rows: one kind holds at most %d; split it into two kinds", len(entries), maxRows)
	}
	g := &group{}
	var words []word
	for i, e := range entries {
		c := compiled{row: e.row, re: e.re}
		for n, name := range groupNames {
			if at := e.re.SubexpIndex(name); at > 0 {
				c.groups[n], c.named = at, true
			}
		}
		g.rows = append(g.rows, c)
		literals, folded := required(e.tree)
		if len(literals) == 0 {
			g.always[i>>6] |= 1 << (i & 63)
		}
		if folded {
			g.folded[i>>6] |= 1 << (i & 63)
		}
		for _, l := range literals {
			words = append(words, word{l, i})
		}
	}
	if len(words) == 0 {
		return g, nil
	}
	var ok bool
	if g.find, ok = newAutomaton(words); !ok {
		return nil, fmt.Errorf("has too many literals for one automaton; split it into two kinds")
	}
	return g, nil
}

// Rows returns all rows, by file name and then in the order of the file. The
// caller must not change them.
func (s *Set) Rows() []*Row { return s.rows }

// Row returns the row with that id.
func (s *Set) Row(id string) (*Row, bool) {
	r, ok := s.byID[id]
	return r, ok
}

// Match appends to dst every row of kind that matches value, in row order. It
// allocates nothing when no row matches.
func (s *Set) Match(dst []Match, kind, value string) []Match {
	if g := s.kinds[kind]; g != nil {
		dst = g.match(dst, value)
	}
	return dst
}

// MatchField appends the matches of every kind that reads f's name, kind by
// kind in the order of their names.
func (s *Set) MatchField(dst []Match, f observation.Field) []Match {
	for _, g := range s.fields[f.Name] {
		dst = g.match(dst, f.Value)
	}
	return dst
}

func (g *group) match(dst []Match, value string) []Match {
	hits := g.always
	if g.find != nil && g.find.scan(value, &hits) && foldsToASCII(value) {
		for i := range hits {
			hits[i] |= g.folded[i]
		}
	}
	for w := 0; w*64 < len(g.rows); w++ {
		for b := hits[w]; b != 0; b &= b - 1 {
			dst = g.rows[w<<6+bits.TrailingZeros64(b)].match(dst, value)
		}
	}
	return dst
}

// foldsToASCII reports whether s holds one of the two letters outside ASCII
// that a case-insensitive pattern takes for k and s (Unicode simple folding).
func foldsToASCII(s string) bool {
	return strings.ContainsRune(s, '\u212a') || strings.ContainsRune(s, '\u017f')
}

func (c *compiled) match(dst []Match, value string) []Match {
	if !c.re.MatchString(value) {
		return dst
	}
	m := Match{Row: c.row}
	if c.named {
		sub := c.re.FindStringSubmatch(value)
		for i, to := range [6]*string{&m.Model, &m.Firmware, &m.Hardware, &m.Serial, &m.MAC, &m.Brand} {
			if at := c.groups[i]; at > 0 {
				*to = strings.TrimSpace(sub[at])
			}
		}
	}
	return append(dst, m)
}
