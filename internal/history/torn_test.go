package history

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is not the store's is named, and never touched.
func TestTornAndForeignFiles(t *testing.T) {
	rows := some(2, 5)
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	s.Close()
	day := filepath.Join(dir, dayName(20000))
	whole, err := os.ReadFile(filepath.Join(day, "0001.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"0002.parquet": whole[:len(whole)/2], "0003.parquet": nil, "0004.parquet": []byte("PAR1 is not enough for it PAR1"), "0005.parquet": whole[:len(whole)-1],
		"notes.txt": []byte("mine"), "17.tmp": whole[:100], filepath.Join("..", dayName(20001), "0007.parquet"): whole, filepath.Join("..", "readme"): nil,
	} {
		if err := os.WriteFile(filepath.Join(day, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, Options{})
	var got []string
	for _, f := range s.Torn() {
		rel, _ := filepath.Rel(dir, f.Path)
		got = append(got, rel+": "+f.Why)
	}
	want := []string{"0002.parquet: it does not end", "0003.parquet: it is cut", "0004.parquet: its footer", "0005.parquet: it does not end", "notes.txt: it is not the store's",
		"0007.parquet: it is of day \"2024-10-04\"", "readme: it is not"}
	if len(got) != len(want) {
		t.Errorf("named %q, want %q", got, want)
	}
	for i := range min(len(got), len(want)) {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("named %q, want %q", got[i], want[i])
		}
	}
	wantRows(t, s, rows)
	if err := s.Verify(ctx); err == nil || !strings.Contains(err.Error(), "0002.parquet") {
		t.Errorf("Verify: %v", err)
	}
	if err := s.Append(ctx, rows[:10]); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(day, "0006.parquet")); err != nil {
		t.Errorf("the next file does not come after the torn ones: %v", err)
	}
	if left := files(t, dir, ".tmp"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if b, err := os.ReadFile(filepath.Join(day, "0002.parquet")); err != nil || !reflect.DeepEqual(b, whole[:len(whole)/2]) {
		t.Errorf("the torn file was changed: %v", err)
	}
}

// A page that rots is found by its checksum, by every reader, and named.
func TestARottenPageIsNamed(t *testing.T) {
	rows := some(1, 5)
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, dayName(20000), "0001.parquet")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/4] ^= 0x10
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.Verify(ctx); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "column") {
		t.Errorf("Verify: %v", err)
	}
	if err := s.Rewrite(ctx, 1, time.Time{}, time.Time{}, func(*Row) bool { return true }); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("Rewrite of a rotten file: %v", err)
	}
	if again, _ := os.ReadFile(path); !slices.Equal(again, b) {
		t.Error("the rotten file was replaced")
	}
}
