package maker

import (
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// Parents gives the owners of a company on the day asAt (YYYY-MM-DD; "" for
// what holds today): parents and controlling holders, nearest first, each
// once, never id itself.
//
// Where dated control is recorded it decides; the undated parent counts only
// for a company with none. In a year or month that a date leaves open, the old
// and the new owner are both given.
func (b *Base) Parents(id ID, asAt string) []ID {
	var chain []ID
	for next := []ID{id}; len(next) > 0; {
		var owners []ID
		for _, n := range next {
			for _, o := range b.owners(n, asAt) {
				if o != id && !slices.Contains(chain, o) {
					chain = append(chain, o)
					owners = append(owners, o)
				}
			}
		}
		next = owners
	}
	return chain
}

func (b *Base) owners(id ID, asAt string) []ID {
	c := b.companies[id]
	if c == nil {
		return nil
	}
	dated := false
	var owners []ID
	for _, o := range c.Ownership {
		if !o.Control {
			continue
		}
		dated = true
		if o.holds(asAt) {
			owners = append(owners, o.Owner)
		}
	}
	if !dated && c.Parent != "" {
		return []ID{c.Parent}
	}
	return owners
}

// holds reports whether day (YYYY-MM-DD, "" today) falls in the time of o.
func (o Ownership) holds(day string) bool {
	if day == "" {
		return o.To == ""
	}
	return o.From <= day && (o.To == "" || day[:min(len(day), len(o.To))] <= o.To)
}

// Prefix gives the longest registered block that holds mac, of 36, 28 or 24
// bits. It is false for a locally administered or group address, which proves
// no maker. It takes under 100 ns and allocates nothing.
func (b *Base) Prefix(mac observation.MAC) (Prefix, bool) {
	if mac.Local() || mac.Group() {
		return Prefix{}, false
	}
	block, ok := b.blocks[uint32(mac[0])<<16|uint32(mac[1])<<8|uint32(mac[2])]
	if !ok {
		return Prefix{}, false
	}
	if block.divided {
		v := macBits(mac)
		for _, bits := range [...]int{36, 28} {
			if i, ok := b.prefixes[prefixKey(v, bits)]; ok {
				return b.prefixRows[i], true
			}
		}
	}
	if block.row < 0 {
		return Prefix{}, false
	}
	return b.prefixRows[block.row], true
}

// block is what is known of 24 bits: a row of their own, or -1, and whether
// longer prefixes lie in them. Nearly every address needs but this one look.
type block struct {
	row     int32
	divided bool
}

// indexBlocks files the prefixes by their first 24 bits.
func (b *Base) indexBlocks() {
	for key, row := range b.prefixes {
		first := uint32(key >> 32)
		x, ok := b.blocks[first]
		if !ok {
			x.row = -1
		}
		if key&0xff == 24 {
			x.row = row
		} else {
			x.divided = true
		}
		b.blocks[first] = x
	}
}

func macBits(m observation.MAC) uint64 {
	return uint64(m[0])<<40 | uint64(m[1])<<32 | uint64(m[2])<<24 | uint64(m[3])<<16 | uint64(m[4])<<8 | uint64(m[5])
}

// prefixKey keeps the first bits of a 48-bit address and their number.
func prefixKey(v uint64, bits int) uint64 {
	return v>>(48-bits)<<(48-bits)<<8 | uint64(bits)
}

// OEM lists who builds goods under a brand, given by name or id, best
// confidence first.
//
// A brand that no relation names is tried as another name of a company:
// OEM("QSee") is OEM("qsee").
func (b *Base) OEM(brand string) []Relation {
	key := nameKey(brand)
	if placeholders[key] {
		return nil
	}
	if rows := b.byBrand[key]; rows != nil {
		return b.pick(rows)
	}
	var found []Relation
	for _, c := range b.ByName(brand) {
		found = append(found, b.pick(b.byBrand[nameKey(string(c.ID))])...)
	}
	slices.SortStableFunc(found, func(a, b Relation) int { return rank(a.Confidence) - rank(b.Confidence) })
	return found
}

// BrandsOf lists the brands a maker builds for, by brand.
func (b *Base) BrandsOf(maker ID) []Relation { return b.pick(b.byMaker[maker]) }

func (b *Base) pick(rows []int) []Relation {
	var r []Relation
	for _, i := range rows {
		r = append(r, b.relations[i])
	}
	return r
}

// Unattributed gives the firmware family of a brand whose maker nobody has
// proved.
func (b *Base) Unattributed(brand string) (family string, src Source, ok bool) {
	u, ok := b.unattributed[nameKey(brand)]
	return u.family, u.source, ok
}

// Port lists what is usual on a port: proto is "udp", "tcp" or "ethertype".
func (b *Base) Port(proto string, port int) []Port { return b.ports[portKey{proto, port}] }
