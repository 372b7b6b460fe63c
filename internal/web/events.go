package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

const (
	heartbeat = 25 * time.Second // keeps a proxy from closing a stream that has nothing to say
	takeTime  = 10 * time.Second // in which a browser takes what it is told
)

// eventStream tells what changes at sites that the person may see, until the
// browser goes away or the guard ends it. It tells no data: the page asks again
// for what it shows.
func eventStream(c *call) error {
	ctx, done := c.ctx(), func() {}
	if c.s.Guard != nil {
		var err error
		if ctx, done, err = c.s.Guard.Stream(c.Request); err != nil {
			if errors.Is(err, access.ErrStreams) {
				c.w.Header().Set("Retry-After", "60")
			}
			return err
		}
	}
	defer done()
	flush := http.NewResponseController(c.w)
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	events, stop := c.s.Hub.Listen()
	defer stop()
	// A browser that takes nothing must not hold the stream after its end. The
	// deadline goes again: of HTTP/2 it would end a stream that is only quiet.
	write := func(fn func() error) error {
		_ = flush.SetWriteDeadline(time.Now().Add(takeTime)) // where it cannot be set there is no connection
		if err := fn(); err != nil {
			return err
		}
		if err := flush.Flush(); err != nil {
			return err
		}
		_ = flush.SetWriteDeadline(time.Time{})
		return nil
	}
	beat := func() error {
		_, err := fmt.Fprint(c.w, ": here\n\n")
		return err
	}
	if write(beat) != nil {
		return nil // the browser went away
	}
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	mine := map[int64]bool{}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err = write(beat)
		case ev := <-events:
			err = write(func() error { return c.tell(ev, mine) })
		}
		if err != nil {
			return nil //nolint:nilerr // the browser went away
		}
	}
}

// tell writes an event if the person may see its site; mine remembers which.
func (c *call) tell(ev hub.Event, mine map[int64]bool) error {
	may, known := mine[ev.Site]
	if !known {
		site, err := c.s.Store.Site(c.ctx(), ev.Site)
		may = err == nil && c.who.May(access.View, site.Organisation)
		mine[ev.Site] = may
	}
	if !may {
		return nil
	}
	b, err := json.Marshal(ev)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.w, "data: %s\n\n", b)
	return err
}
