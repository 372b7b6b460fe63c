package capture

import (
	"fmt"
	"io"
	"time"
)

// A Limit bounds what is read of one input. When it is reached the input ends, as
// one does that was cut off: what was read before stays.
type Limit struct {
	Bytes int64         // after unpacking; 0: any number
	Time  time.Duration // from the first byte on; 0: as long as it takes

	n     int64
	began time.Time
	why   string
}

// Reached says why reading ended before the input did; "" when it did not. It is
// asked when reading has ended.
func (l *Limit) Reached() string { return l.why }

// within is r until a limit is reached.
func (l *Limit) within(r io.Reader) io.Reader {
	if l == nil || l.Bytes <= 0 && l.Time <= 0 {
		return r
	}
	return &limited{l, r}
}

type limited struct {
	*Limit
	r io.Reader
}

// Read gives io.EOF once a limit is reached.
func (l *limited) Read(b []byte) (int, error) {
	if l.why != "" {
		return 0, io.EOF
	}
	if l.Time > 0 {
		if l.began.IsZero() {
			l.began = time.Now()
		} else if time.Since(l.began) > l.Time {
			l.why = fmt.Sprintf("reading took longer than %v", l.Time)
			return 0, io.EOF
		}
	}
	n, err := l.r.Read(b)
	l.n += int64(n)
	if over := l.n - l.Bytes; l.Bytes > 0 && over > 0 {
		l.why = fmt.Sprintf("it unpacks to more than %d bytes", l.Bytes)
		return n - int(over), io.EOF
	}
	return n, err
}
