package history

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Appending, asking, compacting and forgetting at once: an answer has every
// ingest that was acknowledged before the question, whole, and none twice.
func TestAllAtOnce(t *testing.T) {
	s := open(t, t.TempDir(), Options{MaxFiles: 3, OpenFiles: 2, disk: &badDisk{room: -1}}) // a disk that need not sync
	ingests := int64(40)
	if testing.Short() {
		ingests = 12
	}
	var acknowledged atomic.Int64
	done := make(chan struct{})
	var wg sync.WaitGroup
	fail := func(err error) {
		if err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
	wg.Go(func() {
		defer close(done)
		for n := int64(1); n <= ingests; n++ {
			fail(s.Append(ctx, killedRows(n)))
			if n%5 == 0 {
				fail(s.Forget(ctx, n))
				fail(s.Append(ctx, killedRows(n)))
			}
			acknowledged.Store(n)
		}
	})
	loop := func(f func()) {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					f()
				}
			}
		})
	}
	loop(func() { fail(s.Compact(ctx)) })
	loop(func() {
		before := acknowledged.Load()
		got, err := s.Totals(ctx, Query{By: []Key{ByIngest, ByDay}, Sum: SumAll})
		fail(err)
		seen := map[int64]int64{}
		for _, g := range got {
			if g.Rows > 168 { // 24 of every 48 rows are of a day
				t.Errorf("ingest %d has %d rows on a day", g.Ingest, g.Rows)
			}
			seen[g.Ingest] += g.Rows
		}
		for n := int64(1); n <= before; n++ {
			if seen[n] != 300 {
				t.Errorf("ingest %d was acknowledged and %d of 300 rows are seen", n, seen[n])
			}
		}
	})
	loop(func() {
		before := acknowledged.Load()
		ingests := map[int64]bool{}
		for r, err := range s.Device(ctx, 1, deviceID(2), time.Time{}, time.Time{}) {
			fail(err)
			ingests[r.Ingest] = true
		}
		for n := int64(1); n <= before; n += 3 {
			if !ingests[n] {
				t.Errorf("ingest %d was acknowledged and is not in the device's rows", n)
			}
		}
	})
	wg.Wait()
	got, err := s.Totals(ctx, Query{})
	if err != nil || len(got) != 1 || got[0].Rows != ingests*300 {
		t.Errorf("in the end: %+v, %v", got, err)
	}
	if err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
}
