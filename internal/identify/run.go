package identify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"

	"github.com/lenscap/lenscap/internal/attribution"
)

// Config is what [Run] and [One] need.
type Config struct {
	Resolver *attribution.Resolver
	Workers  int                                        // lines worked on at once; 0 for one a processor
	Format   func(dst []byte, r *Result) []byte         // appends a result as it is to be written; called from several goroutines
	Bad      func(input string, line int64, why string) // told of every line that could not be read, in order
}

// Stats counts what went through.
type Stats struct {
	Lines int64 // with something on them
	Bad   int64 // of them, could not be read
}

const (
	blockSize = 64 << 10 // bytes of whole lines that one worker takes
	maxLine   = 16 << 20 // a longer line is bad; a whole ISAPI dump has 200 KB
)

// Run reads JSON lines from in until its end and writes one result a line to out,
// in the order of the lines. Empty lines give none. Memory does not grow with
// the input. It returns the first error of reading or writing, or ctx's.
func Run(ctx context.Context, cfg Config, name string, in io.Reader, out io.Writer) (Stats, error) {
	workers := cfg.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	work, order := make(chan *block), make(chan *block, 2*workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			x := New(cfg.Resolver, name)
			for b := range work {
				x.block(b, cfg.Format)
				close(b.done)
			}
		})
	}
	var readErr error
	group.Go(func() {
		defer close(order)
		defer close(work)
		readErr = readBlocks(in, func(b *block) bool {
			select {
			case order <- b:
			case <-ctx.Done():
				return false
			}
			select {
			case work <- b:
				return true
			case <-ctx.Done():
				close(b.done)
				return false
			}
		})
	})
	stats, err := writeBlocks(ctx, cfg, name, order, out)
	cancel()
	for b := range order { // after a failed write: let the others end
		<-b.done
	}
	group.Wait()
	if readErr != nil {
		readErr = fmt.Errorf("read %s: %w", name, readErr)
	}
	return stats, errors.Join(err, readErr)
}

func writeBlocks(ctx context.Context, cfg Config, name string, order <-chan *block, out io.Writer) (Stats, error) {
	var stats Stats
	for b := range order {
		<-b.done
		if err := ctx.Err(); err != nil {
			return stats, err
		}
		stats.Lines += b.lines
		stats.Bad += int64(len(b.bad))
		if _, err := out.Write(b.out); err != nil {
			return stats, fmt.Errorf("write: %w", err)
		}
		for _, l := range b.bad {
			if cfg.Bad != nil {
				cfg.Bad(name, l.line, l.why)
			}
		}
		buffers.Put(&b.out)
	}
	return stats, ctx.Err()
}

// A block is some whole lines, and what came of them.
type block struct {
	text  string
	first int64 // number of the first line
	long  bool  // the text is the beginning of a line that is too long
	done  chan struct{}

	out   []byte
	lines int64
	bad   []badLine
}

type badLine struct {
	line int64
	why  string
}

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 16*blockSize); return &b }}

// readBlocks cuts in into blocks of whole lines, until its end or until yield
// says false.
func readBlocks(in io.Reader, yield func(*block) bool) error {
	buf := make([]byte, blockSize)
	held, line, skipping := 0, int64(1), false
	for {
		n, err := io.ReadAtLeast(in, buf[held:], 1)
		held += n
		at := bytes.LastIndexByte(buf[held-n:held], '\n')
		if skipping { // the rest of a line that was too long
			end := bytes.IndexByte(buf[:held], '\n')
			if end < 0 {
				held = 0
			} else {
				held = copy(buf, buf[end+1:held])
				line++
				skipping = false
				at = bytes.LastIndexByte(buf[:held], '\n')
				n = held
			}
		}
		last := err != nil
		switch {
		case at >= 0:
			at += held - n + 1
		case last:
			at = held
		case held == len(buf) && len(buf) < maxLine:
			buf = append(buf, make([]byte, len(buf))...)
			continue
		case held == len(buf):
			skipping = true
			if !yield(&block{first: line, long: true, done: make(chan struct{})}) {
				return nil
			}
			held = 0
			continue
		default:
			continue
		}
		if last {
			at = held
		}
		if at > 0 {
			b := &block{text: string(buf[:at]), first: line, done: make(chan struct{})}
			line += int64(strings.Count(b.text, "\n"))
			if !yield(b) {
				return nil
			}
			held = copy(buf, buf[at:held])
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// block works through the lines of b.
func (x *Identifier) block(b *block, format func([]byte, *Result) []byte) {
	out, _ := buffers.Get().(*[]byte)
	b.out = (*out)[:0]
	if b.long {
		b.lines = 1
		x.fail(b, b.first, "longer than 16 MiB", format)
		return
	}
	n := b.first
	for line := range strings.Lines(b.text) {
		line = strings.TrimRight(line, " \t\r\n")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line != "" {
			b.lines++
			x.line(b, n, line, format)
		}
		n++
	}
}

func (x *Identifier) line(b *block, n int64, line string, format func([]byte, *Result) []byte) {
	answers, id, err := parseLine(x.answers[:0], line)
	x.answers = answers[:0]
	if err != nil {
		x.fail(b, n, err.Error(), format)
		return
	}
	r := x.Device(answers)
	r.Line, r.ID = n, id
	b.out = format(b.out, r)
}

func (x *Identifier) fail(b *block, n int64, why string, format func([]byte, *Result) []byte) {
	b.bad = append(b.bad, badLine{n, why})
	b.out = format(b.out, &Result{Input: x.inputs[0], Line: n, Bad: why})
}

// MaxAnswer bounds a file that is one answer, in bytes.
const MaxAnswer = 16 << 20

// One reads all of in as one answer of that kind and gives what follows from it.
func One(cfg Config, kind, name string, in io.Reader) (*Result, error) {
	b, err := io.ReadAll(io.LimitReader(in, MaxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > MaxAnswer {
		return nil, fmt.Errorf("read %s: longer than 16 MiB: not one answer", name)
	}
	return New(cfg.Resolver, name).Device([]Answer{{Kind: kind, Value: string(b)}}), nil
}
