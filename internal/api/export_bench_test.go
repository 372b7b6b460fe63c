package api

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"
)

// devNull takes an export and looks, each so many bytes, at what is alive.
type devNull struct {
	header http.Header
	n, at  int64
	alive  uint64
}

func (w *devNull) Header() http.Header { return w.header }
func (w *devNull) WriteHeader(int)     {}
func (w *devNull) Write(b []byte) (int, error) {
	if w.n += int64(len(b)); w.n >= w.at {
		w.at = w.n + 1<<22
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.alive = max(w.alive, m.HeapAlloc)
	}
	return len(b), nil
}

// BenchmarkExport says what an organisation of one and of several sites takes, and
// how much of it is alive at the most.
func BenchmarkExport(b *testing.B) {
	for _, sites := range []int{1, 4} {
		e := newEstate(b, sites, 1000)
		for _, f := range formats {
			if f.name == "ocsf" {
				continue
			}
			b.Run(fmt.Sprintf("%s/sites=%d", f.name, sites), func(b *testing.B) {
				var w *devNull
				for b.Loop() {
					w = &devNull{header: http.Header{}}
					e.ServeHTTP(w, e.ask(b.Context(), f.name))
				}
				b.ReportMetric(float64(w.alive)/1e6, "MB-alive")
				b.ReportMetric(float64(w.n)/1e6, "MB")
			})
		}
	}
}
