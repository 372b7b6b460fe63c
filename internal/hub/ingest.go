package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/pipeline"
)

// ingest reads one input and works its site out again. What a crash or an error
// of the store cut short begins again: the observations of an ingest are stored
// in one transaction, and its conversations are forgotten before they are
// written. Its error is one of the store.
func (h *Hub) ingest(ctx context.Context, in *Ingest) error {
	log := h.cfg.Log.With(slog.Int64("ingest", in.ID), slog.Int64("site", in.Site))
	started := h.cfg.Now()
	reading, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	j := &job{site: in.Site, stop: stop}
	defer func() {
		h.mu.Lock()
		delete(h.running, in.ID)
		h.mu.Unlock()
		h.events.tell(Event{Kind: "ingest", Site: in.Site, Ingest: in.ID})
	}()

	if err := h.forgetTry(ctx, in); err != nil {
		return err
	}
	if ok, err := h.begin(ctx, in, j, started); err != nil || !ok {
		return err
	}
	ev, err := h.read(reading, in, j)
	if ctx.Err() != nil { // the hub ends; it begins again
		return ctx.Err()
	}
	if len(ev.Inputs) > 0 {
		in.Input = ev.Inputs[0]
		in.Input.Name = in.Name
	}
	h.mu.Lock()
	if cause := context.Cause(reading); cause != nil {
		err = cause
	}
	j.read = err == nil // whoever stops it now is told that it is too late
	h.mu.Unlock()
	if err != nil {
		return h.refuse(ctx, in, err, log)
	}
	h.one.Lock()
	defer h.one.Unlock()
	in.State = Judging
	if err := h.note(ctx, in, func(tx Tx) error {
		return tx.AddEvidence(in.Site, in.ID, Evidence{Observations: ev.Observations, Sightings: ev.Sightings})
	}); err != nil {
		return err
	}
	if err := h.derive(ctx, in.Site, &fresh{in: in, book: ev.Book}); err != nil {
		return err
	}
	in.State, in.Ended = Done, h.cfg.Now().UTC()
	if err := h.note(ctx, in, nil); err != nil {
		return err
	}
	h.discard(in)
	log.InfoContext(ctx, "ingest done", slog.Int64("packets", in.Input.Packets), slog.Duration("took", h.cfg.Now().Sub(started)))
	return nil
}

// forgetTry takes out of the history what a try before this one left there, so that
// an input that is refused or stopped this time leaves nothing.
func (h *Hub) forgetTry(ctx context.Context, in *Ingest) error {
	if in.Started.IsZero() {
		return nil
	}
	h.one.Lock()
	defer h.one.Unlock()
	if err := h.cfg.History.Forget(ctx, in.ID); err != nil {
		return fmt.Errorf("read ingest %d again: %w", in.ID, err)
	}
	h.Stale(in.Site) // it may be worked out with what is gone
	return nil
}

// begin says that an input is being read; false when somebody cancelled it since it
// was listed.
func (h *Hub) begin(ctx context.Context, in *Ingest, j *job, at time.Time) (bool, error) {
	h.begins.Lock()
	defer h.begins.Unlock()
	now, err := h.cfg.Store.Ingest(ctx, in.ID)
	if err != nil || now.State != in.State {
		return false, err
	}
	in.State, in.Started, in.Error = Reading, at.UTC(), ""
	if err := h.note(ctx, in, func(tx Tx) error { return tx.DropEvidence(in.ID) }); err != nil {
		return false, err
	}
	h.mu.Lock()
	h.running[in.ID] = j
	h.mu.Unlock()
	return true, nil
}

// note writes the state of an ingest, with what more does.
func (h *Hub) note(ctx context.Context, in *Ingest, more func(Tx) error) error {
	d := Deed{Actor: "hub", Action: "ingest." + in.State, Object: fmt.Sprintf("ingest %d of site %d", in.ID, in.Site)}
	if in.Error != "" {
		d.Detail = map[string]any{"error": in.Error}
	}
	return h.noteAs(ctx, d, in, more)
}

// noteAs is note by whom the deed names.
func (h *Hub) noteAs(ctx context.Context, d Deed, in *Ingest, more func(Tx) error) error {
	err := h.cfg.Store.Do(ctx, d, func(tx Tx) error {
		if err := tx.SetIngest(in); err != nil || more == nil {
			return err
		}
		return more(tx)
	})
	if err != nil {
		return fmt.Errorf("ingest %d: %w", in.ID, err)
	}
	h.events.tell(Event{Kind: "ingest", Site: in.Site, Ingest: in.ID})
	return nil
}

// refuse ends an ingest of which nothing is kept.
func (h *Hub) refuse(ctx context.Context, in *Ingest, why error, log *slog.Logger) error {
	// The person knows the file by its name, not by where it waits.
	in.State, in.Error, in.Ended = Failed, strings.ReplaceAll(why.Error(), h.place(in)+": ", ""), h.cfg.Now().UTC()
	err := error(nil)
	if c := (*cancelled)(nil); errors.As(why, &c) {
		in.State, in.Error = Cancelled, ""
		site, e := h.cfg.Store.Site(ctx, in.Site)
		if e != nil {
			return e
		}
		d := Deed{Actor: c.by, Organisation: site.Organisation, Action: "ingest.cancel", Object: fmt.Sprintf("ingest %d of site %d", in.ID, in.Site)}
		err = h.noteAs(ctx, d, in, nil)
	} else {
		err = h.note(ctx, in, nil)
	}
	if err != nil {
		return err
	}
	h.discard(in)
	log.WarnContext(ctx, "ingest refused", slog.String("why", in.Error))
	return nil
}

func (h *Hub) read(ctx context.Context, in *Ingest, j *job) (*pipeline.Evidence, error) {
	site, org, err := h.site(ctx, in.Site)
	if err != nil {
		return &pipeline.Evidence{}, err
	}
	before, err := h.inputs(ctx, in.Site, in.ID)
	if err != nil {
		return &pipeline.Evidence{}, err
	}
	ev, err := pipeline.Read(ctx, pipeline.Config{
		Inputs: []string{h.place(in)}, Known: before.names, Knowledge: h.cfg.Knowledge, Organisation: site.Judged(org), AsAt: h.cfg.Now().UTC(), Version: h.cfg.Version,
		MaxUnpacked: h.cfg.MaxUnpacked, MaxTime: h.cfg.MaxReading,
		Progress: func(p pipeline.Progress) {
			h.mu.Lock()
			j.progress = p
			h.mu.Unlock()
			h.events.tell(Event{Kind: "ingest", Site: in.Site, Ingest: in.ID})
		},
	})
	if ev == nil {
		ev = &pipeline.Evidence{}
	}
	return ev, err
}

// inputs numbers the ingests of a site by age.
type inputs struct {
	names []string // by number
	of    map[int64]int
	ids   []int64
	times []stretch
}

// inputs lists the ingests of a site with smaller ids than before; 0: all.
func (h *Hub) inputs(ctx context.Context, site, before int64) (*inputs, error) {
	const page = 1000
	out := &inputs{of: map[int64]int{}}
	var all []Ingest
	for {
		list, err := h.cfg.Store.Ingests(ctx, site, before, page)
		if err != nil {
			return nil, fmt.Errorf("list the inputs of site %d: %w", site, err)
		}
		all = append(all, list...)
		if len(list) < page {
			break
		}
		before = list[len(list)-1].ID
	}
	slices.Reverse(all)
	for i, in := range all {
		out.of[in.ID] = i
		out.ids = append(out.ids, in.ID)
		out.times = append(out.times, stretchOf(&in))
		out.names = append(out.names, fmt.Sprintf("%s (ingest %d)", in.Name, in.ID))
	}
	return out, nil
}

func (h *Hub) site(ctx context.Context, id int64) (*Site, *Organisation, error) {
	site, err := h.cfg.Store.Site(ctx, id)
	if err != nil {
		return nil, nil, fmt.Errorf("site %d: %w", id, err)
	}
	org, err := h.cfg.Store.Organisation(ctx, site.Organisation)
	if err != nil {
		return nil, nil, fmt.Errorf("organisation %d of site %d: %w", site.Organisation, id, err)
	}
	return site, org, nil
}
