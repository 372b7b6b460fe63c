package geo

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"sort"
)

// maxRanges bounds a data set. The largest in use (cities of the world) has
// about five million.
const maxRanges = 16 << 20

// A span is a range of keys with a value. The key of an IPv4 address is its 32
// bits, that of an IPv6 address its first 64: no data set tells apart what
// stands inside one /64.
type span struct {
	first, last uint64
	value       uint32
}

// A table4 finds the value of an IPv4 address: an index by the first 16 bits,
// then few enough entries for one line of the cache or two.
type table4 struct {
	index []uint32 // 65537 positions in entry; nil for an empty table
	entry []uint64 // last 16 bits of where it starts, above 32 bits of value; each block starts with 0
}

func (t *table4) find(key uint32) uint32 {
	h := key >> 16
	if int(h)+1 >= len(t.index) {
		return 0
	}
	lo, hi := t.index[h], t.index[h+1]
	want := uint64(key&0xffff)<<32 | (1<<32 - 1)
	for hi-lo > 1 {
		mid := (lo + hi) >> 1
		if t.entry[mid] <= want {
			lo = mid
		} else {
			hi = mid
		}
	}
	return uint32(t.entry[lo])
}

// A table6 finds the value of an IPv6 address by its first 64 bits. All that
// is assigned lies in 2000::/3 (IANA, IPv6 global unicast); what lies elsewhere
// has no value. The index is by the bits after those three.
type table6 struct {
	index []uint32 // 1<<index6 + 1 counts of the entries that start no later than a block does; nil for an empty table
	first []uint64 // where an entry starts; the first one starts at 0
	value []uint32
}

const (
	index6 = 18
	unit6  = 61 - index6
	base6  = uint64(1) << 61
)

func (t *table6) find(key uint64) uint32 {
	if t.index == nil || key>>61 != 1 {
		return 0
	}
	h := (key - base6) >> unit6
	lo, hi := t.index[h]-1, t.index[h+1]
	for hi-lo > 1 {
		mid := (lo + hi) >> 1
		if t.first[mid] <= key {
			lo = mid
		} else {
			hi = mid
		}
	}
	return t.value[lo]
}

// A sink takes spans in order, none overlapping, and files where values change.
type sink struct {
	change func(at uint64, v uint32)
	now    uint32 // value in force
	next   uint64 // where it ends
}

func (k *sink) add(s span) {
	if s.first != k.next && k.now != 0 {
		k.change(k.next, 0)
	}
	k.change(s.first, s.value)
	k.now, k.next = s.value, s.last+1
}

// A maker4 makes a table4.
type maker4 struct {
	sink
	t table4
	h uint64 // blocks that have been begun
}

func newMaker4(spans int) *maker4 {
	m := &maker4{}
	if spans > 0 {
		m.t = table4{index: make([]uint32, 1<<16+1), entry: make([]uint64, 0, spans+spans/8+1<<16)}
	}
	var now uint32
	m.change = func(at uint64, v uint32) {
		m.begin(at>>16+1, at, now)
		m.t.entry = append(m.t.entry, at&0xffff<<32|uint64(v))
		now = v
	}
	return m
}

// begin starts blocks up to the limit with the value in force, except where one
// starts at the very key that gets another.
func (m *maker4) begin(limit, at uint64, now uint32) {
	for ; m.h < limit; m.h++ {
		m.t.index[m.h] = uint32(len(m.t.entry))
		if m.h<<16 != at {
			m.t.entry = append(m.t.entry, uint64(now))
		}
	}
}

func (m *maker4) table() table4 {
	if m.t.index == nil {
		return m.t
	}
	const end = uint64(1) << 32
	if m.now != 0 && m.next < end {
		m.change(m.next, 0)
		m.now = 0
	}
	m.begin(1<<16, end, m.now)
	m.t.index[1<<16] = uint32(len(m.t.entry))
	return m.t
}

// A maker6 makes a table6.
type maker6 struct {
	sink
	t table6
}

func newMaker6(spans int) *maker6 {
	m := &maker6{}
	if spans > 0 {
		m.t = table6{index: make([]uint32, 1<<index6+1), first: make([]uint64, 1, spans+spans/4+2), value: make([]uint32, 1, spans+spans/4+2)}
	}
	m.change = func(at uint64, v uint32) {
		if at == 0 {
			m.t.value[0] = v
			return
		}
		m.t.first, m.t.value = append(m.t.first, at), append(m.t.value, v)
	}
	return m
}

func (m *maker6) table() table6 {
	if m.t.index == nil {
		return m.t
	}
	if m.now != 0 && m.next != 0 {
		m.change(m.next, 0)
	}
	i := 0
	for h := range uint64(len(m.t.index)) {
		for i < len(m.t.first) && m.t.first[i] <= base6+h<<unit6 {
			i++
		}
		m.t.index[h] = uint32(i)
	}
	return m.t
}

func newTable4(spans []span) table4 {
	m := newMaker4(len(spans))
	for _, s := range spans {
		m.add(s)
	}
	return m.table()
}

func newTable6(spans []span) table6 {
	m := newMaker6(len(spans))
	for _, s := range spans {
		m.add(s)
	}
	return m.table()
}

// flatten orders spans and cuts them so that none overlap: inside, the span
// that starts later answers, and of two that start together the shorter one.
// Addresses that are not public get no value. Neighbours of one value are
// joined.
func flatten(spans []span, special []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.last, a.last))
	})
	if len(special) > 0 {
		spans = without(spans, special)
	}
	out := make([]span, 0, len(spans))
	emit := func(first, last uint64, value uint32) {
		if first > last || value == 0 {
			return
		}
		if n := len(out); n > 0 && out[n-1].value == value && out[n-1].last+1 == first {
			out[n-1].last = last
			return
		}
		out = append(out, span{first, last, value})
	}
	var open []span // each lies over the one before
	var at uint64   // everything before it has been emitted
	closeTo := func(limit uint64, all bool) {
		for len(open) > 0 {
			top := open[len(open)-1]
			if !all && top.last >= limit {
				if at < limit {
					emit(at, limit-1, top.value)
					at = limit
				}
				return
			}
			if at <= top.last {
				emit(at, top.last, top.value)
				at = top.last + 1
				if at == 0 { // the last key there is
					open = open[:0]
					return
				}
			}
			open = open[:len(open)-1]
		}
	}
	for _, s := range spans {
		closeTo(s.first, false)
		at = max(at, s.first)
		open = append(open, s)
	}
	closeTo(0, true)
	return out
}

// without cuts the ordered, disjoint ranges of special out of spans.
func without(spans, special []span) []span {
	out := make([]span, 0, len(spans)+len(special))
	for _, s := range spans {
		i := sort.Search(len(special), func(i int) bool { return special[i].last >= s.first })
		for ; i < len(special) && special[i].first <= s.last; i++ {
			if special[i].first > s.first {
				out = append(out, span{s.first, special[i].first - 1, s.value})
			}
			if special[i].last >= s.last {
				s.first = s.last + 1
				if s.first == 0 {
					s.first, s.last = 1, 0
				}
				break
			}
			s.first = special[i].last + 1
		}
		if s.first <= s.last {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b span) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.last, a.last))
	})
	return out
}

// special4 and special6 are blocks whose addresses no data set places: IANA
// IPv4 and IPv6 Special-Purpose Address Registries, and multicast.
var (
	special4 = specials("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3")
	special6 = specials("2001:2::/48", "2001:10::/28", "2001:20::/28", "2001:db8::/32", "3fff::/20")
)

func specials(prefixes ...string) []span {
	var out []span
	for _, p := range prefixes {
		first, last, _ := keys(netip.MustParsePrefix(p))
		out = append(out, span{first, last, 0})
	}
	slices.SortFunc(out, func(a, b span) int { return cmp.Compare(a.first, b.first) })
	return out
}

// keys gives the first and last key of a prefix; four is false for IPv6.
func keys(p netip.Prefix) (first, last uint64, four bool) {
	p = p.Masked()
	if a := p.Addr(); a.Is4() {
		b := a.As4()
		first = uint64(binary.BigEndian.Uint32(b[:]))
		return first, first + 1<<(32-p.Bits()) - 1, true
	}
	b := p.Addr().As16()
	first = binary.BigEndian.Uint64(b[:8])
	if p.Bits() >= 64 {
		return first, first, false
	}
	return first, first | (1<<(64-p.Bits()) - 1), false
}

// A builder gathers the ranges of one data set.
type builder struct {
	v4, v6 []span
	values []value
	known  map[value]uint32
}

func newBuilder() *builder {
	return &builder{values: make([]value, 1), known: make(map[value]uint32)}
}

// id files v, whose texts are shared by all ranges that have it.
func (b *builder) id(v value) uint32 {
	if v == (value{}) {
		return 0
	}
	at, ok := b.known[v]
	if !ok {
		v.network = string([]byte(v.network)) // not a part of a long line
		at = uint32(len(b.values))
		b.values = append(b.values, v)
		b.known[v] = at
	}
	return at
}

// add files a range of keys.
func (b *builder) add(four bool, first, last uint64, id uint32) error {
	if id == 0 {
		return nil
	}
	if len(b.v4)+len(b.v6) >= maxRanges {
		return fmt.Errorf("more than %d ranges of addresses", maxRanges)
	}
	to := &b.v6
	if four {
		to = &b.v4
	}
	// Ordered files are joined as they come.
	if n := len(*to); n > 0 && (*to)[n-1].value == id && (*to)[n-1].last+1 == first {
		(*to)[n-1].last = last
		return nil
	}
	*to = append(*to, span{first, last, id})
	return nil
}

// layer makes the tables.
func (b *builder) layer(name, note string) *layer {
	return &layer{
		name: name, note: note, values: b.values,
		v4: newTable4(flatten(b.v4, special4)),
		v6: newTable6(flatten(b.v6, special6)),
	}
}
