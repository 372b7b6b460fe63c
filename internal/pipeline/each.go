package pipeline

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// each calls do for 0 to n-1, on all processors at once, and returns when all are
// done; once ctx is cancelled it skips the rest. What do writes must be found by
// its number, so that the order of calls cannot be seen.
func each(ctx context.Context, n int, do func(i int)) {
	const stride = 16
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n/stride+1) {
		wait.Go(func() {
			for ctx.Err() == nil {
				from := int(next.Add(stride)) - stride
				if from >= n {
					return
				}
				for i := from; i < min(from+stride, n); i++ {
					do(i)
				}
			}
		})
	}
	wait.Wait()
}
