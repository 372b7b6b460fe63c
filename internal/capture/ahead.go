package capture

import "io"

// headroom is left before what is read into a slab: what a window had not used
// yet of the slab before it is put there, so that nothing else is copied.
const headroom = 16 << 10

const slabs = 4 // read ahead, or being used

// A slab is one read, behind its headroom.
type slab struct {
	b   []byte
	n   int
	err error
}

// An ahead reads in a goroutine of its own, while what came before is looked at.
type ahead struct {
	full    chan slab
	free    chan []byte
	quit    chan struct{}
	stopped bool
}

func startAhead(src io.Reader) *ahead {
	a := &ahead{full: make(chan slab, slabs), free: make(chan []byte, slabs), quit: make(chan struct{})}
	for range slabs {
		a.free <- make([]byte, headroom+readSize)
	}
	go a.run(src)
	return a
}

// run reads until the end, an error, or stop. A reader that gives nothing a
// hundred times is at its end too.
func (a *ahead) run(src io.Reader) {
	for idle := 0; ; {
		var b []byte
		select {
		case b = <-a.free:
		case <-a.quit:
			return
		}
		n, err := src.Read(b[headroom:])
		if n < 0 || n > len(b)-headroom {
			n, err = 0, io.ErrNoProgress
		}
		if idle++; n > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			err = io.ErrNoProgress
		}
		a.full <- slab{b, n, err} // has room for every slab there is
		if err != nil {
			return
		}
	}
}

// stop ends the goroutine as soon as the read it waits for returns. It may be
// called more than once, and on nil.
func (a *ahead) stop() {
	if a != nil && !a.stopped {
		a.stopped = true
		close(a.quit)
	}
}

// readAhead lets a goroutine do the reading from now on. It is of no use when
// the input has ended.
func (w *window) readAhead() {
	if w.err == nil {
		w.ahead = startAhead(w.src)
	}
}

// fillAhead is [window.fill] from slabs. A slab takes the place of the one
// before, with what is left of that in its headroom; only what is larger is
// gathered in memory of its own, which keeps the promise of linear time as fill
// does: there is twice the room that was asked for.
func (w *window) fillAhead(n int) {
	for w.end-w.pos < n && w.err == nil {
		s := <-w.ahead.full
		rest := w.end - w.pos
		switch {
		case s.n == 0:
			w.ahead.free <- s.b
		case rest <= headroom:
			to := headroom - rest
			copy(s.b[to:], w.buf[w.pos:w.end])
			w.base += int64(w.pos - to)
			w.giveBack()
			w.buf, w.pos, w.end, w.slab = s.b, to, headroom+s.n, true
		default:
			w.gather(s.b[headroom:headroom+s.n], n)
			w.ahead.free <- s.b
		}
		w.err = s.err
	}
}

// gather appends b, making room for n unread bytes.
func (w *window) gather(b []byte, n int) {
	rest := w.end - w.pos
	if w.slab || w.end+len(b) > len(w.buf) {
		to := w.buf
		if need := 2 * max(n, rest+len(b)); w.slab || need > len(to) {
			to = make([]byte, need)
		}
		copy(to, w.buf[w.pos:w.end])
		w.base += int64(w.pos)
		w.giveBack()
		w.buf, w.pos, w.end, w.slab = to, 0, rest, false
	}
	w.end += copy(w.buf[w.end:], b)
}

// giveBack lets the slab that the window shows be read into again.
func (w *window) giveBack() {
	if w.slab {
		w.ahead.free <- w.buf
	}
}
