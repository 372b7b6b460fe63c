package hubload

import (
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/store"
)

// nowhere takes rows of history in and forgets them.
type nowhere struct{}

func (nowhere) Append(context.Context, []history.Row) error { return nil }

// BenchmarkFill puts 5,000 devices into a store: processor time of evidence,
// devices, and devices that are as they were.
func BenchmarkFill(b *testing.B) {
	e, err := Make(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), store.File), store.Options{})
		if err != nil {
			b.Fatal(err)
		}
		before := busy()
		f, err := Fill(b.Context(), db, nowhere{}, e, Load{Devices: 5000, Days: 1}, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(busy()-before, "cpu-s")
		b.ReportMetric(float64(f.Observations)/f.Evidence.Seconds(), "observations/s")
		b.ReportMetric(float64(f.Devices)/f.Derived.Seconds(), "devices/s")
		b.ReportMetric(float64(f.AgainDevices)/f.Again.Seconds(), "unchanged/s")
		if err := db.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// busy is the processor time of this process, in seconds.
func busy() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
