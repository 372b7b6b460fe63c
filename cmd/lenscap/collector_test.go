package main

import "testing"

func TestALargeHeapGrowsByAboutTheSameBetweenCollections(t *testing.T) {
	for live, want := range map[uint64]int{0: mostPercent, 1 << 20: mostPercent, 28 << 20: 100, 40 << 20: 40, 64 << 20: 25, 160 << 20: 10, 1 << 30: leastPercent} {
		if got := percentFor(live, live); got != want {
			t.Errorf("%d bytes live: %d percent, want %d", live, got, want)
		}
	}
}

func TestAHeapThatShrankMayFillWhatTheProcessHolds(t *testing.T) {
	if got := percentFor(32<<20, 96<<20); got != 162 { // to 84 MB, seven eighths of what is held
		t.Errorf("32 MB live of 96 held: %d percent, want 162", got)
	}
}
