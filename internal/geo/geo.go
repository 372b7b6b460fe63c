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
// goroutines once the last Add has returned.
type Set struct {
	layers  []*layer // in the order they are asked
	sources []string // see source
}

// A layer is one data set: ranges of addresses, each with a value.
type layer struct {
	name   string // for people: name and date
	note   string // licence and publisher, for people
	v4     table4
	v6     table6
	values []value // values[0] is the zero value: no answer
}

// A value is what a layer says of a range.
type value struct {
	country string
	asn     uint32
	network string
}

// Load reads the data inside the knowledge base: countries (geo/country.lsg)
// and the blocks of networks that matter (networks/blocks.csv, with the names
// of networks/networks.csv). A base without them gives a Set that knows
// nothing; a damaged file is an error that names it.
func Load(fsys fs.FS) (*Set, error) {
	s := &Set{}
	for _, part := range []struct {
		file string
		load func(fs.FS, string) (*layer, error)
	}{
		{"geo/country.lsg", loadCountries},
		{"networks/blocks.csv", loadBlocks},
	} {
		if _, err := fs.Stat(fsys, part.file); err != nil {
			continue
		}
		l, err := part.load(fsys, part.file)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", part.file, err)
		}
		s.layers = append(s.layers, l)
	}
	s.index()
	return s, nil
}

// loadCountries reads the compact form.
func loadCountries(fsys fs.FS, name string) (*layer, error) {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	return Decode(b)
}

// Lookup says where a stands: its country by the first data set that has one,
// its network by the first that has one of those. It is the zero Place for an
// address in no data set and for one that is not public. It allocates nothing.
func (s *Set) Lookup(a netip.Addr) Place {
	var p Place
	var country, network int // 1 + index of the layer that answered
	a = a.Unmap()
	four := a.Is4()
	var key uint64
	if four {
		b := a.As4()
		key = uint64(binary.BigEndian.Uint32(b[:]))
	} else if a.Is6() {
		b := a.As16()
		key = binary.BigEndian.Uint64(b[:8])
	} else {
		return p
	}
	for i, l := range s.layers {
		var at uint32
		if four {
			at = l.v4.find(uint32(key))
		} else {
			at = l.v6.find(key)
		}
		if at == 0 {
			continue
		}
		v := &l.values[at]
		if country == 0 && v.country != "" {
			p.Country, country = v.country, i+1
		}
		if network == 0 && v.asn != 0 {
			p.ASN, p.Network, network = v.asn, v.network, i+1
		}
		if country != 0 && network != 0 {
			break
		}
	}
	if country != 0 || network != 0 {
		p.Source = s.sources[country*(len(s.layers)+1)+network]
	}
	return p
}

// index words every pair of layers once, so that Lookup need not.
func (s *Set) index() {
	n := len(s.layers) + 1
	s.sources = make([]string, n*n)
	name := func(i int) string {
		if i == 0 {
			return ""
		}
		return s.layers[i-1].name
	}
	for c := range n {
		for w := range n {
			switch a, b := name(c), name(w); {
			case a == b || b == "":
				s.sources[c*n+w] = a
			case a == "":
				s.sources[c*n+w] = b
			default:
				s.sources[c*n+w] = a + "; " + b
			}
		}
	}
}

// Sources names the data sets in the order they are asked, with licence and date.
func (s *Set) Sources() []string {
	out := make([]string, len(s.layers))
	for i, l := range s.layers {
		out[i] = l.name
		if l.note != "" {
			out[i] += ": " + l.note
		}
	}
	return out
}

// put asks l before the layers that are there.
func (s *Set) put(l *layer) {
	s.layers = slices.Insert(s.layers, 0, l)
	s.index()
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
