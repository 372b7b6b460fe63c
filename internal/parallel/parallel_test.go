package parallel_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/lenscap/lenscap/internal/parallel"
)

func TestEachIsDoneOnce(t *testing.T) {
	for _, n := range []int{0, 1, 15, 16, 17, 1000} {
		did := make([]int, n)
		parallel.Each(context.Background(), n, func(i int) { did[i]++ })
		for i, times := range did {
			if times != 1 {
				t.Errorf("%d of %d was done %d times", i, n, times)
			}
		}
	}
}

func TestEachEndsWhenCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	var did atomic.Int64
	parallel.Each(ctx, 1_000_000, func(int) { did.Add(1); stop() })
	if n := did.Load(); n == 0 || n > 10_000 {
		t.Errorf("%d were done after the first cancelled the rest", n)
	}
}
