package history

import (
	"context"
	"slices"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	e := estate{devices: 20, days: 2, start: 20000 * daySec, seed: 1}
	s, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var all []Row
	for d := range 2 {
		rows := e.day(d)
		all = append(all, rows...)
		if err := s.Append(context.Background(), rows); err != nil {
			t.Fatal(err)
		}
	}
	var want []Row
	for _, r := range all {
		if r.Device == deviceID(3) {
			r.First = r.First / second * second
			r.Last = r.Last / second * second
			want = append(want, r)
		}
	}
	slices.SortFunc(want, func(a, b Row) int {
		if x := dayOf(a.Hour) - dayOf(b.Hour); x != 0 {
			return int(x)
		}
		return compare(&a, &b)
	})
	var got []Row
	for r, err := range s.Device(context.Background(), 3, deviceID(3), time.Time{}, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	if len(got) != len(want) {
		t.Fatal(len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%d\n%+v\n%+v", i, got[i], want[i])
		}
	}
	tot, err := s.Totals(context.Background(), Query{By: []Key{ByDay, ByCountry}, Sum: SumAll})
	if err != nil {
		t.Fatal(err)
	}
	n := int64(0)
	for _, x := range tot {
		n += x.Rows
	}
	if n != int64(len(all)) {
		t.Fatal(n)
	}
	if err := s.Verify(context.Background()); err != nil {
		t.Fatal(err)
	}
}
