package capture

import "io"

// readSize is that of one read; larger gains nothing, smaller costs system calls
// (shared measurement, performance.md section 1). Tests make it smaller.
var readSize = 256 << 10

const (
	// MaxFrame bounds one frame, in bytes. A longer one is skipped and counted.
	MaxFrame = 1 << 20
	// maxBlock bounds what is looked at in one piece: a frame, its header and
	// the options behind it.
	maxBlock = MaxFrame + 128<<10
)

// A window shows a growing part of an input in one piece of memory.
type window struct {
	src  io.Reader
	buf  []byte
	pos  int   // of the next unread byte in buf
	end  int   // of the bytes read so far in buf
	base int64 // offset in the input of buf[0]
	err  error // why reading ended; nil while it has not

	slabs
}

func newWindow(src io.Reader) *window {
	return &window{src: src, buf: make([]byte, readSize)}
}

// offset is that of the next unread byte in the input.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// peek returns the unread bytes, at least n of them unless the input ends
// before. n is at most maxBlock plus a header. The slice is valid until the
// next peek, skip or drain.
func (w *window) peek(n int) []byte {
	if w.end-w.pos < n && w.err == nil {
		w.fill(n)
	}
	return w.buf[w.pos:w.end]
}

// shown returns the unread bytes that are in memory; it reads nothing.
func (w *window) shown() []byte { return w.buf[w.pos:w.end] }

// take moves over n bytes that a peek has shown.
func (w *window) take(n int) { w.pos += n }

// fill reads until n bytes are unread, or the input ends.
//
// Bytes are moved to the front only when there is no room behind them, and
// there is always twice the room that was asked for. So a caller that moves on
// one byte at a time and peeks far ahead each time still costs linear time.
func (w *window) fill(n int) {
	if w.on {
		w.fillSlab(n)
		return
	}
	if w.pos+n > len(w.buf) {
		to := w.buf
		if 2*n > len(to) {
			to = make([]byte, 2*n)
		}
		copy(to, w.buf[w.pos:w.end])
		w.base += int64(w.pos)
		w.end -= w.pos
		w.pos, w.buf = 0, to
	}
	for idle := 0; w.end-w.pos < n && w.err == nil; {
		got, err := w.src.Read(w.buf[w.end:])
		if got < 0 || got > len(w.buf)-w.end {
			got, err = 0, io.ErrNoProgress
		}
		w.end += got
		w.err = err
		if idle++; got > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			w.err = io.ErrNoProgress
		}
	}
}

// skip moves over n bytes, shown or not, and returns how many there were.
func (w *window) skip(n int64) int64 {
	var done int64
	for done < n {
		b := w.peek(1)
		if len(b) == 0 {
			break
		}
		step := min(int64(len(b)), n-done)
		w.take(int(step))
		done += step
	}
	return done
}
