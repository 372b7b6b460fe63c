package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// collectAfter is about how many bytes are allocated between two garbage
	// collections: the memory spent on having fewer of them. Go's own rule, to
	// let the heap double, would cost as much again as the flow table.
	collectAfter = 16 << 20
	// smallHeap is what the heap may reach in any case.
	smallHeap    = 56 << 20
	leastPercent = 6   // of the live heap, however large it is
	mostPercent  = 400 // however small
)

// paceCollector sets after each collection how far the heap may grow until the
// next. GOGC and GOMEMLIMIT set by the user stand.
func paceCollector(getenv func(string) string) {
	if getenv("GOGC") != "" || getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetGCPercent(mostPercent)
	heap := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	type sentinel struct{ _ [16]byte }
	var again func(*sentinel)
	again = func(*sentinel) {
		metrics.Read(heap)
		held := uint64(0) // of the heap, in use or not
		for _, part := range heap[1:] {
			held += part.Value.Uint64()
		}
		debug.SetGCPercent(percentFor(heap[0].Value.Uint64(), held))
		runtime.SetFinalizer(new(sentinel), again)
	}
	runtime.SetFinalizer(new(sentinel), again)
}

// percentFor is what [debug.SetGCPercent] is given for a live heap of that size.
// After the reading the process holds much more than is live: filling most of it
// costs no memory, so that what follows is collected once or twice and not after
// every 16 MB. The rest is what lies between objects.
func percentFor(live, held uint64) int {
	more := max(collectAfter, smallHeap-min(live, smallHeap), held-held/8-min(live, held-held/8))
	return int(min(max(more*100/max(live, 1), leastPercent), mostPercent))
}
