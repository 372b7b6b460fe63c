package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// restAfter is how long nobody asks for anything and nothing is worked on until
// the hub gives back the memory that both took.
const restAfter = 10 * time.Second

// A lull is told of everything that goes on, and tells when nothing did for a
// while.
type lull chan struct{}

func newLull() lull { return make(lull, 1) }

// stir tells that something goes on. It waits for nobody.
func (l lull) stir() {
	select {
	case l <- struct{}{}:
	default: // it is told already
	}
}

// run calls rest once in each lull, until ctx ends. The first may come before
// anything went on: starting takes memory too.
func (l lull) run(ctx context.Context, after time.Duration, rest func()) {
	t := time.NewTimer(after)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l:
			t.Reset(after)
		case <-t.C:
			rest()
		}
	}
}

// wrap stirs for what people and programs ask, but not for what only looks
// whether the hub is well: that comes every few seconds for ever.
func (l lull) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metrics", "/healthz", "/readyz":
		default:
			l.stir()
			defer l.stir()
		}
		next.ServeHTTP(w, r)
	})
}

// rest gives memory back, unless the hub is at work: it stirs when it is done.
func (a *App) rest(ctx context.Context) {
	if idle, err := a.Hub.Idle(ctx); err != nil || !idle {
		return
	}
	if err := a.Store.Rest(ctx); err != nil && ctx.Err() == nil {
		a.cfg.Log.WarnContext(ctx, "the memory of the database was not given back", slog.Any("error", err))
	}
	if a.cfg.Idle != nil {
		a.cfg.Idle()
	}
}
