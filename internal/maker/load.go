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
	rows     map[string]place    // row id → where it was first seen
	cells    map[string][]string // source cell → its addresses
	checked  map[string]origin   // address → what it is
}

func load(fsys fs.FS) (*Base, Problems) {
	l := &loader{
		fsys:    fsys,
		rows:    map[string]place{},
		cells:   map[string][]string{},
		checked: map[string]origin{},
		base: &Base{
			companies:    map[ID]*Company{},
			names:        map[string][]*Company{},
			byBrand:      map[string][]int{},
			byMaker:      map[ID][]int{},
			unattributed: map[string]unattributed{},
			prefixes:     map[uint64]int32{},
			serials:      map[string]SerialCode{},
			blocks:       map[uint32]block{},
			byModel:      map[string][]int{},
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
	s := Source{URLs: urls, Basis: basis, Verified: verified == "yes"}
	if len(urls) == 0 {
		at.fault("has no source", "add the public address where it can be read")
	}
	addresses := 0
	for _, u := range urls {
		o, ok := l.checked[u]
		if !ok {
			o = originOf(u)
			l.checked[u] = o
		}
		switch o {
		case address:
			addresses++
		case unknownOrigin:
			at.fault(fmt.Sprintf("source %q is no address", u), `write https://… and part several by "; "; words go to the note`)
		}
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
		} else if addresses == 0 && len(urls) > 0 {
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
	if !rowID.MatchString(p.row) {
		p.fault(fmt.Sprintf("id %q", p.row), "use lower-case letters, digits, '-', '.' and '/', such as oem/lorex-dahua")
		return
	}
	if first, taken := p.l.rows[p.row]; taken {
		p.fault(fmt.Sprintf("id is used twice, first at %s:%d", first.file, first.line), "give one of them another id")
		return
	}
	p.l.rows[p.row] = p
}

var rowID = regexp.MustCompile(`^[a-z0-9][a-z0-9._/-]*$`)

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
	for _, layout := range []string{"2006", "2006-01", time.DateOnly} {
		if _, err := time.Parse(layout, s); err == nil {
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
