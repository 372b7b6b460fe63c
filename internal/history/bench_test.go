package history

import (
	"context"
	"math"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// big is a store of 10 million rows, as shared/performance.md has it: 7 days of
// 2000 devices that talk to about 30 far ends an hour.
var big = sync.OnceValues(func() (*Store, error) {
	dir, err := os.MkdirTemp("", "history")
	bigDir = dir
	if err != nil {
		return nil, err
	}
	s, err := Open(dir, Options{})
	if err != nil {
		return nil, err
	}
	for d := range bigEstate.days {
		if err := s.Append(context.Background(), bigEstate.day(d)); err != nil {
			return nil, err
		}
	}
	return s, nil
})

var bigEstate = estate{devices: 2000, days: 7, start: 20000 * daySec, seed: 1}

var bigDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if bigDir != "" {
		os.RemoveAll(bigDir)
	}
	os.Exit(code)
}

func bigStore(b *testing.B) *Store {
	b.Helper()
	s, err := big()
	if err != nil {
		b.Fatal(err)
	}
	rows, bytes := int64(0), int64(0)
	for _, d := range s.Days() {
		rows += d.Rows
		bytes += d.Bytes
	}
	b.ReportMetric(float64(rows)/1e6, "Mrows")
	b.ReportMetric(float64(bytes)/float64(rows), "B/row")
	return s
}

func BenchmarkAppend(b *testing.B) {
	rows := estate{devices: 1400, days: 1, start: 20000 * daySec, seed: 2}.day(0)
	var cpu time.Duration
	for b.Loop() {
		b.StopTimer()
		s, err := Open(b.TempDir(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		before := cpuTime()
		if err := s.Append(context.Background(), rows); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cpu += cpuTime() - before
		s.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(len(rows))*float64(b.N)/cpu.Seconds(), "rows/cpu-s")
}

func BenchmarkDeviceDay(b *testing.B) {
	s := bigStore(b)
	n, i := 0, 0
	cpu := cpuTime()
	for b.Loop() {
		d := i * 37 % bigEstate.devices
		day := int64(i % bigEstate.days)
		i++
		from := time.Unix(bigEstate.start+day*daySec, 0)
		for _, err := range s.Device(context.Background(), int64(d%8), deviceID(d), from, from.Add(24*time.Hour)) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric((cpuTime()-cpu).Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(n)/float64(b.N), "rows/op")
}

func BenchmarkTotals(b *testing.B) {
	for _, q := range []struct {
		name string
		q    Query
	}{
		{"country×day", Query{By: []Key{ByDay, ByCountry}, Sum: SumBytes}},
		{"country×day/all sums", Query{By: []Key{ByDay, ByCountry}, Sum: SumAll}},
		{"country/1 day", Query{By: []Key{ByCountry}, Sum: SumBytes, From: time.Unix(bigEstate.start, 0), To: time.Unix(bigEstate.start+daySec, 0)}},
		{"site×company×country", Query{By: []Key{BySite, ByController, ByCountry}, Sum: SumBytes, Scopes: []string{"outside"}}},
		{"device", Query{By: []Key{ByDevice}, Sum: SumBytes}},
		{"name×address of a site", Query{By: []Key{ByName, ByAddress}, Sites: []int64{3}, Sum: SumBytes | SumTimes | SumDevices}},
	} {
		b.Run(q.name, func(b *testing.B) {
			s := bigStore(b)
			groups := 0
			best := math.Inf(1)
			cpu := cpuTime()
			for b.Loop() {
				start := time.Now()
				t, err := s.Totals(context.Background(), q.q)
				if err != nil {
					b.Fatal(err)
				}
				groups = len(t)
				best = min(best, time.Since(start).Seconds()*1000)
			}
			b.ReportMetric(best, "best-ms")
			b.ReportMetric((cpuTime()-cpu).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(groups), "groups")
		})
	}
}

// cpuTime is what the process has used of the processors: the machine is shared,
// and this figure is less its fault than the clock's.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
