package app_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
)

// victim is the environment variable that makes the test binary a hub to be
// killed; its value is the hub's folder.
const victim = "LENSCAP_TEST_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victim); dir != "" {
		if err := take(context.Background(), dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if dir := os.Getenv(copier); dir != "" {
		if err := copyAway(context.Background(), dir, os.Getenv(copierTo)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func captures() []string {
	all, err := fs.Glob(examples.Estate, "town-hall/*.pcapng.zst")
	if err != nil || len(all) < 6 {
		panic(fmt.Sprint("captures of the example: ", len(all), err))
	}
	return all[:6]
}

func openAt(ctx context.Context, dir string) (*app.App, error) {
	return app.Open(ctx, app.Config{Dir: dir, Version: "test", Now: theDay})
}

// take puts captures into a hub and says each that was acknowledged.
func take(ctx context.Context, dir string, out *os.File) error {
	a, err := openAt(ctx, dir)
	if err != nil {
		return err
	}
	for _, name := range captures() {
		if err := takeOne(ctx, a, name); err != nil {
			return err
		}
		fmt.Fprintln(out, name)
		if err := a.Hub.Drain(ctx); err != nil {
			return err
		}
	}
	return a.Close()
}

func takeOne(ctx context.Context, a *app.App, name string) error {
	site, err := a.Hub.FindSite(ctx, "test", "Council", "Town hall")
	if err != nil {
		return err
	}
	b, err := fs.ReadFile(examples.Estate, name)
	if err != nil {
		return err
	}
	_, err = a.Hub.Take(ctx, hub.Parcel{Site: site.ID, Organisation: site.Organisation, Name: name, Source: "upload", By: "test"}, bytes.NewReader(b))
	return err
}

// TestAKilledHubLosesNothingThatItTook kills a hub while it works, starts it
// again, and holds what comes out against a hub that nobody killed.
func TestAKilledHubLosesNothingThatItTook(t *testing.T) {
	for _, c := range []struct {
		after int // captures that the hub acknowledged before it is killed
		wait  time.Duration
	}{{1, 0}, {2, 40 * time.Millisecond}, {4, 150 * time.Millisecond}} {
		t.Run(fmt.Sprintf("after %d and %s", c.after, c.wait), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "hub")
			acked := kill(t, dir, c.after, c.wait)
			got, names := revive(t, dir)
			for _, name := range acked {
				if !slices.Contains(names, name) {
					t.Errorf("%s was acknowledged and is not there", name)
				}
			}
			clean := filepath.Join(t.TempDir(), "hub")
			a, err := openAt(t.Context(), clean)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range names {
				if err := takeOne(t.Context(), a, name); err != nil {
					t.Fatal(err)
				}
				if err := a.Hub.Drain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			want := dump(t, a)
			if err := a.Close(); err != nil {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("after the kill %d bytes of derived rows, without it %d, and they differ", len(got), len(want))
			}
		})
	}
}

// kill starts a hub and kills it a while after it acknowledged so many captures.
func kill(t *testing.T, dir string, after int, wait time.Duration) (acked []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victim+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if acked = append(acked, strings.TrimSpace(lines.Text())); len(acked) == after {
			time.Sleep(wait) // the moment is to differ; nothing depends on which it is
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // it was killed
	if len(acked) < after {
		t.Fatalf("the hub ended by itself after %d captures", len(acked))
	}
	return acked
}

// revive opens what a killed hub left, lets it finish, and checks it.
func revive(t *testing.T, dir string) (derived string, names []string) {
	t.Helper()
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatalf("open what the killed hub left: %v", err)
	}
	if err := a.Hub.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Store.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
	if err := a.History.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	list, err := a.Store.Ingests(t.Context(), 1, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(list)
	for _, in := range list {
		names = append(names, in.Name)
		if in.State != hub.Done {
			t.Errorf("%s is %s: %s", in.Name, in.State, in.Error)
		}
	}
	derived = dump(t, a)
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	return derived, names
}

func dump(t *testing.T, a *app.App) string {
	t.Helper()
	var b bytes.Buffer
	if err := a.Store.Dump(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// firstDifference shows where two dumps part.
func firstDifference(want, got string) string {
	n := 0
	for n < len(want) && n < len(got) && want[n] == got[n] {
		n++
	}
	around := func(s string) string { return s[max(0, min(n-200, len(s))):min(n+200, len(s))] }
	return fmt.Sprintf("at byte %d\nwant …%s…\ngot  …%s…", n, around(want), around(got))
}

// theDay is today for hubs whose estates are compared: verdicts are as at a day.
func theDay() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }
