package capture

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/lenscap/lenscap/internal/gunzip"
)

// Tests make these two smaller.
var (
	unpackChunk        = 256 << 10
	maxWindow   uint64 = 128 << 20 // of zstd, what its own command line accepts unasked
)

const unpackChunks = 4

// A packing is a compression that is recognised by content.
type packing struct {
	name string
	is   func(head []byte) bool
	open func(io.Reader) (io.ReadCloser, error)
}

var packings = []*packing{
	{"gzip", func(b []byte) bool { return bytes.HasPrefix(b, []byte{0x1f, 0x8b}) }, openGzip},
	{"zstd", isZstd, openZstd},
}

// isZstd recognises a frame, and a skippable frame, which parallel writers put first.
func isZstd(b []byte) bool {
	return len(b) >= 4 && (bytes.Equal(b[:4], []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		(b[0]&0xf0 == 0x50 && bytes.Equal(b[1:4], []byte{0x2a, 0x4d, 0x18})))
}

func openGzip(r io.Reader) (io.ReadCloser, error) {
	z, err := gunzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(z), nil
}

func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

func unpackerFor(head []byte) *packing {
	for _, p := range packings {
		if p.is(head) {
			return p
		}
	}
	return nil
}

// A chunk is some unpacked bytes, and the error behind them.
type chunk struct {
	b   []byte
	err error
}

// An unpacker is the reading end of a goroutine that unpacks.
type unpacker struct {
	name     string
	source   *packedSource
	full     chan chunk
	free     chan []byte
	quit     chan struct{}
	now      chunk // being read
	rest     []byte
	fault    error // of the unpacking, read only after full is closed
	reported bool
	stopped  bool
}

// startUnpacker unpacks what w shows and what follows it.
func startUnpacker(p *packing, w *window) *unpacker {
	u := &unpacker{
		name:   p.name,
		source: &packedSource{first: w.peek(1), w: w},
		full:   make(chan chunk, unpackChunks),
		free:   make(chan []byte, unpackChunks),
		quit:   make(chan struct{}),
	}
	for range unpackChunks {
		u.free <- make([]byte, unpackChunk)
	}
	go u.run(p)
	return u
}

// run unpacks until the end, an error, or stop.
func (u *unpacker) run(p *packing) {
	defer close(u.full)
	z, err := p.open(u.source)
	if err != nil {
		u.full <- chunk{err: err}
		return
	}
	defer z.Close() //nolint:errcheck // read only: the error that counts came from Read
	for err == nil {
		var b []byte
		select {
		case b = <-u.free:
		case <-u.quit:
			return
		}
		n := 0
		n, err = readSome(z, b)
		u.full <- chunk{b[:n], err} // has room for every chunk there is
	}
}

// readSome reads until b is full enough to be worth handing over, or the
// reader pauses with an error.
func readSome(r io.Reader, b []byte) (n int, err error) {
	for n < len(b)/2 && err == nil {
		var got int
		got, err = r.Read(b[n:])
		n += got
	}
	return n, err
}

// Read implements [io.Reader] for the window.
func (u *unpacker) Read(b []byte) (int, error) {
	for len(u.rest) == 0 {
		if u.fault != nil {
			return 0, u.fault
		}
		u.turn()
	}
	n := copy(b, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// turn hands the read chunk back and takes the next.
func (u *unpacker) turn() {
	if u.now.b != nil {
		u.free <- u.now.b[:cap(u.now.b)]
	}
	c, ok := <-u.full
	if !ok {
		c.err = io.EOF
	}
	u.now, u.rest, u.fault = c, c.b, c.err
}

// damage says in words that the compressed data are broken, once; "" when they
// are not, also for a nil unpacker.
func (u *unpacker) damage() string {
	if u == nil || u.reported || u.fault == nil || errors.Is(u.fault, io.EOF) || u.source.fault() != nil {
		return ""
	}
	if errors.Is(u.fault, io.ErrUnexpectedEOF) {
		return "the " + u.name + " data end early"
	}
	return "the " + u.name + " data are damaged from here on"
}

// sourceError is the error of the packed input, nil when that only ended.
func (u *unpacker) sourceError(err error) error {
	if err == nil {
		return nil
	}
	return u.source.fault()
}

// stop ends the goroutine. It may be called more than once, and on nil.
func (u *unpacker) stop() {
	if u == nil || u.stopped {
		return
	}
	u.stopped = true
	close(u.quit)
}

// A packedSource reads what a window has shown already, then what its source
// still holds, and remembers why that ended.
type packedSource struct {
	first []byte
	w     *window
	err   error
}

func (s *packedSource) Read(b []byte) (int, error) {
	if len(s.first) > 0 {
		n := copy(b, s.first)
		s.first = s.first[n:]
		return n, nil
	}
	if s.w.err != nil {
		s.err = s.w.err
		return 0, s.err
	}
	n, err := s.w.src.Read(b)
	s.err = err
	return n, err
}

// fault is the error the source ended with, nil for none and for its plain end.
// It may be called once the unpacking has ended.
func (s *packedSource) fault() error {
	if errors.Is(s.err, io.EOF) {
		return nil
	}
	return s.err
}
