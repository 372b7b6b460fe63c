package hub

import (
	"cmp"
	"context"
	"slices"
)

// meets is whether two inputs told of the same talk at the same time.
func (x *showing) meets(y *showing) bool {
	return x.ingest != y.ingest && x.first <= y.last+overlapSlack && y.first <= x.last+overlapSlack && x.talkKey == y.talkKey
}

// within is whether all of x can be in y: the time, and of each direction the
// packets, of which one sensor may miss some.
func within(x, y *showing) bool {
	return x.first >= y.first-overlapSlack && x.last <= y.last+overlapSlack && fewer(x.up, y.up) && fewer(x.down, y.down)
}

func fewer(m, n int64) bool { return m <= n+n/10+1 }

// in is whether both inputs ran as long as x lasted.
func (p *pair) in(x *showing) bool {
	return x.first >= p.from-overlapSlack && x.last <= p.to+overlapSlack
}

// meet counts, for each pair of inputs, how often what both show is alike.
func (o *overlapper) meet(list []*showing) {
	if len(list) > overlapMost {
		return
	}
	for i, x := range list {
		for _, y := range list[:i] {
			if !x.meets(y) {
				continue
			}
			p := o.of(x, y)
			if p == nil || !p.in(x) && !p.in(y) {
				continue
			}
			p.met++
			if (!p.in(x) || within(x, y)) && (!p.in(y) || within(y, x)) {
				p.alike++
				p.same(x, y)
			}
		}
	}
}

// same counts what lies in the time of both, and is the same to the byte.
func (p *pair) same(x, y *showing) {
	near := func(a, b int64) bool { return max(a-b, b-a) <= overlapSlack }
	if !p.in(x) || !p.in(y) || x.up != y.up || x.down != y.down || x.bytes() != y.bytes() || !near(x.first, y.first) || !near(x.last, y.last) {
		return
	}
	p.equal++
	if x.up > 0 && x.down > 0 && x.up+x.down >= overlapSure {
		p.large++
	}
}

// bytes are those of each direction.
func (x *showing) bytes() (n [2]int64) {
	for i := range x.rows {
		n[0] += x.rows[i].BytesUp
		n[1] += x.rows[i].BytesDown
	}
	return n
}

// lonely looks, for pairs of which too few conversations tell, whether one of the
// two shows anything in the time of both that the other does not, as those do
// that share the flows of a site between them.
func (o *overlapper) lonely(ctx context.Context, spans [][2]int64) error {
	var few []*pair
	var ids [][2]int64
	for k, p := range o.pairs {
		if p.few() {
			few, ids = append(few, p), append(ids, k)
		}
	}
	if len(few) == 0 {
		return nil
	}
	for _, s := range spans {
		err := o.each(ctx, s, func(_ int64, list []*showing) {
			for _, x := range list {
				for i, p := range few {
					other := ids[i][0] + ids[i][1] - x.ingest
					if x.ingest != ids[i][0] && x.ingest != ids[i][1] || !p.in(x) {
						continue
					}
					if !slices.ContainsFunc(list, func(y *showing) bool { return y.ingest == other && x.meets(y) }) {
						p.lone++
					}
				}
			}
		}, func(int64) error { return nil })
		if err != nil {
			return err
		}
	}
	for _, p := range few {
		p.sure = p.lone == 0
	}
	return nil
}

// both is the pair of two inputs that told of the same talk at the same time; nil
// when they did not.
func (o *overlapper) both(x, y *showing) *pair {
	if !x.meets(y) {
		return nil
	}
	return o.of(x, y)
}

// mark lets of what inputs show twice the one count that holds more.
func (o *overlapper) mark(list []*showing) {
	if len(list) > overlapMost {
		return
	}
	slices.SortFunc(list, func(x, y *showing) int {
		return cmp.Or(cmp.Compare(y.up+y.down, x.up+x.down), cmp.Compare(x.ingest, y.ingest))
	})
	var counted []*showing
	for _, x := range list {
		for _, y := range counted {
			if p := o.both(x, y); p != nil && p.once() && within(x, y) {
				x.again = true
				p.Same++
				for i := range x.rows {
					p.Bytes += x.rows[i].BytesUp + x.rows[i].BytesDown
				}
				break
			}
		}
		if x.again {
			continue
		}
		for _, y := range counted {
			p := o.both(x, y)
			if p == nil {
				continue
			}
			p.each++
			if min(x.last, y.last)-max(x.first, y.first) > overlapSlack {
				p.Part++
			}
		}
		counted = append(counted, x)
	}
}
