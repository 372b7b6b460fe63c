package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBenchLinesAreReadWithTheirMetrics(t *testing.T) {
	out := "goos: linux\nBenchmarkAdd/flows=1000-2 \t 100\t 45.5 ns/op\t 22 Mpackets/s\t 0 B/op\nPASS\nBenchmarkCut\n"
	got := parseBench([]byte(out))
	want := []result{{"Add/flows=1000-2", []metric{{"45.5", "ns/op"}, {"22", "Mpackets/s"}, {"0", "B/op"}}}}
	if !cmp.Equal(got, want, cmp.AllowUnexported(result{}, metric{})) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{3, 1}, 2}, {[]float64{9, 1, 2}, 2}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median of %v is %g, want %g", c.in, got, c.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	for got, want := range map[string]string{verdict(0.9, 1, true): "≤ 1: yes", verdict(1.1, 1, true): "≤ 1: **no**", verdict(1, 0, false): ""} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
