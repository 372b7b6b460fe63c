package flow

import (
	"encoding/binary"
	"sort"
	"unsafe"

	"github.com/lenscap/lenscap/internal/packet"
)

// A Stream is the beginning of a TCP connection, put together.
type Stream struct {
	Client Half // sent by the client
	Server Half // sent by the server
}

// A Half is the beginning of what one side sent, from its first byte (after
// SYN, or the first captured when the capture began later) to the first hole,
// the end, or [Config.StreamBytes]; of TLS, to where it is encrypted. Interleaved
// frames of RTSP are left out;
// and where bytes are missing among them, Data goes on with the next RTSP
// message behind the hole. It is empty when nobody wanted it.
type Half struct {
	Data  []byte // valid until the handler returns
	Start bool   // SYN was seen: Data begins with the connection's first byte
	Full  bool   // more may follow: the limit was reached, or the budget used up
	Hole  bool   // more followed, but bytes between are missing from the capture
	runs  Runs
}

// Runs says which packets brought the bytes of halves; see [Half.PacketAt].
type Runs []run

// A run is the bytes of a half that one packet brought.
type run struct {
	end    int // offset behind its last byte
	number int64
	time   int64
}

// PacketAt returns the frame number and time, in nanoseconds since 1970-01-01
// UTC, of the packet that brought the byte at offset. An offset outside Data
// gives the nearest byte's, and an empty Data zeros.
func (h *Half) PacketAt(offset int) (number, timeNS int64) {
	if len(h.runs) == 0 {
		return 0, 0
	}
	i := sort.Search(len(h.runs)-1, func(i int) bool { return offset < h.runs[i].end })
	return h.runs[i].number, h.runs[i].time
}

// Copy returns h with its bytes appended to data and its packets to runs, which
// stays valid when the handler has returned.
func (h *Half) Copy(data *[]byte, runs *Runs) Half {
	c := *h
	from, first := len(*data), len(*runs)
	*data = append(*data, h.Data...)
	*runs = append(*runs, h.runs...)
	c.Data, c.runs = (*data)[from:len(*data):len(*data)], (*runs)[first:len(*runs):len(*runs)]
	return c
}

// A stream is the record of a TCP flow whose bytes are collected. Those not yet
// handed over are in a list, the one that kept bytes last at the head.
type stream struct {
	client, server half
	owner          uint32 // flow + 1
	prev, next     uint32
	handed         bool // only interleaved RTP is followed now
	squeezed       bool // the budget wants it handed over
}

// streamPool holds all streams within one budget: an eighth for records, the
// rest for bytes.
type streamPool struct {
	pool[stream]
	chunks     chunks
	segments   pool[segment]
	head, tail uint32
	delivering bool
	data       [2][]byte // of the stream being handed over
	runs       [2]Runs
	told       Stream
}

func (s *streamPool) init(budget int) {
	s.limit = max(budget/8/int(unsafe.Sizeof(stream{})), 1)
	s.chunks.limit = budget / 8 * 7 / chunkSize
	s.segments.limit = s.chunks.limit
}

func (s *streamPool) push(n uint32) {
	r := s.at(n)
	r.prev, r.next = 0, s.head
	if s.head != 0 {
		s.at(s.head).prev = n
	} else {
		s.tail = n
	}
	s.head = n
}

func (s *streamPool) pull(n uint32) {
	r := s.at(n)
	if r.prev != 0 {
		s.at(r.prev).next = r.next
	} else {
		s.head = r.next
	}
	if r.next != 0 {
		s.at(r.next).prev = r.prev
	} else {
		s.tail = r.prev
	}
}

// tcp follows the connection of p.
func (t *Table) tcp(f *Record, index uint32, p *packet.Packet, fromClient bool) {
	if f.state&stateOver == 0 && (len(p.Payload) > 0 || f.stream != 0) {
		t.collect(f, index, p, fromClient)
	}
	reset := p.Flags&packet.RST != 0
	if reset {
		t.deliver(f, false)
		t.dropStream(f)
		f.state |= stateOver
	}
	if f.state&stateClosed == 0 && (reset || f.Client.Flags&f.Server.Flags&packet.FIN != 0) {
		t.unlink(f)
		f.state |= stateClosed
		t.link(f, index, p.Time)
	}
}

// collect takes what p brings to its half, and hands the stream over when it is
// complete.
func (t *Table) collect(f *Record, index uint32, p *packet.Packet, fromClient bool) {
	if f.stream == 0 && !t.openStream(f, index) {
		return
	}
	s := t.streams.at(f.stream)
	h := &s.server
	if fromClient {
		h = &s.client
	}
	j := joint{t: t, f: f, s: s, h: h}
	j.take(p, f.Side(fromClient))
	if s.squeezed {
		t.stats.StreamsForced++
		t.deliver(f, true)
	} else if s.client.finished(&f.Client) && s.server.finished(&f.Server) {
		t.deliver(f, false)
	}
}

// openStream gives f a record; when none is free the stream that has waited
// longest is handed over early.
func (t *Table) openStream(f *Record, index uint32) bool {
	n := t.streams.take()
	if n == 0 && t.streams.tail != 0 {
		victim := t.at(t.streams.at(t.streams.tail).owner - 1)
		t.stats.StreamsForced++
		t.deliver(victim, true)
		t.dropStream(victim)
		n = t.streams.take()
	}
	if n == 0 { // all follow interleaved RTP
		t.stats.StreamsRefused++
		f.state |= stateOver
		return false
	}
	f.stream = n
	t.streams.at(n).owner = index + 1
	t.streams.push(n)
	return true
}

// makeRoom hands over the stream that has waited longest, and reports whether
// another attempt for s is worth it.
func (t *Table) makeRoom(s *stream) bool {
	tail := t.streams.tail
	if t.streams.delivering || tail == 0 {
		return false
	}
	if t.streams.at(tail) == s {
		s.squeezed = true
		return false
	}
	t.stats.StreamsForced++
	t.deliver(t.at(t.streams.at(tail).owner-1), true)
	return true
}

// reserve makes sure of n free chunks for s.
func (t *Table) reserve(s *stream, n int) bool {
	for t.streams.chunks.limit-t.streams.chunks.taken < n {
		if !t.makeRoom(s) {
			return false
		}
	}
	return true
}

// deliver hands f's stream over, if there is one that was not yet, and gives up
// its room. A stream with interleaved RTP goes on being followed.
func (t *Table) deliver(f *Record, forced bool) {
	if f.stream == 0 || t.streams.at(f.stream).handed {
		return
	}
	pool := &t.streams
	s := pool.at(f.stream)
	pool.delivering = true
	for _, h := range [...]*half{&s.client, &s.server} {
		j := joint{t: t, f: f, s: s, h: h}
		j.finish()
	}
	s.handed = true
	pool.pull(f.stream)
	pool.told = Stream{
		Client: pool.tell(0, &s.client, forced && !s.client.finished(&f.Client)),
		Server: pool.tell(1, &s.server, forced && !s.server.finished(&f.Server)),
	}
	s.client.data.drop(&pool.chunks)
	s.server.data.drop(&pool.chunks)
	if len(pool.told.Client.Data)+len(pool.told.Server.Data) > 0 {
		t.stats.Streams++
		t.h.Stream(t.show(f), &pool.told)
	}
	pool.delivering = false
	if !s.client.rtsp && !s.server.rtsp {
		t.dropStream(f)
	}
}

// dropStream frees f's stream record; nothing more is collected.
func (t *Table) dropStream(f *Record) {
	if f.stream == 0 {
		return
	}
	s := t.streams.at(f.stream)
	for _, h := range [...]*half{&s.client, &s.server} {
		t.dropHeld(h)
		h.data.drop(&t.streams.chunks)
	}
	if !s.handed {
		t.streams.pull(f.stream)
	}
	t.streams.give(f.stream)
	f.stream = 0
	f.state |= stateOver
}

// Bytes are kept in one chain a half, each piece behind a head of its length,
// frame number and time.
const pieceHead = 4 + 8 + 8

// tell returns h as handlers see it, in memory that the next stream reuses.
func (s *streamPool) tell(side int, h *half, cut bool) Half {
	if h.want != wanted || h.data.size == 0 {
		return Half{}
	}
	data, runs := s.data[side][:0], s.runs[side][:0]
	var head [pieceHead]byte
	for from := h.data.reader(&s.chunks); from.left > pieceHead; {
		from.appendTo(head[:0], pieceHead)
		data = from.appendTo(data, int(binary.LittleEndian.Uint32(head[:])))
		runs = append(runs, run{end: len(data), number: int64(le64(head[4:])), time: int64(le64(head[12:]))})
	}
	s.data[side] = data
	s.runs[side] = runs
	return Half{Data: data, Start: h.start, Full: h.full || cut, Hole: h.hole, runs: runs}
}
