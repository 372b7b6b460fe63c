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
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	type sentinel struct{ _ [16]byte }
	var again func(*sentinel)
	again = func(*sentinel) {
		metrics.Read(live)
		debug.SetGCPercent(percentFor(live[0].Value.Uint64()))
		runtime.SetFinalizer(new(sentinel), again)
	}
	runtime.SetFinalizer(new(sentinel), again)
}

// percentFor is what [debug.SetGCPercent] is given for a live heap of that size.
func percentFor(live uint64) int {
	more := max(collectAfter, smallHeap-min(live, smallHeap))
	return int(min(max(more*100/max(live, 1), leastPercent), mostPercent))
}
