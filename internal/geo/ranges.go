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
