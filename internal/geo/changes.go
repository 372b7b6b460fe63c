package geo

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
