package flow

// Idle lists hold the live flows, one list for each time-out, the one moved
// last at the head. A flow is moved when it is seen in a later second of the
// clock of packets than that of the last move, so a busy flow costs one move a
// second and the order is that of idleness to within a second. A packet older
// than that second counts in it.
const (
	listTCP    = iota // open TCP flows
	listOther         // UDP and the rest
	listClosed        // TCP flows after FIN from both sides, or RST
	lists
)

const moveAfter = 1_000_000_000 // nanoseconds

// list is the idle list the flow is in.
func (f *Record) list() uint8 {
	switch {
	case f.Proto != protoTCP:
		return listOther
	case f.state&stateClosed != 0:
		return listClosed
	}
	return listTCP
}

type idleList struct{ head, tail uint32 } // index + 1; 0 for none

func (t *Table) link(f *Record, index uint32, now int64) {
	l := &t.idle[f.list()]
	f.stamp = now - now%moveAfter
	f.prev, f.next = 0, l.head
	if l.head != 0 {
		t.at(l.head - 1).prev = index + 1
	} else {
		l.tail = index + 1
		t.quiet = quiet{}
	}
	l.head = index + 1
}

func (t *Table) unlink(f *Record) {
	l := &t.idle[f.list()]
	if f.next == 0 { // the last of its list: another is now
		t.quiet = quiet{}
	}
	if f.prev != 0 {
		t.at(f.prev - 1).next = f.next
	} else {
		l.head = f.next
	}
	if f.next != 0 {
		t.at(f.next - 1).prev = f.prev
	} else {
		l.tail = f.prev
	}
}

// expire ends at most two flows whose time is over: a packet begins one flow at
// most, so that is enough, and one packet with an absurd time does little harm.
// The distance in time counts, not its sign: another input may be older.
func (t *Table) expire(now int64) {
	if t.quiet.from < now && now < t.quiet.until {
		return
	}
	left := 2
	for list := range t.idle {
		for left > 0 && t.idle[list].tail != 0 {
			index := t.idle[list].tail - 1
			f := t.at(index)
			if distance(now, f.stamp) <= t.limit[list]+moveAfter {
				break
			}
			if distance(now, f.Last()) <= t.limit[list] {
				t.unlink(f)
				t.link(f, index, f.Last())
			} else {
				t.stats.Idle++
				t.end(index)
			}
			left--
		}
	}
	if left == 2 {
		t.quiet = t.quietNow()
	}
}

// A quiet is between which times no flow's time can be over, as long as the last
// of each list stays: looking at those for every packet would cost as much as
// finding its flow.
type quiet struct{ from, until int64 }

func (t *Table) quietNow() quiet {
	q := quiet{-1 << 62, 1 << 62}
	for list, l := range t.idle {
		if l.tail == 0 {
			continue
		}
		stamp, limit := t.at(l.tail-1).stamp, t.limit[list]+moveAfter
		if stamp < 0 || stamp > 1<<61 || limit > 1<<61 { // times of no real capture
			return quiet{}
		}
		q.from, q.until = max(q.from, stamp-limit, -1), min(q.until, stamp+limit)
	}
	return q
}

// evict ends the flow that has been idle longest.
func (t *Table) evict(now int64) {
	longest, victim := int64(-1), uint32(0)
	for _, l := range t.idle {
		if l.tail == 0 {
			continue
		}
		if d := distance(now, t.at(l.tail-1).stamp); d > longest {
			longest, victim = d, l.tail-1
		}
	}
	t.stats.Evicted++
	t.end(victim)
}

func distance(a, b int64) int64 {
	d := a - b
	if d < 0 {
		d = -d
	}
	if d < 0 || (a < 0) != (b < 0) { // out of int64, or nearly
		return 1<<63 - 1
	}
	return d
}
