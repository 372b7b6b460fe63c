package history

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// damaged is a store of one file with one bit flipped at a place.
func damaged(t *testing.T, whole []byte, at int) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, dayName(20000), "0001.parquet")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	b := bytes.Clone(whole)
	b[at] ^= 1 << (at % 8)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// Wherever a bit flips, the file is named: when the store is opened, or by Scrub
// and by Verify. Until then no question has a wrong answer.
func TestAFlippedBitIsNeverSilent(t *testing.T) {
	rows := where(some(1, 3), func(r *Row) bool { return r.Hour%(4*hourSec) == 0 })
	first := open(t, t.TempDir(), Options{})
	if err := first.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	q := Query{By: []Key{ByDay, BySite, ByCountry}, Sum: SumBytes | SumFlows | SumTimes}
	want, err := first.Totals(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(first.dir, dayName(20000), "0001.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	opened, asked := 0, 0
	step := max(1, len(whole)/600)
	if testing.Short() {
		step *= 8
	}
	for at := 0; at < len(whole); at += step {
		dir, path := damaged(t, whole, at)
		s := open(t, dir, Options{})
		if torn := s.Torn(); len(torn) > 0 {
			if torn[0].Path != path {
				t.Errorf("byte %d: named %s", at, torn[0].Path)
			}
			s.Close()
			opened++
			continue
		}
		for name, err := range map[string]error{"Scrub": s.Scrub(ctx, 0), "Verify": s.Verify(ctx)} {
			if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "restore") {
				t.Errorf("byte %d of %d: %s says %v", at, len(whole), name, err)
			}
		}
		got, err := s.Totals(ctx, q)
		if err == nil && !sameTotals(got, want) {
			t.Errorf("byte %d: wrong totals, and no word of it", at)
		}
		if err != nil {
			asked++
		}
		for i := range 3 {
			for r, err := range s.Device(ctx, int64(i), deviceID(i), time.Time{}, time.Time{}) {
				if err != nil {
					asked++
					break
				}
				if !contains(rows, &r) {
					t.Errorf("byte %d: Device gives a row that nobody appended: %+v", at, r)
				}
			}
		}
		s.Close()
	}
	if opened == 0 || asked == 0 {
		t.Errorf("found at the start %d times, by a question %d times: the test looks at little", opened, asked)
	}
}

func sameTotals(a, b []Total) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func contains(rows []Row, r *Row) bool {
	for _, x := range kept(rows) {
		if x == *r {
			return true
		}
	}
	return false
}

// A file that went away under a store is named by who needs it, and the other
// days go on.
func TestAMissingFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.Append(ctx, some(2, 2)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, dayName(20000), "0001.parquet")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := s.Totals(ctx, Query{By: []Key{ByDay}})
	for name, err := range map[string]error{"Totals": err, "Scrub": s.Scrub(ctx, 0), "Verify": s.Verify(ctx)} {
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s says %v", name, err)
		}
	}
	if _, err := s.Totals(ctx, Query{By: []Key{ByDay}, From: time.Unix(20001*daySec, 0)}); err != nil {
		t.Errorf("the other day: %v", err)
	}
}

// Totals from a file's own totals are those of its rows.
func TestTotalsOfWholeDaysAreThoseOfTheirRows(t *testing.T) {
	rows := some(3, 6)
	s := open(t, t.TempDir(), Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	list, err := s.hold(20001, nil)
	if err != nil || len(list) != 1 || list[0].t.totals.size == 0 {
		t.Fatalf("%d files, without totals: %v", len(list), err)
	}
	s.letGo(list)
	for name, q := range map[string]Query{
		"country by day":  {By: []Key{ByDay, ByCountry}, Sum: SumBytes},
		"of a site":       {By: []Key{ByController, ByCountry, ByVideo}, Sum: SumBytes | SumPackets | SumFlows | SumTimes, Sites: []int64{3}, Scopes: []string{"outside"}},
		"of one country":  {By: []Key{ByDay, ByPurpose, ByJurisdiction, ByEncrypted}, Sum: SumTimes, Countries: []string{"GB", ""}},
		"from an evening": {By: []Key{BySite}, Sum: SumFlows, From: time.Unix(20000*daySec+20*hourSec, 0)},
		"of a few hours":  {By: []Key{BySite}, Sum: SumFlows, From: time.Unix(20001*daySec+hourSec, 0), To: time.Unix(20001*daySec+5*hourSec, 0)},
		"of all":          {Sum: SumBytes | SumPackets | SumFlows | SumTimes},
	} {
		got, err := s.Totals(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		noTotals = true
		want, err := s.Totals(ctx, q)
		noTotals = false
		if err != nil || len(got) != len(want) || len(got) == 0 {
			t.Errorf("%s: %d totals, want %d, %v", name, len(got), len(want), err)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: got %+v, want %+v", name, got[i], want[i])
				break
			}
		}
	}
}
