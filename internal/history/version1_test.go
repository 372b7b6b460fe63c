package history

import (
	"os"
	"path/filepath"
	"testing"
)

// A file that the store's first version wrote, with parquet-go's own writer, is
// read as it was, and written anew in the present version.
func TestFilesOfVersion1(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "version1.parquet"))
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
	s := open(t, dir, Options{})
	rows := some(1, 2)
	wantRows(t, s, rows)
	if err := s.Verify(ctx); err != nil {
		t.Error(err)
	}
	more := where(some(1, 4), func(r *Row) bool { return r.Device != rows[0].Device && r.Device != rows[40].Device })
	for i := range more {
		more[i].Ingest = 99
	}
	if err := s.Append(ctx, more); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, append(rows, more...))
	q := Query{By: []Key{ByDevice, ByCountry}, Sum: SumAll}
	before, err := s.Totals(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, append(rows, more...))
	after, err := s.Totals(ctx, q)
	if err != nil || len(after) != len(before) {
		t.Fatalf("%d totals, before %d: %v", len(after), len(before), err)
	}
	for i := range after {
		if after[i] != before[i] {
			t.Errorf("total %d: got %+v, want %+v", i, after[i], before[i])
		}
	}
}
