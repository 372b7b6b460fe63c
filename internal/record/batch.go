package record

import (
	"bytes"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// A batch is one chunk of lines and what they say. Its memory is used again.
type batch struct {
	input  int
	buf    []byte
	text   []byte // whole lines
	offset int64  // of text in the input
	first  int64  // number of its first line
	header any    // in force at the first line
	busy   bool   // handed to a worker and not yet delivered
	done   chan struct{}

	line    int64 // number of the line being read
	at      int64 // its offset
	records int64
	from    int64 // earliest, nanoseconds; 0 for none
	to      int64
	order   []kind
	flows   []flow.Summary
	seen    []observation.Observation
	named   []named
	certs   []*sharedCert
	shown   []*showing
	gaps    []capture.Gap
	hasMAC  bool
	notes   uint64 // bits that the format uses
	sights  *sights
	cache   fieldCache
	addrs   addresses
	key     []byte // scratch, as the next two
	zeek    zeekRow
	dns     dnsMessage
}

// A kind says what comes next in a batch.
type kind uint8

const (
	isFlow kind = iota
	isObservation
	isToldFlow // a flow with a name
	isHalf     // one direction of a flow, with a name
	isCertificate
	isShowing
)

func newBatch(job *Job) *batch {
	return &batch{input: job.Input, done: make(chan struct{}, 1), sights: newSights(), cache: fieldCache{}}
}

// reset empties b for the next chunk; who was sighted stays until it is asked for.
func (b *batch) reset() {
	clear(b.seen) // their fields belong to the sink now
	clear(b.certs)
	clear(b.shown)
	b.certs, b.shown = b.certs[:0], b.shown[:0]
	b.text, b.records, b.from, b.to, b.busy = nil, 0, 0, 0, false
	b.order, b.flows, b.named, b.seen, b.gaps = b.order[:0], b.flows[:0], b.named[:0], b.seen[:0], b.gaps[:0]
}

// parse calls read with each line of the chunk. Empty lines are left out.
func (b *batch) parse(read func(*batch, []byte)) {
	text := b.text
	b.line, b.at = b.first, b.offset
	if b.offset == 0 {
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		b.at += int64(len(b.text) - len(text))
	}
	for len(text) > 0 {
		line := text
		end := bytes.IndexByte(text, '\n')
		if end >= 0 {
			line, text = text[:end], text[end+1:]
		} else {
			text = nil
		}
		length := len(line) + 1
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) > 0 {
			read(b, line)
		}
		b.line++
		b.at += int64(length)
	}
}

// bad counts the line being read as not understood.
func (b *batch) bad(why string) { b.gap(b.at, b.line, why) }

func (b *batch) gap(offset, _ int64, why string) {
	for i := range b.gaps {
		if b.gaps[i].Why == why {
			b.gaps[i].Packets++
			return
		}
	}
	b.gaps = append(b.gaps, capture.Gap{Offset: offset, Packets: 1, Why: why})
}

// time notes that a record was of that time.
func (b *batch) time(first, last int64) {
	if first != 0 && (b.from == 0 || first < b.from) {
		b.from = first
	}
	b.to = max(b.to, last)
}

// flow adds a flow; the caller fills what is returned before it adds another.
func (b *batch) flow() *flow.Summary {
	b.order = append(b.order, isFlow)
	if len(b.flows) < cap(b.flows) {
		b.flows = b.flows[:len(b.flows)+1]
	} else {
		b.flows = append(b.flows, flow.Summary{})
	}
	s := &b.flows[len(b.flows)-1]
	*s = flow.Summary{Input: b.input, Number: b.line}
	return s
}

// observe adds an observation, unless it has no fields.
func (b *batch) observe(o observation.Observation) {
	if len(o.Fields) > 0 {
		to := b.observation()
		*to = o
		to.Input, to.Packet, to.Last, to.Count = b.input, b.line, o.Seen, 1
	}
}

// observation adds an observation, of which the caller fills in all but input
// and number before it adds another.
func (b *batch) observation() *observation.Observation {
	b.order = append(b.order, isObservation)
	if len(b.seen) < cap(b.seen) {
		b.seen = b.seen[:len(b.seen)+1] // empty: reset has cleared it
	} else {
		b.seen = append(b.seen, observation.Observation{})
	}
	o := &b.seen[len(b.seen)-1]
	o.Input, o.Packet, o.Count = b.input, b.line, 1
	return o
}

// A tally is what all batches together say.
type tally struct {
	job    *Job
	res    Result
	seq    *sights
	halves halves
	has    struct {
		mac   bool
		notes uint64
	}
}

func newTally(job *Job) *tally { return &tally{job: job, seq: newSights()} }

// deliver waits for the batch and hands what it holds to the sink.
func (t *tally) deliver(b *batch) {
	if b.busy {
		<-b.done
		b.busy = false
	}
	t.hand(b)
	t.res.Records += b.records
	for _, g := range b.gaps {
		t.res.Gaps = addGap(t.res.Gaps, g)
	}
	if b.from != 0 && (t.res.First == 0 || b.from < t.res.First) {
		t.res.First = b.from
	}
	t.res.Last = max(t.res.Last, b.to)
	t.has.mac = t.has.mac || b.hasMAC
	t.has.notes |= b.notes
	if len(b.sights.all) >= maxBatchSights {
		t.seq.take(b.sights)
	}
	if t.job.Progress != nil && b.records > 0 {
		t.job.Progress(t.res.Records)
	}
	b.reset()
}

// hand gives what the batch holds to the sink, in the order of the lines.
func (t *tally) hand(b *batch) {
	flows, names, seen, certs, shown := b.flows, b.named, b.seen, b.certs, b.shown
	for _, k := range b.order {
		switch k {
		case isFlow:
			t.job.Sink.Flow(&flows[0])
			flows = flows[1:]
		case isToldFlow:
			t.halves.tell(names[0])
			t.job.Sink.Flow(&flows[0])
			flows, names = flows[1:], names[1:]
		case isHalf:
			if oldest, full := t.halves.hold(names[0], &flows[0]); full {
				t.half(&oldest)
			}
			flows, names = flows[1:], names[1:]
		case isObservation:
			t.job.Sink.Observe(seen[0])
			seen = seen[1:]
		case isCertificate:
			if lost := t.job.Shared.certificate(certs[0]); lost > 0 {
				t.res.Gaps = addGap(t.res.Gaps, capture.Gap{Offset: -1, Packets: lost, Why: "certificates beyond those that memory is set aside for, until a line says whose they are"})
			}
			certs = certs[1:]
		case isShowing:
			shown[0].sink = t.job.Sink
			if !t.job.Shared.show(shown[0]) {
				t.res.Gaps = addGap(t.res.Gaps, capture.Gap{Offset: -1, Packets: 1, Why: "servers beyond those that memory is set aside for, until their certificates are read"})
			}
			shown = shown[1:]
		}
	}
}

// addGap joins g with the gap of the same reason.
func addGap(gaps []capture.Gap, g capture.Gap) []capture.Gap {
	for i := range gaps {
		if gaps[i].Why == g.Why {
			gaps[i].Bytes += g.Bytes
			gaps[i].Packets += g.Packets
			return gaps
		}
	}
	return append(gaps, g)
}

// result hands over who was sighted and sums up.
func (t *tally) result(bytes int64) Result {
	t.release()
	t.seq.tell(t.job)
	if t.seq.lost > 0 {
		t.res.Gaps = append(t.res.Gaps, capture.Gap{Offset: -1, Packets: t.seq.lost, Why: "records of addresses beyond those that memory is set aside for: the flow or message is kept, how often the address spoke is not"})
	}
	t.res.Unit, t.res.Bytes = "line", bytes
	return t.res
}

func nano(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
