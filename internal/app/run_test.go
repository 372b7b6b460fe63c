package app_test

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/settings"
)

// TestAHubRunsFromItsSettings starts one with a watched folder, asks it for the
// page of sign-in, and stops it.
func TestAHubRunsFromItsSettings(t *testing.T) {
	dir := t.TempDir()
	watched := filepath.Join(dir, "in")
	if err := os.Mkdir(watched, 0o700); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../examples/lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(watched, "station.pcapng")
	old := time.Now().Add(-time.Hour)
	if os.WriteFile(path, b, 0o600) != nil || os.Chtimes(path, old, old) != nil {
		t.Fatal("write the capture")
	}
	file := filepath.Join(dir, "lenscap.yaml")
	if err := os.WriteFile(file, []byte("listen: {address: 'localhost:0'}\ndata: "+filepath.Join(dir, "hub")+"\nwatch:\n- {folder: "+watched+", site: Council/Town hall, every: 1s}\ncollect:\n- {address: 'localhost:0', site: Council/Town hall, allow: [127.0.0.0/8]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := settings.Load(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg := app.Config{Version: "test"}
	if err := cfg.Use(s); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	events, quit := a.Hub.Listen()
	defer quit()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	link, err := a.Guard.FirstLink(ctx)
	if err != nil || !strings.HasPrefix(link, a.URL()+"/first") {
		t.Errorf("the first administrator's link is %q, %v", link, err)
	}
	for _, c := range []struct {
		path   string
		status int
		has    string
	}{{"/sign-in", 200, "Password"}, {"/", 303, ""}, {"/nothing", 404, ""}} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL()+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Transport{}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if res.StatusCode != c.status || !strings.Contains(string(body), c.has) {
			t.Errorf("%s: status %d without %q, want %d with it", c.path, res.StatusCode, c.has, c.status)
		}
	}
	select {
	case err := <-ended:
		t.Fatalf("the hub ended by itself: %v", err)
	case <-events: // the watched capture was taken
	}
	if err := a.Hub.Settled(ctx); err != nil {
		t.Fatal(err)
	}
	if list, err := a.Store.Ingests(ctx, 1, 0, 10); err != nil || len(list) != 1 || list[0].State != "done" {
		t.Fatalf("the watched capture is not read: %+v, %v", list, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the hub ended with %v", err)
	}
}

// TestABackupIsRestoredToTheSameEstate backs a hub up while it is open.
func TestABackupIsRestoredToTheSameEstate(t *testing.T) {
	dir := t.TempDir()
	a, err := openAt(t.Context(), filepath.Join(dir, "hub"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range captures()[:2] {
		if err := takeOne(t.Context(), a, name); err != nil {
			t.Fatal(err)
		}
		if err := a.Hub.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	copied := filepath.Join(dir, "copy")
	if err := a.Backup(t.Context(), copied); err != nil {
		t.Fatal(err)
	}
	want := dump(t, a)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(t.Context(), copied, filepath.Join(dir, "hub")); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("restoring over a hub: %v, want an error that says it is not empty", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "new"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(t.Context(), copied, filepath.Join(dir, "new")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hub", "copy", "new"} {
		onlyOwners(t, filepath.Join(dir, name))
	}
	b, err := openAt(t.Context(), filepath.Join(dir, "new"))
	if err != nil {
		t.Fatal(err)
	}
	if got := dump(t, b); got != want {
		t.Error("the restored estate differs")
	}
	if err := b.Hub.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := dump(t, b); got != want {
		t.Error("a rebuild of the restored estate differs: its history did not come along")
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

// onlyOwners fails for a file that others may read: there are hashes of passwords
// in the hub's folder.
func onlyOwners(t *testing.T, dir string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		return
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
