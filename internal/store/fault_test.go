package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// A ledger is what a test did to a store and what it was told.
type ledger struct {
	acknowledged map[string]bool // names of organisations whose change was acknowledged
	refused      map[string]bool // and of those that failed
}

// change makes one change of several tables with an organisation of that name.
func (l *ledger) change(db *DB, site, ingest int64, n int) error {
	name := fmt.Sprintf("change %d", n)
	err := db.Change(context.Background(), deed, func(tx *Tx) error {
		if err := tx.AddOrganisation(&hub.Organisation{Name: name}); err != nil {
			return err
		}
		if err := tx.AddEvidence(site, ingest, sampleEvidence(uint64(n), 100)); err != nil {
			return err
		}
		return tx.AddNote(&hub.Note{Site: site, Device: "d-1", Text: name})
	})
	if err == nil {
		l.acknowledged[name] = true
	} else {
		l.refused[name] = true
	}
	return err
}

// check compares a store with the ledger: what was acknowledged is there, whole;
// of what was refused there is nothing, or, after a crash (perhaps), all.
func (l *ledger) check(t *testing.T, db *DB, perhaps bool) {
	t.Helper()
	orgs, err := db.Organisations(t.Context())
	if err != nil {
		t.Fatalf("%v", err)
	}
	there := map[string]bool{}
	for _, o := range orgs {
		there[o.Name] = true
	}
	notes, err := db.Notes(t.Context(), 1, "d-1")
	if err != nil {
		t.Fatalf("%v", err)
	}
	noted := map[string]bool{}
	for _, n := range notes {
		noted[n.Text] = true
	}
	for name := range l.acknowledged {
		if !there[name] || !noted[name] {
			t.Errorf("%s was acknowledged; organisation there: %v, note there: %v", name, there[name], noted[name])
		}
	}
	for name := range l.refused {
		if there[name] != noted[name] || there[name] && !perhaps {
			t.Errorf("%s was refused; organisation there: %v, note there: %v", name, there[name], noted[name])
		}
	}
	entries, err := db.VerifyAudit(t.Context())
	if err != nil {
		t.Errorf("audit: %v", err)
	}
	if want := int64(len(noted)) + 1; entries != want { // newSite's
		t.Errorf("%d rows in the audit log, want %d", entries, want)
	}
	e, err := db.Evidence(t.Context(), 1)
	if err != nil || len(noted) > 0 && len(e.Observations) < 100 {
		t.Errorf("%d observations, %v", len(e.Observations), err)
	}
}

// crashed opens what a crash leaves: a copy of the files, or what powerCut chose.
func (l *ledger) crashed(t *testing.T, path string) {
	t.Helper()
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatalf("after a crash: %v", err)
	}
	var says string
	if err := db.conn.QueryRowContext(t.Context(), "PRAGMA integrity_check(1)").Scan(&says); err != nil || says != "ok" {
		t.Errorf("after a crash: %s, %v", says, err)
	}
	l.check(t, db, true)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// quick is a folder in memory, where the system has one: an fsync there costs
// nothing, and what it would bring to the disk is told by theDisk.
func quick(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "lenscap")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func copyFiles(t *testing.T, path, dir string) string {
	t.Helper()
	to := filepath.Join(dir, filepath.Base(path))
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// TestEveryWriteFails fails writes, fsyncs, truncations and deletions of three
// changes in turn, with a checkpoint after each, in four ways. Whatever was
// acknowledged stays, in the process, after SIGKILL and after a power cut.
func TestEveryWriteFails(t *testing.T) {
	register()
	start := filepath.Join(quick(t), "estate.db")
	first := reopen(t, start, Options{})
	site, ingest := newSite(t, first, "north")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	for i, how := range []fault{before, after, torn, full} {
		t.Run(string(how), func(t *testing.T) {
			step := 7 // of about 190 operations; LENSCAP_FULL has every one fail
			if os.Getenv("LENSCAP_FULL") != "" {
				step = 1
			}
			struck := 0
			for k := 1 + i%step; ; k += step {
				dir := quick(t)
				path := copyFiles(t, start, dir)
				theDisk.reset(path)
				db := reopen(t, path, Options{vfs: "failing", Readers: 1})
				if _, err := db.conn.ExecContext(t.Context(), "PRAGMA wal_autocheckpoint = 8"); err != nil {
					t.Fatal(err)
				}
				l := &ledger{map[string]bool{}, map[string]bool{}}
				theDisk.arm(k, how)
				for n := range 3 {
					err := l.change(db, site, ingest, n)
					switch {
					case err != nil && how == full && errors.Is(err, syscall.ENOSPC):
					case err != nil && !strings.Contains(err.Error(), path):
						t.Errorf("operation %d: the error does not name the file: %v", k, err)
					}
					l.check(t, db, false)
				}
				hit := theDisk.disarm()
				if hit {
					struck++
				}
				l.crashed(t, copyFiles(t, path, quick(t)))
				l.crashed(t, theDisk.powerCut(t, path, quick(t), nil))
				l.crashed(t, theDisk.powerCut(t, path, quick(t), rand.New(rand.NewPCG(uint64(k), 1))))
				if err := l.change(db, site, ingest, 4); err != nil {
					t.Errorf("operation %d: a change after the fault is over: %v", k, err)
				}
				if err := db.Close(); err != nil {
					t.Errorf("operation %d: Close after the fault is over: %v", k, err)
				}
				l.crashed(t, path)
				_ = os.RemoveAll(dir)
				if t.Failed() {
					t.Fatalf("operation %d failed %s", k, how)
				}
				if !hit {
					break
				}
			}
			t.Logf("%d operations failed %s", struck, how)
			if struck < 5 {
				t.Error("the disk hardly failed: the test is broken")
			}
		})
	}
}

// TestPowerCutIsNoticed sees that the test above can fail: with synchronous=NORMAL
// a power cut takes back what was acknowledged.
func TestPowerCutIsNoticed(t *testing.T) {
	register()
	for sync, want := range map[string]int{"NORMAL": 0, "FULL": 1} {
		path := filepath.Join(quick(t), "estate.db")
		db := reopen(t, path, Options{})
		site, ingest := newSite(t, db, "north")
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		theDisk.reset(path)
		db = reopen(t, path, Options{vfs: "failing", synchronous: sync})
		l := &ledger{map[string]bool{}, map[string]bool{}}
		if err := l.change(db, site, ingest, 1); err != nil {
			t.Fatal(err)
		}
		cut := reopen(t, theDisk.powerCut(t, path, quick(t), nil), Options{})
		if notes, err := cut.Notes(t.Context(), site, "d-1"); err != nil || len(notes) != want {
			t.Errorf("synchronous=%s: %d acknowledged changes after a power cut, %v; want %d", sync, len(notes), err, want)
		}
		_ = db.Close()
	}
}

// TestDiskFull fills a small file system for real.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", dir).CombinedOutput(); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a small file system cannot be mounted (root is needed): %v %s", err, out)
		}
		t.Skipf("a small file system cannot be mounted (root is needed): %v %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", dir).Run() })
	db := reopen(t, filepath.Join(dir, "estate.db"), Options{})
	site, ingest := newSite(t, db, "north")
	l := &ledger{map[string]bool{}, map[string]bool{}}
	var err error
	for n := 0; err == nil; n++ {
		if n > 1000 {
			t.Fatal("the disk is never full")
		}
		err = l.change(db, site, ingest, n)
	}
	if !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), db.Path()) || !strings.Contains(err.Error(), "Make room") {
		t.Errorf("the error of a full disk: %v", err)
	}
	l.check(t, db, false)
	if out, err := exec.Command("mount", "-o", "remount,size=30m", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if err := l.change(db, site, ingest, 5000); err != nil {
		t.Errorf("a change when there is room again: %v", err)
	}
	l.check(t, db, false)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command("mount", "-o", "remount,ro", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if _, err := Open(t.Context(), db.Path(), Options{}); err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "must be allowed to write") {
		t.Errorf("a disk that is read-only: %v", err)
	}
}
