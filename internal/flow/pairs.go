package flow

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// A Pair is a MAC address and an IP address that frames came from together, in
// one input. The MAC may be a router's.
type Pair struct {
	Addr    [16]byte // IPv4 as ::ffff:a.b.c.d
	First   int64    // earliest frame, nanoseconds since 1970-01-01 UTC
	Last    int64    // latest frame
	Packets int64
	Bytes   int64 // whole frames as on the wire
	Input   int
	MAC     observation.MAC
	VLAN    uint16 // of the first frame
	TTL     uint8  // largest seen

	order      int64 // from 1 as first seen
	stamp      int64 // packets of all pairs when it was last moved to the head
	hash       uint32
	prev, next uint32 // number in the pool
}

// IP returns the pair's address; IPv4 is unmapped.
func (p *Pair) IP() netip.Addr { return netip.AddrFrom16(p.Addr).Unmap() }

// Pairs keeps the pairs seen, a fixed number at most.
type Pairs struct {
	pool       pool[Pair]
	slots      slots
	seed       seed
	head, tail uint32
	last       uint32
	seen       int64 // packets
	lag        int64 // packets a pair may be behind in the order of eviction; moving it each time would cost more than it tells
	made       int64
	evicted    int64
	forget     func(*Pair)
}

// NewPairs returns an empty Pairs that keeps at most limit pairs (0: 1<<18);
// when a new one needs room, one that was unseen for about the longest is given
// to evicted, if that is not nil, and forgotten.
func NewPairs(limit int, evicted func(*Pair)) *Pairs {
	s := &Pairs{slots: newSlots(), seed: newSeed(), forget: evicted}
	s.pool.limit = orDefault(limit, 1<<18, 1<<28)
	s.lag = int64(s.pool.limit / 8)
	return s
}

// Add counts p as sent by its source; p without MAC or IP is ignored, and so is
// one from the unspecified address.
func (s *Pairs) Add(p *packet.Packet) {
	if !p.IP || !p.HasMAC || unspecified(&p.Src) {
		return
	}
	s.seen++
	e := s.see(p)
	e.Packets++
	e.Bytes += int64(max(p.Wire, 0))
}

// see gives the pair of p, made if need be, at p's time.
func (s *Pairs) see(p *packet.Packet) *Pair {
	e := s.pool.at(s.find(who{p.Src, p.SrcMAC, p.Input}, p))
	e.First, e.Last = min(e.First, p.Time), max(e.Last, p.Time)
	e.TTL = max(e.TTL, p.TTL)
	return e
}

// meet is called for each packet before its flow f counts it. Looking for the
// pair of each would cost as much as finding its flow: it is looked for when a
// side sends for the first time, and when a packet differs from those before it
// in more than that it is later. What they amount to is for [Pairs.sent].
func (s *Pairs) meet(f *Record, p *packet.Packet, fromClient bool) {
	side, mixed := &f.Server, uint8(stateServerMixed)
	if fromClient {
		side, mixed = &f.Client, stateClientMixed
	}
	if side.Packets > 0 && p.SrcMAC == side.MAC && p.Time >= side.last && p.TTL <= side.TTL && f.state&mixed == 0 {
		return
	}
	if unspecified(&p.Src) {
		return
	}
	if side.Packets == 0 || p.SrcMAC == side.MAC {
		if p.HasMAC {
			s.see(p)
		}
		return
	}
	if f.state&mixed == 0 && !side.MAC.IsZero() {
		e := s.of(f, side)
		e.Last = max(e.Last, side.last)
	}
	f.state |= mixed
	s.Add(p)
	if !side.MAC.IsZero() { // sent will count it there
		e := s.of(f, side)
		e.Packets--
		e.Bytes -= int64(max(p.Wire, 0))
	}
}

// sent counts what both sides of f sent since its last part. It may be called on
// nil.
func (s *Pairs) sent(f *Record) {
	if s == nil {
		return
	}
	for i, side := range [...]*Side{&f.Client, &f.Server} {
		if side.packets == 0 || side.MAC.IsZero() || unspecified(&side.Addr) {
			continue
		}
		s.seen += int64(side.packets)
		e := s.of(f, side)
		e.Packets += int64(side.packets)
		e.Bytes += int64(side.Bytes - side.told)
		if f.state&[...]uint8{stateClientMixed, stateServerMixed}[i] == 0 {
			e.Last = max(e.Last, side.last)
		}
	}
}

// of gives the pair of a side that has a hardware address.
func (s *Pairs) of(f *Record, side *Side) *Pair {
	w := who{side.Addr, side.MAC, int(f.input)}
	return s.pool.at(s.find(w, &packet.Packet{Time: side.last, VLAN: f.VLAN, TTL: side.TTL}))
}

// A who is what makes a pair.
type who struct {
	addr  [16]byte
	mac   observation.MAC
	input int
}

func unspecified(a *[16]byte) bool {
	high, low := le64(a[:8]), le64(a[8:])
	return high == 0 && (low == 0 || low == 0xffff0000)
}

// find returns the number of w's pair, made of p if need be.
func (s *Pairs) find(w who, p *packet.Packet) uint32 {
	n := s.number(&w, p)
	s.last = n
	if e := s.pool.at(n); s.seen-e.stamp > s.lag {
		s.pull(e)
		s.push(n, e)
	}
	return n
}

func (s *Pairs) number(w *who, p *packet.Packet) uint32 {
	if s.last != 0 && s.pool.at(s.last).is(w) {
		return s.last
	}
	m := w.mac
	mac := uint64(m[0])<<40 | uint64(m[1])<<32 | uint64(m[2])<<24 | uint64(m[3])<<16 | uint64(m[4])<<8 | uint64(m[5])
	h := mix(mix(le64(w.addr[:8])^s.seed[0], le64(w.addr[8:])^s.seed[1])^mac, s.seed[2]^uint64(w.input)<<48)
	hash := uint32(h >> 16)
	for i := hash & s.slots.mask; s.slots.slot[i] != 0; i = (i + 1) & s.slots.mask {
		if e := s.slots.slot[i]; uint32(e>>32) == hash && s.pool.at(uint32(e)).is(w) {
			return uint32(e)
		}
	}
	return s.add(hash, w, p)
}

func (e *Pair) is(w *who) bool { return e.Addr == w.addr && e.MAC == w.mac && e.Input == w.input }

func (s *Pairs) add(hash uint32, w *who, p *packet.Packet) uint32 {
	n := s.pool.take()
	if n == 0 {
		s.evict()
		n = s.pool.take()
	}
	s.made++
	e := s.pool.at(n)
	*e = Pair{Addr: w.addr, First: p.Time, Last: p.Time, TTL: p.TTL, Input: w.input, MAC: w.mac, VLAN: p.VLAN, order: s.made, hash: hash}
	s.slots.insert(hash, n-1)
	s.push(n, e)
	return n
}

func (s *Pairs) evict() {
	n := s.tail
	e := s.pool.at(n)
	s.evicted++
	if s.forget != nil {
		s.forget(e)
	}
	s.pull(e)
	s.slots.remove(e.hash, n-1)
	s.pool.give(n)
	if s.last == n {
		s.last = 0
	}
}

func (s *Pairs) push(n uint32, e *Pair) {
	e.stamp, e.prev, e.next = s.seen, 0, s.head
	if s.head != 0 {
		s.pool.at(s.head).prev = n
	} else {
		s.tail = n
	}
	s.head = n
}

func (s *Pairs) pull(e *Pair) {
	if e.prev != 0 {
		s.pool.at(e.prev).next = e.next
	} else {
		s.head = e.next
	}
	if e.next != 0 {
		s.pool.at(e.next).prev = e.prev
	} else {
		s.tail = e.prev
	}
}

// All yields the pairs in the order first seen. They are valid until the next Add.
func (s *Pairs) All() iter.Seq[*Pair] {
	return func(yield func(*Pair) bool) {
		all := make([]*Pair, 0, s.Len())
		for n := s.head; n != 0; n = s.pool.at(n).next {
			all = append(all, s.pool.at(n))
		}
		slices.SortFunc(all, func(a, b *Pair) int { return int(a.order - b.order) })
		for _, e := range all {
			if !yield(e) {
				return
			}
		}
	}
}

// Len returns the number of pairs kept.
func (s *Pairs) Len() int { return s.pool.used() }

// Evicted returns how many pairs were forgotten for room.
func (s *Pairs) Evicted() int64 { return s.evicted }
