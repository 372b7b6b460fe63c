package asset

import (
	"errors"
	"io"
)

var (
	errToken   = errors.New("a single entry is too long to be one of a list")
	errTooMuch = errors.New("it is too large; split the list, or save it as CSV")
)

// bounded hands bytes to a decoder that holds what it has not understood yet, and
// ends when that is too much. The decoder's user moves from.
type bounded struct {
	r    io.Reader
	at   int64  // bytes handed on
	from int64  // up to where they were understood
	most int64  // between the two
	left *int64 // that may still be read; nil: as many as there are
}

func (b *bounded) Read(p []byte) (int, error) {
	switch {
	case b.at-b.from > b.most:
		return 0, errToken
	case b.left != nil && *b.left <= 0:
		return 0, errTooMuch
	}
	n, err := b.r.Read(p[:min(len(p), 64<<10)])
	b.at += int64(n)
	if b.left != nil {
		*b.left -= int64(n)
	}
	return n, err
}
