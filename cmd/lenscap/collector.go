package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

const (
	// collectAfter is about how many bytes are allocated between two garbage
	// collections: the memory spent on having fewer of them. Go's own rule, to
	// let the heap double, would cost as much again as the flow table.
	collectAfter = 6 << 20
	// smallHeap is what the heap may reach in any case.
	smallHeap = 44 << 20
	// largeHeap is beyond which half of what lives more may be allocated too, up
	// to mostSpare: a mark costs by what lives, and by then memory is not short.
	largeHeap    = 60 << 20
	mostSpare    = 36 << 20
	leastPercent = 6   // of the live heap, however large it is
	mostPercent  = 400 // however small
)

// paceCollector sets after each collection how far the heap may grow until the
// next. GOGC and GOMEMLIMIT set by the user stand.
func paceCollector(getenv func(string) string) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	pacing.Store(true)
	debug.SetGCPercent(mostPercent)
	type sentinel struct{ _ [16]byte }
	var again func(*sentinel)
	again = func(*sentinel) {
		if unpaced.Load() {
			return
		}
		pace(0)
		if lean.Load() {
			releaseProgram()
		}
		runtime.SetFinalizer(new(sentinel), again)
	}
	runtime.SetFinalizer(new(sentinel), again)
}

// mostHeap is what the heap was at most, about, or could have been without the
// program having become larger.
var mostHeap atomic.Uint64

// pace sets how far the heap may grow until the next collection. It may become
// as large as has been found out to cost nothing, and as it was.
func pace(free uint64) {
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(heap)
	live := heap[0].Value.Uint64()
	most := max(mostHeap.Load(), live+collectAfter, free/3*4) // of which percentFor takes three quarters
	mostHeap.Store(most)
	debug.SetGCPercent(percentFor(live, most))
}

// relax is called when the reading has given its memory back. What the program
// was at most is spent already: the heap may take the place of the table of
// flows, which lay outside it.
func relax() {
	const beside = 44 << 20 // that is not heap: the program's own pages, stacks, what lies between objects
	if peak := peakMemory(); peak > beside && !unpaced.Load() && pacing.Load() {
		pace(peak - beside)
	}
}

var (
	lean    atomic.Bool // the program's own pages go with each collection: a few ms in all, and up to 10 MB
	pacing  atomic.Bool // [paceCollector] has begun
	unpaced atomic.Bool // and was ended
)

// settle is for a program that runs on: the heap may grow by what is usual, and
// is not kept at what one audit needed.
func settle(getenv func(string) string) {
	unpaced.Store(true)
	if getenv("GOGC") == "" {
		debug.SetGCPercent(100)
	}
}

// rest gives memory back that a hub needs no more when it has nothing to do.
func rest() {
	runtime.GC() // what is in a pool outlives one collection
	debug.FreeOSMemory()
	releaseProgram()
}

// percentFor is what [debug.SetGCPercent] is given for a live heap of that size.
// After the reading much less is live than before: filling most of what the heap
// was costs no memory, so that what follows is collected once or twice and not
// after every 10 MB. The rest is what lies between objects.
func percentFor(live, most uint64) int {
	most -= most / 4
	spare := min(collectAfter+(max(live, largeHeap)-largeHeap)/2, mostSpare)
	more := max(spare, max(smallHeap, most)-min(live, max(smallHeap, most)))
	return int(min(max(more*100/max(live, 1), leastPercent), mostPercent))
}
