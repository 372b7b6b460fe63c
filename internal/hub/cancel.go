package hub

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrNotNow is returned for what the state of a thing does not allow, such as a file
// for a site that is being taken out. It is wrapped with what is so and what to do.
var ErrNotNow = errors.New("hub: not now")

// Standing is [ErrNotNow] for a site that is being taken out: what is done there
// now would be lost.
func (h *Hub) Standing(ctx context.Context, site int64) error {
	going, err := h.cfg.Store.Dropping(ctx)
	if err != nil {
		return err
	}
	if slices.Contains(going, site) {
		return fmt.Errorf("%w: site %d is being taken out, and takes no files and no changes any more; make another site", ErrNotNow, site)
	}
	return nil
}

// A cancelled ends the reading of an input that somebody cancelled.
type cancelled struct {
	by string
}

func (c *cancelled) Error() string { return "cancelled by " + c.by }

// Cancel ends an ingest that waits or is being read; what it told until then is
// forgotten. One that is read already, and one that is done, is [ErrNotNow].
func (h *Hub) Cancel(ctx context.Context, by string, id int64) error {
	h.begins.Lock()
	defer h.begins.Unlock()
	h.mu.Lock()
	j := h.running[id]
	if j != nil && !j.read {
		j.stop(&cancelled{by})
		h.mu.Unlock()
		return nil
	}
	h.mu.Unlock()
	in, err := h.cfg.Store.Ingest(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case j != nil || in.State == Reading || in.State == Judging:
		return fmt.Errorf("%w: the input is read, and what it told is being worked out; take it out when that is done", ErrNotNow)
	case in.State != Waiting:
		return fmt.Errorf("%w: the input is %s; there is nothing to stop", ErrNotNow, in.State)
	}
	site, err := h.cfg.Store.Site(ctx, in.Site)
	if err != nil {
		return err
	}
	in.State, in.Ended = Cancelled, h.cfg.Now().UTC()
	if !in.Started.IsZero() { // a try that failed may have left something in the history
		in.State, in.Error = Dropping, ""
	}
	d := Deed{Actor: by, Organisation: site.Organisation, Action: "ingest.cancel", Object: fmt.Sprintf("ingest %d of site %d", id, in.Site)}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.SetIngest(in) }); err != nil {
		return err
	}
	h.fine(asInput(in))
	h.discard(in)
	h.events.tell(Event{Kind: "ingest", Site: in.Site, Ingest: in.ID})
	h.poke()
	return nil
}
