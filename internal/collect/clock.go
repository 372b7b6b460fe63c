package collect

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
)

// Exporters' clocks can be wrong. What such records tell is kept, their times are not.
const (
	maxAhead  = 10 * time.Minute     // of the clock here when the datagram came
	maxBehind = 400 * 24 * time.Hour // as long as conversations are usually kept
	maxLasts  = 24 * time.Hour       // a misdated flow that claims more gets the time it came, and no duration
	saidEvery = time.Hour            // in the log
)

// times are those to keep of a record that began and ended then, in nanoseconds: its
// own, or when its datagram came if they cannot be. That is counted.
func (g *gatherer) times(first, last int64) (int64, int64) {
	at := g.now.at
	off, behind := time.Duration(last-at), time.Duration(at-first)
	switch { // first <= last
	case off > maxAhead:
	case behind > maxBehind:
		off = -behind
	default:
		return first, last
	}
	m := flow.Misdated{Exporter: g.now.from.Addr(), Records: 1, Most: off}
	have := g.misdated[m.Exporter]
	have.Add(m)
	g.misdated[m.Exporter] = have
	lasts := last - first
	if lasts > int64(maxLasts) {
		lasts = 0
	}
	return at - lasts, at
}

// misdatedInOrder hands out what was counted, in order of address.
func (g *gatherer) misdatedInOrder() []flow.Misdated {
	out := make([]flow.Misdated, 0, len(g.misdated))
	for _, m := range g.misdated {
		out = append(out, m)
	}
	clear(g.misdated)
	slices.SortFunc(out, func(a, b flow.Misdated) int { return a.Exporter.Compare(b.Exporter) })
	return out
}

// A sayer tells the log of misdated records, once an hour. It is for one goroutine.
type sayer struct {
	log   *slog.Logger
	said  time.Time
	total flow.Misdated // since then; the exporter is that of the largest difference
	from  map[netip.Addr]bool
}

// say notes what a batch held, and tells it unless it told lately.
func (s *sayer) say(now time.Time, misdated []flow.Misdated) {
	for _, m := range misdated {
		worst := s.total.Exporter
		if m.Most.Abs() > s.total.Most.Abs() {
			worst = m.Exporter
		}
		s.total.Add(m)
		s.total.Exporter = worst
		s.from[m.Exporter] = true
	}
	if s.total.Records == 0 || !s.said.IsZero() && now.Sub(s.said) < saidEvery {
		return
	}
	s.log.WarnContext(context.Background(), "flow records with times that cannot be are kept at the time they came: set the exporter's clock", slog.Int64("records", s.total.Records),
		slog.Int("exporters", len(s.from)), slog.String("exporter", s.total.Exporter.String()), slog.Duration("most", s.total.Most.Round(time.Second)))
	s.said, s.total = now, flow.Misdated{}
	clear(s.from)
}
