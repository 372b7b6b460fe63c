package hub

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

const (
	windowTime  = 5 * time.Minute // flows of a listener are gathered so long before a site is worked out with them
	windowFlows = 100_000         // or until there are so many
)

// A window is what a listener told of a site in a while.
type window struct {
	parcel Parcel
	began  time.Time
	flows  []flow.Summary
	sights []device.Sighting
	noted  bool // what was seen is in the store
}

// Receive takes what a listener decoded for a site; it is the hub's from then on.
// It is kept in memory until the window is over, five minutes at most: that much
// is lost by a crash, as is whatever an exporter sends while no hub runs.
func (h *Hub) Receive(p Parcel, flows []flow.Summary, sights []device.Sighting) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := windowKey{p.Site, p.Name}
	w := h.windows[k]
	if w == nil {
		w = &window{parcel: p, began: h.cfg.Now()}
		if h.windows == nil {
			h.windows = map[windowKey]*window{}
		}
		h.windows[k] = w
	}
	w.flows = append(w.flows, flows...)
	w.sights = append(w.sights, sights...)
	if len(w.flows) >= windowFlows {
		h.poke()
	}
}

type windowKey struct {
	site int64
	name string
}

// ripe takes out a window that is over; all of them are when last is set.
func (h *Hub) ripe(last bool) *window {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, w := range h.late {
		if last || !h.waitsLocked(asWindow(w.key())) {
			h.late = append(h.late[:i:i], h.late[i+1:]...)
			return w
		}
	}
	for k, w := range h.windows {
		if last || len(w.flows) >= windowFlows || h.cfg.Now().Sub(w.began) >= windowTime {
			delete(h.windows, k)
			return w
		}
	}
	return nil
}

// windowsLate is how many windows that could not be kept are held in memory.
const windowsLate = 50

// giveBack keeps a window for another try.
func (h *Hub) giveBack(ctx context.Context, w *window) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.late = append(h.late, w); len(h.late) > windowsLate {
		lost := h.late[0]
		h.late = h.late[1:]
		h.cfg.Log.ErrorContext(ctx, "flows are lost: too much waits to be kept", slog.String("listener", lost.parcel.Name), slog.Int64("site", lost.parcel.Site), slog.Int("flows", len(lost.flows)))
	}
}

// receive keeps a window. Windows of one listener and hour are one ingest.
func (h *Hub) receive(ctx context.Context, w *window) error {
	h.one.Lock()
	defer h.one.Unlock()
	site, org, err := h.site(ctx, w.parcel.Site)
	if err != nil {
		return err
	}
	in, err := h.hourly(ctx, w)
	if err != nil {
		return err
	}
	before, err := h.inputs(ctx, in.Site, in.ID)
	if err != nil {
		return err
	}
	ev := pipeline.Told(pipeline.Config{Known: before.names, Knowledge: h.cfg.Knowledge, Organisation: site.Judged(org), AsAt: h.cfg.Now().UTC()}, in.Name, w.flows, w.sights)
	if !w.noted { // by a try before this one
		add(&in.Input, &ev.Inputs[0])
		in.Ended = h.cfg.Now().UTC()
		if err := h.note(ctx, in, func(tx Tx) error {
			return tx.AddEvidence(in.Site, in.ID, Evidence{Observations: ev.Observations, Sightings: ev.Sightings})
		}); err != nil {
			return err
		}
		w.noted = true
	}
	h.cfg.Log.DebugContext(ctx, "flows received", slog.Int64("site", in.Site), slog.Int64("ingest", in.ID), slog.Int("flows", len(w.flows)))
	f := &fresh{in: in, book: ev.Book, more: true}
	if err = h.derive(ctx, in.Site, f); f.kept { // once is enough; the site can be worked out later
		if err != nil {
			h.Stale(in.Site)
			h.stepAside(ctx, asSite(in.Site), in.Site, 0, err)
		}
		return nil
	}
	return err
}

// hourly finds or makes the ingest of a listener's hour.
func (h *Hub) hourly(ctx context.Context, w *window) (*Ingest, error) {
	name := fmt.Sprintf("%s, %s", w.parcel.Name, w.began.UTC().Format("2006-01-02 15:00"))
	const recent = 100
	list, err := h.cfg.Store.Ingests(ctx, w.parcel.Site, 0, recent)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Name == name && list[i].Source == w.parcel.Source && list[i].State == Done {
			return &list[i], nil
		}
	}
	now := h.cfg.Now().UTC()
	in := &Ingest{Site: w.parcel.Site, Name: name, Source: w.parcel.Source, By: w.parcel.By, State: Done, Queued: now, Started: now, Ended: now}
	d := Deed{Actor: "hub", Organisation: w.parcel.Organisation, Action: "ingest.add", Object: fmt.Sprintf("site %d", in.Site), Detail: map[string]any{"name": name}}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.AddIngest(in) }); err != nil {
		return nil, err
	}
	return in, nil
}

// add counts more of an input.
func add(in, more *report.Input) {
	in.Name, in.Format, in.Unit = more.Name, "flow records", more.Unit
	in.Packets += more.Packets
	if in.First == "" || more.First < in.First {
		in.First = more.First
	}
	in.Last = max(in.Last, more.Last)
	if in.NotUnderstood == nil {
		in.NotUnderstood = []report.Gap{}
	}
	for _, g := range more.NotUnderstood {
		i := slices.IndexFunc(in.NotUnderstood, func(have report.Gap) bool { return have.Why == g.Why })
		if i < 0 {
			in.NotUnderstood = append(in.NotUnderstood, g)
			continue
		}
		in.NotUnderstood[i].Packets += g.Packets
	}
}
