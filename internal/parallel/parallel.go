// Package parallel does many small things on all processors at once. It knows
// nothing of what they are, keeps no goroutine when it returns, and refuses what
// would let the order of the work be seen in its result.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

const stride = 16 // things taken at once

// Each calls do for 0 to n-1, on all processors at once, and returns when all are
// done; once ctx is cancelled it skips the rest. What do writes must be found by
// its number, so that the order of calls cannot be seen.
func Each(ctx context.Context, n int, do func(i int)) {
	Runs(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			do(i)
		}
	})
}

// Runs is [Each] for work that shares something among neighbours: do is called
// with the first of a run and the one after its last.
func Runs(ctx context.Context, n int, do func(from, to int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	work := func() {
		for ctx.Err() == nil {
			from := int(next.Add(stride)) - stride
			if from >= n {
				return
			}
			do(from, min(from+stride, n))
		}
	}
	for range min(runtime.GOMAXPROCS(0), n/stride+1) - 1 {
		wait.Go(work)
	}
	work()
	wait.Wait()
}
