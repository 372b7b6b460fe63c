package pipeline

import (
	"runtime"
	"syscall"
	"testing"
)

// BenchmarkLoadKnowledge is what every command pays before its first byte of
// input: cpu-ms is processor time of all threads.
func BenchmarkLoadKnowledge(b *testing.B) {
	b.ReportAllocs()
	var keep *Knowledge
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := busy()
	for b.Loop() {
		var err error
		if keep, err = LoadKnowledge(""); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((busy()-start)*1e3/float64(b.N), "cpu-ms/op")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "live-MB")
	runtime.KeepAlive(keep)
}

func busy() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
