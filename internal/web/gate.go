package web

import (
	"context"
	"net/http"
	"runtime"
	"sync"
)

// A gate lets as many heavy pages be made at once as there are processors. The
// rest wait in the order in which they came: more at once would make each of
// them later, and what takes inputs in would get no turn.
type gate chan struct{}

func newGate() gate { return make(gate, runtime.GOMAXPROCS(0)) }

// enter waits for a place until ctx ends. leave gives it back, at the first call.
func (g gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g <- struct{}{}:
		return sync.OnceFunc(func() { <-g }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// heavy are the pages that ask the store or the history for much, by pattern.
// They are made whole before a byte is sent, so that a slow browser holds no
// place; streams and exports are none.
var heavy = map[string]bool{
	"/{$}": true, "/devices/{site}/{device}": true, "/complete": true, "/egress": true, "/findings": true, "/rules": true, "/rules/{regime}": true, "/plan": true, "/board": true, "/figures": true, "/sites": true,
}

// make answers one request, when it is its turn.
func (c *call) make(rt Route) error {
	if rt.Method == http.MethodGet && heavy[rt.Pattern] {
		leave, err := c.s.gate.enter(c.ctx())
		if err != nil {
			return err
		}
		c.leave = leave
		defer leave()
	}
	return rt.handle(c)
}
