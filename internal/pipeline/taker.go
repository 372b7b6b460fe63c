package pipeline

import (
	"context"
	"errors"
	"io"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/packet"
)

// A taker reads frames and takes their headers off, in a goroutine of its own:
// the memory a frame was just read into is looked at while it is in that
// processor's caches, and the flows are found beside it.
type taker struct {
	r       *capture.Reader
	input   int
	decoder packet.Decoder
	table   *flow.Table // for [flow.Table.Hash] only
	full    chan *taken
	free    chan *taken
	err     error // why full was closed; nil at the end of the input
}

// taken is packets in a row. What their payloads lie in is lent until the batch
// has come back.
type taken struct {
	n       int
	bytes   int64 // captured
	packets [packetsAtOnce]packet.Packet
	hashes  [packetsAtOnce]uint32
	results [packetsAtOnce]packet.Result
	joined  []byte   // payloads put together from fragments
	spent   [][]byte // memory that frames of earlier batches lie in
}

const (
	packetsAtOnce = 512 // a quarter to a half of what one read gives
	takenBatches  = 4
)

func newTaker(ctx context.Context, r *capture.Reader, input int, table *flow.Table) *taker {
	t := &taker{r: r, input: input, table: table, full: make(chan *taken, takenBatches), free: make(chan *taken, takenBatches)}
	for range takenBatches {
		t.free <- new(taken)
	}
	r.Lend()
	go t.run(ctx)
	return t
}

// run reads to the end, an error, or until ctx is cancelled.
func (t *taker) run(ctx context.Context) {
	defer close(t.full)
	for t.err == nil {
		b := <-t.free
		t.r.GiveBack(b.spent)
		b.n, b.bytes, b.joined, b.spent = 0, 0, b.joined[:0], b.spent[:0]
		t.err = t.take(b)
		if b.n > 0 {
			t.full <- b
		}
		if t.err == nil {
			t.err = ctx.Err()
		}
	}
	if errors.Is(t.err, io.EOF) {
		t.err = nil
	}
}

// take fills b with the next packet and those that are in memory behind it.
func (t *taker) take(b *taken) error {
	var f capture.Frame
	err := t.r.Next(&f)
	b.spent = t.r.Spent(b.spent)
	if err != nil {
		return err
	}
	for more := true; more; more = b.n < packetsAtOnce && t.r.More(&f) {
		b.bytes += int64(len(f.Data))
		p := &b.packets[b.n]
		p.Input = t.input
		b.results[b.n] = t.decoder.Decode(&f, p)
		if t.decoder.Lends() {
			at := len(b.joined)
			b.joined = append(b.joined, p.Payload...)
			p.Payload = b.joined[at:len(b.joined):len(b.joined)]
		}
		b.hashes[b.n] = t.table.Hash(p)
		b.n++
	}
	return nil
}
