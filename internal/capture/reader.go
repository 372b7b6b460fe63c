package capture

import (
	"errors"
	"fmt"
	"io"
)

// A Reader reads the frames of one input in order. It is not safe for use by
// several goroutines at once.
type Reader struct {
	in     *window
	unpack *unpacker // nil for plain input
	next   func(*Reader, *Frame) (bool, error)
	ready  func(*Reader) bool // whether next would find a whole frame in memory
	late   error              // of next, met by [Reader.More]
	pcap   pcapState
	ng     pcapngState
	stats  Stats
}

// NewReader recognises the format of r by its first bytes and reads no further
// than its first buffer. An input that is no capture is [ErrNotCapture]; any
// other error is r's own. It is [Open] and [Source.Frames] in one.
//
// A packed input is unpacked in a goroutine of its own, which ends at the end of
// the input or with [Reader.Close].
func NewReader(r io.Reader) (*Reader, error) {
	s, err := Open(r)
	if err != nil {
		return nil, err
	}
	rd, err := s.Frames()
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return rd, nil
}

// begin chooses the format that head is the first bytes of. It reports false
// when head begins no capture.
func (r *Reader) begin(head []byte) bool {
	if kind, ok := pcapMagic(head); ok {
		r.next, r.ready, r.pcap = (*Reader).nextPcap, (*Reader).readyPcap, pcapState{kind: kind, header: true}
		r.setFormat(kind.name)
		return true
	}
	if isSection(head) {
		r.next, r.ready, r.ng = (*Reader).nextPcapng, (*Reader).readyPcapng, pcapngState{}
		r.setFormat("pcapng")
		return true
	}
	return false
}

// setFormat names the format of the first capture in the input; others behind
// it are read as what they are.
func (r *Reader) setFormat(name string) {
	if r.stats.Format == "" {
		r.stats.Format = name
	}
}

// Next fills f with the next frame. It returns [io.EOF] at the end of what can
// be read, also when that end came early (then [Reader.Stats] has a gap), and
// otherwise only an error of the reader given to [NewReader], behind the last
// frame that came whole. f.Data is valid until the next call of
// Next, or longer with [Reader.Lend].
func (r *Reader) Next(f *Frame) error {
	if r.late != nil {
		return r.finish(r.late)
	}
	for {
		got, err := r.next(r, f)
		if got {
			r.count(f)
			return nil
		}
		if err != nil {
			return r.finish(err)
		}
	}
}

// More fills f with the next frame if that is whole in memory already. It reads
// nothing and leaves valid the frames given before, so that several can be
// looked at together. False says nothing: [Reader.Next] tells what comes.
func (r *Reader) More(f *Frame) bool {
	if r.late != nil || !r.ready(r) {
		return false
	}
	got, err := r.next(r, f)
	r.late = err
	if got {
		r.count(f)
	}
	return got
}

// count numbers f and adds it to the statistics.
func (r *Reader) count(f *Frame) {
	r.in.lent = true
	r.stats.Packets++
	f.Number = r.stats.Packets
	if f.Time == 0 {
		return
	}
	if r.stats.First == 0 || f.Time < r.stats.First {
		r.stats.First = f.Time
	}
	if r.stats.Last == 0 || f.Time > r.stats.Last {
		r.stats.Last = f.Time
	}
}

// finish turns the end of the window into what [Reader.Next] returns.
func (r *Reader) finish(err error) error {
	if why := r.unpack.damage(); why != "" {
		r.gap(r.in.offset(), 0, 0, why)
		r.unpack.reported = true
	}
	if fault := r.readError(); fault != nil {
		return fmt.Errorf("read: %w", fault)
	}
	return err
}

// readError is the error of the reader given to [NewReader], and nil when that
// has only ended, or when what it holds could not be unpacked.
func (r *Reader) readError() error { return sourceError(r.in, r.unpack) }

// gap adds to the gap of that why.
func (r *Reader) gap(offset, bytes, packets int64, why string) {
	for i := range r.stats.Gaps {
		if g := &r.stats.Gaps[i]; g.Why == why {
			g.Bytes += bytes
			g.Packets += packets
			return
		}
	}
	r.stats.Gaps = append(r.stats.Gaps, Gap{Offset: offset, Bytes: bytes, Packets: packets, Why: why})
}

// Stats returns what was read so far. The gaps are a copy.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Bytes = r.in.offset()
	s.Gaps = append([]Gap(nil), s.Gaps...)
	return s
}

// Close ends the goroutine that unpacks as soon as the read it waits for
// returns. It does not close the reader given to [NewReader]. Next
// must not be called after it.
func (r *Reader) Close() error {
	r.unpack.stop()
	return nil
}
