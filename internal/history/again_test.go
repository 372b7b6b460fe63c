package history

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// plainly makes rows that a day's totals are kept of: they differ in little.
func plainly(rows []Row) []Row {
	for i := range rows {
		r := &rows[i]
		r.Country, r.Controller, r.ControllerID, r.Jurisdiction, r.Purpose, r.Video, r.Scope = "DE", "A", "a", "CN", "push", "no", "outside"
	}
	return rows
}

// wantTotals compares answers, by rows and by a day's totals, of two stores.
func wantTotals(t *testing.T, got, want *Store) {
	t.Helper()
	for _, q := range []Query{
		{Sum: SumAll}, {By: []Key{ByCountry, ByDay}, Sum: SumBytes | SumFlows | SumPackets | SumTimes}, {By: []Key{ByDevice}, Sum: SumAll},
		{By: []Key{ByAddress, ByHour}, Scopes: []string{"outside"}}, {By: []Key{BySite}, Sites: []int64{0, 1, 2}, Countries: []string{"DE", "US"}},
	} {
		a, err := got.Totals(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		b, err := want.Totals(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(a, b) {
			t.Errorf("totals by %v: got %d, of which the first is %+v, want %d, %+v", q.By, len(a), a[:min(1, len(a))], len(b), b[:min(1, len(b))])
		}
	}
}

// Rows that another row counts are there for who asks for rows, and in no total,
// whether it is made of rows or of what a file says of its day.
func TestRowsThatCountElsewhereAreInNoTotal(t *testing.T) {
	for name, rows := range map[string][]Row{"many kinds": some(2, 4), "few kinds": plainly(some(2, 4))} {
		t.Run(name, func(t *testing.T) {
			once, twice := open(t, t.TempDir(), Options{}), open(t, t.TempDir(), Options{})
			again := slices.Clone(rows)
			for i := range again {
				again[i].Ingest, again[i].Again = 99, true
			}
			both := append(slices.Clone(rows), again[:len(again)*2/3]...)
			for s, list := range map[*Store][]Row{once: rows, twice: both} {
				if err := s.Append(ctx, list); err != nil {
					t.Fatal(err)
				}
			}
			wantRows(t, twice, both)
			wantTotals(t, twice, once)
			if err := twice.Compact(ctx); err != nil {
				t.Fatal(err)
			}
			if err := twice.Verify(ctx); err != nil {
				t.Error(err)
			}
			wantTotals(t, twice, once)

			// The one that counted goes, and the other counts.
			if err := twice.Rewrite(ctx, rows[0].Site, time.Time{}, time.Time{}, func(r *Row) bool { r.Again = false; return r.Ingest == 99 }); err != nil {
				t.Fatal(err)
			}
			var want []Row
			for _, r := range both {
				if r.Site != rows[0].Site || r.Ingest == 99 {
					r.Again = r.Again && r.Site != rows[0].Site
					want = append(want, r)
				}
			}
			wantRows(t, twice, want)
			other := open(t, t.TempDir(), Options{})
			if err := other.Append(ctx, where(want, func(r *Row) bool { return !r.Again })); err != nil {
				t.Fatal(err)
			}
			wantTotals(t, twice, other)
		})
	}
}

// A row group none of whose rows counts elsewhere says so, and that is not read.
func TestAGroupSaysThatItsRowsCount(t *testing.T) {
	for again, want := range map[bool]bool{false: true, true: false} {
		s := open(t, t.TempDir(), Options{})
		rows := some(1, 4)
		rows[len(rows)-1].Again = again
		if err := s.Append(ctx, rows); err != nil {
			t.Fatal(err)
		}
		list, err := s.hold(20000, nil)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		defer s.letGo(list)
		for i := range list[0].t.groups {
			if g := &list[0].t.groups[i]; g.once != want {
				t.Errorf("again %v: group %d says %v", again, i, g.once)
			}
		}
		wantRows(t, s, rows)
		got, err := s.Totals(ctx, Query{By: []Key{ByDevice, ByAddress}})
		n := int64(0)
		for _, g := range got {
			n += g.Rows
		}
		if left := int64(len(where(rows, func(r *Row) bool { return !r.Again }))); err != nil || n != left {
			t.Errorf("again %v: %d rows count, want %d: %v", again, n, left, err)
		}
	}
}

// A file of the second version, which has no column for rows that count elsewhere,
// is read as it was, and put together with what comes.
func TestFilesOfVersion2(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "version2.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, dayName(20000)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, dayName(20000), "0001.parquet"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, now := open(t, dir, Options{}), open(t, t.TempDir(), Options{})
	rows := plainly(some(1, 2))
	if err := now.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	check := func(want []Row) {
		t.Helper()
		wantRows(t, s, want)
		wantTotals(t, s, now)
		if err := s.Verify(ctx); err != nil {
			t.Error(err)
		}
	}
	check(rows)
	again := slices.Clone(rows)
	for i := range again {
		again[i].Ingest, again[i].Again = 99, true
	}
	if err := s.Append(ctx, again); err != nil {
		t.Fatal(err)
	}
	check(append(slices.Clone(rows), again...))
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	check(append(rows, again...))
}
