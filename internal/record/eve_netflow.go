package record

import (
	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/flow"
)

// netflow reads an event of type netflow: one direction of a flow. It says
// nothing new of a flow that has a flow event (see [halves]).
func (e *eveEvent) netflow(b *batch) {
	if !e.src.IsValid() || !e.dst.IsValid() {
		b.bad("flow events without addresses")
		return
	}
	b.notes |= eveNetflows
	s := b.flow()
	b.name(isHalf, e.flowID)
	e.ends(s)
	o, _ := object(e.body[eveNetflow])
	for o.next() {
		switch string(o.key) {
		case "pkts":
			s.Client.Packets = count(o.val)
		case "bytes":
			s.Client.Bytes = count(o.val)
		case "start":
			s.First = stamp(text(o.val))
		case "end":
			s.Last = stamp(text(o.val))
		}
	}
	if s.Proto == 6 {
		t, _ := object(e.tcp)
		for t.next() {
			if string(t.key) == "tcp_flags" {
				s.Client.Flags = hexByte(text(t.val))
			}
		}
	}
	e.times(s)
	b.time(s.First, s.Last)
}

// halves keeps back netflow events, each one direction of a flow, to leave out
// those of flows that a flow event tells whole: Suricata writes both at the end
// of a flow, if asked for both, in either order and nearly behind each other.
//
// A netflow event is left out if a flow event of the same flow_id is among the
// last 65536 before it or comes before 4096 more netflow events have.
type halves struct {
	told *[1 << 16]uint64 // flow_ids of flow events, each at the place its bits give; nil before the first event
	held []half           // a ring, of netflow events
	next int              // the oldest of held, once it is full
	gap  capture.Gap      // those left out
}

// maxHeld is how many netflow events are kept back.
const maxHeld = 4096

type half struct {
	named
	flow flow.Summary
}

// A named is what tells a flow of Suricata's from others.
type named struct {
	id     uint64 // flow_id; 0 for none
	offset int64  // of the line
}

// name makes what was added last a flow that is told whole, or half of one.
func (b *batch) name(k kind, id []byte) {
	b.order[len(b.order)-1] = k
	b.named = append(b.named, named{count(id), b.at})
}

// place is where the table has an id. Multiplying spreads ids that differ in
// few bits (Knuth, The Art of Computer Programming, volume 3, section 6.4).
func (h *halves) place(id uint64) *uint64 {
	if h.told == nil {
		h.told = new([1 << 16]uint64)
	}
	return &h.told[id*0x9e3779b97f4a7c15>>48]
}

func (h *halves) tell(n named) { *h.place(n.id) = n.id }

// hold keeps a half back, and returns the one that was kept longest if there is
// no more room.
func (h *halves) hold(n named, s *flow.Summary) (oldest half, full bool) {
	if len(h.held) < maxHeld {
		h.held = append(h.held, half{n, *s})
		return half{}, false
	}
	oldest = h.held[h.next]
	h.held[h.next] = half{n, *s}
	h.next = (h.next + 1) % maxHeld
	return oldest, true
}

// half gives a netflow event to the sink, unless its flow is told whole.
func (t *tally) half(x *half) {
	if x.id != 0 && *t.halves.place(x.id) == x.id {
		if t.halves.gap.Packets++; t.halves.gap.Packets == 1 {
			t.halves.gap.Offset = x.offset
		}
		return
	}
	t.job.Sink.Flow(&x.flow)
	t.seq.flow(&x.flow)
}

// release gives those still kept back to the sink.
func (t *tally) release() {
	h := &t.halves
	for i := range h.held {
		t.half(&h.held[(h.next+i)%len(h.held)])
	}
	h.held = nil
	if h.gap.Packets > 0 {
		h.gap.Why = "netflow events of flows that flow events tell whole: left out, so that nothing is counted twice"
		t.res.Gaps = addGap(t.res.Gaps, h.gap)
	}
}
