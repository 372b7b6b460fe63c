package history

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// spoil flips a bit in the middle of a file, where rows are.
func spoil(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 4
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRetainLeavesWhatIsDamaged has the oldest day damaged in a page, the next cut
// short, and a third whole: once the first kept the others from going.
func TestRetainLeavesWhatIsDamaged(t *testing.T) {
	rows := some(4, 3)
	dir := t.TempDir()
	first := open(t, dir, Options{})
	if err := first.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	if err := first.Append(ctx, where(some(1, 2), func(*Row) bool { return true })); err != nil { // a second file of the oldest day
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	file := func(day int64) string { return filepath.Join(dir, dayName(day), "0001.parquet") }
	spoil(t, file(20000))
	if err := os.Truncate(file(20001), 1000); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, Options{})
	before := time.Unix(20003*daySec, 0)
	wantLeft := []string{file(20000), file(20001)}
	named := func(list []Torn) (paths []string) {
		for _, l := range list {
			if l.Why == "" || strings.Contains(l.Why, l.Path) {
				t.Errorf("of %s it says %q", l.Path, l.Why)
			}
			paths = append(paths, l.Path)
		}
		slices.Sort(paths)
		return paths
	}
	old, left, err := s.Old(ctx, before, math.MaxInt64)
	if err != nil || !slices.Equal(named(left), wantLeft) {
		t.Fatalf("Old leaves %v, %v, want %v", left, err, wantLeft)
	}
	sum := int64(0)
	for _, o := range old {
		if sum += o.Rows; o.Day == 20001*daySec || o.Day >= 20003*daySec {
			t.Errorf("%+v is not to go", o)
		}
	}
	for range 2 {
		n, left, err := s.Retain(ctx, before, math.MaxInt64)
		if err != nil || n != sum || !slices.Equal(named(left), wantLeft) {
			t.Errorf("Retain: %d rows, left %v, %v; want %d and %v", n, left, err, sum, wantLeft)
		}
		sum = 0
	}
	stays := where(rows, func(r *Row) bool { return r.Hour >= 20003*daySec })
	var got []Row
	for site := range int64(20) {
		for r, err := range s.Site(ctx, site, before, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
	}
	if len(got) != len(stays) {
		t.Errorf("%d rows of later days, want %d", len(got), len(stays))
	}
	err = s.Verify(ctx)
	for _, path := range wantLeft {
		if err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Verify does not name %s: %v", path, err)
		}
	}
	if list, err := filepath.Glob(filepath.Join(dir, "*", "*.parquet")); err != nil || len(list) != 3 {
		t.Errorf("files %v, %v, want the two that are damaged and that of the last day", list, err)
	}
}
