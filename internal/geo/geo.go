// Package geo says in which country and network an address stands, by a data
// set that is named with its date.
//
// It holds look-ups only: which company controls a server is another question
// and is answered elsewhere. It asks nobody: the data are inside the knowledge
// base or in a file the user names.
package geo

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
)

// A Place is where an address stands, as one data set says.
type Place struct {
	Country string // ISO 3166-1 alpha-2; "" unknown
	ASN     uint32 // 0 unknown
	Network string // holder of the ASN; "" unknown
	Source  string // data set and its date, for people; "; " between two
}

// A Set is country and network data, ready for look-ups by any number of
// goroutines once the last Add has returned. All its data sets lie in one table.
type Set struct {
	v4, v6  table
	places  []Place // places[0] is the zero Place
	facts   []fact  // of the same number
	c4, c6  changes // what was put since the tables were made; empty after index
	sources []string
}

// A fact is what a set knows of a range, with the data set behind each half.
type fact struct {
	value
	countryFrom, networkFrom string
}

// A layer is one data set: ranges of addresses, each with a value.
type layer struct {
	name   string // for people: name and date
	note   string // licence and publisher, for people
	v4, v6 changes
	values []value // values[0] is the zero value: no answer
}

// A value is what a layer says of a range.
type value struct {
	country string
	asn     uint32
	network string
}

// Load reads the data of a knowledge base: countries (geo/country.lsg) and the
// blocks of networks that matter (networks/blocks.csv, with the names of
// networks/networks.csv). A base without them gives a Set that knows nothing; a
// damaged file is an error that names it. Of the files this binary was built with
// nothing is read: their tables are in it ([Made]).
func Load(fsys fs.FS) (*Set, error) {
	if s := ready(fsys); s != nil {
		return s, nil
	}
	s := &Set{}
	if err := s.load(fsys); err != nil {
		return nil, err
	}
	return s, nil
}

// The files of a knowledge base that are read.
const (
	countriesFile = "geo/country.lsg"
	blocksFile    = "networks/blocks.csv"
	networksFile  = "networks/networks.csv"
)

func (s *Set) load(fsys fs.FS) error {
	for _, part := range []struct { // the first to answer is put last
		file string
		load func(*Set, fs.FS, string) error
	}{
		{blocksFile, (*Set).loadBlocks},
		{countriesFile, (*Set).loadCountries},
	} {
		if _, err := fs.Stat(fsys, part.file); err != nil {
			continue
		}
		if err := part.load(s, fsys, part.file); err != nil {
			return fmt.Errorf("load %s: %w", part.file, err)
		}
	}
	s.index()
	return nil
}

func (s *Set) loadBlocks(fsys fs.FS, name string) error {
	l, err := loadBlocks(fsys, name)
	if err != nil {
		return err
	}
	s.put(l)
	return nil
}

// loadCountries lays the compact form over what is there, range by range.
func (s *Set) loadCountries(fsys fs.FS, name string) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	f, err := unpack(b)
	if err != nil {
		return err
	}
	j := s.joiner(f.layer)
	o4 := newOverlay(&s.c4, f.v4.changes(), j.both)
	if err := f.v4.each(o4); err != nil {
		return err
	}
	o6 := newOverlay(&s.c6, f.v6.changes(), j.both)
	if err := f.v6.each(o6); err != nil {
		return err
	}
	s.c4, s.c6 = o4.done(), o6.done()
	return nil
}

// Lookup says where a stands: its country by the first data set that has one,
// its network by the first that has one of those. It is the zero Place for an
// address in no data set and for one that is not public. It allocates nothing.
func (s *Set) Lookup(a netip.Addr) Place {
	var at uint32
	if a = a.Unmap(); a.Is4() {
		b := a.As4()
		at = s.v4.find(uint64(binary.BigEndian.Uint32(b[:])))
	} else if a.Is6() {
		b := a.As16()
		at = s.v6.find(binary.BigEndian.Uint64(b[:8]))
	}
	if at == 0 {
		return Place{}
	}
	return s.places[at]
}

// Sources names the data sets in the order they are asked, with licence and date.
func (s *Set) Sources() []string {
	return slices.Clone(s.sources)
}

// put lays l over what is there. The tables are as before until index.
func (s *Set) put(l *layer) {
	j := s.joiner(l)
	s.c4 = over(&l.v4, &s.c4, j.both)
	s.c6 = over(&l.v6, &s.c6, j.both)
}

// joiner makes ready for laying l over what is there.
func (s *Set) joiner(l *layer) *joiner {
	if len(s.facts) == 0 {
		s.facts = make([]fact, 1)
	}
	j := &joiner{set: s, layer: l, known: make(map[uint64]uint32), ids: make(map[fact]uint32, len(s.facts))}
	old := s.facts
	j.old, s.facts = old, make([]fact, 1, len(old)+len(l.values))
	if len(s.c4.at)+len(s.c6.at) == 0 {
		s.c4, s.c6 = s.v4.changes(), s.v6.changes()
	}
	source := l.name
	if l.note != "" {
		source += ": " + l.note
	}
	s.sources = slices.Insert(s.sources, 0, source)
	return j
}

// index makes the tables of what was put.
func (s *Set) index() {
	s.v4, s.v6 = newTable(&s.c4, 0, shift4, len(s.facts)), newTable(&s.c6, base6, shift6, len(s.facts))
	s.c4, s.c6 = changes{}, changes{}
	s.place()
}

// place writes out what is known of each number.
func (s *Set) place() {
	s.places = make([]Place, len(s.facts))
	var both fact // the last of two data sets, whose text the next shares
	var text string
	for i, f := range s.facts {
		p := Place{Country: f.country, ASN: f.asn, Network: f.network, Source: f.countryFrom}
		switch {
		case f.countryFrom == "":
			p.Source = f.networkFrom
		case f.networkFrom != "" && f.networkFrom != f.countryFrom:
			if f.countryFrom != both.countryFrom || f.networkFrom != both.networkFrom {
				both, text = f, f.countryFrom+"; "+f.networkFrom
			}
			p.Source = text
		}
		s.places[i] = p
	}
}

// A joiner numbers what a layer and the set below it say together.
type joiner struct {
	set   *Set
	layer *layer
	old   []fact
	known map[uint64]uint32 // by both numbers
	ids   map[fact]uint32
	cache [1 << 10]struct {
		key uint64
		id  uint32
	}
}

func (j *joiner) both(upper, lower uint32) uint32 {
	if upper == 0 && lower == 0 {
		return 0
	}
	key := uint64(upper)<<32 | uint64(lower)
	c := &j.cache[(key*0x9e3779b97f4a7c15)>>54]
	if c.key == key {
		return c.id
	}
	id, ok := j.known[key]
	if !ok {
		id = j.number(j.join(upper, lower))
		j.known[key] = id
	}
	c.key, c.id = key, id
	return id
}

// join takes each half from the layer where it has one.
func (j *joiner) join(upper, lower uint32) fact {
	f, v := j.old[lower], j.layer.values[upper]
	if v.country != "" {
		f.country, f.countryFrom = v.country, j.layer.name
	}
	if v.asn != 0 {
		f.asn, f.network, f.networkFrom = v.asn, v.network, j.layer.name
	}
	return f
}

func (j *joiner) number(f fact) uint32 {
	id, ok := j.ids[f]
	if !ok {
		id = uint32(len(j.set.facts))
		j.set.facts = append(j.set.facts, f)
		j.ids[f] = id
	}
	return id
}

// clean makes text of a data set fit for one line: no control characters, at
// most 120 bytes of valid UTF-8.
func clean(text string) string {
	const longest = 120
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return ' '
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "")
	}
	return text
}
