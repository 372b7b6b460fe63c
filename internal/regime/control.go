package regime

import (
	"maps"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/maker"
)

// A control is what follows from who controls a far end: worked out once for
// all conversations with its servers.
type control struct {
	chain []maker.ID // the company and its owners, nearest first
	rules []string   // the rules that name one of them or the country, as a finding prints them
}

// noControl is that of a far end of which nobody knows who controls it.
var noControl = &control{}

// controlKey tells controls apart.
type controlKey struct {
	company, country string
	day              int
}

// maxControls bounds how many are remembered; companies with servers are few.
const maxControls = 1 << 10

// control looks up who controls the far end of c. asAt is the day.
func (e *Engine) control(c *egress.Conversation, asAt time.Time) *control {
	if c.ControllerID == "" && c.Jurisdiction == "" {
		return noControl
	}
	key := controlKey{c.ControllerID, c.Jurisdiction, dayNumber(asAt.Date())}
	known := e.controls.Load()
	if known != nil {
		if found, ok := (*known)[key]; ok {
			return found
		}
	}
	on := asAt.Format(time.DateOnly)
	found := &control{}
	if id := maker.ID(c.ControllerID); id != "" {
		found.chain = append([]maker.ID{id}, e.base.Parents(id, on)...)
	}
	found.rules = e.naming(found.chain, c.Jurisdiction, on)
	e.keepControl(key, found, known)
	return found
}

// keepControl replaces the map by one that holds found too, so that readers
// need no lock. Where another goroutine was faster, found is worked out again.
func (e *Engine) keepControl(key controlKey, found *control, known *map[controlKey]*control) {
	next := map[controlKey]*control{}
	if known != nil && len(*known) < maxControls {
		next = maps.Clone(*known)
	}
	next[key] = found
	e.controls.CompareAndSwap(known, &next)
}
