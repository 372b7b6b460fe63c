package history

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var errDisk = errors.New("the disk said no")

// A badDisk fails one step, before it takes effect or after.
type badDisk struct {
	osDisk
	mu    sync.Mutex
	fail  int  // the step that fails; 0: none
	after bool // it takes effect all the same
	dead  bool // and every later one fails, without effect
	step  int
	what  string // that failed
	room  int64  // bytes that may still be written; below 0: any number
}

func (d *badDisk) do(what string, f func() error) error {
	d.mu.Lock()
	d.step++
	now := d.step == d.fail
	if now {
		d.what = what
	}
	gone := d.dead && d.fail > 0 && d.step > d.fail
	d.mu.Unlock()
	if gone || now && !d.after {
		return errDisk
	}
	err := f()
	if now && err == nil {
		err = errDisk
	}
	return err
}

func (d *badDisk) Create(name string) (f diskFile, err error) {
	err = d.do("create", func() (err error) { f, err = d.osDisk.Create(name); return err })
	if err != nil {
		if f != nil {
			f.Close()
		}
		return nil, err
	}
	return &badFile{f, d}, nil
}
func (d *badDisk) Rename(a, b string) error {
	return d.do("rename", func() error { return d.osDisk.Rename(a, b) })
}
func (d *badDisk) Remove(a string) error {
	return d.do("remove", func() error { return d.osDisk.Remove(a) })
}
func (d *badDisk) MkdirAll(a string) error {
	return d.do("mkdir", func() error { return d.osDisk.MkdirAll(a) })
}
func (d *badDisk) SyncDir(a string) error {
	return d.do("sync folder", func() error { return nil }) // the play is long, and this machine does not stop
}

type badFile struct {
	diskFile
	d *badDisk
}

func (f *badFile) Write(b []byte) (n int, err error) {
	if f.d.room >= 0 {
		if int64(len(b)) > f.d.room {
			return 0, &os.PathError{Op: "write", Path: "file", Err: syscall.ENOSPC}
		}
		f.d.room -= int64(len(b))
	}
	err = f.d.do("write", func() error { n, err = f.diskFile.Write(b); return err })
	return n, err
}
func (f *badFile) Sync() error  { return f.d.do("sync", func() error { return nil }) }
func (f *badFile) Close() error { return f.d.do("close", f.diskFile.Close) }

// A step of the play that is failed at every point: what is done, and again
// after it failed.
type act struct {
	name      string
	do, again func(*Store) error
}

// play is a life of a store, and what is in it at the end.
func play() (acts []act, want []Row) {
	rows := some(2, 2)
	rows = where(rows, func(r *Row) bool { return r.Hour%(3*hourSec) == 0 })
	of := func(n int64) []Row { return where(rows, func(r *Row) bool { return r.Ingest == n }) }
	for n := int64(1); n <= 4; n++ {
		acts = append(acts, act{fmt.Sprint("append ", n), func(s *Store) error { return s.Append(ctx, of(n)) }, func(s *Store) error {
			if err := s.Forget(ctx, n); err != nil {
				return err
			}
			return s.Append(ctx, of(n))
		}})
		if n == 2 || n == 4 {
			f := func(s *Store) error { return s.Compact(ctx) }
			acts = append(acts, act{"compact", f, f})
		}
		if n == 3 {
			f := func(s *Store) error { return s.Forget(ctx, 1) }
			acts = append(acts, act{"forget", f, f})
			g := func(s *Store) error { return s.Forget(ctx, 3) }
			acts = append(acts, act{"forget whole files", g, g})
		}
	}
	f := func(s *Store) error {
		return s.Rewrite(ctx, 1, time.Time{}, time.Time{}, func(r *Row) bool { r.Country = "XX"; return r.Port != 53 })
	}
	acts = append(acts, act{"rewrite", f, f})
	g := func(s *Store) error { _, err := s.Retain(ctx, time.Unix(20001*daySec, 0), math.MaxInt64); return err }
	acts = append(acts, act{"retain", g, g})
	want = where(rows, func(r *Row) bool {
		if r.Site == 1 {
			r.Country = "XX"
		}
		return (r.Ingest == 2 || r.Ingest == 4) && !(r.Site == 1 && r.Port == 53) && r.Hour >= 20001*daySec
	})
	return acts, want
}

// Every step on the disk fails once before and once after it took effect: the
// call says so, and again makes it good.
func TestEveryStepFails(t *testing.T) {
	acts, want := play()
	for _, after := range []bool{false, true} {
		seen := map[string]int{}
		for n := 1; ; n += stride() {
			d := &badDisk{fail: n, after: after, room: -1}
			dir := t.TempDir()
			s, err := Open(dir, Options{disk: d})
			if err != nil { // making the folder failed
				if s, err = Open(dir, Options{disk: d}); err != nil {
					t.Fatal(err)
				}
			}
			for _, a := range acts {
				if err := a.do(s); err != nil {
					if !errors.Is(err, errDisk) {
						t.Fatalf("step %d (%s, after %v): %s: %v", n, d.what, after, a.name, err)
					}
					if err := a.again(s); err != nil {
						t.Fatalf("step %d (%s, after %v): %s again: %v", n, d.what, after, a.name, err)
					}
				}
			}
			name := fmt.Sprintf("step %d (%s, after %v)", n, d.what, after)
			if !sameRows(t, name, s, want) {
				return
			}
			s.Close()
			s = open(t, dir, Options{})
			if !sameRows(t, name+", opened again", s, want) {
				return
			}
			if len(s.Torn()) > 0 || len(files(t, dir, ".tmp")) > 0 {
				t.Errorf("%s: torn %v, left over %v", name, s.Torn(), files(t, dir, ".tmp"))
			}
			s.Close()
			if d.step < n {
				t.Logf("%d steps, after %v: %v", n-1, after, seen)
				break
			}
			seen[d.what]++
		}
		if !testing.Short() && (seen["write"] == 0 || seen["sync"] == 0 || seen["rename"] == 0 || seen["sync folder"] == 0 || seen["remove"] == 0) {
			t.Errorf("not every kind of step was failed: %v", seen)
		}
	}
}

// stride leaves most steps out of a short run.
func stride() int {
	if testing.Short() {
		return 7
	}
	return 1
}

// The machine stops at any step: what was acknowledged is there when the store
// is opened again, nothing is there twice, and the call that was cut goes well.
func TestTheMachineStopsAtAnyStep(t *testing.T) {
	acts, want := play()
	for _, after := range []bool{false, true} {
		for n := 2; ; n += stride() {
			d := &badDisk{fail: n, after: after, dead: true, room: -1}
			dir := t.TempDir()
			s := open(t, dir, Options{disk: d})
			cut := -1
			for i, a := range acts {
				if err := a.do(s); err != nil {
					cut = i
					break
				}
			}
			name := fmt.Sprintf("step %d (%s, after %v)", n, d.what, after)
			s.Close()
			s = open(t, dir, Options{})
			if len(s.Torn()) > 0 {
				t.Fatalf("%s: torn %v", name, s.Torn())
			}
			if cut >= 0 {
				for i, a := range acts[cut:] {
					do := a.do
					if i == 0 {
						do = a.again
					}
					if err := do(s); err != nil {
						t.Fatalf("%s: %s: %v", name, a.name, err)
					}
				}
			}
			if !sameRows(t, name, s, want) {
				return
			}
			s.Close()
			if d.step < n {
				break
			}
		}
	}
}

func sameRows(t *testing.T, name string, s *Store, want []Row) bool {
	t.Helper()
	got, exp := kept(all(t, s)), kept(want)
	if !slices.Equal(got, exp) {
		t.Errorf("%s: %d rows, want %d, or other ones", name, len(got), len(exp))
		return false
	}
	return true
}

func TestDiskFull(t *testing.T) {
	rows := some(2, 4)
	first := where(rows, func(r *Row) bool { return r.Ingest == 1 })
	others := where(rows, func(r *Row) bool { return r.Ingest != 1 })
	d := &badDisk{room: -1}
	s := open(t, t.TempDir(), Options{disk: d})
	if err := s.Append(ctx, first); err != nil {
		t.Fatal(err)
	}
	d.room = 20_000
	err := s.Append(ctx, others)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), s.dir) {
		t.Errorf("got %v", err)
	}
	d.room = 0
	wantRows(t, s, first)
	if left := files(t, s.dir, ".tmp"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if err := s.Forget(ctx, 1); err != nil { // whole files go: that needs no room
		t.Errorf("forget on a full disk: %v", err)
	}
	d.room = -1
	if err := s.Append(ctx, others); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, others)
}

// The child of TestKilled appends one ingest after another, and says so after
// each, until it is killed.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv("LENSCAP_HISTORY_CHILD")
	if dir == "" {
		t.Skip("it is the child of TestKilled")
	}
	s, err := Open(dir, Options{MaxFiles: 3})
	if err != nil {
		t.Fatal(err)
	}
	for n := int64(1); ; n++ {
		if err := s.Append(ctx, killedRows(n)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("ingest", n)
	}
}

func killedRows(n int64) []Row {
	var out []Row
	for i := range int64(300) {
		out = append(out, Row{Site: n % 3, Device: deviceID(int(i % 7)), Hour: (20000*24 + i%48) * hourSec, Port: uint16(i), Ingest: n, Flows: 1})
	}
	return out
}

func TestKilled(t *testing.T) {
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	dir := t.TempDir()
	told := int64(0)
	for round := range rounds {
		run := filepath.Join(dir, strconv.Itoa(round))
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledChild$", "-test.v")
		cmd.Env = append(os.Environ(), "LENSCAP_HISTORY_CHILD="+run)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		last := int64(0)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if n, ok := strings.CutPrefix(lines.Text(), "ingest "); ok {
				last, _ = strconv.ParseInt(n, 10, 64)
			}
			if last == int64(8+round*5) {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		told += last
		s := open(t, run, Options{})
		count := map[int64]int64{}
		for _, r := range all(t, s) {
			count[r.Ingest]++
		}
		for n := int64(1); n <= last; n++ {
			if count[n] != 300 {
				t.Errorf("round %d: ingest %d was acknowledged and has %d of 300 rows", round, n, count[n])
			}
		}
		if err := s.Forget(ctx, last+1); err != nil {
			t.Error(err)
		}
		if err := s.Append(ctx, killedRows(last+1)); err != nil {
			t.Error(err)
		}
		if err := s.Compact(ctx); err != nil {
			t.Error(err)
		}
		if err := s.Verify(ctx); err != nil {
			t.Error(err)
		}
		got, err := s.Totals(ctx, Query{})
		if err != nil || len(got) != 1 || got[0].Rows < (last+1)*300 || got[0].Rows%300 != 0 {
			t.Errorf("round %d: %+v, %v after ingest %d", round, got, err, last)
		}
		s.Close()
	}
	if told == 0 {
		t.Error("no child said anything")
	}
}
