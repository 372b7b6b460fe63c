// Package flow makes flows of packets: it counts both directions of each
// conversation of two ports, puts the first bytes of TCP streams together,
// recognises RTP by its shape, and keeps who sent from which MAC address.
//
// Its memory is fixed by [Config], whatever the input: when a limit is reached
// the longest idle makes room, and is counted. It goes by the time of packets,
// never the clock, so the same packets give the same calls in the same order.
// It knows no protocol but TCP, RTP, as much of RTSP as finds RTP inside it, and
// as much of TLS as tells where it is encrypted, and draws no conclusion from
// what it counts.
package flow

import (
	"cmp"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/packet"
)

// Config bounds a [Table]. A zero field takes the default named.
type Config struct {
	MaxFlows         int                                        // live flows; 1<<20
	IdleTCP          time.Duration                              // of an open TCP flow; 5 minutes
	IdleOther        time.Duration                              // of any other flow; 2 minutes
	Linger           time.Duration                              // of a TCP flow after FIN from both sides or RST; 5 seconds
	Active           time.Duration                              // after which a part of a flow that goes on is told; 1 minute, at most 1 hour
	StreamBytes      int                                        // kept of each half of a TCP stream; 64 KiB
	StreamBudget     int                                        // bytes for all streams together, their records included; 64 MiB, at least 256 KiB
	StreamWanted     func(serverPort uint16, first []byte) bool // is a half that begins like this worth keeping? nil: every one
	DatagramWanted   func(src, dst uint16, payload []byte) bool // is a datagram worth a look? nil: none
	DatagramsPerFlow int                                        // different datagrams handed over of each direction, discovery and DNS ports excepted; 64, at most 254
	MaxRTP           int                                        // RTP streams followed at once; 1<<16
	Pairs            *Pairs                                     // counts every packet too, when a part of its flow is told; nil: none does
}

func (c *Config) fill() {
	c.MaxFlows = orDefault(c.MaxFlows, 1<<20, 1<<28)
	c.IdleTCP = orDefault(c.IdleTCP, 5*time.Minute, 1<<62)
	c.IdleOther = orDefault(c.IdleOther, 2*time.Minute, 1<<62)
	c.Linger = orDefault(c.Linger, 5*time.Second, 1<<62)
	c.Active = orDefault(c.Active, time.Minute, maxActive)
	c.StreamBytes = orDefault(c.StreamBytes, 64<<10, 1<<24)
	c.StreamBudget = max(orDefault(c.StreamBudget, 64<<20, 1<<40), 256<<10)
	c.DatagramsPerFlow = orDefault(c.DatagramsPerFlow, 64, 254)
	c.MaxRTP = orDefault(c.MaxRTP, 1<<16, 1<<24)
	if c.StreamWanted == nil {
		c.StreamWanted = func(uint16, []byte) bool { return true }
	}
	if c.DatagramWanted == nil {
		c.DatagramWanted = func(uint16, uint16, []byte) bool { return false }
	}
}

func orDefault[T ~int | ~int64](v, normal, most T) T {
	if v <= 0 {
		return normal
	}
	return min(v, most)
}

// A Handler is told what a [Table] finds. Its arguments are valid until it
// returns, and it must not call the table.
type Handler interface {
	// Datagram is called for a UDP payload that [Config.DatagramWanted] wants,
	// unless the same payload came the same way lately or the direction has
	// used up [Config.DatagramsPerFlow].
	Datagram(f *Flow, p *packet.Packet, fromClient bool)

	// Stream is called at most once per TCP flow: when both halves are full or
	// ended by FIN, at RST, when the budget needs its room, or before End. It
	// is not called for a flow of which nothing was wanted.
	Stream(f *Flow, s *Stream)

	// Part tells what happened in a flow since its last part, so that the parts
	// of a flow add up to the flow: at least once, before End, and for a flow
	// that goes on with the first packet in a second of the clock that begins
	// [Config.Active] or more after the part began, or when one side sent
	// 65,535 packets since. A part is never without a packet.
	Part(s *Summary)

	// End is called once per flow, last: when it was idle, when a new
	// connection takes its ports, when it was evicted, or at [Table.Close].
	End(f *Flow)
}

// A Table holds the live flows. It is not safe for use by several goroutines.
//
// The client of a flow is who sent SYN, or did not send SYN with ACK; else the
// end whose port is not a well-known server's; else who sent first.
type Table struct {
	cfg     Config
	h       Handler
	stats   Stats
	seed    seed
	slots   slots
	pairs   *Pairs
	records [][]Record // chunks, never copied
	room    room       // of all but the first of them
	free    uint32     // first free record + 1, chained by next
	last    uint32     // record of the last packet + 1: trains of one flow are common
	idle    [lists]idleList
	limit   [lists]int64 // nanoseconds
	quiet   quiet
	ids     uint64
	active  int64 // nanoseconds
	view    Flow
	summary Summary
	streams streamPool
	rtp     rtpPool
	repeats repeats
	warmed  uint64 // keeps what [Table.Warm] looks at from being optimised away
}

const (
	recordsPerChunk = 1 << 10
	heapChunks      = 4 // in Go's heap: a small table needs no pages of 2 MB
)

// New returns an empty table that tells h.
func New(cfg Config, h Handler) *Table {
	cfg.fill()
	t := &Table{cfg: cfg, h: h, pairs: cfg.Pairs, seed: newSeed(), slots: newSlots()}
	t.limit = [lists]int64{int64(cfg.IdleTCP), int64(cfg.IdleOther), int64(cfg.Linger)}
	t.active = int64(cfg.Active)
	t.streams.init(cfg.StreamBudget)
	t.rtp.limit = cfg.MaxRTP
	t.view.table = t
	t.room.own(t)
	t.slots.room = &t.room
	return t
}

// Add counts p, which is not kept. Packets that carry no IP are ignored.
func (t *Table) Add(p *packet.Packet) { t.AddHashed(p, t.Hash(p)) }

// AddHashed is [Table.Add] of a packet of which [Table.Hash] is known.
func (t *Table) AddHashed(p *packet.Packet, hash uint32) {
	if !p.IP {
		return
	}
	t.stats.Packets++
	t.expire(p.Time)
	index, fromClient, ok := t.find(hash, p)
	if ok {
		ok = t.goesOn(index, p, fromClient)
		fromClient = t.at(index).sentByClient(p, fromClient)
	}
	if !ok {
		index, fromClient = t.begin(hash, p)
	}
	t.last = index + 1
	f := t.at(index)
	if p.Time-f.stamp >= moveAfter {
		t.nextSecond(f, index, p.Time)
	}
	if f.Side(fromClient).packets == partPackets {
		t.part(f, p.Time)
	}
	if t.pairs != nil {
		t.pairs.meet(f, p, fromClient)
	}
	f.count(p, fromClient)
	switch {
	case p.SrcPort|p.DstPort == 0: // not TCP or UDP, or a later fragment
	case f.Proto == protoTCP:
		t.tcp(f, index, p, fromClient)
	case f.Proto == protoUDP:
		t.udp(f, index, p, fromClient)
	}
}

const (
	protoTCP = 6
	protoUDP = 17
)

// Hash is what flows are found by; both directions have the same. It may be
// called while another goroutine uses the table.
func (t *Table) Hash(p *packet.Packet) uint32 {
	a := t.end64(&p.Src, p.SrcPort) + t.end64(&p.Dst, p.DstPort)
	return uint32(mix(a^t.seed[2], uint64(p.Input)<<8|uint64(p.Proto)|1<<63) >> 16)
}

func (t *Table) end64(addr *[16]byte, port uint16) uint64 {
	return mix(le64(addr[0:8])^t.seed[0], le64(addr[8:16])^t.seed[1]+uint64(port)<<16)
}

func (t *Table) at(index uint32) *Record {
	return &t.records[index/recordsPerChunk][index%recordsPerChunk]
}

// find returns the flow of p.
func (t *Table) find(hash uint32, p *packet.Packet) (index uint32, fromClient, ok bool) {
	if t.last != 0 {
		if fromClient, ok = t.at(t.last - 1).match(p); ok {
			return t.last - 1, fromClient, true
		}
	}
	for i := hash & t.slots.mask; ; i = (i + 1) & t.slots.mask {
		e := t.slots.slot[i]
		if e == 0 {
			return 0, false, false
		}
		if uint32(e>>32) != hash {
			continue
		}
		index = uint32(e) - 1
		if fromClient, ok = t.at(index).match(p); ok {
			return index, fromClient, true
		}
	}
}

// goesOn reports whether p continues the flow it belongs to by its addresses;
// it ends a flow that p does not continue.
func (t *Table) goesOn(index uint32, p *packet.Packet, fromClient bool) bool {
	f := t.at(index)
	switch {
	case p.Time-f.Last() > t.limit[f.list()] && p.Time > f.Last():
		t.stats.Idle++
	case f.Proto == protoTCP && p.Flags&packet.SYN != 0 && t.restarts(f, p, fromClient):
	default:
		return true
	}
	t.end(index)
	return false
}

// begin makes a flow of its first packet.
func (t *Table) begin(hash uint32, p *packet.Packet) (index uint32, fromClient bool) {
	if t.slots.used >= t.cfg.MaxFlows {
		t.evict(p.Time)
	}
	if t.free == 0 {
		t.addRecords()
	}
	index = t.free - 1
	f := t.at(index)
	t.free = f.next
	t.ids++
	*f = Record{ID: t.ids, First: p.Time, since: p.Time, Number: p.Number, hash: hash, input: uint32(p.Input), VLAN: p.VLAN, Proto: p.Proto}
	fromClient = senderIsClient(p)
	sender, receiver := &f.Client, &f.Server
	if !fromClient {
		sender, receiver = receiver, sender
	} else {
		f.state = stateClientFirst
	}
	sender.start(p.Time)
	receiver.start(p.Time)
	sender.Addr, sender.Port = p.Src, p.SrcPort
	receiver.Addr, receiver.Port = p.Dst, p.DstPort
	sender.last, receiver.last = p.Time, never
	t.link(f, index, p.Time)
	t.slots.insert(hash, index)
	t.stats.Flows++
	t.stats.Live = int64(t.slots.used)
	t.stats.Peak = max(t.stats.Peak, t.stats.Live)
	return index, fromClient
}

func (t *Table) addRecords() {
	first := uint32(len(t.records) * recordsPerChunk)
	var chunk []Record
	if len(t.records) < heapChunks {
		chunk = make([]Record, recordsPerChunk)
	} else {
		chunk = t.room.records(recordsPerChunk)
	}
	for i := range chunk {
		chunk[i].next = first + uint32(i) + 2
	}
	chunk[recordsPerChunk-1].next = 0
	t.records = append(t.records, chunk)
	t.free = first + 1
}

// end hands over what is pending of a flow, says that it ended, and frees it.
func (t *Table) end(index uint32) {
	f := t.at(index)
	t.deliver(f, false)
	f.Client.endSecond()
	f.Server.endSecond()
	t.part(f, f.Last())
	t.h.End(t.show(f))
	t.dropStream(f)
	t.rtp.drop(&f.Client)
	t.rtp.drop(&f.Server)
	t.unlink(f)
	t.slots.remove(f.hash, index)
	if t.last == index+1 {
		t.last = 0
	}
	*f = Record{next: t.free}
	t.free = index + 1
	t.stats.Live = int64(t.slots.used)
}

// show returns f as handlers see it.
func (t *Table) show(f *Record) *Flow {
	t.view.Record = f
	return &t.view
}

// Close ends all flows in the order in which they began. The table is empty
// afterwards and may be used again.
func (t *Table) Close() {
	type entry struct {
		id    uint64
		index uint32
	}
	live := make([]entry, 0, t.slots.used)
	for c, chunk := range t.records {
		for i := range chunk {
			if chunk[i].ID != 0 {
				live = append(live, entry{chunk[i].ID, uint32(c*recordsPerChunk + i)})
			}
		}
	}
	slices.SortFunc(live, func(a, b entry) int { return cmp.Compare(a.id, b.id) })
	for _, e := range live {
		t.end(e.index)
	}
}

// Stats returns the counts so far.
func (t *Table) Stats() Stats { return t.stats }
