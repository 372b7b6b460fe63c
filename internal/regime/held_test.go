package regime

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// estate makes n cameras of 200 makers, each claim resting on four pieces of
// evidence that no two devices have alike.
func estate(t testing.TB, n int) (*Engine, []Device) {
	e, base := release(t)
	all := base.Companies()
	devices := make([]Device, n)
	for i := range devices {
		c := all[i%min(200, len(all))]
		d := Device{fmt.Sprint("d-", i), camera(string(c.ID), string(c.ID))}
		d.Brand, d.ChipMaker = sureOf("", "brand"), sureOf("hisilicon", "HiSilicon")
		for _, c := range claims(&d.Attribution) {
			if c.Value == "" {
				continue
			}
			c.Evidence = nil
			for k := range 4 {
				c.Evidence = append(c.Evidence, observation.Evidence{Input: "t.pcap", Packet: int64(10*i + k), Field: "test.field", Value: c.Value, Says: "it says so"})
			}
		}
		devices[i] = d
	}
	return e, devices
}

// BenchmarkJudgeOnAllCores is an estate of ten thousand devices, judged by as
// many at once as there are cores.
func BenchmarkJudgeOnAllCores(b *testing.B) {
	e, devices := estate(b, 10_000)
	org, day := contractor(), on(b, "2026-11-22")
	for i := range devices[:200] {
		e.Judge(devices[i], org, day)
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			e.Judge(devices[i%len(devices)], org, day)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "devices/s")
}

// BenchmarkFindingsHeld is the memory the findings of 714 devices take while a
// report is written.
func BenchmarkFindingsHeld(b *testing.B) {
	e, devices := estate(b, 714)
	org, day := contractor(), on(b, "2026-11-22")
	for i := range devices {
		e.Judge(devices[i], org, day)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var held uint64
	findings := 0
	for b.Loop() {
		before := heap()
		findings = 0
		for i := range devices {
			findings += e.Verdicts(&devices[i], &org, day).Len()
		}
		found := make([]finding.Finding, findings)
		n := 0
		for i := range devices {
			v := e.Verdicts(&devices[i], &org, day)
			v.Fill(found[n:], &devices[i])
			n += v.Len()
		}
		held = heap() - before
		runtime.KeepAlive(found)
	}
	b.ReportMetric(float64(held)/1e6, "MB-held")
	b.ReportMetric(float64(findings)/float64(len(devices)), "findings/device")
}
