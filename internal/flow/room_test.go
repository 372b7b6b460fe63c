package flow

import (
	"runtime"
	"testing"
	"time"
)

// A table of many flows lies outside Go's heap: every flow is found again there,
// what slots grew out of is given back at once, and all of it with the table.
func TestALargeTableIsFoundAndGivenBack(t *testing.T) {
	const flows = 400_000
	held := func() *regions {
		table, p := New(Config{}, &silent{}), benchPacket()
		for range 2 {
			for n := range flows {
				numbered(&p, n)
				table.Add(&p)
			}
		}
		if got := table.Stats(); got.Flows != flows || got.Packets != 2*flows {
			t.Errorf("%d flows of %d packets, want %d of %d", got.Flows, got.Packets, flows, 2*flows)
		}
		if runtime.GOOS != "linux" {
			t.Skip("the table lies in Go's heap here")
		}
		if got, want := table.room.held.left(), 2+1; got != want { // of records, of slots
			t.Errorf("%d regions held, want %d", got, want)
		}
		if got, want := table.room.used, len(table.records[heapChunks:])*recordsPerChunk*256+len(table.slots.slot)*8; got != want {
			t.Errorf("%d bytes in use, want %d", got, want)
		}
		table.Close()
		return table.room.held
	}()
	for end := time.Now().Add(10 * time.Second); held.left() > 0; runtime.GC() {
		if time.Now().After(end) {
			t.Fatalf("%d regions held when the table is gone", held.left())
		}
	}
}

func TestASmallTableAsksForNoRegion(t *testing.T) {
	table, p := New(Config{}, &silent{}), benchPacket()
	for n := range heapChunks * recordsPerChunk {
		numbered(&p, n)
		table.Add(&p)
	}
	if table.room.used != 0 || table.room.held.left() != 0 {
		t.Errorf("%d bytes of %d regions", table.room.used, table.room.held.left())
	}
}
