package export

import "net/netip"

// maxWaiting is how many records wait for their other direction. Exporters send
// the two of one flow close together.
const maxWaiting = 4096

// A joiner puts the two directions of a flow together, which most exporters
// write as two records. What waits longest goes on alone.
type joiner struct {
	hand    func(*exported)
	waiting map[fiveTuple]int // place in ring
	ring    []waiting
	next    int
}

type fiveTuple struct {
	src, dst     netip.Addr
	sport, dport uint16
	proto        uint8
}

type waiting struct {
	r    exported
	used bool
}

func (j *joiner) init(hand func(*exported)) {
	j.hand, j.waiting, j.ring = hand, make(map[fiveTuple]int), make([]waiting, maxWaiting)
}

// add takes a record of one direction.
func (j *joiner) add(r *exported) {
	if r.backPackets > 0 || r.proto == 1 || r.proto == 58 {
		j.hand(r)
		return
	}
	if i, ok := j.waiting[fiveTuple{r.dst, r.src, r.dport, r.sport, r.proto}]; ok && overlap(&j.ring[i].r, r) {
		w := &j.ring[i].r
		delete(j.waiting, tupleOf(w))
		j.ring[i].used = false
		joined := join(w, r)
		j.hand(&joined)
		return
	}
	key := tupleOf(r)
	if i, ok := j.waiting[key]; ok { // the next part of a flow whose other direction did not come
		j.hand(&j.ring[i].r)
		j.ring[i].r = *r
		return
	}
	if j.ring[j.next].used {
		delete(j.waiting, tupleOf(&j.ring[j.next].r))
		j.hand(&j.ring[j.next].r)
	}
	j.ring[j.next] = waiting{*r, true}
	j.waiting[key] = j.next
	j.next = (j.next + 1) % len(j.ring)
}

func tupleOf(r *exported) fiveTuple { return fiveTuple{r.src, r.dst, r.sport, r.dport, r.proto} }

// overlap reports whether two records can be the directions of one flow: their
// times touch, or nearly so.
func overlap(a, b *exported) bool {
	const slack = 2_000_000_000
	return a.first <= b.last+slack && b.first <= a.last+slack
}

// join makes one record of two directions, as seen from the one that began first.
func join(a, b *exported) exported {
	if b.first < a.first || b.first == a.first && b.flags&0x12 == 0x02 {
		a, b = b, a
	}
	out := *a
	out.backPackets, out.backBytes, out.back = b.packets, b.bytes, b.flags
	if out.dstMAC.IsZero() {
		out.dstMAC = b.srcMAC
	}
	out.first, out.last = min(a.first, b.first), max(a.last, b.last)
	out.number = min(a.number, b.number)
	out.knownStart = a.first < b.first && a.knownStart
	return out
}

// flush hands over all that waits, in the order it came.
func (j *joiner) flush() {
	for k := range j.ring {
		w := &j.ring[(j.next+k)%len(j.ring)]
		if w.used {
			j.hand(&w.r)
			w.used = false
		}
	}
	clear(j.waiting)
}
