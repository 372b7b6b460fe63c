package export

import (
	"time"

	"github.com/lenscap/lenscap/internal/capture"
)

// gaps sums what was not understood by why, in the order first met.
type gaps struct{ list []capture.Gap }

// add counts something at offset (-1: not known) into the gap of that why.
func (g *gaps) add(offset, bytes, records int64, why string) {
	for i := range g.list {
		if x := &g.list[i]; x.Why == why {
			x.Bytes += bytes
			x.Packets += records
			return
		}
	}
	g.list = append(g.list, capture.Gap{Offset: offset, Bytes: bytes, Packets: records, Why: why})
}

// nanoTime is a moment given in nanoseconds; 0 is the zero time.
func nanoTime(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
