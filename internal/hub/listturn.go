package hub

import (
	"context"
	"fmt"
	"time"
)

// listWait is how long somebody waits for the turn to read an asset list.
const listWait = 20 * time.Second

// ErrListTurn is returned when an asset list could not be read because others
// are. It is also [ErrBusy].
var ErrListTurn = fmt.Errorf("%w: other asset lists are being read, and a hub reads one at a time; nothing was read of this one", ErrBusy)

// ListTurn waits for the turn to read an asset list. What one unpacks to may take
// some 200 MB, so that a hub holds one at a time, whoever hands it in. done gives
// the turn back, and is called when the list is not needed any more. The error is
// [ErrListTurn] after 20 s, or that ctx ended.
func (h *Hub) ListTurn(ctx context.Context) (done func(), err error) {
	wait := time.NewTimer(listWait)
	defer wait.Stop()
	select {
	case h.listing <- struct{}{}:
		return func() { <-h.listing }, nil
	case <-wait.C:
		return nil, ErrListTurn
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for the turn to read an asset list: %w", context.Cause(ctx))
	}
}
