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

func (g *letGo) add(t *history.Total) {
	day := time.Unix(t.Hour, 0).UTC().Format(time.DateOnly)
	if g.First == "" || day < g.First {
		g.First = day
	}
	g.Last = max(g.Last, day)
	g.days[t.Hour] = true
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
// what went, before it goes, and the sites are worked out without it.
func (h *Hub) Retain(ctx context.Context, before time.Time) error {
	before = before.UTC().Truncate(24 * time.Hour)
	h.one.Lock()
	defer h.one.Unlock()
	last, err := h.cfg.Store.HandedIn(ctx, before)
	if err != nil || last == 0 {
		return err
	}
	sites, err := h.old(ctx, before, last)
	if err != nil || len(sites) == 0 {
		return err
	}
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
	if _, err := h.cfg.History.Retain(ctx, before, last); err != nil {
		return fmt.Errorf("let conversations of before %s go: %w", before.Format(time.DateOnly), err)
	}
	for id := range sites {
		if _, err := h.cfg.Store.Site(ctx, id); err == nil {
			h.Stale(id)
		}
	}
	return nil
}

// old is what is to go, by site.
func (h *Hub) old(ctx context.Context, before time.Time, last int64) (map[int64]*letGo, error) {
	totals, err := h.cfg.History.Totals(ctx, history.Query{By: []history.Key{history.ByDay, history.BySite, history.ByIngest}, Sum: history.SumBytes, To: before})
	if err != nil {
		return nil, fmt.Errorf("find conversations of before %s: %w", before.Format(time.DateOnly), err)
	}
	sites := map[int64]*letGo{}
	for i := range totals {
		t := &totals[i]
		if t.Ingest > last {
			continue
		}
		if sites[t.Site] == nil {
			sites[t.Site] = &letGo{days: map[int64]bool{}, all: map[int64]int64{}}
		}
		sites[t.Site].add(t)
	}
	return sites, nil
}
