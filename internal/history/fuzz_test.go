package history

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// version3 is a file of the present version with all that one can have: rows that do
// not count, totals, several sites and ingests, and files that it was made of.
func version3(f *testing.F) []byte {
	s := open(f, f.TempDir(), Options{MaxFiles: 2})
	rows := some(1, 2)
	for i := range rows {
		rows[i].Again, rows[i].Ingest = i%3 == 0, int64(1+i%4)
	}
	for part := range slices.Chunk(rows, len(rows)/4+1) {
		if err := s.Append(ctx, part); err != nil {
			f.Fatal(err)
		}
	}
	list, err := filepath.Glob(filepath.Join(s.dir, "*", "*.parquet"))
	if err != nil || len(list) == 0 {
		f.Fatal(list, err)
	}
	b, err := os.ReadFile(list[len(list)-1])
	if err != nil {
		f.Fatal(err)
	}
	if err := s.Close(); err != nil {
		f.Fatal(err)
	}
	return b
}

// Whatever stands in a day's folder, Open says what it is or takes it, and no
// question after that does more than fail.
func FuzzForeignFile(f *testing.F) {
	dir := f.TempDir()
	s := open(f, dir, Options{})
	if err := s.Append(ctx, killedRows(1)[:40]); err != nil {
		f.Fatal(err)
	}
	s.Close()
	whole, err := os.ReadFile(filepath.Join(dir, dayName(20000), "0001.parquet"))
	if err != nil {
		f.Fatal(err)
	}
	gullible = true
	f.Cleanup(func() { gullible = false })
	for _, name := range []string{"version1.parquet", "version2.parquet", "version3.parquet"} {
		old, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		day := uint16(20000)
		if name == "version3.parquet" { // what a hub made of examples/lab-station.pcapng
			day = 20514
		}
		f.Add(day, old)
	}
	f.Add(uint16(20000), whole)
	f.Add(uint16(20000), version3(f))
	f.Add(uint16(20000), whole[:len(whole)/2])
	f.Add(uint16(20000), append(bytes.Clone(whole[:len(whole)-8]), 255, 255, 255, 15, 'P', 'A', 'R', '1'))
	f.Add(uint16(20000), []byte("PAR1\x15\x02\x29\xfc\xff\xff\xff\xff\x07\x00\x09\x00\x00\x00PAR1")) // a schema of two thousand million columns
	f.Add(uint16(20000), []byte("PAR1\x15\x00\x00\x00PAR1"))
	f.Fuzz(func(t *testing.T, day uint16, b []byte) {
		if len(b) > 1<<16 {
			t.Skip("longer than what is of interest here")
		}
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, dayName(int64(day))), 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, dayName(int64(day)), "0001.parquet")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if len(s.Torn()) == 0 {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			bad := s.Verify(ctx)
			n := 0
			for _, err := range s.Site(ctx, 1, time.Time{}, time.Time{}) {
				if err != nil {
					break
				}
				n++
			}
			if _, err := s.Totals(ctx, Query{By: []Key{ByDevice, ByName}, Sum: SumAll}); err != nil && bad == nil {
				t.Errorf("Verify finds nothing, and Totals: %v", err)
			}
			if d := s.Days(); len(d) != 1 {
				t.Errorf("neither a day nor torn: %v", d)
			}
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, b) {
			t.Errorf("the file was changed: %v", err)
		}
	})
}
