package egress

import (
	"bytes"
	"cmp"
	"slices"
)

// An Overlap says that two inputs seem to show the same traffic, which is then
// counted in both: a capture and what another tool wrote of it, or one file
// under two names.
type Overlap struct {
	Input, Other int // the later one first
}

const (
	overlapLeast = 10_000_000_000 // nanoseconds of common time, below which two files of one recording may have it by their clocks
	overlapSlack = 2_000_000_000
	overlapFew   = 3  // services of two ends in common, below which chance is as likely
	overlapCount = 10 // percent by which packets of the same service may differ
)

// Overlaps compares what the inputs show of the same two ends, service and hour.
// The same traffic is at the same time and of about as many packets; the next
// file of a recording is neither. Two inputs are named where that is so of half
// of what both show, and of three at least; or, where both ran at the same time, if
// both show a conversation then, and half of those that lie in that time at least
// are the same.
func (b *Book) Overlaps() []Overlap {
	all := b.all()
	slices.SortFunc(all, func(x, y *entry) int {
		return cmp.Or(
			bytes.Compare(x.a[:], y.a[:]), bytes.Compare(x.b[:], y.b[:]), cmp.Compare(x.key.port, y.key.port), cmp.Compare(x.key.proto, y.key.proto),
			cmp.Compare(x.hour, y.hour), cmp.Compare(x.pattern.First, y.pattern.First), cmp.Compare(x.input, y.input), cmp.Compare(x.side, y.side))
	})
	type count struct{ both, same, within, alike, beside int }
	by := map[[2]int32]*count{}
	ran := spans(all)
	for i := 1; i < len(all); i++ {
		x, y := all[i-1], all[i]
		if (x.side|y.side)&others != 0 || x.input == y.input || x.a != y.a || x.b != y.b || x.key.port != y.key.port || x.key.proto != y.key.proto || x.hour != y.hour {
			continue
		}
		if x.input < y.input {
			x, y = y, x
		}
		n := by[[2]int32{x.input, y.input}]
		if n == nil {
			n = &count{}
			by[[2]int32{x.input, y.input}] = n
		}
		n.both++
		if sameTraffic(&x.pattern, &y.pattern) {
			n.same++
		}
		a, b := ran[x.input], ran[y.input]
		from, to := max(a[0], b[0]), min(a[1], b[1])
		if to-from < overlapLeast {
			continue
		}
		in := func(p *Pattern) bool { return p.First >= from && p.Last <= to }
		switch {
		case in(&x.pattern) || in(&y.pattern):
			n.within++
			if sameTraffic(&x.pattern, &y.pattern) {
				n.alike++
			}
		case min(x.pattern.Last, y.pattern.Last)-max(x.pattern.First, y.pattern.First) > overlapSlack:
			n.beside++
		}
	}
	var out []Overlap
	for k, n := range by {
		if n.same >= overlapFew && 2*n.same >= n.both || n.alike+n.beside > 0 && 2*n.alike >= n.within {
			out = append(out, Overlap{int(k[0]), int(k[1])})
		}
	}
	slices.SortFunc(out, func(x, y Overlap) int { return cmp.Or(cmp.Compare(x.Input, y.Input), cmp.Compare(x.Other, y.Other)) })
	return out
}

// spans is from when to when each input shows flows, in nanoseconds.
func spans(all []*entry) map[int32][2]int64 {
	ran := map[int32][2]int64{}
	for _, e := range all {
		s, ok := ran[e.input]
		if !ok {
			s = [2]int64{e.pattern.First, e.pattern.Last}
		}
		ran[e.input] = [2]int64{min(s[0], e.pattern.First), max(s[1], e.pattern.Last)}
	}
	return ran
}

func sameTraffic(x, y *Pattern) bool {
	longest := max(x.Last-x.First, y.Last-y.First)
	common := min(x.Last, y.Last) - max(x.First, y.First)
	m, n := x.PacketsUp+x.PacketsDown, y.PacketsUp+y.PacketsDown
	return common >= 0 && 2*common >= longest && 100*(max(m, n)-min(m, n)) <= overlapCount*max(m, n)
}
