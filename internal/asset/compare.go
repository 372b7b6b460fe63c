package asset

import "strconv"

// An Agreement says how a field of a line stands to what was seen.
type Agreement string

// The agreements there are.
const (
	Same        Agreement = "same"
	Differs     Agreement = "differs"
	NotSeen     Agreement = "not seen"     // the network does not show it
	NotDeclared Agreement = "not declared" // only the network shows it
	NotCompared Agreement = "not compared" // two names for one thing are no difference
)

// A Comparison is one field of a line beside what was seen.
type Comparison struct {
	Field    Field     `json:"field"`
	Declared string    `json:"declared,omitempty"`
	Seen     string    `json:"seen,omitempty"` // of several the one that agrees, else the likeliest
	Says     Agreement `json:"says"`
}

// compared are the fields of a [Comparison], in order.
var compared = []Field{Name, Kind, Brand, Maker, Model, Firmware, Serial, MAC, IP, Hostname, Zone, VLAN, Location, Owner, Purchased, Installed, SupportEnds}

// Compared are the fields that [Compare] may tell of, in its order.
func Compared() []Field { return append([]Field(nil), compared...) }

// Compare puts a line beside the device that it is, field by field, and leaves
// out what neither says. Either may be nil: a line that nothing was seen of, a
// device that nobody declared. Case, punctuation and accents do not count; a
// model or version may go on where the other one ends ("5.7.3" and "V5.7.3 build
// 220112", "DS-2CD2143G2-I" and "DS-2CD2143G2-I(2.8mm)"). Names are not
// compared: what people call a camera is not what it calls itself.
func Compare(d *Declared, s *Seen) []Comparison {
	if d == nil {
		d = &Declared{}
	}
	if s == nil {
		s = &Seen{}
	}
	var out []Comparison
	for _, f := range compared {
		if c := compareField(f, d.get(f), s); c.Declared != "" || c.Seen != "" {
			out = append(out, c)
		}
	}
	return out
}

func compareField(f Field, declared string, s *Seen) Comparison {
	seen, same := s.of(f)
	c := Comparison{Field: f, Declared: declared}
	if len(seen) > 0 {
		c.Seen = seen[0]
	}
	switch {
	case declared == "" && c.Seen == "":
	case c.Seen == "":
		c.Says = NotSeen
	case declared == "":
		c.Says = NotDeclared
	case !oneOf(declared, seen, same):
		c.Says = Differs
		if f == Name {
			c.Says = NotCompared
		}
	default:
		c.Says = Same
		if f != Maker && f != Kind { // of a maker's names the first is the full one
			for _, v := range seen {
				if same(declared, v) {
					c.Seen = v
					break
				}
			}
		}
	}
	return c
}

// of gives what was seen of a field, and how it is compared.
func (s *Seen) of(f Field) ([]string, func(a, b string) bool) {
	one := func(v string) []string {
		if v == "" {
			return nil
		}
		return []string{v}
	}
	switch f {
	case Name:
		return one(s.Name), sameText
	case Kind:
		return one(s.Kind), sameKind
	case Brand:
		return s.Brands, sameName
	case Maker:
		return s.Makers, sameName
	case Model:
		return s.Models, sameModel
	case Firmware:
		return s.Firmwares, sameVersion
	case Serial:
		return s.Serials, sameSerial
	case MAC:
		return s.MACs, sameText
	case IP:
		return s.IPs, func(a, b string) bool { return a == b }
	case Hostname:
		return s.Hostnames, sameHost
	case Zone:
		return s.Zone, sameText
	case VLAN:
		vlans := make([]string, len(s.VLANs))
		for i, v := range s.VLANs {
			vlans[i] = strconv.Itoa(v)
		}
		return vlans, sameText
	}
	return nil, sameText
}
