package app_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// copier is the environment variable that makes the test binary copy the hub in
// its value to the folder in copierTo.
const (
	copier   = "LENSCAP_TEST_COPIER"
	copierTo = "LENSCAP_TEST_COPIER_TO"
)

func copyAway(ctx context.Context, dir, to string) error {
	a, err := openAt(ctx, dir)
	if err != nil {
		return err
	}
	return errors.Join(a.Backup(ctx, to), a.Close())
}

// aHub is a folder of a hub that read a capture, with so many days of history more.
func aHub(t *testing.T, days int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a[1] hub") // which is a pattern too
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(takeOne(t.Context(), a, captures()[0]), a.Hub.Drain(t.Context())); err != nil {
		t.Fatal(err)
	}
	var rows []history.Row
	for day := range int64(days) {
		for i := range int64(300) {
			rows = append(rows, history.Row{Site: 1, Device: "d-1", Hour: (20000 + day) * 86400, Port: uint16(i), BytesUp: i * i * i}) //nolint:gosec // below 300
		}
	}
	if err := errors.Join(a.History.Append(t.Context(), rows), a.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func dayFiles(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := fs.Glob(os.DirFS(dir), "history/*/*.parquet")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	for i, p := range paths {
		paths[i] = filepath.Join(dir, filepath.FromSlash(p))
	}
	return paths
}

func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A copy that lacks anything, or has another thing in its place, is not restored,
// and what is wrong is named.
func TestACopyThatIsNotWholeIsNotRestored(t *testing.T) {
	dir := aHub(t, 8)
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // read only
	if err := takeOne(t.Context(), a, captures()[1]); err != nil {
		t.Fatal(err) // waits
	}
	for name, c := range map[string]struct {
		do   func(copied string) error
		says string
	}{
		"a day file is missing":  {func(c string) error { return os.Remove(dayFiles(t, c)[3]) }, ".parquet is missing"},
		"the history is missing": {func(c string) error { return os.RemoveAll(filepath.Join(c, "history")) }, "9 of the "},
		"what waits is missing":  {func(c string) error { return os.RemoveAll(filepath.Join(c, "waiting")) }, "waiting/in-"},
		"a file is longer": {func(c string) error {
			edit(t, dayFiles(t, c)[0], func(b []byte) []byte { return append(b, 0) })
			return nil
		}, " bytes, and had "},
		"a file is changed": {func(c string) error {
			edit(t, dayFiles(t, c)[0], func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
			return nil
		}, "was changed"},
		"the list is missing": {func(c string) error { return os.Remove(filepath.Join(c, app.ListFile)) }, "cut short"},
		"the list is cut":     {func(c string) error { return os.Truncate(filepath.Join(c, app.ListFile), 200) }, "is damaged"},
		"the list leads elsewhere": {func(c string) error {
			edit(t, filepath.Join(c, app.ListFile), func(b []byte) []byte {
				return []byte(strings.Replace(string(b), `"lenscap.db"`, `"../lenscap.db"`, 1))
			})
			return nil
		}, `it lists "../lenscap.db"`},
	} {
		t.Run(name, func(t *testing.T) {
			copied, again := filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "again")
			if err := a.Backup(t.Context(), copied); err != nil {
				t.Fatal(err)
			}
			if err := c.do(copied); err != nil {
				t.Fatal(err)
			}
			if _, err := app.Restore(t.Context(), copied, again); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error with %q", err, c.says)
			}
			if _, err := os.Stat(again); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("something was restored: %v", err)
			}
		})
	}
}

// A program that is killed while it copies leaves nothing that is taken for a copy.
func TestAKilledBackupIsNoBackup(t *testing.T) {
	dir := aHub(t, 60)
	for i, after := range []string{"lenscap.db", "history", filepath.Join("history", "2024-10-20"), "waiting"} {
		to := filepath.Join(t.TempDir(), fmt.Sprint("copy", i))
		cmd := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // this test's own binary
		cmd.Env = append(os.Environ(), copier+"="+dir, copierTo+"="+to)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for there := false; !there; {
			select {
			case err := <-ended:
				ended <- err
				there = true // it was quicker
			case <-time.After(100 * time.Microsecond): // nothing tells how far another program is
				for _, d := range []string{to, to + ".part"} {
					if _, err := os.Lstat(filepath.Join(d, after)); err == nil {
						there = true
					}
				}
			}
		}
		_ = cmd.Process.Kill()
		<-ended
		for _, d := range []string{to, to + ".part"} {
			if _, err := os.Lstat(d); err != nil {
				continue
			}
			again := filepath.Join(t.TempDir(), "again")
			_, err := app.Restore(t.Context(), d, again)
			if d != to && err == nil {
				t.Errorf("killed after %s: a part is restored", after)
			}
			if d == to && err != nil {
				t.Errorf("killed after %s: it has its name and is not whole: %v", after, err)
			}
			if err == nil && len(dayFiles(t, again)) != len(dayFiles(t, dir)) {
				t.Errorf("killed after %s: %d of %d day files", after, len(dayFiles(t, again)), len(dayFiles(t, dir)))
			}
		}
		clears(t, dir, to, i%2 == 0)
	}
}

// clears demands that what a kill left at to goes when the hub starts, or with the
// next copy to that place.
func clears(t *testing.T, dir, to string, start bool) {
	t.Helper()
	if _, err := os.Lstat(filepath.Join(to+".part", app.ListFile)); err == nil || !start && there(to) {
		return // it was quicker than the kill
	}
	if start {
		a, err := app.New(t.Context(), app.Config{Dir: dir, Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	} else {
		a, err := openAt(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		says, err := a.Do(t.Context(), "test", "backup", to, func(string) {})
		if err := errors.Join(err, a.Close()); err != nil || !there(to) || !strings.Contains(says, "cut short was taken away before: "+to+".part") {
			t.Errorf("the next copy says %q, %v", says, err)
		}
	}
	for _, left := range []string{to + ".part", filepath.Join(dir, "backup.at"), filepath.Join(to, "being-made.lock")} {
		if there(left) {
			t.Errorf("%s stays", left)
		}
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// What is not known to be left of a copy is never taken away, nor one that is being
// made.
func TestABackupTakesNothingElseAway(t *testing.T) {
	dir, to := aHub(t, 1), filepath.Join(t.TempDir(), "copy")
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // read only
	if err := os.Mkdir(to+".part", 0o700); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(to+".part", "being-made.lock"))
	for _, c := range []struct {
		name, says string
		before     func() error
	}{
		{"a folder of somebody's", "not known to be a copy", func() error { return nil }},
		{"a copy that is being made", "being made now", func() error {
			_, err := lock.TryLock()
			return err
		}},
		{"a copy that is whole", "rename it to copy", func() error {
			return errors.Join(lock.Close(), os.Remove(lock.Path()), os.WriteFile(filepath.Join(to+".part", app.ListFile), nil, 0o600))
		}},
	} {
		if err := c.before(); err != nil {
			t.Fatal(err)
		}
		if err := a.Backup(t.Context(), to); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if !there(to + ".part") {
			t.Fatalf("%s is gone", c.name)
		}
	}
}

// Day files that rotted are copied as they are, named, and restored.
func TestABackupIsMadeOfADamagedHistory(t *testing.T) {
	dir := aHub(t, 3)
	files := dayFiles(t, dir)
	edit(t, files[0], func(b []byte) []byte { b[len(b)/8] ^= 4; return b })
	edit(t, files[1], func(b []byte) []byte { return b[:len(b)-7] }) // its footer: left out when the hub starts
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files[2]); err != nil {
		t.Fatal(err)
	}
	copied, again := filepath.Join(t.TempDir(), "copy"), filepath.Join(t.TempDir(), "again")
	err = a.Backup(t.Context(), copied)
	var damaged *app.DamagedError
	if !errors.As(err, &damaged) {
		t.Fatalf("got %v, want a DamagedError", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	list, err := app.Restore(t.Context(), copied, again)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range files[:3] {
		rel, _ := filepath.Rel(dir, path)
		if !strings.Contains(damaged.Error(), filepath.ToSlash(rel)) || !strings.Contains(list.Words(), filepath.ToSlash(rel)) {
			t.Errorf("%s is not named in %v, or in %s", rel, damaged, list.Words())
		}
		if strings.Contains(damaged.Error(), ".part") {
			t.Errorf("it speaks of a folder that is gone: %v", damaged)
		}
		want, err := os.ReadFile(path)
		got, err2 := os.ReadFile(filepath.Join(again, rel))
		if i < 2 && (err != nil || err2 != nil || string(want) != string(got)) {
			t.Errorf("%s is not restored as it was: %v, %v", rel, err, err2)
		}
	}
	b, err := openAt(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// A hub whose conversations are gone says so, and starts without them when told.
func TestAHubWithoutItsHistoryAsksFirst(t *testing.T) {
	dir := aHub(t, 1)
	if err := os.RemoveAll(filepath.Join(dir, "history")); err != nil {
		t.Fatal(err)
	}
	if a, err := openAt(t.Context(), dir); err == nil {
		t.Error("it started", a.Close())
	} else if !strings.Contains(err.Error(), "--without-history") || !strings.Contains(err.Error(), "restore") {
		t.Errorf("got %v, want what to do", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "history")); err == nil {
		t.Error("a history was made")
	}
	for _, without := range []bool{true, false} { // once is enough
		a, err := app.Open(t.Context(), app.Config{Dir: dir, WithoutHistory: without})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Copies do not go into a hub's own folder, by whatever name, nor hubs into each
// other.
func TestHubsAndCopiesDoNotStandInEachOther(t *testing.T) {
	dir := aHub(t, 1)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(filepath.Join(dir, "history"), link); err != nil {
		t.Fatal(err)
	}
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // read only
	for _, to := range []string{filepath.Join(dir, "x"), filepath.Join(dir, "history", "x"), filepath.Join(dir, "waiting", "in-x"), filepath.Join(link, "x")} {
		if err := a.Backup(t.Context(), to); err == nil || !strings.Contains(err.Error(), "own folder") {
			t.Errorf("backup to %s: %v", to, err)
		}
	}
	says, err := a.Do(t.Context(), "test", "backup", "", func(string) {}) // where copies go by themselves
	if err != nil {
		t.Fatal(says, err)
	}
	copies, err := os.ReadDir(filepath.Join(dir, "backups"))
	if err != nil || len(copies) != 1 {
		t.Fatal(copies, err)
	}
	copied := filepath.Join(dir, "backups", copies[0].Name())
	for _, to := range []string{dir, filepath.Join(dir, "new"), filepath.Join(dir, "history", "new"), filepath.Join(link, "new"), filepath.Join(copied, "new")} {
		if _, err := app.Restore(t.Context(), copied, to); err == nil {
			t.Errorf("restored into %s", to)
		}
	}
	// A hub does not start where a copy was put in part.
	half := t.TempDir()
	if err := os.WriteFile(filepath.Join(half, "restore.part"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openAt(t.Context(), half); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("a hub on a part of a copy: %v", err)
	}
}

// A copy is proved without a byte being written in it.
func TestACopyIsProvedWhereItStands(t *testing.T) {
	dir := aHub(t, 2)
	copied := filepath.Join(t.TempDir(), "copy")
	if err := copyAway(t.Context(), dir, copied); err != nil {
		t.Fatal(err)
	}
	if app.Sealed(dir) || !app.Sealed(copied) {
		t.Errorf("sealed: the hub %v, the copy %v", app.Sealed(dir), app.Sealed(copied))
	}
	names := func() (out []string) {
		_ = filepath.WalkDir(copied, func(path string, d fs.DirEntry, err error) error {
			info, e := d.Info()
			out = append(out, fmt.Sprint(path, info.ModTime(), info.Size(), err, e))
			return nil
		})
		return out
	}
	before := names()
	for _, kind := range []string{"verify-audit", "verify-history"} {
		if says, err := app.Prove(t.Context(), copied, kind, ""); err != nil || !strings.Contains(says, "as its list has it") {
			t.Errorf("%s: %q, %v", kind, says, err)
		}
	}
	if after := names(); strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("it was written in:\n%s\n%s", before, after)
	}
	if err := os.Remove(filepath.Join(copied, app.ListFile)); err != nil {
		t.Fatal(err)
	}
	edit(t, dayFiles(t, copied)[0], func(b []byte) []byte { b[len(b)/8] ^= 4; return b })
	if says, err := app.Prove(t.Context(), copied, "verify-history", ""); err == nil {
		t.Errorf("a damaged file is well: %q", says)
	}
	if _, err := store.Prove(t.Context(), filepath.Join(copied, store.File), strings.Repeat("0", 64)); err == nil || errors.Is(err, hub.ErrInvalid) {
		t.Errorf("a head that was never there: %v", err)
	}
}
