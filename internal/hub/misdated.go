package hub

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/report"
)

// namedExporters is how many exporters with wrong clocks the input of an hour names.
const namedExporters = 16

// A wrongClocks is how far the times of a listener's exporters were off in an hour.
// After a restart it is not known, and an exporter may be named twice.
type wrongClocks struct {
	ingest int64
	most   map[netip.Addr]time.Duration
}

// misdate says on the ingest of an hour which exporters' times cannot be right. h.one
// is held.
func (h *Hub) misdate(w *window, in *Ingest) {
	if len(w.misdated) == 0 {
		return
	}
	if h.clocks == nil {
		h.clocks = map[windowKey]*wrongClocks{}
	}
	known := h.clocks[w.key()]
	if known == nil || known.ingest != in.ID {
		known = &wrongClocks{ingest: in.ID, most: map[netip.Addr]time.Duration{}}
		h.clocks[w.key()] = known
	}
	exporters := make([]netip.Addr, 0, len(w.misdated))
	for a := range w.misdated {
		exporters = append(exporters, a)
	}
	slices.SortFunc(exporters, netip.Addr.Compare)
	for _, a := range exporters {
		m := w.misdated[a]
		before, named := known.most[a]
		if !named && len(known.most) >= namedExporters {
			in.Input.NotUnderstood = mergeGap(in.Input.NotUnderstood, "", report.Gap{Offset: -1, Packets: m.Records, Why: "times of more exporters that cannot be: kept at the time they came"})
			continue
		}
		m.Add(flow.Misdated{Exporter: a, Most: before})
		known.most[a] = m.Most
		begins := fmt.Sprintf("times of exporter %s that cannot be: ", a)
		g := report.Gap{Offset: -1, Packets: m.Records, Why: begins + offBy(m.Most) + " this hub's clock at most; kept at the time they came (set the exporter's clock)"}
		if !named {
			begins = ""
		}
		in.Input.NotUnderstood = mergeGap(in.Input.NotUnderstood, begins, g)
	}
}

// mergeGap counts a gap in the one that says the same, or the last one that begins so
// unless begins is "", which then says what g says.
func mergeGap(list []report.Gap, begins string, g report.Gap) []report.Gap {
	for i := len(list) - 1; i >= 0; i-- {
		if have := &list[i]; have.Why == g.Why || begins != "" && strings.HasPrefix(have.Why, begins) {
			have.Why = g.Why
			have.Packets += g.Packets
			return list
		}
	}
	return append(list, g)
}

// offBy words a difference: "32 days ahead of".
func offBy(d time.Duration) string {
	n, unit := int64(d.Abs()/time.Minute), "minute"
	switch {
	case n >= 2*24*60:
		n, unit = n/(24*60), "day"
	case n >= 2*60:
		n, unit = n/60, "hour"
	}
	side := "ahead of"
	if d < 0 {
		side = "behind"
	}
	return report.Plural(n, unit, unit+"s") + " " + side
}
