package main

import "testing"

func TestALargeHeapGrowsByAboutTheSameBetweenCollections(t *testing.T) {
	for live, want := range map[uint64]int{
		0: mostPercent, 1 << 20: mostPercent, 28 << 20: 57, 40 << 20: 15, 60 << 20: collectAfter * 100 / (60 << 20),
		80 << 20: (collectAfter + 10<<20) * 100 / (80 << 20), 160 << 20: mostSpare * 100 / (160 << 20), 1 << 30: leastPercent,
	} {
		if got := percentFor(live, live); got != want {
			t.Errorf("%d bytes live: %d percent, want %d", live, got, want)
		}
	}
}

func TestAHeapThatShrankMayFillMostOfWhatItWas(t *testing.T) {
	if got := percentFor(32<<20, 96<<20); got != 125 { // to 72 MB, three quarters
		t.Errorf("32 MB live where it was 96: %d percent, want 125", got)
	}
}
