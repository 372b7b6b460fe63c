package access

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// ErrStreams is returned for a stream beyond those that one person, or all
// together, may hold open. A browser tries again after a while.
var ErrStreams = errors.New("access: too many streams are open")

const (
	streamsOfOne = 20  // of one account: a tab holds one
	streamsOfAll = 400 // each holds a connection, so a file of the process
	streamsEvery = 15 * time.Second
)

// streams are the answers that go on until somebody ends them.
type streams struct {
	mu   sync.Mutex
	open map[*stream]bool
	of   map[int64]int // by account
}

type stream struct {
	who *Person
	end context.CancelCauseFunc
}

// errRevoked is why a stream ended that its person may hold no longer.
var errRevoked = errors.New("access: the session or token holds no more, or its roles changed")

// Stream is for an answer that goes on. Its context ends with the request, and
// when the session or token of the request is revoked, expires or is not used for
// too long, and when the roles of the account change: at once when it happens in
// this hub, else within 15 seconds. A stream is no use of a session. done must be
// called. The error is [ErrStreams].
func (g *Guard) Stream(r *http.Request) (ctx context.Context, done func(), err error) {
	p := From(r.Context())
	if p == nil {
		return nil, nil, fmt.Errorf("a stream: %w", hub.ErrDenied)
	}
	s := &g.streams
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) >= streamsOfAll || s.of[p.Account] >= streamsOfOne {
		return nil, nil, fmt.Errorf("%w: %d of one account and %d in all may be", ErrStreams, streamsOfOne, streamsOfAll)
	}
	if s.open == nil {
		s.open, s.of = map[*stream]bool{}, map[int64]int{}
	}
	one := &stream{who: p}
	ctx, one.end = context.WithCancelCause(r.Context())
	s.open[one] = true
	s.of[p.Account]++
	return ctx, sync.OnceFunc(func() {
		one.end(nil)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, one)
		if s.of[p.Account]--; s.of[p.Account] == 0 {
			delete(s.of, p.Account)
		}
	}), nil
}

// recheck ends the streams of who may hold them no longer. What cannot be looked
// up now is looked at the next time.
func (g *Guard) recheck(ctx context.Context) {
	s := &g.streams
	s.mu.Lock()
	all := slices.Collect(maps.Keys(s.open))
	s.mu.Unlock()
	for _, one := range all {
		var now *Person
		var err error
		if one.who.Token != "" {
			now, err = g.tokenOf(ctx, one.who.token, false)
		} else {
			now, err = g.sessionOf(ctx, one.who.session, false)
		}
		switch {
		case errors.Is(err, errToken), err == nil && (now == nil || !maps.Equal(now.Roles, one.who.Roles)):
			one.end(errRevoked)
		case err != nil:
			return
		}
	}
}

// watched is the store of a guard, which looks at its streams after each change.
type watched struct {
	Store
	g *Guard
}

// ChangeAccess is that of [Store].
func (w *watched) ChangeAccess(ctx context.Context, d hub.Deed, fn func(Tx) error) error {
	err := w.Store.ChangeAccess(ctx, d, fn)
	if err == nil {
		w.g.recheck(context.WithoutCancel(ctx))
	}
	return err
}
