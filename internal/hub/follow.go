package hub

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/report"
)

// A device gets another id when a stronger key of it becomes known: its MAC where an
// address alone was seen before, or a serial that two had in common. What people
// said of it goes with it.

// follow finds the new ids of devices that people said something of and that are no
// more: by what the device was known by when it was there last. One that is found
// nowhere keeps what was said; it is looked for again whenever the site is worked
// out, for its evidence may have been taken out by mistake.
func (w *work) follow(ctx context.Context) error {
	st := w.h.cfg.Store
	spoken, err := st.Spoken(ctx, w.site.ID)
	if err != nil {
		return err
	}
	there := w.ids()
	var moved []Moved
	for _, id := range spoken {
		if there[id] {
			continue
		}
		doc, err := st.Doc(ctx, w.site.ID, id)
		known := err == nil
		if errors.Is(err, ErrNotFound) {
			doc, err = st.Former(ctx, w.site.ID, id)
		}
		switch {
		case errors.Is(err, ErrNotFound): // nothing was seen of it: it was declared only
			doc = nil
		case err != nil:
			return fmt.Errorf("recall device %s: %w", id, err)
		}
		m := Moved{From: id, To: w.became(id, doc), Doc: doc}
		if m.To != "" || known { // what is kept of it already need not be kept again
			moved = append(moved, m)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	d := Deed{Actor: "hub", Organisation: w.site.Organisation, Action: "device.follow", Object: fmt.Sprintf("site %d", w.site.ID), Detail: tellMoved(moved)}
	if err := st.Do(ctx, d, func(tx Tx) error { return tx.Follow(w.site.ID, moved) }); err != nil {
		return fmt.Errorf("take what was said to other ids: %w", err)
	}
	return w.people(ctx)
}

// A Moved is a device that people said something of and that is no more.
type Moved struct {
	From string
	To   string         // what it is now; "" nobody knows
	Doc  *report.Device // as it was; nil for one that was declared only
}

// ids are those of all devices there will be.
func (w *work) ids() map[string]bool {
	out := map[string]bool{}
	for i := range w.judged.Document.Devices {
		out[w.judged.Document.Devices[i].ID] = true
	}
	for _, u := range w.said.unseen {
		out[u.id] = true
	}
	return out
}

// became is the id of what a device is now. Of keys the strongest decides; among
// devices that share the same, the one first in order.
func (w *work) became(id string, was *report.Device) string {
	if to := w.said.seen[id]; to != "" { // it was declared only
		return to
	}
	if was == nil {
		return ""
	}
	docs := w.judged.Document.Devices
	for _, keys := range []func(*report.Device) []string{
		func(d *report.Device) []string { return d.Serials }, func(d *report.Device) []string { return d.UUIDs },
		func(d *report.Device) []string { return d.MACs }, func(d *report.Device) []string { return d.Certs },
	} {
		for i := range docs {
			if docs[i].Channel == was.Channel && slices.ContainsFunc(keys(&docs[i]), func(k string) bool { return slices.Contains(keys(was), k) }) {
				return docs[i].ID
			}
		}
	}
	for _, a := range was.Addresses {
		ip, err := netip.ParseAddr(a.IP)
		if err != nil {
			continue
		}
		if to := w.judged.Owner(ip, nanoseconds(a.First), nanoseconds(a.Last)); to != "" {
			return to
		}
	}
	for _, u := range w.said.unseen { // nothing is seen of it any more, and a list has it
		d := u.line
		if d.Serial != "" && slices.Contains(was.Serials, d.Serial) || d.MAC != "" && slices.Contains(was.MACs, d.MAC) {
			return u.id
		}
	}
	return ""
}

// tellMoved is what the audit log says of devices that got another id.
func tellMoved(moved []Moved) any {
	to := map[string]string{}
	var left []string
	for _, m := range moved {
		if m.To == "" {
			left = append(left, m.From)
			continue
		}
		to[m.From] = m.To
	}
	out := map[string]any{}
	if len(to) > 0 {
		out["moved"] = to
	}
	if len(left) > 0 {
		out["not there"] = left
	}
	return out
}
