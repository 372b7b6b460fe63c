package main

import "testing"

func TestTheHeapGrowsByAboutTheSameBetweenCollections(t *testing.T) {
	for live, want := range map[uint64]int{0: mostPercent, 1 << 20: mostPercent, 36 << 20: 100, 144 << 20: 25, 1 << 30: leastPercent} {
		if got := percentFor(live); got != want {
			t.Errorf("%d bytes live: %d percent, want %d", live, got, want)
		}
	}
}
