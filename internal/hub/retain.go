package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/history"
)

// A gone input is one of which conversations are let go.
type gone struct {
	ID   int64 `json:"id"`
	Rows int64 `json:"rows"`
}

// goneMost is how many inputs the audit log names one by one.
const goneMost = 200

// letGo is what goes of a site, for the audit log.
type letGo struct {
	Before string `json:"before"`
	First  string `json:"first"` // day
	Last   string `json:"last"`
	Days   int    `json:"days"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes_up"`
	Inputs []gone `json:"inputs"`         // the first 200
	More   int    `json:"more,omitempty"` // inputs beyond

	days map[int64]bool
	all  map[int64]int64 // rows by input
}

func (g *letGo) add(t *history.Old) {
	day := time.Unix(t.Day, 0).UTC().Format(time.DateOnly)
	if g.First == "" || day < g.First {
		g.First = day
	}
	g.Last = max(g.Last, day)
	g.days[t.Day] = true
	g.all[t.Ingest] += t.Rows
	g.Rows += t.Rows
	g.Bytes += t.BytesUp
}

func (g *letGo) inputs() (ids []int64) {
	for id := range g.all {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	g.Days = len(g.days)
	for _, id := range ids[:min(len(ids), goneMost)] {
		g.Inputs = append(g.Inputs, gone{id, g.all[id]})
	}
	g.More = len(ids) - len(g.Inputs)
	return ids
}

// Retain lets conversations go that are of days before one, where the input that
// showed them was handed in before that day too: what somebody hands in is kept as
// long as what is heard now, however old the recording. Inputs and the audit log say
// what went, before it goes, and the sites are worked out without it. Of a day file
// that is damaged nobody knows whose it is: it stays, and [Hub.Overdue] names it.
func (h *Hub) Retain(ctx context.Context, before time.Time) error {
	before = before.UTC().Truncate(24 * time.Hour)
	h.one.Lock()
	defer h.one.Unlock()
	last, err := h.cfg.Store.HandedIn(ctx, before)
	if err != nil || last == 0 {
		return err
	}
	old, left, err := h.cfg.History.Old(ctx, before, last)
	if err != nil {
		return fmt.Errorf("find conversations of before %s: %w", before.Format(time.DateOnly), err)
	}
	h.setOverdue(ctx, left)
	if len(old) == 0 {
		return nil
	}
	sites := bySite(old)
	now := h.cfg.Now().UTC()
	for id, g := range sites {
		g.Before = before.Format(time.DateOnly)
		ids := g.inputs()
		d := Deed{Actor: "hub", Action: "hub.retain", Object: fmt.Sprintf("conversations of site %d", id), Detail: g}
		switch site, err := h.cfg.Store.Site(ctx, id); {
		case err == nil:
			d.Organisation = site.Organisation
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.LetGo(ids, now, before) }); err != nil {
			return fmt.Errorf("let conversations of site %d go: %w", id, err)
		}
		h.cfg.Log.InfoContext(ctx, "conversations let go that were kept as long as retention.conversations says", slog.Int64("site", id), slog.String("before", g.Before),
			slog.String("first", g.First), slog.String("last", g.Last), slog.Int64("rows", g.Rows), slog.Int("inputs", len(ids)))
	}
	_, left, err = h.cfg.History.Retain(ctx, before, last)
	h.setOverdue(ctx, left)
	if err != nil {
		return fmt.Errorf("let conversations of before %s go: %w", before.Format(time.DateOnly), err)
	}
	for id := range sites {
		if _, err := h.cfg.Store.Site(ctx, id); err == nil {
			h.Stale(id)
		}
	}
	return nil
}

// bySite is what is to go, by site.
func bySite(old []history.Old) map[int64]*letGo {
	sites := map[int64]*letGo{}
	for i := range old {
		o := &old[i]
		if sites[o.Site] == nil {
			sites[o.Site] = &letGo{days: map[int64]bool{}, all: map[int64]int64{}}
		}
		sites[o.Site].add(o)
	}
	return sites
}

// Overdue are the day files that the settings keep no longer and that stay because
// they are damaged, as [Hub.Retain] found them last.
func (h *Hub) Overdue() []history.Torn {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.overdue)
}

// setOverdue tells the log of a file when it is found.
func (h *Hub) setOverdue(ctx context.Context, left []history.Torn) {
	h.mu.Lock()
	was := h.overdue
	h.overdue = left
	h.mu.Unlock()
	for _, t := range left {
		if !slices.ContainsFunc(was, func(o history.Torn) bool { return o.Path == t.Path }) {
			h.cfg.Log.ErrorContext(ctx, "a day file is damaged and older than retention.conversations: it stays as it is, and everything else of such days goes", slog.String("file", t.Path), slog.String("why", t.Why))
		}
	}
}
