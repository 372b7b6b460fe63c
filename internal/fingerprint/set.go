package fingerprint

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"regexp"
	"regexp/syntax"
	"strings"
	"sync"
	"sync/atomic"

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

// A group is the rows of one kind.
type group struct {
	rows  []compiled
	mu    sync.Mutex // held while index is made
	index atomic.Pointer[index]
}

// An index says which rows of a group are worth trying on a text.
type index struct {
	find   *automaton // nil when no row has a literal
	always [maxRows / 64]uint64
	folded [maxRows / 64]uint64 // rows whose literal came from a case-insensitive part
}

// A compiled is a row with its pattern, compiled before its first use.
type compiled struct {
	row     *Row
	program atomic.Pointer[program]
}

type program struct {
	re     *regexp.Regexp
	groups [6]int // submatch of model, firmware, hardware, serial, mac, brand; 0 for none
	named  bool
}

// groupNames are the named groups a pattern may have, in the order of
// compiled.groups.
var groupNames = [6]string{"model", "firmware", "hardware", "serial", "mac", "brand"}

// Load reads every file of [Dir] in fsys. Its error lists every row that cannot
// be used: file, line, what to do.
//
// Patterns are compiled at once, so that a fault in one is found here, except
// those of a release inside the binary ([embed.FS]): our tests have compiled
// them, and most captures need few. They are compiled when a text first asks
// for their kind, and their row when the text holds its literal.
func Load(fsys fs.FS) (*Set, error) {
	_, lazy := fsys.(embed.FS)
	return load(fsys, lazy)
}

func load(fsys fs.FS, lazy bool) (*Set, error) {
	entries, problems := read(fsys, lazy)
	s := &Set{rows: make([]*Row, 0, len(entries)), byID: make(map[string]*Row, len(entries)), kinds: map[string]*group{}, fields: map[string][]*group{}}
	byKind := map[string][]entry{}
	for i, e := range entries {
		s.rows = append(s.rows, e.row)
		s.byID[e.row.ID] = e.row
		of := byKind[e.row.Kind]
		byKind[e.row.Kind] = entries[i-len(of) : i+1] // a kind is a file: its entries stand together
	}
	for _, kind := range Kinds() {
		if len(byKind[kind]) == 0 {
			continue
		}
		g, err := newGroup(byKind[kind])
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

// newGroup makes a group of entries; its index at once when they are compiled.
func newGroup(entries []entry) (*group, error) {
	if len(entries) > maxRows {
		return nil, fmt.Errorf("has %d rows: one kind holds at most %d; split it into two kinds", len(entries), maxRows)
	}
	g := &group{rows: make([]compiled, len(entries))}
	trees := make([]*syntax.Regexp, len(entries))
	for i, e := range entries {
		g.rows[i].row, trees[i] = e.row, e.tree
		if e.re != nil {
			g.rows[i].program.Store(newProgram(e.re))
		}
	}
	if entries[0].re == nil {
		return g, nil
	}
	x, err := newIndex(trees)
	if err != nil {
		return nil, err
	}
	g.index.Store(x)
	return g, nil
}

// newIndex gathers the literals of the patterns.
func newIndex(trees []*syntax.Regexp) (*index, error) {
	x := &index{}
	var words []word
	for i, tree := range trees {
		literals, folded := required(tree)
		if len(literals) == 0 {
			x.always[i>>6] |= 1 << (i & 63)
		}
		if folded {
			x.folded[i>>6] |= 1 << (i & 63)
		}
		for _, l := range literals {
			words = append(words, word{l, i})
		}
	}
	if len(words) == 0 {
		return x, nil
	}
	var ok bool
	if x.find, ok = newAutomaton(words); !ok {
		return nil, errors.New("has too many literals for one automaton; split it into two kinds")
	}
	return x, nil
}

// indexed gives the index, which is made when it is first asked for.
func (g *group) indexed() *index {
	if x := g.index.Load(); x != nil {
		return x
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if x := g.index.Load(); x != nil {
		return x
	}
	trees := make([]*syntax.Regexp, len(g.rows))
	for i := range g.rows {
		tree, err := syntax.Parse(g.rows[i].row.Pattern, syntax.Perl)
		if err != nil {
			panic(g.rows[i].row.ID + ": " + err.Error()) // our tests compile the patterns of the release
		}
		trees[i] = tree
	}
	x, err := newIndex(trees)
	if err != nil {
		panic(g.rows[0].row.Kind + " " + err.Error())
	}
	g.index.Store(x)
	return x
}

func newProgram(re *regexp.Regexp) *program {
	p := &program{re: re}
	for n, name := range groupNames {
		if at := re.SubexpIndex(name); at > 0 {
			p.groups[n], p.named = at, true
		}
	}
	return p
}

// compiled gives the pattern ready for use. Two that ask at once may both
// compile it; one of the results stays.
func (c *compiled) compiled() *program {
	p := c.program.Load()
	if p == nil {
		p = newProgram(regexp.MustCompile(c.row.Pattern))
		c.program.Store(p)
	}
	return p
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
	x := g.indexed()
	hits := x.always
	if x.find != nil && x.find.scan(value, &hits) && foldsToASCII(value) {
		for i := range hits {
			hits[i] |= x.folded[i]
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
	p := c.compiled()
	if !p.re.MatchString(value) {
		return dst
	}
	m := Match{Row: c.row}
	if p.named {
		sub := p.re.FindStringSubmatch(value)
		for i, to := range [6]*string{&m.Model, &m.Firmware, &m.Hardware, &m.Serial, &m.MAC, &m.Brand} {
			if at := p.groups[i]; at > 0 {
				*to = strings.TrimSpace(sub[at])
			}
		}
	}
	return append(dst, m)
}
