package pipeline

import (
	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/packet"
)

// A relay lets what flows carry be dissected, and what they amount to be added
// up, beside the reading: it copies what a [flow.Table] hands over into batches,
// and one goroutine works them off in the same order. So the log fills as it
// would without it.
type relay struct {
	s    *sight
	now  *batch
	full chan *batch
	free chan *batch
	done chan struct{}
}

// A batch is calls to come, and room for what they point at.
type batch struct {
	calls   []call
	packets []packet.Packet
	flows   []flow.Record
	parts   []flow.Summary
	streams []flow.Stream
	rtp     []flow.RTP
	data    []byte
	runs    flow.Runs
}

// A call is one thing to dissect; at says where in its slice of the batch.
type call struct {
	kind   uint8
	client bool
	at     int32
	flow   int32
}

const (
	callDatagram = iota
	callFrame
	callWLAN
	callStream
	callRTP
	callPart
	callEnd
	callLink
	callExport
)

const (
	batches    = 4 // in flight: the reader runs ahead by no more
	batchCalls = 1 << 9
	batchBytes = 128 << 10 // after which a batch is handed over
)

func newRelay(s *sight) *relay {
	r := &relay{s: s, full: make(chan *batch, batches), free: make(chan *batch, batches), done: make(chan struct{})}
	for range batches {
		r.free <- &batch{}
	}
	r.now = <-r.free
	go r.work()
	return r
}

// finish waits until everything handed over has been dissected.
func (r *relay) finish() {
	r.full <- r.now
	close(r.full)
	<-r.done
}

// turn hands the batch over when it is full.
func (r *relay) turn() {
	if len(r.now.calls) < batchCalls && len(r.now.data) < batchBytes {
		return
	}
	r.full <- r.now
	r.now = <-r.free
}

// packet copies p and its payload.
func (r *relay) packet(kind uint8, p *packet.Packet) {
	b := r.now
	at := len(b.data)
	b.data = append(b.data, p.Payload...)
	b.packets = append(b.packets, *p)
	b.packets[len(b.packets)-1].Payload = b.data[at:len(b.data):len(b.data)]
	b.calls = append(b.calls, call{kind: kind, at: int32(len(b.packets) - 1)})
	r.turn()
}

// Datagram is part of [flow.Handler].
func (r *relay) Datagram(_ *flow.Flow, p *packet.Packet, _ bool) { r.packet(callDatagram, p) }

// Stream is part of [flow.Handler].
func (r *relay) Stream(f *flow.Flow, st *flow.Stream) {
	b := r.now
	b.flows = append(b.flows, *f.Record)
	b.streams = append(b.streams, flow.Stream{Client: st.Client.Copy(&b.data, &b.runs), Server: st.Server.Copy(&b.data, &b.runs)})
	b.calls = append(b.calls, call{kind: callStream, at: int32(len(b.streams) - 1), flow: int32(len(b.flows) - 1)})
	r.turn()
}

// Part is part of [flow.Handler].
func (r *relay) Part(s *flow.Summary) {
	b := r.now
	b.parts = append(b.parts, *s)
	b.calls = append(b.calls, call{kind: callPart, at: int32(len(b.parts) - 1)})
	r.turn()
}

// End is part of [flow.Handler].
func (r *relay) End(f *flow.Flow) {
	if nameless(&f.Client) || nameless(&f.Server) {
		r.now.flows = append(r.now.flows, *f.Record)
		r.now.calls = append(r.now.calls, call{kind: callEnd, flow: int32(len(r.now.flows) - 1)})
		r.turn()
	}
	for _, client := range [...]bool{true, false} {
		for _, stream := range f.RTP(client) {
			b := r.now
			b.flows = append(b.flows, *f.Record)
			b.rtp = append(b.rtp, stream)
			b.calls = append(b.calls, call{kind: callRTP, client: client, at: int32(len(b.rtp) - 1), flow: int32(len(b.flows) - 1)})
			r.turn()
		}
	}
}

// work dissects until finish.
func (r *relay) work() {
	defer close(r.done)
	t := newTeller(r.s)
	for b := range r.full {
		for _, c := range b.calls {
			b.call(t, c)
		}
		b.calls, b.packets, b.flows, b.parts, b.streams = b.calls[:0], b.packets[:0], b.flows[:0], b.parts[:0], b.streams[:0]
		b.rtp, b.data, b.runs = b.rtp[:0], b.data[:0], b.runs[:0]
		r.free <- b
	}
}

func (b *batch) call(t *teller, c call) {
	s := t.s
	switch c.kind {
	case callDatagram:
		t.datagram(&b.packets[c.at])
	case callFrame:
		p := &b.packets[c.at]
		s.link(p)
		dissect.Frame(p.EtherType, p.SrcMAC, p.Payload, func(m dissect.Message) { s.frame(p, m) })
	case callWLAN:
		p := &b.packets[c.at]
		dissect.WLAN(p.Payload, func(m dissect.Message) { s.frame(p, m) })
	case callStream:
		t.stream(&b.flows[c.flow], &b.streams[c.at])
	case callRTP:
		s.rtp(&b.flows[c.flow], c.client, &b.rtp[c.at])
	case callPart:
		s.p.flow(&b.parts[c.at])
	case callEnd:
		s.end(&b.flows[c.flow])
	case callLink:
		s.link(&b.packets[c.at])
	case callExport:
		p := &b.packets[c.at]
		s.exports.Message(p.Source(), p.Payload, p.Time, p.Number)
	}
}
