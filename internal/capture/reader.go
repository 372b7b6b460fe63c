package capture

import "io"

// A Reader reads the frames of one input in order. It is not safe for use by
// several goroutines at once.
type Reader struct {
	stats Stats
}

// NewReader recognises the format of r by its first bytes.
func NewReader(r io.Reader) (*Reader, error) { return nil, ErrNotCapture }

// Next fills f with the next frame, or returns [io.EOF].
func (r *Reader) Next(f *Frame) error { return io.EOF }

// Stats returns what was read so far. The gaps are a copy.
func (r *Reader) Stats() Stats { return r.stats }

// Close ends the decompressing goroutine, if there is one. It does not close
// the reader given to [NewReader].
func (r *Reader) Close() error { return nil }
