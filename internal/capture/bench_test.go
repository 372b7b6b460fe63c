package capture

import (
	"bytes"
	"io"
	"testing"
	"time"
)

// mixes are traffic by frame size: a station that records video, and many small
// packets.
var mixes = []struct {
	name  string
	sizes []int
}{
	{"video", []int{1414, 1414, 1414, 1414, 66, 1414, 1414, 90, 214}},
	{"small", []int{66, 74, 66, 120, 66, 342, 60, 90, 66, 590}},
}

const benchBytes = 64 << 20

// benchPcap is a pcap of that mix.
func benchPcap(sizes []int) (in []byte, packets int) {
	in = little.header(0xa1b2c3d4, 262144, LinkEthernet)
	for len(in) < benchBytes {
		n := sizes[packets%len(sizes)]
		in = append(in, little.record(uint32(1700000000+packets/10000), uint32(packets%1e6), string(make([]byte, n)), 0)...)
		packets++
	}
	return in, packets
}

// benchPcapng is a pcapng of that mix.
func benchPcapng(sizes []int) (in []byte, packets int) {
	in = join(little.section(), little.iface(LinkEthernet, 262144))
	for len(in) < benchBytes {
		n := sizes[packets%len(sizes)]
		in = append(in, little.enhanced(0, 1700000000e6+uint64(packets), string(make([]byte, n)), 0)...)
		packets++
	}
	return in, packets
}

func BenchmarkPcapRecords(b *testing.B) {
	for _, mix := range mixes {
		b.Run(mix.name, func(b *testing.B) { benchRead(b, mix.sizes, benchPcap) })
	}
}

func BenchmarkPcapngBlocks(b *testing.B) {
	for _, mix := range mixes {
		b.Run(mix.name, func(b *testing.B) { benchRead(b, mix.sizes, benchPcapng) })
	}
}

// benchRead reads a capture whole, and beside it copies the same bytes through
// a buffer of the same size, as cat does; x-of-copy is the ratio of the times.
func benchRead(b *testing.B, sizes []int, build func([]int) ([]byte, int)) {
	in, packets := build(sizes)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	var copying time.Duration
	buf := make([]byte, readSize)
	for b.Loop() {
		b.StopTimer()
		start := time.Now()
		if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{bytes.NewReader(in)}, buf); err != nil {
			b.Fatal(err)
		}
		copying += time.Since(start)
		b.StartTimer()
		r, err := NewReader(struct{ io.Reader }{bytes.NewReader(in)})
		if err != nil {
			b.Fatal(err)
		}
		var f Frame
		n := 0
		for r.Next(&f) == nil {
			n++
		}
		if n != packets {
			b.Fatalf("%d packets, want %d", n, packets)
		}
	}
	b.ReportMetric(float64(packets)*float64(b.N)/b.Elapsed().Seconds(), "pkts/s")
	b.ReportMetric(b.Elapsed().Seconds()/copying.Seconds(), "x-of-copy")
}
