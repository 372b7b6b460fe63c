package hub

import "sync"

// An Event says that something changed which a page may show. It carries no data
// of the estate: who may see it asks for it.
type Event struct {
	Kind   string `json:"kind"` // "ingest", "site"
	Site   int64  `json:"site"`
	Ingest int64  `json:"ingest,omitempty"`
}

// events tells listeners. One that is slow misses events, never holds others up.
type events struct {
	mu   sync.Mutex
	subs map[chan Event]bool
}

const eventRoom = 64

// Listen gives the events from now on. stop must be called.
func (h *Hub) Listen() (events <-chan Event, stop func()) {
	e := &h.events
	ch := make(chan Event, eventRoom)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.subs == nil {
		e.subs = map[chan Event]bool{}
	}
	e.subs[ch] = true
	return ch, func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.subs, ch)
	}
}

func (e *events) tell(ev Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ch := range e.subs {
		select {
		case ch <- ev:
		default:
		}
	}
}
