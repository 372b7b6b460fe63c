package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

const (
	windowTime  = 5 * time.Minute // flows of a listener are gathered so long before a site is worked out with them
	windowFlows = 100_000         // or until there are so many
	mostFlows   = 500_000         // of a site that wait to be kept; some 130 MB
)

// ErrBehind is returned for flows of a site of which too many wait already.
var ErrBehind = errors.New("hub: too many flows wait to be kept")

// A window is what a listener told of a site in a while.
type window struct {
	parcel   Parcel
	began    time.Time
	flows    []flow.Summary
	sights   []device.Sighting
	misdated map[netip.Addr]flow.Misdated
	noted    int64 // the ingest with which what was seen is in the store; 0: none yet
}

// Receive takes what a listener decoded for a site; it is the hub's from then on.
// Records that are misdated are among the flows, and said on the input of the hour.
// It is kept in memory until the window is over, five minutes at most, or longer
// while the hub does something else: that much is lost by a crash, as is whatever an
// exporter sends while no hub runs. It fails with [ErrBehind], and can be tried again,
// while too many flows of the site wait.
func (h *Hub) Receive(p Parcel, flows []flow.Summary, sights []device.Sighting, misdated []flow.Misdated) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if n := h.waitingFlows(p.Site); n >= mostFlows {
		return fmt.Errorf("%w: %d of site %d", ErrBehind, n, p.Site)
	}
	k := windowKey{p.Site, p.Name}
	w := h.windows[k]
	if w == nil {
		w = &window{parcel: p, began: h.cfg.Now(), misdated: map[netip.Addr]flow.Misdated{}}
		if h.windows == nil {
			h.windows = map[windowKey]*window{}
		}
		h.windows[k] = w
	}
	w.flows = append(w.flows, flows...)
	w.sights = append(w.sights, sights...)
	for _, m := range misdated {
		have := w.misdated[m.Exporter]
		have.Add(m)
		w.misdated[m.Exporter] = have
	}
	if len(w.flows) >= windowFlows {
		h.poke()
	}
	return nil
}

// waitingFlows is how many flows of a site wait to be kept. h.mu is held.
func (h *Hub) waitingFlows(site int64) (n int) {
	for k, w := range h.windows {
		if k.site == site {
			n += len(w.flows)
		}
	}
	for _, w := range h.late {
		if w.parcel.Site == site {
			n += len(w.flows)
		}
	}
	return n
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
	for {
		if err := h.keep(ctx, w); !errors.Is(err, errTakenOut) {
			return err
		}
	}
}

// errTakenOut is returned when the ingest of an hour was taken out meanwhile.
var errTakenOut = errors.New("hub: the hour was taken out")

// keep is one try of receive. h.one is held.
func (h *Hub) keep(ctx context.Context, w *window) error {
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
	if w.noted != in.ID { // by a try before this one
		if err := h.noteHour(ctx, w, in, ev); err != nil {
			return err
		}
		w.noted = in.ID
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

// noteHour adds to the ingest of an hour what was seen, unless it was taken out since
// it was found.
func (h *Hub) noteHour(ctx context.Context, w *window, in *Ingest, ev *pipeline.Evidence) error {
	h.begins.Lock()
	defer h.begins.Unlock()
	if now, err := h.cfg.Store.Ingest(ctx, in.ID); err != nil {
		return err
	} else if now.State != Done {
		return errTakenOut
	}
	add(&in.Input, &ev.Inputs[0])
	h.misdate(w, in)
	in.Ended = h.cfg.Now().UTC()
	return h.note(ctx, in, func(tx Tx) error {
		return tx.AddEvidence(in.Site, in.ID, Evidence{Observations: ev.Observations, Sightings: ev.Sightings})
	})
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
	if in.First == "" || more.First != "" && more.First < in.First {
		in.First = more.First
	}
	in.Last = max(in.Last, more.Last)
	if in.NotUnderstood == nil {
		in.NotUnderstood = []report.Gap{}
	}
	for _, g := range more.NotUnderstood {
		in.NotUnderstood = mergeGap(in.NotUnderstood, "", g)
	}
}
