package record

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/lenscap/lenscap/internal/capture"
)

// MaxLine bounds one line, in bytes. A longer one is skipped and counted.
const MaxLine = 1 << 20

// chunkSize is how much is read and parsed in one piece, unless a line is longer:
// little enough that what is made of it stays in the processor's caches. Tests
// make it smaller.
var chunkSize = 256 << 10

// A lineFormat reads the lines of one format.
type lineFormat struct {
	// line reads one line, without its end, into the batch. It is called by
	// several goroutines, each with its own batch.
	line func(b *batch, line []byte)
	// header is nil, or returns the header in force behind a chunk that began
	// under the given one. It is called for each chunk in order.
	header func(before any, chunk []byte) any
	// ordered makes one goroutine read all lines in order, so that line may
	// keep something from one to the next.
	ordered bool
}

// readLines reads the lines of r. They are parsed by several goroutines, whole
// lines in chunks, and handed to the sink in order by the caller's goroutine,
// which also reads. Memory is a dozen chunks and what they say, whatever the
// length of r.
//
// A line that is not understood, or longer than [MaxLine], is a gap and so is the
// end of packed data that are damaged; the error is r's own or the context's.
func readLines(ctx context.Context, r io.Reader, job *Job, f lineFormat) (Result, *tally, error) {
	n := min(runtime.GOMAXPROCS(0), 8)
	if f.ordered {
		n = 1
	}
	in := chunker{r: r}
	ring := make([]*batch, 2*n+2)
	work := make(chan *batch, len(ring))
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for b := range work {
				b.parse(f.line)
				b.done <- struct{}{}
			}
		})
	}
	all := newTally(job)
	var header any
	err := error(nil)
	next := 0
	for ; err == nil; next++ {
		slot := &ring[next%len(ring)]
		if *slot == nil {
			*slot = newBatch(job)
		} else {
			all.deliver(*slot)
		}
		if err = ctx.Err(); err != nil {
			next++
			break
		}
		b := *slot
		b.reset()
		err = in.fill(b)
		b.header = header
		if f.header != nil {
			header = f.header(header, b.text)
		}
		b.busy = true
		work <- b
	}
	close(work)
	for i := range ring {
		if b := ring[(next+i)%len(ring)]; b != nil {
			all.deliver(b)
		}
	}
	workers.Wait()
	for _, b := range ring {
		if b != nil {
			all.seq.take(b.sights)
		}
	}
	res := all.result(in.offset)
	var damage *capture.DamageError
	switch {
	case errors.As(err, &damage):
		res.Gaps = append(res.Gaps, capture.Gap{Offset: in.offset, Why: damage.Why})
		err = nil
	case errors.Is(err, io.EOF):
		err = nil
	}
	return res, all, err
}

// A chunker cuts an input into chunks of whole lines.
type chunker struct {
	r      io.Reader
	rest   []byte // begun line that the last chunk did not hold
	offset int64  // of the first byte that is in no chunk
	line   int64  // number of lines before it
	long   bool   // inside a line that is too long
}

// fill reads the next chunk into b: whole lines, and at the end of the input the
// last one whether it is whole or not. The error is why there is no more.
func (c *chunker) fill(b *batch) error {
	text, err := c.read(b, chunkSize)
	for size := chunkSize; err == nil && !c.long && size < MaxLine && bytes.IndexByte(text, '\n') < 0; {
		size = min(2*size, MaxLine)
		c.rest = append(c.rest[:0], text...)
		text, err = c.read(b, size)
	}
	b.offset, b.first = c.offset, c.line+1
	if c.long {
		text = c.skip(b, text)
	}
	end := len(text)
	if err == nil {
		end = bytes.LastIndexByte(text, '\n') + 1
	}
	if end == 0 && err == nil && !c.long { // a full buffer without a line end
		b.gap(b.offset, b.first, "lines longer than 1 MiB")
		c.long = true
		c.offset += int64(len(text))
		c.rest = c.rest[:0]
		return nil
	}
	b.text = text[:end]
	c.rest = append(c.rest[:0], text[end:]...)
	c.offset += int64(end)
	c.line += int64(bytes.Count(b.text, []byte{'\n'}))
	return err
}

// read fills the buffer of b up to size, with what rests first.
func (c *chunker) read(b *batch, size int) ([]byte, error) {
	if cap(b.buf) < size {
		b.buf = make([]byte, size)
	}
	buf := b.buf[:size]
	n := copy(buf, c.rest)
	var err error
	for idle := 0; n < len(buf) && err == nil; {
		var got int
		got, err = c.r.Read(buf[n:])
		n += got
		if idle++; got > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return buf[:n], err
}

// skip leaves the rest of a line that is too long out of text.
func (c *chunker) skip(b *batch, text []byte) []byte {
	end := bytes.IndexByte(text, '\n') + 1
	if end == 0 {
		c.offset += int64(len(text))
		c.rest = c.rest[:0]
		return nil
	}
	c.long = false
	c.line++
	c.offset += int64(end)
	b.offset, b.first = c.offset, c.line+1
	return text[end:]
}
