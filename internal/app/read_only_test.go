//go:build linux

package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/store"
)

// TestAMediumThatCannotBeWritten has a hub, its copy, and a hub that was killed on a
// file system that is mounted read-only, where root may write no more than others.
func TestAMediumThatCannotBeWritten(t *testing.T) {
	disk := mounted(t, "64m")
	dir := aHub(t, 2)
	copied, closed, killed := filepath.Join(disk, "copy"), filepath.Join(disk, "hub"), filepath.Join(disk, "killed")
	if err := errors.Join(copyAway(t.Context(), dir, copied), os.CopyFS(closed, os.DirFS(dir))); err != nil {
		t.Fatal(err)
	}
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(takeOne(t.Context(), a, captures()[1]), os.CopyFS(killed, os.DirFS(dir)), a.Close(), os.Remove(filepath.Join(killed, store.File+"-shm"))); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{copied, closed} {
		for _, kind := range []string{"verify-audit", "verify-history"} {
			if !app.Sealed(dir) {
				t.Errorf("%s is not known to be sealed", dir)
			}
			if says, err := app.Prove(t.Context(), dir, kind, ""); err != nil {
				t.Errorf("%s of %s: %q, %v", kind, dir, says, err)
			}
		}
	}
	if says, err := app.Prove(t.Context(), killed, "verify-audit", ""); err == nil || !strings.Contains(err.Error(), "copy the folder") {
		t.Errorf("of a hub that was killed: %q, %v; want what to do", says, err)
	}
	for _, dir := range []string{copied, closed, killed} {
		if a, err := openAt(t.Context(), dir); err == nil {
			t.Errorf("a hub runs on %s: %v", dir, a.Close())
		} else if !strings.Contains(err.Error(), "cannot be written") || !strings.Contains(err.Error(), "hub restore") {
			t.Errorf("a hub on %s: %v, want what to do", dir, err)
		}
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := app.Restore(t.Context(), copied, again); err != nil {
		t.Errorf("restore from there: %v", err)
	}
	if _, err := app.Restore(t.Context(), copied, filepath.Join(disk, "again")); err == nil || strings.Contains(err.Error(), "empty it") {
		t.Errorf("restore to there: %v, want no word of what to empty", err)
	}
}
