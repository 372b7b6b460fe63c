package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

// fresh is an ingest whose flows are not in the history yet.
type fresh struct {
	in   *Ingest
	book *egress.Book
	more bool // the history has other hours of the ingest, which stay
	kept bool // they are now
}

// derive works a site out from all that was ever seen there, and puts the result
// in the place of what was known.
func (h *Hub) derive(ctx context.Context, id int64, f *fresh) error {
	now := h.cfg.Now().UTC() // before anything is read: what changes from here on is not in it
	site, org, err := h.site(ctx, id)
	if err != nil {
		return err
	}
	w := &work{h: h, site: site, now: now}
	if w.inputs, err = h.inputs(ctx, id, 0); err != nil {
		return err
	}
	if err := w.judge(ctx, org, f); err != nil {
		return fmt.Errorf("work site %d out: %w", id, err)
	}
	if f != nil {
		if err := w.append(ctx, f); err != nil {
			return fmt.Errorf("keep the conversations of ingest %d: %w", f.in.ID, err)
		}
		f.kept = true
	}
	if err := w.recall(ctx); err != nil {
		return fmt.Errorf("recall what site %d talked to: %w", id, err)
	}
	if err := w.people(ctx); err != nil {
		return fmt.Errorf("recall what people said of site %d: %w", id, err)
	}
	if err := w.follow(ctx); err != nil {
		return fmt.Errorf("take along what people said of site %d: %w", id, err)
	}
	summary, err := w.summary()
	if err != nil {
		return err
	}
	d := Deed{Actor: "hub", Organisation: site.Organisation, Action: "site.derive", Object: fmt.Sprintf("site %d", id)}
	err = h.cfg.Store.Do(ctx, d, func(tx Tx) error {
		if err := tx.ReplaceSite(id, summary, w.derived()); err != nil {
			return err
		}
		if err := tx.ReplaceOverlaps(id, w.overlaps); err != nil {
			return err
		}
		return tx.SetDerived(id, w.now)
	})
	if err != nil {
		return fmt.Errorf("keep what was worked out of site %d: %w", id, err)
	}
	h.events.tell(Event{Kind: "site", Site: id})
	return nil
}

// work is one site being worked out.
type work struct {
	h      *Hub
	site   *Site
	now    time.Time
	inputs *inputs
	judged *pipeline.Judged
	found  map[string][]finding.Finding // by device; of attribution
	talks  map[string]*talks            // by device; of all history
	said   said

	overlaps []Overlap
}

// judge lets the pipeline conclude from what the store holds.
func (w *work) judge(ctx context.Context, org *Organisation, f *fresh) error {
	kept, err := w.h.cfg.Store.Evidence(ctx, w.site.ID)
	if err != nil {
		return err
	}
	ev := &pipeline.Evidence{Names: w.inputs.names}
	for _, o := range kept.Observations {
		if n, ok := w.inputs.of[int64(o.Input)]; ok {
			o.Input = n
			ev.Observations = append(ev.Observations, o)
		}
	}
	for _, s := range kept.Sightings {
		if n, ok := w.inputs.of[int64(s.Input)]; ok {
			s.Input = n
			ev.Sightings = append(ev.Sightings, s)
		}
	}
	if f != nil {
		ev.Book = f.book
	}
	w.judged, err = pipeline.Judge(ctx, pipeline.Config{
		Knowledge: w.h.cfg.Knowledge, Organisation: w.site.Judged(org), AsAt: w.now, Version: w.h.cfg.Version, OneSite: true,
	}, ev)
	if err != nil {
		return err
	}
	w.found = map[string][]finding.Finding{}
	for _, f := range w.judged.Document.Findings {
		w.found[f.Device] = append(w.found[f.Device], f)
	}
	return nil
}

const rowsAtOnce = 1 << 15

// append writes the conversations of an ingest to the history, once.
func (w *work) append(ctx context.Context, f *fresh) error {
	hist := w.h.cfg.History
	var err error
	if !f.more {
		err = hist.Forget(ctx, f.in.ID)
	}
	var rows []history.Row
	flush := func() {
		if err == nil && len(rows) > 0 {
			err = hist.Append(ctx, rows)
		}
		rows = rows[:0]
	}
	w.judged.Hours(func(hour int64, c *egress.Conversation) {
		rows = append(rows, rowOf(w.site.ID, f.in.ID, hour, c))
		if len(rows) >= rowsAtOnce {
			flush()
		}
	})
	flush()
	return err
}

// recall adds up what each device talked to. Rows of devices that are no more go
// to those that held their address: a device gets another id when a stronger key
// of it becomes known.
func (w *work) recall(ctx context.Context) error {
	known := map[string]bool{}
	for i := range w.judged.Document.Devices {
		known[w.judged.Document.Devices[i].ID] = true
	}
	w.talks = map[string]*talks{}
	strays := false
	o := &overlapper{w: w, counts: map[int64]int64{}, again: map[int64]bool{}, seed: maphash.MakeSeed()}
	last, n := int64(0), int64(0) // rows in a run of one ingest
	for row, err := range w.h.cfg.History.Site(ctx, w.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			return err
		}
		if !known[row.Device] {
			strays = true
			row.Device = w.judged.Owner(row.From, row.First, row.Last)
		}
		if row.Ingest != last {
			o.counts[last] += n
			last, n = row.Ingest, 0
		}
		n++
		if row.Again { // until it is worked out whether another has it still
			row.Again, o.again[floor(row.Hour, daySeconds)] = false, true
		}
		t := w.talks[row.Device]
		if t == nil {
			t = newTalks()
			w.talks[row.Device] = t
		}
		t.add(&row)
	}
	o.counts[last] += n
	delete(w.talks, "") // of no device any more; the rows stay as they are
	if strays {
		if err := w.h.cfg.History.Rewrite(ctx, w.site.ID, time.Time{}, time.Time{}, func(r *history.Row) bool {
			if !known[r.Device] {
				if id := w.judged.Owner(r.From, r.First, r.Last); id != "" {
					r.Device = id
				}
			}
			return true
		}); err != nil {
			return err
		}
	}
	var err error
	w.overlaps, err = o.settle(ctx)
	return err
}

// derived yields every device of the site, and what is declared only.
func (w *work) derived() iter.Seq[*Derived] {
	return func(yield func(*Derived) bool) {
		doc := w.judged.Document
		for i := range doc.Devices {
			if !yield(w.device(&doc.Devices[i])) {
				return
			}
		}
		for _, d := range w.said.unseen {
			if !yield(w.declaredOnly(d)) {
				return
			}
		}
	}
}

func (w *work) device(doc *report.Device) *Derived {
	d := &Derived{Doc: doc, Findings: w.found[doc.ID], Declared: w.said.lines[doc.ID]}
	t := w.talks[doc.ID]
	if t != nil {
		d.Findings = append(d.Findings, w.judged.Traffic(doc, t.conversations(doc.ID, w.site.Facts.Closed))...)
		d.Reach = t.reach()
	}
	slices.SortFunc(d.Findings, finding.Compare)
	resolved := w.judged.Device(doc.ID)
	d.Changes = changes(doc, resolved.Observations, t, w.inputs)
	row := Device{
		Site: w.site.ID, Device: doc.ID, Presence: SeenOnly, Name: doc.Name, Kind: doc.Kind.Value, Brand: doc.Brand.Value,
		Maker: doc.Maker.Value, MakerID: doc.Maker.ID, MakerGrade: doc.Maker.Grade.String(), Platform: doc.Platform.Value,
		Chip: doc.Chip.Value, ChipMaker: doc.ChipMaker.Value, Model: doc.Model.Value, Firmware: doc.Firmware.Value,
		Address: first(doc.Addresses, func(a report.Address) string { return a.IP }), MAC: first(doc.MACs, same), Serial: first(doc.Serials, same),
		Hostname: first(doc.Hostnames, same), Behind: doc.Behind, First: resolved.First, Last: resolved.Last,
	}
	if len(d.Declared) > 0 {
		row.Presence = Both
	}
	if len(resolved.VLANs) > 0 {
		row.VLAN = resolved.VLANs[0]
	}
	row.Zone = w.zone(doc, resolved.VLANs)
	for _, c := range d.Changes {
		if c.At.After(row.Changed) {
			row.Changed = c.At
		}
	}
	w.weigh(&row, d)
	d.Device = row
	return d
}

// weigh sums a device's traffic up and picks its gravest finding that nobody waived;
// where there is only what somebody did, that is what it says.
func (w *work) weigh(row *Device, d *Derived) {
	for _, r := range d.Reach {
		row.Outside = true
		row.BytesUp += r.BytesUp
		row.BytesDown += r.BytesDown
		row.Video = graver(row.Video, r.Video)
	}
	row.Verdict = string(finding.NotCovered)
	today := w.now.Format(time.DateOnly)
	for i := range d.Findings {
		f := &d.Findings[i]
		if decision := w.said.decisions[decided{d.Doc.ID, f.Regime}]; decision != nil && decision.Waiver.Holds(today) {
			if f.Verdict != finding.NotCovered && row.Verdict == string(finding.NotCovered) {
				row.Verdict = string(finding.Accepted)
			}
			continue
		}
		if v := f.Outcome(); finding.Graver(v, finding.Verdict(row.Verdict)) {
			row.Severity, row.Verdict = finding.Severity(v), string(v)
		}
	}
}

// zone is the name of the part of the network a device is in.
func (w *work) zone(doc *report.Device, vlans []uint16) string {
	for i := range w.said.zones {
		z := &w.said.zones[i]
		if z.VLAN != 0 && !slices.Contains(vlans, z.VLAN) {
			continue
		}
		if len(z.Networks) == 0 && z.VLAN != 0 {
			return z.Name
		}
		for _, a := range doc.Addresses {
			if contains(z.Networks, a.IP) {
				return z.Name
			}
		}
	}
	return ""
}

func first[T any](list []T, text func(T) string) string {
	if len(list) == 0 {
		return ""
	}
	return text(list[0])
}

func same(s string) string { return s }

// summary is what a page of the site says beside its devices.
func (w *work) summary() ([]byte, error) {
	doc := *w.judged.Document
	doc.Devices, doc.Findings, doc.Inputs = nil, nil, nil
	b, err := json.Marshal(&doc)
	if err != nil {
		return nil, fmt.Errorf("write the summary of site %d: %w", w.site.ID, err)
	}
	return b, nil
}

// changes is a device's timeline: what it showed of itself, and whom it began to
// talk to, after it was first seen.
func changes(doc *report.Device, seen []*observation.Observation, t *talks, in *inputs) []Change {
	var out []Change
	if begin := earliest(doc, seen); !begin.IsZero() {
		out = append(out, Change{At: begin, What: Appeared, After: doc.Name, Says: "Seen for the first time."})
		out = append(out, tellChanges(seen, in)...)
		out = append(out, addressChanges(doc, begin)...)
		if t != nil {
			out = append(out, t.changes(begin)...)
		}
	}
	slices.SortStableFunc(out, func(a, b Change) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.What+a.After, b.What+b.After)
	})
	return out
}
