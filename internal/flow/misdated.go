package flow

import (
	"net/netip"
	"time"
)

// Misdated counts the records of one exporter whose times cannot be right.
type Misdated struct {
	Exporter netip.Addr
	Records  int64
	Most     time.Duration // the largest difference to the clock they were compared with; negative: behind it
}

// Add counts those of another time in.
func (m *Misdated) Add(more Misdated) {
	m.Exporter = more.Exporter
	m.Records += more.Records
	if more.Most.Abs() > m.Most.Abs() {
		m.Most = more.Most
	}
}
