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
	overlapFew   = 3  // services of two ends in common, below which chance is as likely
	overlapCount = 10 // percent by which packets of the same service may differ
)

// Overlaps compares what the inputs show of the same two ends, service and hour.
// The same traffic is at the same time and of about as many packets; the next
// file of a recording is neither. Two inputs are named where that is so of half
// of what both show.
func (b *Book) Overlaps() []Overlap {
	all := b.all()
	slices.SortFunc(all, func(x, y *entry) int {
		return cmp.Or(
			bytes.Compare(x.a[:], y.a[:]), bytes.Compare(x.b[:], y.b[:]), cmp.Compare(x.key.port, y.key.port), cmp.Compare(x.key.proto, y.key.proto),
			cmp.Compare(x.hour, y.hour), cmp.Compare(x.pattern.First, y.pattern.First), cmp.Compare(x.input, y.input), cmp.Compare(x.side, y.side))
	})
	type count struct{ both, same int }
	by := map[[2]int32]*count{}
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
	}
	var out []Overlap
	for k, n := range by {
		if n.same >= overlapFew && 2*n.same >= n.both {
			out = append(out, Overlap{int(k[0]), int(k[1])})
		}
	}
	slices.SortFunc(out, func(x, y Overlap) int { return cmp.Or(cmp.Compare(x.Input, y.Input), cmp.Compare(x.Other, y.Other)) })
	return out
}

func sameTraffic(x, y *Pattern) bool {
	longest := max(x.Last-x.First, y.Last-y.First)
	common := min(x.Last, y.Last) - max(x.First, y.First)
	m, n := x.PacketsUp+x.PacketsDown, y.PacketsUp+y.PacketsDown
	return common >= 0 && 2*common >= longest && 100*(max(m, n)-min(m, n)) <= overlapCount*max(m, n)
}
