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

// changes is where the value changes, in order: value[i] holds from at[i] up to
// at[i+1]. Before the first and between spans it is 0.
type changes struct {
	at    []uint64
	value []uint32
}

// newChanges has room for n changes.
func newChanges(n int) changes {
	return changes{at: make([]uint64, 0, n), value: make([]uint32, 0, n)}
}

// put keeps one change. In two statements, each grows its list in place.
func (c *changes) put(at uint64, v uint32) {
	c.at = append(c.at, at)
	c.value = append(c.value, v)
}

// A putter takes changes in order.
type putter interface{ put(at uint64, v uint32) }

// A joint makes changes of spans.
type joint struct {
	to   putter
	now  uint32 // value in force after what was added
	next uint64 // where it ends
}

// add takes spans in order, none overlapping.
func (j *joint) add(s span) {
	if j.now != 0 && s.first != j.next {
		j.to.put(j.next, 0)
	}
	if s.value != j.now || s.first != j.next {
		j.to.put(s.first, s.value)
	}
	j.now, j.next = s.value, s.last+1
}

// end closes the last span; limit is the last key there is.
func (j *joint) end(limit uint64) {
	if j.now != 0 && j.next-1 < limit {
		j.to.put(j.next, 0)
	}
}

func changesOf(spans []span, limit uint64) changes {
	c := newChanges(len(spans) + len(spans)/8 + 2)
	j := joint{to: &c}
	for _, s := range spans {
		j.add(s)
	}
	j.end(limit)
	return c
}

// over lays upper over lower; both gives the value for two of them.
func over(upper, lower *changes, both func(upper, lower uint32) uint32) changes {
	o := newOverlay(lower, len(upper.at), both)
	for i, at := range upper.at {
		o.put(at, upper.value[i])
	}
	return o.done()
}

// An overlay lays changes that come one by one over those of lower.
type overlay struct {
	lower *changes
	both  func(upper, lower uint32) uint32
	next  int    // of lower
	u, l  uint32 // values in force
	last  uint32 // what was kept last
	out   changes
}

// newOverlay has room for about so many changes above lower.
func newOverlay(lower *changes, room int, both func(upper, lower uint32) uint32) *overlay {
	return &overlay{lower: lower, both: both, out: newChanges(room + len(lower.at))}
}

// put takes a change that comes after those before it.
func (o *overlay) put(at uint64, v uint32) {
	if o.next < len(o.lower.at) && o.lower.at[o.next] <= at {
		o.pass(at)
	}
	o.u = v
	o.keep(at)
}

// pass takes the changes of lower up to at, and that at it without keeping it:
// the caller's stands there too.
func (o *overlay) pass(at uint64) {
	for o.next < len(o.lower.at) && o.lower.at[o.next] <= at {
		o.l = o.lower.value[o.next]
		if o.lower.at[o.next] < at {
			o.keep(o.lower.at[o.next])
		}
		o.next++
	}
}

func (o *overlay) keep(at uint64) {
	if v := o.both(o.u, o.l); v != o.last {
		o.out.put(at, v)
		o.last = v
	}
}

// done takes what is left of lower.
func (o *overlay) done() changes {
	for ; o.next < len(o.lower.at); o.next++ {
		o.l = o.lower.value[o.next]
		o.keep(o.lower.at[o.next])
	}
	return o.out
}

func newTable4(c *changes) table4 {
	var t table4
	if len(c.at) == 0 {
		return t
	}
	t = table4{index: make([]uint32, 1<<16+1), entry: make([]uint64, 0, len(c.at)+1<<16)}
	i, now := 0, uint32(0)
	for h := range uint64(1 << 16) {
		t.index[h] = uint32(len(t.entry))
		if i >= len(c.at) || c.at[i] != h<<16 {
			t.entry = append(t.entry, uint64(now))
		}
		for ; i < len(c.at) && c.at[i]>>16 == h; i++ {
			now = c.value[i]
			t.entry = append(t.entry, c.at[i]&0xffff<<32|uint64(now))
		}
	}
	t.index[1<<16] = uint32(len(t.entry))
	return t
}

// changes gives back what the table was made of.
func (t *table4) changes() changes {
	c := newChanges(len(t.entry))
	var now uint32
	for h := range max(len(t.index), 1) - 1 {
		for _, e := range t.entry[t.index[h]:t.index[h+1]] {
			if v := uint32(e); v != now {
				c.put(uint64(h)<<16|e>>32, v)
				now = v
			}
		}
	}
	return c
}

func (t *table6) changes() changes {
	if len(t.first) == 0 {
		return changes{}
	}
	return changes{at: t.first[1:], value: t.value[1:]}
}

func newTable6(c *changes) table6 {
	var t table6
	if len(c.at) == 0 {
		return t
	}
	t = table6{index: make([]uint32, 1<<index6+1), first: append([]uint64{0}, c.at...), value: append([]uint32{0}, c.value...)}
	i := 0
	for h := range uint64(len(t.index)) {
		for i < len(t.first) && t.first[i] <= base6+h<<unit6 {
			i++
		}
		t.index[h] = uint32(i)
	}
	return t
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

// The last keys there are.
const (
	last4 = uint64(1)<<32 - 1
	last6 = ^uint64(0)
)

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
		v4: changesOf(flatten(b.v4, special4), last4),
		v6: changesOf(flatten(b.v6, special6), last6),
	}
}
