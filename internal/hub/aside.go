package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"syscall"
	"time"
)

// What could not be done is tried again after firstPause, then after four times as
// long each time, up to lastPause.
const (
	firstPause = time.Minute
	lastPause  = time.Hour
)

// A Trouble is work that failed and stepped aside, such as that on a site whose
// history is damaged. The others go on, and it is tried again at Next, when the hub
// starts, and when somebody has the estate worked out again.
type Trouble struct {
	What   string    // "ingest 5", "site 3 taken out", …
	Site   int64     // 0: of none, such as a watched folder whose site was taken out
	Ingest int64     // 0: of the whole site
	Drop   bool      // the site is being taken out
	Says   string    // why, and what to do
	Tries  int       // so far
	Next   time.Time // when it is tried again
}

// What steps aside, by name.
func asInput(in *Ingest) string   { return fmt.Sprintf("ingest %d", in.ID) }
func asDrop(site int64) string    { return fmt.Sprintf("site %d taken out", site) }
func asSite(site int64) string    { return fmt.Sprintf("site %d worked out", site) }
func asWindow(k windowKey) string { return fmt.Sprintf("site %d told by %s", k.site, k.name) }
func (w *window) key() windowKey  { return windowKey{w.parcel.Site, w.parcel.Name} }
func (h *Hub) fine(what string)   { h.mu.Lock(); delete(h.aside, what); h.mu.Unlock() }
func (h *Hub) waits(what string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waitsLocked(what)
}

func (h *Hub) waitsLocked(what string) bool {
	t := h.aside[what]
	return t != nil && h.cfg.Now().Before(t.Next)
}

// stays reports that an error is of one piece of work only. A full disk and the
// hub's end are of all.
func stays(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, context.Canceled)
}

// stepAside lets others go on before what failed.
func (h *Hub) stepAside(ctx context.Context, what string, site, ingest int64, err error) {
	h.mu.Lock()
	t := h.aside[what]
	if t == nil {
		t = &Trouble{What: what, Site: site, Ingest: ingest, Drop: what == asDrop(site)}
		h.aside[what] = t
	}
	pause := firstPause
	for range t.Tries {
		pause = min(4*pause, lastPause)
	}
	t.Tries++
	t.Says, t.Next = err.Error(), h.cfg.Now().Add(pause)
	next := t.Next
	h.mu.Unlock()
	h.cfg.Log.ErrorContext(ctx, "work steps aside and is tried again", slog.String("what", what), slog.Int64("site", site), slog.Time("next", next), slog.Any("error", err))
}

// postpone puts an input back into the queue, with the reason for who looks. Its
// file stays. An error is one of the store, that nothing can be written in.
func (h *Hub) postpone(ctx context.Context, in *Ingest, why error) error {
	in.Error = why.Error()
	var more func(Tx) error
	if in.State != Dropping {
		in.State, in.Ended = Waiting, time.Time{}
		more = func(tx Tx) error { return tx.DropEvidence(in.ID) } // it is read again, or cancelled
	}
	if err := h.note(ctx, in, more); err != nil {
		return err
	}
	h.stepAside(ctx, asInput(in), in.Site, in.ID, why)
	return nil
}

// Troubles are what stepped aside, by site.
func (h *Hub) Troubles() []Trouble {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]Trouble, 0, len(h.aside))
	for _, t := range h.aside {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Trouble) int { return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.What, b.What)) })
	return out
}

// Hold lists what waits for somebody among the [Hub.Troubles] until [Hub.Release]:
// nothing of it is tried again by the hub.
func (h *Hub) Hold(what, says string) {
	h.mu.Lock()
	h.aside[what] = &Trouble{What: what, Says: says}
	h.mu.Unlock()
	h.events.tell(Event{Kind: "ingest"})
}

// Release takes away what was put there by [Hub.Hold].
func (h *Hub) Release(what string) {
	h.fine(what)
	h.events.tell(Event{Kind: "ingest"})
}

// Retry has what stepped aside tried again now.
func (h *Hub) Retry() {
	h.mu.Lock()
	for _, t := range h.aside {
		t.Next = time.Time{}
	}
	h.mu.Unlock()
	h.poke()
}

// trouble is an error of all that stepped aside; nil when nothing did.
func (h *Hub) trouble() error {
	var errs []error
	for _, t := range h.Troubles() {
		errs = append(errs, fmt.Errorf("%s: %s", t.What, t.Says))
	}
	return errors.Join(errs...)
}
