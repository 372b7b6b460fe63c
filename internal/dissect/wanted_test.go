package dissect

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkDatagramWanted measures the test that every UDP packet goes through,
// with the payloads that make up most of a capture of cameras: RTP and other
// media that no dissector wants.
func BenchmarkDatagramWanted(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 5))
	payloads := make([][]byte, 64)
	for i := range payloads {
		payloads[i] = make([]byte, 1200)
		for j := range payloads[i] {
			payloads[i][j] = byte(r.Uint32())
		}
		if i%2 == 0 {
			payloads[i][0], payloads[i][1] = 0x80, 0x60
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		DatagramWanted(40000, 40002, payloads[i&63])
	}
}
