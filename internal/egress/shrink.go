package egress

import (
	"bytes"
	"cmp"
	"math"
	"net/netip"
	"slices"
)

// Losses are flows of one input that a [Book] could not keep as they came, since
// its memory is fixed. A flow may be in several of them.
type Losses struct {
	Services int64 // counted with other services of the same two addresses
	Others   int64 // counted with other far ends of their device, see [Others]
	Hours    int64 // counted in the first hour of their day, or of the input's first day
	Dropped  int64 // left out, as their bytes are
}

// Losses says what it cost an input that memory is fixed, for the report.
func (b *Book) Losses(input int) Losses {
	if l := b.lost[int32(input)]; l != nil { //nolint:gosec // counted from 0
		return *l
	}
	return Losses{}
}

func (b *Book) losses(input int32) *Losses {
	l := b.lost[input]
	if l == nil {
		l = &Losses{}
		if b.lost == nil {
			b.lost = map[int32]*Losses{}
		}
		b.lost[input] = l
	}
	return l
}

// shrink makes room until a quarter is free. What costs a reader least comes
// first, and of that the addresses that fill the book: who scans a network, or
// is scanned, must not push out what others did. No step takes a flow out of the
// days of its input, since that is how long it is kept.
func (b *Book) shrink() {
	target := b.limit * 3 / 4
	c := b.crowd()
	for _, step := range []func(*crowd) bool{
		func(c *crowd) bool { return b.services(lowPorts, c.crowded) },
		func(c *crowd) bool { return b.join(c, c.pairShare, false) },
		func(c *crowd) bool { return b.join(c, c.pairShare/2, false) },
		func(c *crowd) bool { return b.days(c.crowded) },
		func(c *crowd) bool { return b.services(1, c.crowded) },
		func(*crowd) bool { return b.days(nil) },
		func(*crowd) bool { return b.services(1, nil) },
		func(c *crowd) bool { return b.join(c, c.pairShare/8, true) },
		func(*crowd) bool { return b.firstDays() },
		func(c *crowd) bool { return b.join(c, 0, true) },
	} {
		if !step(c) {
			continue
		}
		if b.fold(); b.n <= target {
			return
		}
		c = b.crowd() // entries moved
	}
	all := b.all() // of more addresses than there is room for: nothing can be added up
	slices.SortFunc(all, func(x, y *entry) int {
		return cmp.Or(cmp.Compare(x.pattern.bytes(), y.pattern.bytes()), cmp.Compare(x.pattern.Last, y.pattern.Last), compareKeys(&x.key, &y.key))
	})
	for _, e := range all[:b.n-target] {
		e.dead = true
		b.losses(e.input).Dropped += e.count()
	}
	b.pack()
}

// services makes one of the services of two addresses from a port on. Like
// the other steps it says whether there was any.
func (b *Book) services(from uint16, of func(*entry) bool) (some bool) {
	for i := range b.n {
		if e := b.at(i); e.port >= from && (of == nil || of(e)) {
			e.port, some = 0, true
		}
	}
	return some
}

const day = 24 // hours

// days makes one of the hours of a day.
func (b *Book) days(of func(*entry) bool) (some bool) {
	for i := range b.n {
		if e := b.at(i); of == nil || of(e) {
			some = e.move(b, dayOf(e.hour)) || some
		}
	}
	return some
}

// dayOf is the first hour of an hour's day, UTC.
func dayOf(h int32) int32 { return h - (h%day+day)%day }

// firstDays makes one of all hours of an input.
func (b *Book) firstDays() (some bool) {
	first := map[int32]int32{}
	for i := range b.n {
		e := b.at(i)
		if h, ok := first[e.input]; !ok || e.hour < h {
			first[e.input] = e.hour
		}
	}
	for i := range b.n {
		e := b.at(i)
		some = e.move(b, dayOf(first[e.input])) || some
	}
	return some
}

func (e *entry) move(b *Book, hour int32) bool {
	if e.hour == hour {
		return false
	}
	e.hour = hour
	b.losses(e.input).Hours += e.count()
	return true
}

// fold merges entries of which the keys became equal.
func (b *Book) fold() {
	all := b.all()
	slices.SortFunc(all, func(x, y *entry) int {
		return cmp.Or(compareKeys(&x.key, &y.key), cmp.Compare(x.pattern.First, y.pattern.First))
	})
	dead := false
	for i := 0; i < len(all); {
		j := i + 1
		for ; j < len(all) && all[j].key == all[i].key; j++ {
			all[i].merge(all[j])
			all[j].dead, dead = true, true
			if all[i].port == 0 && all[i].side&others == 0 {
				b.losses(all[j].input).Services += all[j].count()
			}
		}
		i = j
	}
	if dead {
		b.pack()
	} else {
		b.rehash(len(b.slots)) // keys changed
	}
}

// A crowd says which addresses fill a book. Which of two is the device's is not
// known yet: that is guessed by where they are, and by who sends.
type crowd struct {
	of         map[end]int32 // number in ends
	ends       []presence
	pairs      []pairing // in the order of keys
	pairShare  int       // pairs an address may have so that all fit
	entryShare int       // same, entries
	b          *Book
}

type end struct {
	input int32
	addr  [16]byte
}

// presence is what a book holds of one address in one input.
type presence struct {
	pairs, entries int // that are taken for its own
	all            int // entries
	far            int32
	sent, several  bool // it sent something; it has more than one far end
}

// A pairing is all entries of two addresses in one input.
type pairing struct {
	entries []*entry
	own     int32 // whose it is taken for
	deviceA bool
	sure    bool // the far end is no device by all that is known here
}

// crowd counts. What it returns holds until entries move.
func (b *Book) crowd() *crowd {
	c := &crowd{of: map[end]int32{}, b: b}
	all := b.all()
	slices.SortFunc(all, func(x, y *entry) int {
		return cmp.Or(bytes.Compare(x.a[:], y.a[:]), bytes.Compare(x.b[:], y.b[:]), cmp.Compare(x.input, y.input), cmp.Compare(x.side&others, y.side&others), compareKeys(&x.key, &y.key))
	})
	for i := 0; i < len(all); {
		j := i + 1
		for ; j < len(all) && all[j].a == all[i].a && all[j].b == all[i].b && all[j].input == all[i].input && all[j].side&others == all[i].side&others; j++ {
		}
		c.meet(all[i:j])
		i = j
	}
	for i := range c.pairs {
		p := &c.pairs[i]
		c.assign(p)
		c.ends[p.own].pairs++
		c.ends[p.own].entries += len(p.entries)
	}
	room := b.limit * 5 / 8 // less than the target: what is added up needs entries too
	c.pairShare = c.share(room, func(p *presence) int { return p.pairs })
	c.entryShare = c.share(room, func(p *presence) int { return p.entries })
	return c
}

// meet notes a pair for both its ends.
func (c *crowd) meet(entries []*entry) {
	e := entries[0]
	a, b := c.number(end{e.input, e.a}), c.number(end{e.input, e.b})
	for _, x := range entries {
		p := &x.pattern
		fromA, fromB := p.BytesUp+p.PacketsUp > 0, p.BytesDown+p.PacketsDown > 0
		if !x.upA {
			fromA, fromB = fromB, fromA
		}
		c.ends[a].sent = c.ends[a].sent || fromA
		c.ends[b].sent = c.ends[b].sent || fromB
	}
	for _, m := range [2][2]int32{{a, b}, {b, a}} {
		p := &c.ends[m[0]]
		p.several = p.several || p.all > 0 && p.far != m[1]
		p.far = m[1]
		p.all += len(entries)
	}
	c.pairs = append(c.pairs, pairing{entries: entries, own: a})
}

func (c *crowd) number(e end) int32 {
	n, ok := c.of[e]
	if !ok {
		n = int32(len(c.ends)) //nolint:gosec // at most two an entry
		c.of[e] = n
		c.ends = append(c.ends, presence{})
	}
	return n
}

// assign guesses whose a pair is: of an address inside and one outside, the
// former's; of two of a kind, that of the one that sends and, outside, speaks to
// several. Where both do, both may be devices, and which is not sure.
func (c *crowd) assign(p *pairing) {
	e := p.entries[0]
	a, b := c.of[end{e.input, e.a}], c.of[end{e.input, e.b}]
	if e.side&others != 0 {
		p.deviceA = true
		return
	}
	scopeA, scopeB := c.b.scope(e.a), c.b.scope(e.b)
	x, y := &c.ends[a], &c.ends[b]
	likeA := x.sent && (scopeA == othersInside || x.several)
	likeB := y.sent && (scopeB == othersInside || y.several)
	switch {
	case (scopeA == othersGroup) != (scopeB == othersGroup):
		p.deviceA, p.sure = scopeB == othersGroup, true
	case scopeA != scopeB:
		p.deviceA, p.sure = scopeA == othersInside, true
	case likeA != likeB:
		p.deviceA, p.sure = likeA, true
	default:
		p.deviceA, p.sure = x.all >= y.all, !likeA
	}
	if !p.deviceA {
		p.own = b
	}
}

// scope is the bit of what an address is among.
func (b *Book) scope(addr [16]byte) uint8 {
	a := netip.AddrFrom16(addr).Unmap()
	switch {
	case group(a):
		return othersGroup
	case b.lines.outside(a):
		return othersOutside
	}
	return othersInside
}

// share is the most that each may have of what is counted so that all fit in
// room.
func (c *crowd) share(room int, of func(*presence) int) int {
	counts := make([]int, 0, len(c.ends))
	for i := range c.ends {
		if n := of(&c.ends[i]); n > 0 {
			counts = append(counts, n)
		}
	}
	slices.Sort(counts)
	for i, n := range counts {
		if left := len(counts) - i; n*left > room {
			return room / left
		}
		room -= n
	}
	return math.MaxInt // all fit
}

// crowded says whether an entry is of an address that has more than its share.
func (c *crowd) crowded(e *entry) bool {
	return c.ends[c.of[end{e.input, e.a}]].entries > c.entryShare || c.ends[c.of[end{e.input, e.b}]].entries > c.entryShare
}

// join makes one far end of the smallest far ends of every address that has more
// than share of them; of far ends that may be devices only if it must.
func (b *Book) join(c *crowd, share int, must bool) bool {
	type small struct {
		*pairing
		bytes uint64
	}
	var list []small
	for i := range c.pairs {
		p := &c.pairs[i]
		if c.ends[p.own].pairs <= share || p.entries[0].side&others != 0 || !p.sure && !must {
			continue
		}
		s := small{pairing: p}
		for _, e := range p.entries {
			s.bytes += e.pattern.bytes()
		}
		list = append(list, s)
	}
	slices.SortStableFunc(list, func(x, y small) int { return cmp.Compare(x.bytes, y.bytes) }) // else in the order of keys
	for _, s := range list {
		own := &c.ends[s.own]
		if own.pairs <= share {
			continue
		}
		own.pairs--
		far := s.entries[0].b
		if !s.deviceA {
			far = s.entries[0].a
		}
		scope := b.scope(far)
		for _, e := range s.entries {
			b.losses(e.input).Others += e.count()
			e.other(s.deviceA, scope)
		}
	}
	return len(list) > 0
}

// other takes the far end's address off an entry.
func (e *entry) other(deviceA bool, scope uint8) {
	if !deviceA {
		e.a, e.macA, e.upA = e.b, e.macB, !e.upA
		e.side ^= clientA
	}
	e.b, e.macB = [16]byte{}, [6]byte{}
	e.port, e.apps = 0, [4]uint8{}
	e.side |= scope
}

// bytes are those of both ways.
func (p *Pattern) bytes() uint64 { return p.BytesUp + p.BytesDown }
