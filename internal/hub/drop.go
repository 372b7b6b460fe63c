package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/lenscap/lenscap/internal/history"
)

// DropIngest takes out what an input told, such as a capture handed in by mistake,
// and has its site worked out again without it. What another input told too stays;
// so does the row of the ingest, which says who took it out. It is done soon; a
// crash only puts it off. An input that is not read yet is cancelled instead.
func (h *Hub) DropIngest(ctx context.Context, by string, id int64) error {
	if in, err := h.cfg.Store.Ingest(ctx, id); err != nil {
		return err
	} else if in.State == Waiting || in.State == Reading {
		return h.Cancel(ctx, by, id)
	}
	h.begins.Lock() // what a listener told is being added to it
	defer h.begins.Unlock()
	in, err := h.cfg.Store.Ingest(ctx, id)
	if err != nil {
		return err
	}
	site, err := h.cfg.Store.Site(ctx, in.Site)
	if err != nil {
		return err
	}
	switch in.State {
	case Waiting, Reading, Judging:
		return fmt.Errorf("%w: the input is read, and what it told is being worked out; take it out when that is done", ErrNotNow)
	case Dropping, Dropped:
		return nil
	}
	in.State = Dropping
	d := Deed{Actor: by, Organisation: site.Organisation, Action: "ingest.drop", Object: fmt.Sprintf("ingest %d of site %d", in.ID, in.Site),
		Detail: map[string]any{"name": in.Name, "sha256": in.SHA256, "packets": in.Input.Packets}}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.SetIngest(in) }); err != nil {
		return fmt.Errorf("take ingest %d out: %w", id, err)
	}
	h.events.tell(Event{Kind: "ingest", Site: in.Site, Ingest: in.ID})
	h.poke()
	return nil
}

// drop does what [Hub.DropIngest] said. Each step can be done again.
func (h *Hub) drop(ctx context.Context, in *Ingest) error {
	h.one.Lock()
	defer h.one.Unlock()
	if err := h.cfg.History.Forget(ctx, in.ID); err != nil {
		return fmt.Errorf("take ingest %d out: %w", in.ID, err)
	}
	if err := h.note(ctx, in, func(tx Tx) error { return tx.DropEvidence(in.ID) }); err != nil {
		return err
	}
	if err := h.derive(ctx, in.Site, nil); err != nil {
		return err
	}
	in.State, in.Error, in.Ended = Dropped, "", h.cfg.Now().UTC()
	return h.note(ctx, in, nil)
}

// DropSite takes a site out with all that is kept of it: inputs, devices,
// conversations, lists, and what people decided. The audit log keeps what was
// done there. It is done soon; a crash only puts it off.
func (h *Hub) DropSite(ctx context.Context, by string, id int64) error {
	site, err := h.cfg.Store.Site(ctx, id)
	if err != nil {
		return err
	}
	d := Deed{Actor: by, Organisation: site.Organisation, Action: "site.drop", Object: fmt.Sprintf("site %d", id), Detail: map[string]any{"name": site.Name}}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.SetDropping(id) }); err != nil {
		return fmt.Errorf("take site %d out: %w", id, err)
	}
	h.endReading(ctx, by, id)
	h.poke()
	return nil
}

// endReading ends the reading of inputs of a site that is to be taken out.
func (h *Hub) endReading(ctx context.Context, by string, site int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for in, j := range h.running {
		if j.site == site {
			h.cfg.Log.InfoContext(ctx, "reading ends: its site is taken out", slog.Int64("ingest", in), slog.Int64("site", site))
			j.stop(&cancelled{by})
		}
	}
}

// dropSite does what [Hub.DropSite] said. Each step can be done again.
func (h *Hub) dropSite(ctx context.Context, id int64) error {
	h.one.Lock()
	defer h.one.Unlock()
	site, err := h.cfg.Store.Site(ctx, id)
	if err != nil {
		return fmt.Errorf("take site %d out: %w", id, err)
	}
	unfinished, err := h.cfg.Store.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("take site %d out: %w", id, err)
	}
	if err := h.cfg.History.Rewrite(ctx, id, time.Time{}, time.Time{}, func(*history.Row) bool { return false }); err != nil {
		return fmt.Errorf("take site %d out: %w", id, err)
	}
	d := Deed{Actor: "hub", Organisation: site.Organisation, Action: "site.dropped", Object: fmt.Sprintf("site %d", id), Detail: map[string]any{"name": site.Name}}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.DropSite(id) }); err != nil {
		return fmt.Errorf("take site %d out: %w", id, err)
	}
	for i := range unfinished {
		if unfinished[i].Site == id {
			h.discard(&unfinished[i])
		}
	}
	h.mu.Lock()
	delete(h.stale, id)
	for what, t := range h.aside {
		if t.Site == id {
			delete(h.aside, what)
		}
	}
	h.mu.Unlock()
	h.events.tell(Event{Kind: "site", Site: id})
	return nil
}

// dropSites does the first that waits, and says whether there was one.
func (h *Hub) dropSites(ctx context.Context) (bool, error) {
	list, err := h.cfg.Store.Dropping(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range list {
		if h.waits(asDrop(id)) {
			continue
		}
		err := h.dropSite(ctx, id)
		if err != nil && stays(ctx, err) {
			h.stepAside(ctx, asDrop(id), id, 0, err)
			err = nil
		}
		return true, err
	}
	return false, nil
}

// gone reports that an error is of a site that was taken out meanwhile.
func (h *Hub) gone(ctx context.Context, site int64, err error) bool {
	if !errors.Is(err, ErrNotFound) {
		return false
	}
	_, e := h.cfg.Store.Site(ctx, site)
	return errors.Is(e, ErrNotFound)
}
