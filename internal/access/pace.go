package access

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// A pace is how slowly a body may come. A connection that drips holds memory and a
// file of the process, whoever is at its other end.
type pace struct {
	stranger time.Duration // for the whole body of who is not signed in
	body     time.Duration // for the whole of a request that is no upload
	piece    time.Duration // for the next bytes of any
	window   time.Duration // of waiting for an upload, in which
	least    int64         // bytes must come
}

var usualPace = pace{stranger: 30 * time.Second, body: 2 * time.Minute, piece: 30 * time.Second, window: time.Minute, least: 64 << 10}

// errSlow is what a handler reads of a body that came too slowly. The connection
// is closed after the answer.
var errSlow = errors.New("access: the request came too slowly")

// A pacedBody ends with an error when it comes too slowly. Time that its reader
// takes does not count.
type pacedBody struct {
	io.ReadCloser
	p      pace
	rc     *http.ResponseController
	upload bool
	until  time.Time // of all; zero for an upload
	waited time.Duration
	got    int64 // in this window
}

// hold bounds a body. Where a deadline cannot be set there is no connection, in a
// test, and only the rate counts.
func (p pace) hold(w http.ResponseWriter, body io.ReadCloser, known, upload bool) io.ReadCloser {
	now := time.Now()
	b := &pacedBody{ReadCloser: body, p: p, rc: http.NewResponseController(w), upload: upload && known}
	switch {
	case !known:
		b.until = now.Add(p.stranger)
	case !upload:
		b.until = now.Add(p.body)
	}
	b.deadline(now) // of who reads nothing: the server reads the rest
	return b
}

func (b *pacedBody) deadline(now time.Time) {
	at := now.Add(b.p.piece)
	if !b.until.IsZero() && b.until.Before(at) {
		at = b.until
	}
	_ = b.rc.SetReadDeadline(at)
}

func (b *pacedBody) Read(p []byte) (int, error) {
	began := time.Now()
	b.deadline(began)
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.rc.SetReadDeadline(time.Time{}) // the server listens on, to see the client go away
	}
	if !b.upload || err != nil {
		return n, err
	}
	b.waited += time.Since(began)
	b.got += int64(n)
	if b.waited < b.p.window {
		return n, nil
	}
	if b.got < b.p.least {
		return n, errSlow
	}
	b.waited, b.got = 0, 0
	return n, nil
}
