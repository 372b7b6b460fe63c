package geo

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"time"
)

func BenchmarkLookup(b *testing.B) {
	s, err := Load(os.DirFS("../../kb"))
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	addrs := make([]netip.Addr, 1<<16)
	for i := range addrs {
		v := r.Uint32()
		addrs[i] = netip.AddrFrom4([4]byte{byte(v>>24)%223 + 1, byte(v >> 16), byte(v >> 8), byte(v)})
		if i%10 == 0 {
			addrs[i] = netip.AddrFrom16([16]byte{0x2a, byte(v), byte(v >> 8), byte(v >> 16)})
		}
	}
	found := 0
	b.ReportAllocs()
	i := 0
	t := time.Now()
	for b.Loop() {
		if s.Lookup(addrs[i&0xffff]).Country != "" {
			found++
		}
		i++
	}
	b.ReportMetric(float64(i)/time.Since(t).Seconds()/1e6, "M/s")
	b.ReportMetric(float64(found)/float64(i), "found")
}
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := Load(os.DirFS("../../kb")); err != nil {
			b.Fatal(err)
		}
	}
}
