package maker

import (
	"fmt"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// maxFile is the largest file of a knowledge base that is read, in bytes.
const maxFile = 64 << 20

// loader gathers facts and faults; one goes through all files.
type loader struct {
	fsys     fs.FS
	base     *Base
	problems Problems
	rows     map[string]rowPlace // row id → where it was first seen
	cells    map[string]*sources // source cell → its addresses
	checked  map[string]origin   // address → what it is

	lastCell    string // of sources, and what it holds: most rows have that of the row before
	lastSources *sources
}

// A rowPlace is where a row stands.
type rowPlace struct {
	file string
	line int
}

// usualRows is about how many rows our releases have: room made at once is not
// made again and again.
const usualRows = 5000

func load(fsys fs.FS) (*Base, Problems) {
	l := &loader{
		fsys:    fsys,
		rows:    make(map[string]rowPlace, usualRows),
		cells:   map[string]*sources{},
		checked: map[string]origin{},
		base: &Base{
			companies:    map[ID]*Company{},
			names:        map[string][]*Company{},
			byBrand:      map[string][]int{},
			byMaker:      map[ID][]int{},
			unattributed: map[string]unattributed{},
			prefixes:     make(map[uint64]int32, usualRows),
			prefixRows:   make([]Prefix, 0, usualRows),
			chips:        make([]Chip, 0, usualRows/3),
			serials:      map[string]SerialCode{},
			blocks:       make(map[uint32]block, usualRows),
			byModel:      make(map[string][]int, usualRows/2),
			domains:      map[string]Domain{},
			ports:        map[portKey][]Port{},
			networks:     map[uint32]Network{},
		},
	}
	l.loadCompanies()
	l.loadTables()
	l.base.indexNames()
	l.base.indexRelations()
	l.base.indexBlocks()
	l.problems.sort()
	return l.base, l.problems
}

// read gives the content of a file, and reports one that is absent or too big.
func (l *loader) read(name string) ([]byte, bool) {
	info, err := fs.Stat(l.fsys, name)
	if err != nil {
		l.fault(name, 0, "", fmt.Sprintf("cannot be read: %v", err), "a release has this file, if only with its header line")
		return nil, false
	}
	if info.Size() > maxFile {
		l.fault(name, 0, "", fmt.Sprintf("has %d bytes", info.Size()), fmt.Sprintf("keep it under %d", maxFile))
		return nil, false
	}
	b, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		l.fault(name, 0, "", fmt.Sprintf("cannot be read: %v", err), "check the file")
		return nil, false
	}
	return b, true
}

func (l *loader) fault(file string, line int, row, says, do string) {
	l.problems = append(l.problems, Problem{File: file, Line: line, Row: row, Says: says, Do: do})
}

var indexNumber = regexp.MustCompile(`^github-index:[0-9]+$`)

// notCitable stands for a text that should not be linked: it holds a private
// serial number and password, or code of an attack.
const notCitable = "no citable source yet"

// source checks addresses and basis, and that verified agrees with them: a
// recalled fact or one with no address but an index number is not verified.
func (l *loader) source(at place, urls []string, basis, verified string) Source {
	return l.judged(at, l.judge(urls), basis, verified)
}

// judge says what each address is.
func (l *loader) judge(urls []string) *sources {
	s := &sources{urls: urls}
	for _, u := range urls {
		o, ok := l.checked[u]
		if !ok {
			o = originOf(u)
			l.checked[u] = o
		}
		switch o {
		case address:
			s.addresses++
		case unknownOrigin:
			s.unknown = append(s.unknown, u)
		}
	}
	return s
}

func (l *loader) judged(at place, from *sources, basis, verified string) Source {
	s := Source{URLs: from.urls, Basis: basis, Verified: verified == "yes"}
	if len(from.urls) == 0 {
		at.fault("has no source", "add the public address where it can be read")
	}
	for _, u := range from.unknown {
		at.fault(fmt.Sprintf("source %q is no address", u), `write https://… and part several by "; "; words go to the note`)
	}
	switch basis {
	case "read", "registry", "recalled":
	default:
		at.fault(fmt.Sprintf("basis %q", basis), "use read, registry or recalled (see README)")
	}
	switch verified {
	case "no":
	case "yes":
		if basis == "recalled" {
			at.fault("is recalled and verified at once", "open the source and set basis to read, or set verified to no")
		} else if from.addresses == 0 && len(from.urls) > 0 {
			at.fault("has only an index number as source", "find its public address, or set verified to no")
		}
	default:
		at.fault(fmt.Sprintf("verified %q", verified), "use yes or no")
	}
	return s
}

// origin is what a source is.
type origin uint8

const (
	unknownOrigin origin = iota
	address              // https://…
	noAddress            // an index number, or notCitable
)

func originOf(u string) origin {
	if indexNumber.MatchString(u) || u == notCitable {
		return noAddress
	}
	p, err := url.Parse(u)
	if err == nil && (p.Scheme == "https" || p.Scheme == "http") && p.Host != "" && !strings.ContainsAny(u, " ;") {
		return address
	}
	return unknownOrigin
}

// A place is where in a file something stands.
type place struct {
	l    *loader
	file string
	line int
	row  string
}

func (p place) fault(says, do string) { p.l.fault(p.file, p.line, p.row, says, do) }

// claim takes a row's id, and reports one that is missing, malformed or taken.
func (p place) claim() {
	if !isRowID(p.row) {
		p.fault(fmt.Sprintf("id %q", p.row), "use lower-case letters, digits, '-', '.' and '/', such as oem/lorex-dahua")
		return
	}
	if first, taken := p.l.rows[p.row]; taken {
		p.fault(fmt.Sprintf("id is used twice, first at %s:%d", first.file, first.line), "give one of them another id")
		return
	}
	p.l.rows[p.row] = rowPlace{p.file, p.line}
}

// isRowID reports lower-case letters, digits, '-', '.', '_' and '/', the first a
// letter or digit.
func isRowID(s string) bool {
	for i := range len(s) {
		c := s[i]
		word := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !word && (i == 0 || c != '-' && c != '.' && c != '_' && c != '/') {
			return false
		}
	}
	return s != ""
}

// company reports an id that names no company; "" is for the caller to judge.
func (p place) company(column, id string) ID {
	if id == "" {
		return ""
	}
	if _, ok := p.l.base.companies[ID(id)]; !ok {
		p.fault(fmt.Sprintf("%s %q is no company", column, id), "correct it, or add the company to makers/companies.yaml")
	}
	return ID(id)
}

// date reports what is neither empty nor YYYY[-MM[-DD]].
func (p place) date(column, s string) string {
	if s == "" {
		return ""
	}
	if layout := "2006-01-02"; len(s) == 4 || len(s) == 7 || len(s) == len(layout) {
		if _, err := time.Parse(layout[:len(s)], s); err == nil {
			return s
		}
	}
	p.fault(fmt.Sprintf("%s %q is no date", column, s), "write YYYY, YYYY-MM or YYYY-MM-DD")
	return ""
}

// oneOf reports a value that is not in the list.
func (p place) oneOf(column, s string, allowed ...string) string {
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	p.fault(fmt.Sprintf("%s %q", column, s), "use one of: "+strings.Join(allowed, ", "))
	return s
}
