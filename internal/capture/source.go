package capture

import (
	"errors"
	"fmt"
	"io"
)

// maxHead is how much of the beginning of an input [Source.Head] shows, in bytes.
const maxHead = 4096

// A Source is an input opened and, where it is packed, being unpacked. Look at
// its [Source.Head], then use either [Source.Frames] or [Source.Read], from the
// first byte; not both, and not from several goroutines at once.
type Source struct {
	in     *window
	unpack *unpacker // nil for plain input
	packed string
	wide   *Source // the input as it is, where this one is UTF-16 that in shows as UTF-8
}

// Open begins to read r, no further than its first buffer. The error is r's own,
// and only where r gave less than four bytes before it. UTF-16 with a byte order
// mark is shown as UTF-8.
//
// A packed input is unpacked in a goroutine of its own, which ends at the end of
// the input or with [Source.Close].
func Open(r io.Reader) (*Source, error) { return OpenWithin(r, nil) }

// OpenWithin is [Open], and reads no more than l allows.
func OpenWithin(r io.Reader, l *Limit) (*Source, error) {
	s := &Source{in: newWindow(r)}
	head := s.in.peek(4)
	if open := unpackerFor(head); open != nil {
		s.packed = open.name
		s.unpack = startUnpacker(open, s.in)
		s.in = newWindow(l.within(s.unpack))
		head = s.in.peek(4)
	} else {
		s.in.src = l.within(s.in.src)
	}
	if err := sourceError(s.in, s.unpack); len(head) < 4 && err != nil {
		return nil, errors.Join(fmt.Errorf("read: %w", err), s.Close())
	}
	if wideText(head) {
		return narrow(s), nil
	}
	return s, nil
}

// Packing is "gzip" or "zstd", and "" for plain input.
func (s *Source) Packing() string { return s.packed }

// Head returns the first bytes after unpacking, as many as there are up to 4096.
// Of a capture it may be fewer, so that a live one is not waited for. The slice
// is valid until the next call of Read or Frames; Head must not be called after
// them.
func (s *Source) Head() []byte {
	head := s.in.peek(4)
	if !beginsCapture(head) {
		head = s.in.peek(maxHead)
	}
	return head[:min(len(head), maxHead)]
}

// beginsCapture reports whether head begins a capture.
func beginsCapture(head []byte) bool {
	_, ok := pcapMagic(head)
	return ok || isSection(head)
}

// Frames reads the input as a capture, from its first byte. An input that is no
// capture is [ErrNotCapture]. Closing either of Source and Reader is enough.
func (s *Source) Frames() (*Reader, error) {
	rd := &Reader{in: s.in, unpack: s.unpack}
	if !rd.begin(rd.in.peek(4)) {
		return nil, fmt.Errorf("%w: %s", ErrNotCapture, looksLike(rd.in.peek(512), s.packed))
	}
	if s.packed != "" {
		rd.stats.Format += ", " + s.packed
	}
	s.in.on = true
	return rd, nil
}

// A DamageError is what [Source.Read] returns where packed data end early or are
// damaged, behind everything that could be unpacked. Its text is fit for a [Gap].
type DamageError struct{ Why string }

func (e *DamageError) Error() string { return e.Why }

// Read implements [io.Reader] on the unpacked bytes. It ends with [io.EOF], a
// [DamageError], or the error of the reader given to [Open].
func (s *Source) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if shown := s.in.buf[s.in.pos:s.in.end]; len(shown) > 0 {
		n := copy(b, shown)
		s.in.take(n)
		return n, nil
	}
	if s.in.err == nil && len(b) >= len(s.in.buf) { // past the window: no need to copy twice
		if n := s.direct(b); n > 0 {
			return n, nil
		}
	}
	shown := s.in.peek(1)
	if len(shown) == 0 {
		return 0, s.end()
	}
	n := copy(b, shown)
	s.in.take(n)
	return n, nil
}

// direct reads into b what the window has not seen. An error, with or without
// bytes before it, waits for the next call; so does patience with a reader that
// gives nothing.
func (s *Source) direct(b []byte) int {
	n, err := s.in.src.Read(b)
	if n < 0 || n > len(b) {
		n, err = 0, io.ErrNoProgress
	}
	s.in.err = err
	s.in.base += int64(n)
	return n
}

// end says why there is nothing more to read.
func (s *Source) end() error {
	if s.wide != nil {
		return s.in.err // Read of wide gave it its words
	}
	if why := s.unpack.damage(); why != "" {
		return &DamageError{why}
	}
	if err := sourceError(s.in, s.unpack); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return io.EOF
}

// Close ends the goroutine that reads or unpacks, if there is one, as soon as the
// read it waits for returns. It does not close the reader given to [Open].
// Nothing may be read after it.
func (s *Source) Close() error {
	s.unpack.stop()
	if s.wide != nil {
		return s.wide.Close()
	}
	return nil
}

// sourceError is the error of the reader that w shows, directly or unpacked by
// u, and nil when that has only ended, or when what it holds could not be
// unpacked.
func sourceError(w *window, u *unpacker) error {
	err := w.err
	if u != nil {
		err = u.sourceError(err)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
