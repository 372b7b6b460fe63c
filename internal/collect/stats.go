package collect

import (
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Stats say how collecting goes. Numbers count from the start.
type Stats struct {
	Exporters []Exporter   // in order of address, 1024 at most
	Refused   int64        // datagrams of senders that are not allowed, or beyond the number of exporters
	Refusals  []netip.Addr // of those, the first 16
	Dropped   int64        // datagrams for which the queue had no room: the sink or the machine is too slow
	Batches   int64        // taken by the sink
	Flows     int64        // in them
	Lost      int64        // flows the sink had not taken when the collector ended
	Faults    int64        // times the sink failed or the socket did
	Fault     string       // the last of these
}

// An Exporter is one address that sends.
type Exporter struct {
	Address      netip.Addr
	Format       string    // of its last datagram: "NetFlow 5", "NetFlow 9", "IPFIX", "sFlow 5"
	First, Last  time.Time // when a datagram came
	Datagrams    int64
	Bytes        int64
	Records      int64  // flow records, or samples of packets
	Bad          int64  // datagrams of no known format, or that could not be read to their end
	Blind        int64  // data sets whose template has not come yet; the exporter sends it now and then
	LostRecords  int64  // by their numbers, records the network lost (NetFlow 5, IPFIX)
	LostMessages int64  // datagrams likewise (NetFlow 9, sFlow)
	Restarts     int64  // times its numbers began anew
	Sampling     uint32 // sFlow: one packet of so many is looked at; counts are scaled up by it
}

type stats struct {
	mu        sync.Mutex
	changed   chan struct{} // nil, or gets one when figures change, unless one is in it
	s         Stats
	exporters map[netip.Addr]*Exporter
	sequences map[stream]*sequence
}

// Stats is a copy of the figures.
func (c *Collector) Stats() Stats {
	c.stats.mu.Lock()
	defer c.stats.mu.Unlock()
	out := c.stats.s
	out.Refusals = slices.Clone(out.Refusals)
	for _, e := range c.stats.exporters {
		out.Exporters = append(out.Exporters, *e)
	}
	slices.SortFunc(out.Exporters, func(a, b Exporter) int { return a.Address.Compare(b.Address) })
	return out
}

// lock is before every change.
func (s *stats) lock() {
	s.mu.Lock()
	select {
	case s.changed <- struct{}{}: // who hears it waits for the lock
	default:
	}
}

// drop counts a datagram that was dropped, and gives how many were.
func (s *stats) drop() int64 {
	s.lock()
	defer s.mu.Unlock()
	s.s.Dropped++
	return s.s.Dropped
}

// refuse counts a datagram, and reports whether its sender is new.
func (s *stats) refuse(a netip.Addr) bool {
	s.lock()
	defer s.mu.Unlock()
	s.s.Refused++
	if len(s.s.Refusals) >= 16 || slices.Contains(s.s.Refusals, a) {
		return false
	}
	s.s.Refusals = append(s.s.Refusals, a)
	return true
}

func (s *stats) fault(says string) {
	s.lock()
	s.s.Faults++
	s.s.Fault = says
	s.mu.Unlock()
}

func (s *stats) took(flows int) {
	s.lock()
	s.s.Batches++
	s.s.Flows += int64(flows)
	s.mu.Unlock()
}

func (s *stats) lose(flows int, err error) {
	s.lock()
	s.s.Lost += int64(flows)
	s.s.Faults++
	s.s.Fault = err.Error()
	s.mu.Unlock()
}

// known finds or makes an exporter; it is false when there are too many.
func (s *stats) known(a netip.Addr, at int64) bool {
	s.lock()
	defer s.mu.Unlock()
	if s.exporters[a] != nil {
		return true
	}
	if len(s.exporters) >= maxExporters {
		s.s.Refused++
		return false
	}
	s.exporters[a] = &Exporter{Address: a, First: time.Unix(0, at).UTC()}
	return true
}

// A told is what a datagram turned out to be.
type told struct {
	format   string
	records  int64
	bad      bool
	blind    int64
	numbered bool   // it carries a number
	domain   uint64 // within which numbers count
	number   uint32
	step     uint32 // by which the next number is higher; 0: not known, because something was not read
	messages bool   // numbers count datagrams, not records
	sampling uint32
}

// count notes what an exporter sent.
func (s *stats) count(d datagram, t told) {
	s.lock()
	defer s.mu.Unlock()
	e := s.exporters[d.from.Addr()]
	e.Last = time.Unix(0, d.at).UTC()
	e.Datagrams++
	e.Bytes += int64(len(*d.b))
	e.Records += t.records
	e.Blind += t.blind
	if t.format != "" {
		e.Format = t.format
	}
	if t.bad {
		e.Bad++
	}
	if t.sampling > 0 {
		e.Sampling = t.sampling
	}
	if t.numbered {
		s.follow(e, stream{d.from, t.format, t.domain}, t, d.at)
	}
}

// A stream is what is numbered together.
type stream struct {
	from   netip.AddrPort // exporters behind one address have ports of their own
	format string
	domain uint64
}

// A sequence is where a stream's numbers stand.
type sequence struct {
	next  uint32
	known bool
	late  int   // how many in a row came late
	last  int64 // when a datagram came
}

const (
	maxStreams = 8192
	lateBy     = 10_000  // numbers that one may be behind and still be late rather than of a new start
	lateRow    = 8       // so many late ones in a row are a new start too
	lostBy     = 1 << 24 // numbers that may be missing; more is a new start
)

// follow compares a number with the one expected. One that comes late was
// counted as lost, and is taken back.
func (s *stats) follow(e *Exporter, of stream, t told, at int64) {
	q := s.sequences[of]
	if q == nil {
		if len(s.sequences) >= maxStreams {
			s.forget(at)
		}
		q = &sequence{}
		s.sequences[of] = q
	}
	q.last = at
	lost := &e.LostRecords
	if t.messages {
		lost = &e.LostMessages
	}
	switch gap := int32(t.number - q.next); {
	case !q.known || gap == 0:
	case gap > 0 && gap < lostBy:
		*lost += int64(gap)
	case gap < 0 && gap > -lateBy && t.step > 0 && q.late < lateRow:
		q.late++
		*lost = max(0, *lost-int64(t.step))
		return
	default:
		e.Restarts++
	}
	q.late = 0
	q.next, q.known = t.number+t.step, t.step > 0
}

// forget drops the streams that were silent longest: those of ports that a
// restarted exporter no longer uses.
func (s *stats) forget(at int64) {
	oldest := at
	for _, q := range s.sequences {
		oldest = min(oldest, q.last)
	}
	limit := oldest + (at-oldest)/2
	for k, q := range s.sequences {
		if q.last <= limit {
			delete(s.sequences, k)
		}
	}
}
