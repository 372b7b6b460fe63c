package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// running starts a hub on dir that hears commands, and ends with the test.
func running(t *testing.T, dir string, set ...func(*app.Config)) *app.App {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	cfg := app.Config{Dir: dir, Listen: "127.0.0.1:0", Version: "test", Now: theDay}
	for _, f := range set {
		f(&cfg)
	}
	a, err := app.New(ctx, cfg)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	<-a.Hears()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return a
}

func ask(t *testing.T, dir, kind, about string) (string, error) {
	t.Helper()
	return app.Ask(t.Context(), dir, "test", kind, about, func(string) {})
}

// TestARunningHubIsCaredFor orders everything of a hub that serves and reads, by
// the folder only, and restores the copy.
func TestARunningHubIsCaredFor(t *testing.T) {
	for name, dir := range map[string]string{"short": filepath.Join(t.TempDir(), "hub"), "long": filepath.Join(t.TempDir(), strings.Repeat("a long name of a folder ", 8), "hub")} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "lenscap.yaml"), []byte("{}\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			a := running(t, dir)
			for _, name := range captures()[:2] {
				if err := takeOne(t.Context(), a, name); err != nil {
					t.Fatal(err)
				}
			}
			says, err := ask(t, dir, "rebuild", "")
			if err != nil || !strings.Contains(says, "worked out again") {
				t.Errorf("rebuild: %q, %v", says, err)
			}
			says, err = ask(t, dir, "verify-audit", "")
			head := regexp.MustCompile(`[0-9a-f]{64}`).FindString(says)
			if err != nil || head == "" {
				t.Fatalf("verify-audit: %q, %v", says, err)
			}
			if says, err = ask(t, dir, "verify-audit", head); err != nil || !strings.Contains(says, "is that of row") {
				t.Errorf("verify-audit with the head: %q, %v", says, err)
			}
			if says, err = ask(t, dir, "verify-audit", strings.Repeat("0", 64)); err == nil {
				t.Errorf("verify-audit with a head that was never there: %q", says)
			}
			if says, err = ask(t, dir, "vacuum", ""); err != nil {
				t.Errorf("vacuum: %q, %v", says, err)
			}
			if _, err = ask(t, dir, "dance", ""); err == nil || !strings.Contains(err.Error(), "backup, rebuild") {
				t.Errorf("a task that there is not: %v", err)
			}
			copied := filepath.Join(t.TempDir(), "copy")
			if says, err = ask(t, dir, "backup", copied); err != nil || !strings.Contains(says, copied) {
				t.Fatalf("backup: %q, %v", says, err)
			}
			if _, err = ask(t, dir, "backup", copied); err == nil || !strings.Contains(err.Error(), "not there yet") {
				t.Errorf("a backup over another: %v", err)
			}
			again := filepath.Join(t.TempDir(), "again")
			if _, err := app.Restore(t.Context(), copied, again); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(again, "lenscap.yaml")); err != nil {
				t.Errorf("the settings are not restored: %v", err)
			}
			b, err := openAt(t.Context(), again)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()                                  //nolint:errcheck // read only
			if err := b.Hub.Drain(t.Context()); err != nil { // what waited during the copy is in both
				t.Fatal(err)
			}
			if err := a.Hub.Settled(t.Context()); err != nil {
				t.Fatal(err)
			}
			if want, got := dump(t, a), dump(t, b); got != want || len(got) < 1000 {
				t.Errorf("the restored hub has another estate: %d bytes, want %d; %s", len(got), len(want), firstDifference(want, got))
			}
		})
	}
}

func TestNoHubHearsWhereNoneRuns(t *testing.T) {
	if _, err := app.Ask(t.Context(), t.TempDir(), "test", "vacuum", "", func(string) {}); !errors.Is(err, app.ErrNoHub) {
		t.Errorf("got %v, want ErrNoHub", err)
	}
}

// TestAHubWithoutItsDatabaseIsNoNewHub takes the database away beside what was
// made with it.
func TestAHubWithoutItsDatabaseIsNoNewHub(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "hub")
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := takeOne(t.Context(), a, captures()[0]); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Hub.Drain(t.Context()), a.Close()); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, store.File)
	for _, c := range []struct {
		name string
		do   func() error
		says string
	}{
		{"emptied", func() error { return os.Truncate(file, 0) }, "is empty"},
		{"missing", func() error { return os.Remove(file) }, "is not there"},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if _, err := openAt(t.Context(), dir); err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "restore") {
			t.Errorf("%s: got %v, want an error that says so and what to do", c.name, err)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a database was made")
	}
	if err := os.RemoveAll(filepath.Join(dir, "history")); err != nil {
		t.Fatal(err)
	}
	if a, err = openAt(t.Context(), dir); err != nil {
		t.Errorf("a folder without anything of a hub: %v", err)
	} else if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestOneTaskIsDoneAtATime(t *testing.T) {
	a := running(t, t.TempDir())
	wait, still := make(chan struct{}), make(chan struct{})
	held := make(chan error, 1)
	go func() {
		held <- a.Hub.Still(func() error {
			close(still)
			<-wait
			return nil
		})
	}()
	<-still
	if _, err := a.Care.Begin("test", "backup", filepath.Join(t.TempDir(), "copy")); err != nil { // which waits for Still
		t.Error(err)
	}
	if _, err := a.Care.Begin("test", "vacuum", ""); !errors.Is(err, hub.ErrBusy) {
		t.Errorf("a second task: got %v, want ErrBusy", err)
	}
	close(wait)
	if err := <-held; err != nil {
		t.Error(err)
	}
}
