package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// heartbeat keeps a proxy from closing a stream that has nothing to say.
const heartbeat = 25 * time.Second

// eventStream tells what changes at sites that the person may see, until the
// browser goes away. It tells no data: the page asks again for what it shows.
func eventStream(c *call) error {
	flush := http.NewResponseController(c.w)
	_ = flush.SetWriteDeadline(time.Time{}) // a stream has no end; where it cannot be set, none was
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	events, stop := c.s.Hub.Listen()
	defer stop()
	if _, err := fmt.Fprint(c.w, ": here\n\n"); err != nil {
		return nil //nolint:nilerr // the browser went away
	}
	_ = flush.Flush()
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	mine := map[int64]bool{}
	for {
		var err error
		select {
		case <-c.ctx().Done():
			return nil
		case <-tick.C:
			_, err = fmt.Fprint(c.w, ": here\n\n")
		case ev := <-events:
			err = c.tell(ev, mine)
		}
		if err == nil {
			err = flush.Flush()
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
