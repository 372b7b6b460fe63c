package hub

import (
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
)

// Regimes describes the regimes as at a day.
func (h *Hub) Regimes(asAt time.Time) []report.Regime { return h.cfg.Knowledge.Rules(asAt) }

// Judge gives what all regimes say of a device of a site, as at a day. It keeps
// nothing.
func (h *Hub) Judge(d *report.Device, o *Organisation, s *Site, asAt time.Time) []finding.Finding {
	org := s.Judged(o)
	return h.cfg.Knowledge.Judge(d, &org, asAt)
}
