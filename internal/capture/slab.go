package capture

import "io"

// headroom is left before what is read into a slab: what a window had not used
// yet of the slab before it is put there, so that nothing else is copied.
const headroom = 16 << 10

// slabs is the memory that a window of frames reads into, one piece after the
// other, so that what it showed stays where it is.
type slabs struct {
	on     bool     // the window reads into slabs
	lend   bool     // what frames lie in is not free before it was given back
	lent   bool     // a frame lies in what the window shows
	isSlab bool     // what the window shows is a slab
	free   [][]byte // to be read into
	spent  [][]byte // frames lie in them, and the window has moved on
}

// next returns a slab that is free.
func (s *slabs) next() []byte {
	last := len(s.free) - 1
	if last < 0 {
		return make([]byte, headroom+readSize)
	}
	b := s.free[last]
	s.free = s.free[:last]
	return b
}

// leave notes that the window moves on from b.
func (s *slabs) leave(b []byte) {
	switch {
	case !s.isSlab:
	case s.lend && s.lent:
		s.spent = append(s.spent, b)
	default:
		s.free = append(s.free, b)
	}
	s.lent = false
}

// fillSlab is [window.fill] with slabs. A slab takes the place of the one
// before, with what is left of that in its headroom; only what is larger is
// gathered in memory of its own, which keeps the promise of linear time as fill
// does: there is twice the room that was asked for.
func (w *window) fillSlab(n int) {
	for idle := 0; w.end-w.pos < n && w.err == nil; {
		b := w.next()
		got, err := w.src.Read(b[headroom:])
		if got < 0 || got > len(b)-headroom {
			got, err = 0, io.ErrNoProgress
		}
		rest := w.end - w.pos
		switch {
		case got == 0:
			w.free = append(w.free, b)
		case rest <= headroom:
			to := headroom - rest
			copy(b[to:], w.buf[w.pos:w.end])
			w.base += int64(w.pos - to)
			w.leave(w.buf)
			w.buf, w.pos, w.end, w.isSlab = b, to, headroom+got, true
		default:
			w.gather(b[headroom:headroom+got], n)
			w.free = append(w.free, b)
		}
		w.err = err
		if idle++; got > 0 {
			idle = 0
		} else if idle == 100 && err == nil {
			w.err = io.ErrNoProgress
		}
	}
}

// gather appends b, making room for n unread bytes.
func (w *window) gather(b []byte, n int) {
	rest := w.end - w.pos
	if w.isSlab || w.end+len(b) > len(w.buf) {
		to := w.buf
		if need := 2 * max(n, rest+len(b)); w.isSlab || need > len(to) || w.lend && w.lent {
			to = make([]byte, need)
		}
		copy(to, w.buf[w.pos:w.end])
		w.base += int64(w.pos)
		w.leave(w.buf)
		w.buf, w.pos, w.end, w.isSlab = to, 0, rest, false
	}
	w.end += copy(w.buf[w.end:], b)
}

// Lend makes frames stay valid beyond the next call of [Reader.Next]: the memory
// they lie in is not read into again until it was given back. It is to be called
// before the first Next.
func (r *Reader) Lend() { r.in.lend = true }

// Spent appends to list the memory of frames that the reader has moved on from
// since Spent was last called. Frames of the last Next, and of More behind it,
// do not lie in it; what does may be given back when no frame of an earlier one
// is needed any more.
func (r *Reader) Spent(list [][]byte) [][]byte {
	list = append(list, r.in.spent...)
	r.in.spent = r.in.spent[:0]
	return list
}

// GiveBack lets the reader use again what [Reader.Spent] returned.
func (r *Reader) GiveBack(list [][]byte) {
	r.in.free = append(r.in.free, list...)
}
