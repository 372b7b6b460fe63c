package hub

import (
	"context"
	"errors"
	"slices"
)

// work does what there is to do, and says whether there was anything. What fails for
// a reason of its own steps aside, and the others go on; the error is one that stops
// all of them, such as a full disk. Nothing is lost then, and it can be tried again.
func (h *Hub) work(ctx context.Context) (did bool, err error) {
	h.setBusy(true)
	defer h.setBusy(false)
	for ctx.Err() == nil {
		one, err := h.step(ctx)
		if err != nil || !one {
			return did || one, err
		}
		did = true
	}
	return did, nil
}

// step does the first thing that there is to do, and says whether there was one.
func (h *Hub) step(ctx context.Context) (bool, error) {
	for _, do := range []func(context.Context) (bool, error){h.keepWindow, h.dropSites, h.dropOrganisations, h.nextInput, h.nextStale} {
		if did, err := do(ctx); did || err != nil {
			return did, err
		}
	}
	return false, nil
}

// keepWindow keeps what a listener told.
func (h *Hub) keepWindow(ctx context.Context) (bool, error) {
	w := h.ripe(false)
	if w == nil {
		return false, nil
	}
	err := h.receive(ctx, w)
	switch {
	case err == nil:
		h.fine(asWindow(w.key()))
	case h.gone(ctx, w.parcel.Site, err):
	default:
		h.giveBack(ctx, w)
		if !stays(ctx, err) {
			return true, err
		}
		h.stepAside(ctx, asWindow(w.key()), w.parcel.Site, 0, err)
	}
	return true, nil
}

// nextInput reads an input, or takes one out.
func (h *Hub) nextInput(ctx context.Context) (bool, error) {
	list, err := h.cfg.Store.Unfinished(ctx)
	if err != nil || len(list) == 0 {
		return false, err
	}
	going, err := h.cfg.Store.Dropping(ctx)
	if err != nil {
		return false, err
	}
	list = slices.DeleteFunc(list, func(in Ingest) bool { return h.waits(asInput(&in)) || slices.Contains(going, in.Site) })
	if len(list) == 0 {
		return false, nil
	}
	in, do := h.turns.next(list), h.ingest
	if in.State == Dropping {
		do = h.drop
	} else if err := h.room(in.Size / 4); err != nil { // before it is read in vain
		return false, err
	}
	err = do(ctx, in)
	switch {
	case err == nil || h.gone(ctx, in.Site, err):
		h.fine(asInput(in))
	case !stays(ctx, err):
		return true, err
	default:
		if e := h.postpone(ctx, in, err); e != nil {
			return true, errors.Join(err, e) // the store takes nothing: nobody else's either
		}
	}
	return true, nil
}

// nextStale works a site out again.
func (h *Hub) nextStale(ctx context.Context) (bool, error) {
	site, ok := h.takeStale()
	if !ok {
		return false, nil
	}
	if err := h.again(ctx, site); err != nil && ctx.Err() == nil && !h.gone(ctx, site, err) {
		h.stepAside(ctx, asSite(site), site, 0, err)
		h.Stale(site)
	}
	return true, nil
}
