package flow

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
)

// BenchmarkWarm is BenchmarkAdd with packets in runs, warmed or not.
func BenchmarkWarm(b *testing.B) {
	const run = 32
	for _, flows := range []int{1000, 100_000, 1_000_000} {
		table, p := New(Config{}, &silent{}), benchPacket()
		for n := range flows {
			numbered(&p, n)
			p.Time++
			table.Add(&p)
		}
		next := order(flows)
		for _, warm := range []bool{false, true} {
			b.Run(fmt.Sprintf("flows=%d/warm=%v", flows, warm), func(b *testing.B) {
				var ps [run]packet.Packet
				var hashes [run]uint32
				for i := 0; i < b.N; i += run {
					for k := range ps {
						numbered(&p, int(next[(i+k)&(len(next)-1)]))
						p.Time += 300
						ps[k] = p
						hashes[k] = table.Hash(&p)
					}
					if warm {
						table.Warm(hashes[:])
					}
					for k := range ps {
						table.AddHashed(&ps[k], hashes[k])
					}
				}
			})
		}
	}
}
