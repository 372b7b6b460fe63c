//go:build linux

package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
)

// mounted is a file system of its own in memory, of size bytes; what it is mounted
// with can be changed. Who may not mount skips the test, but not in CI, where the
// privilege must be there.
func mounted(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) && os.Getenv("CI") != "true" {
		t.Skip("mounts a file system of its own, which only root may, and not in every container")
	}
	if err != nil {
		t.Fatalf("mount a file system in memory: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

const password = "oriole quarry tundra mint"

// signIn gives the status, the session's cookie and the page.
func signIn(t *testing.T, a *app.App) (int, *http.Cookie, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL()+"/sign-in", strings.NewReader(url.Values{"name": {"ada"}, "password": {password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	for _, c := range res.Cookies() {
		if c.Name == a.Guard.SessionCookie() {
			return res.StatusCode, c, string(body)
		}
	}
	return res.StatusCode, nil, string(body)
}

// TestAHubOnAFullDiskIsRead fills the disk of a hub that runs, to the last byte.
func TestAHubOnAFullDiskIsRead(t *testing.T) {
	disk := mounted(t, "24m")
	a, err := app.New(t.Context(), app.Config{Dir: filepath.Join(disk, "hub"), Listen: "127.0.0.1:0", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(a.Guard.AddAccount(t.Context(), access.Console("test"), &access.Account{Name: "ada", Roles: map[int64]access.Role{0: access.Admin}}, password),
		takeOne(t.Context(), a, captures()[0]), a.Hub.Drain(t.Context())); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	status, cookie, _ := signIn(t, a)
	if status != http.StatusSeeOther || cookie == nil {
		t.Fatalf("sign-in: %d", status)
	}

	filler := filepath.Join(disk, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1 << 20; n > 0; n /= 2 { // to the last byte
		for err = nil; err == nil; _, err = f.Write(bytes.Repeat([]byte{1}, n)) {
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	full := false
	for range 200 { // what is free inside the database is used up first
		status, _, page := signIn(t, a)
		if status == http.StatusSeeOther {
			continue
		}
		full = true
		if status != http.StatusInsufficientStorage || !strings.Contains(page, "disk is full") || !strings.Contains(page, `name="password"`) {
			t.Errorf("sign-in on a full disk: %d, want 507 and the form, with the reason\n%s", status, page)
		}
		break
	}
	if !full {
		t.Fatal("the disk is not full")
	}
	for _, path := range []string{"/", "/egress", "/findings", "/rules", "/plan", "/board", "/inputs", "/audit", "/sites/1", "/care", "/settings", "/account", "/estate.csv", "/api/v1/devices", "/api/v1/sites/1/export?format=sarif", "/search"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.URL()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(cookie)
		res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s on a full disk: %d, %v\n%s", path, res.StatusCode, err, body)
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if status, _, page := signIn(t, a); status != http.StatusSeeOther {
		t.Errorf("sign-in when there is room again: %d\n%s", status, page)
	}
}
