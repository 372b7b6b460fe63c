package history

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// folders are what the store's folder has beside its lock.
func folders(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// A day whose rows are all forgotten leaves no folder, but for what is not the
// store's in it; one that an older store left goes when the store is opened.
func TestNoFolderStaysOfADayWithoutRows(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	rows := some(3, 2)
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	note := filepath.Join(dir, dayName(20001), "note.txt")
	if err := os.WriteFile(note, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for n := range int64(4) {
		if err := s.Forget(ctx, n+1); err != nil {
			t.Fatal(err)
		}
	}
	if got := folders(t, dir); len(got) != 1 || got[0] != dayName(20001) {
		t.Errorf("folders %v, want that with the note only", got)
	}
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, rows)
	s.Close()
	for _, d := range []int64{19000, 19001} {
		if err := os.Mkdir(filepath.Join(dir, dayName(d)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, dir, Options{ReadOnly: true})
	s.Close()
	if got := folders(t, dir); len(got) != 5 {
		t.Errorf("folders %v after it was only read, want five", got)
	}
	s = open(t, dir, Options{})
	wantRows(t, s, rows)
	if got := folders(t, dir); len(got) != 3 {
		t.Errorf("folders %v, want three", got)
	}
	if _, err := os.Stat(note); err != nil {
		t.Error(err)
	}
}

// An ingest that comes to a day while its last rows go finds the folder there.
func TestAFolderGoesUnderNobodyThatWrites(t *testing.T) {
	s := open(t, t.TempDir(), Options{MaxFiles: 2, disk: &badDisk{room: -1}}) // a disk that need not sync
	var wg sync.WaitGroup
	for w := range int64(3) {
		wg.Go(func() {
			for range 60 {
				rows := []Row{{Site: 1, Device: deviceID(1), Hour: 20000 * daySec, Ingest: w + 1, Flows: 1}}
				if err := s.Append(ctx, rows); err != nil {
					t.Error(err)
					return
				}
				if err := s.Forget(ctx, w+1); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := folders(t, s.dir); len(got) > 0 || len(s.Days()) > 0 {
		t.Errorf("folders %v, days %v; want none", got, s.Days())
	}
}
