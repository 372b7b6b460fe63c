package history

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var ctx = context.Background()

func open(t testing.TB, dir string, opts Options) *Store {
	t.Helper()
	s, err := Open(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// kept is rows as the store gives them back, in its order.
func kept(rows []Row) []Row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].First, out[i].Last = out[i].First/second*second, out[i].Last/second*second
	}
	slices.SortStableFunc(out, func(a, b Row) int {
		if d := dayOf(a.Hour) - dayOf(b.Hour); d != 0 {
			return int(d)
		}
		return compareAll(&a, &b)
	})
	return out
}

// compareAll orders rows that compare holds equal too, for comparing sets.
func compareAll(a, b *Row) int {
	if c := compare(a, b); c != 0 {
		return c
	}
	return strings.Compare(fmt.Sprint(*a), fmt.Sprint(*b))
}

// all reads every row of the store's days.
func all(t testing.TB, s *Store) []Row {
	t.Helper()
	var out []Row
	for _, d := range s.Days() {
		n, _ := dayNumber(d.Date)
		list, err := s.hold(n, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			c := newCursor(f.t)
			for {
				ok, err := c.next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				out = append(out, *c.row)
			}
			c.close()
		}
		s.letGo(list)
	}
	return out
}

func wantRows(t testing.TB, s *Store, want []Row) {
	t.Helper()
	got, exp := kept(all(t, s)), kept(want)
	if len(got) != len(exp) {
		t.Fatalf("%d rows in the store, want %d", len(got), len(exp))
	}
	for i := range got {
		if got[i] != exp[i] {
			t.Fatalf("row %d\ngot  %+v\nwant %+v", i, got[i], exp[i])
		}
	}
}

func some(days, devices int) []Row {
	e := estate{devices: devices, days: days, start: 20000 * daySec, seed: 7}
	var out []Row
	for d := range days {
		out = append(out, e.day(d)...)
	}
	return out
}

func where(rows []Row, keep func(*Row) bool) []Row {
	var out []Row
	for i := range rows {
		if keep(&rows[i]) {
			out = append(out, rows[i])
		}
	}
	return out
}

func TestWhatIsAppendedComesBack(t *testing.T) {
	rows := some(3, 10)
	odd := Row{Site: -3, Device: "d-odd", Hour: 20001*daySec + 5*hourSec, From: netip.MustParseAddr("fe80::1%eth0"), Address: netip.Addr{}, Port: 65535, Protocol: "47",
		Name: "größe.example", ASN: 4294967295, Audio: true, Cloud: true, Ingest: 1 << 40, Flows: 1 << 62, BytesUp: 1<<63 - 1, First: -5 * second, Last: 20009 * daySec * second}
	mapped := odd
	mapped.Address = netip.MustParseAddr("::ffff:192.0.2.1")
	rows = append(rows, odd, mapped)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })

	dir := t.TempDir()
	s := open(t, dir, Options{})
	for part := range slices.Chunk(rows, len(rows)/3+1) {
		if err := s.Append(ctx, part); err != nil {
			t.Fatal(err)
		}
	}
	check := func(s *Store) {
		t.Helper()
		wantRows(t, s, rows)
		if err := s.Verify(ctx); err != nil {
			t.Error(err)
		}
		for _, id := range []string{deviceID(4), "d-odd", "d-none"} {
			site := int64(4)
			if id == "d-odd" {
				site = -3
			}
			from, to := 20000*daySec+7*hourSec, 20001*daySec+6*hourSec
			want := kept(where(rows, func(r *Row) bool {
				return r.Site == site && r.Device == id && r.Hour >= int64(from) && r.Hour < int64(to)
			}))
			var got []Row
			for r, err := range s.Device(ctx, site, id, time.Unix(int64(from)-5, 0), time.Unix(int64(to), 0)) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, r)
			}
			if !slices.Equal(got, want) {
				t.Errorf("device %s: %d rows, want %d, or in another order", id, len(got), len(want))
			}
		}
	}
	check(s)
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Days() {
		if d.Files != 1 {
			t.Errorf("%s has %d files after Compact", d.Date, d.Files)
		}
	}
	check(s)
	s.Close()
	check(open(t, dir, Options{}))
}

func TestTextsAreMadePlain(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	r := Row{Device: "d", Hour: 3600, Name: strings.Repeat("x", 5000), Network: "a\xffb"}
	if err := s.Append(ctx, []Row{r}); err != nil {
		t.Fatal(err)
	}
	got := all(t, s)
	if len(got) != 1 || got[0].Name != strings.Repeat("x", maxText) || got[0].Network != "a\ufffdb" {
		t.Errorf("got %+v", got)
	}
}

func TestRowsThatCannotBeKept(t *testing.T) {
	good := Row{Device: "d-1", Hour: 3600}
	for _, c := range []struct {
		name   string
		change func(*Row)
		want   string
	}{
		{"no device", func(r *Row) { r.Device = "" }, "row 1 names no device"},
		{"a device nobody could find again", func(r *Row) { r.Device = strings.Repeat("d", maxText+1) }, "row 1 has a device"},
		{"half past", func(r *Row) { r.Hour = 5400 }, "row 1 of device d-1: 5400 is not the beginning of an hour"},
		{"before 1970", func(r *Row) { r.Hour = -3600 }, "not the beginning"},
		{"the year 3000", func(r *Row) { r.Hour = 32503680000 }, "not the beginning"},
		{"a negative counter", func(r *Row) { r.PacketsUp = -1 }, "counter is below 0"},
	} {
		s := open(t, t.TempDir(), Options{})
		bad := good
		c.change(&bad)
		if err := s.Append(ctx, []Row{good, bad}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
		if len(s.Days()) > 0 {
			t.Errorf("%s: something was written", c.name)
		}
	}
}

func TestForget(t *testing.T) {
	rows := some(2, 5) // ingests 1 to 4
	s := open(t, t.TempDir(), Options{})
	for n := range int64(4) {
		if err := s.Append(ctx, where(rows, func(r *Row) bool { return r.Ingest == n+1 })); err != nil {
			t.Fatal(err)
		}
	}
	left := func(gone ...int64) []Row {
		return where(rows, func(r *Row) bool { return !slices.Contains(gone, r.Ingest) })
	}
	for range 2 { // the second time there is nothing to forget
		if err := s.Forget(ctx, 3); err != nil {
			t.Fatal(err)
		}
		wantRows(t, s, left(3))
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Forget(ctx, 1); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, left(1, 3))
	if err := s.Append(ctx, where(rows, func(r *Row) bool { return r.Ingest == 1 })); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s, left(3))
	for _, n := range []int64{1, 2, 4} {
		if err := s.Forget(ctx, n); err != nil {
			t.Fatal(err)
		}
	}
	if d := s.Days(); len(d) > 0 {
		t.Errorf("all is forgotten, and there are %v", d)
	}
}

func TestRewriteMayMoveRows(t *testing.T) {
	rows := some(2, 24)
	s := open(t, t.TempDir(), Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	from, to := time.Unix(20000*daySec+3*hourSec, 0), time.Unix(20001*daySec+2*hourSec, 0)
	change := func(r *Row) bool {
		r.Country, r.Purpose = "XX", "changed"
		if r.Device == deviceID(11) {
			r.Device = "d-0another" // before or after all others, and most rows of the site move
		}
		if r.Port == 443 {
			r.Address = netip.MustParseAddr("1.1.1.1")
		}
		return r.Port != 53
	}
	want := where(rows, func(r *Row) bool {
		return r.Site != 3 || r.Hour < from.Unix() || r.Hour >= to.Unix() || change(r)
	})
	fresh := some(2, 24) // rows was changed by the line above
	s2 := open(t, t.TempDir(), Options{})
	if err := s2.Append(ctx, fresh); err != nil {
		t.Fatal(err)
	}
	if err := s2.Rewrite(ctx, 3, from, to, change); err != nil {
		t.Fatal(err)
	}
	wantRows(t, s2, want)
	if err := s2.Verify(ctx); err != nil {
		t.Error(err)
	}
	if err := s2.Rewrite(ctx, 3, from, to, func(r *Row) bool { r.Hour += hourSec; return true }); !errors.Is(err, errChanged) {
		t.Errorf("a row moved to another hour: %v", err)
	}
	wantRows(t, s2, want)
	if got := files(t, s2.dir, ".tmp"); len(got) > 0 {
		t.Errorf("left over: %v", got)
	}
}

func files(t testing.TB, dir, suffix string) []string {
	t.Helper()
	var out []string
	filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, suffix) {
			out = append(out, path)
		}
		return nil
	})
	return out
}

func TestRetain(t *testing.T) {
	rows := some(3, 3)
	s := open(t, t.TempDir(), Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	n, err := s.Retain(ctx, time.Unix(20002*daySec-1, 0), math.MaxInt64) // the second day has a second to go
	left := where(rows, func(r *Row) bool { return r.Hour >= 20001*daySec })
	if err != nil || n != int64(len(rows)-len(left)) {
		t.Errorf("Retain: %d, %v", n, err)
	}
	wantRows(t, s, left)
	if _, err := os.Stat(filepath.Join(s.dir, dayName(20000))); !os.IsNotExist(err) {
		t.Errorf("the folder of the day is there: %v", err)
	}
}

func TestRetainKeepsWhatALaterIngestTold(t *testing.T) {
	rows := some(3, 3)
	for i := range rows {
		rows[i].Ingest = int64(1 + i%3)
	}
	s := open(t, t.TempDir(), Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	n, err := s.Retain(ctx, time.Unix(20002*daySec, 0), 2)
	left := where(rows, func(r *Row) bool { return r.Hour >= 20002*daySec || r.Ingest > 2 })
	if err != nil || n == 0 || n != int64(len(rows)-len(left)) {
		t.Errorf("Retain: %d, %v, want %d", n, err, len(rows)-len(left))
	}
	wantRows(t, s, left)
	if n, err := s.Retain(ctx, time.Unix(20002*daySec, 0), 2); n != 0 || err != nil {
		t.Errorf("once more: %d, %v", n, err)
	}
}

func TestBackupOpensAsAStore(t *testing.T) {
	rows := some(2, 5)
	s := open(t, t.TempDir(), Options{})
	for part := range slices.Chunk(rows, 1000) {
		if err := s.Append(ctx, part); err != nil {
			t.Fatal(err)
		}
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if lost, err := s.Backup(ctx, dir); err != nil || lost != nil {
		t.Fatal(err)
	}
	if _, err := s.Backup(ctx, dir); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a second backup to the same folder: %v", err)
	}
	b := open(t, dir, Options{})
	wantRows(t, b, rows)
	if err := b.Verify(ctx); err != nil {
		t.Error(err)
	}
}

func TestManyAppendsKeepFilesFew(t *testing.T) {
	rows := some(1, 10)
	s := open(t, t.TempDir(), Options{MaxFiles: 4})
	n := 0
	for part := range slices.Chunk(rows, 50) {
		if err := s.Append(ctx, part); err != nil {
			t.Fatal(err)
		}
		n++
		if d := s.Days()[0]; d.Files > 4 {
			t.Fatalf("%d files after %d appends", d.Files, n)
		}
	}
	wantRows(t, s, rows)
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	s.Close()
	if err := s.Append(ctx, []Row{{Device: "d", Hour: 0}}); !errors.Is(err, ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if _, err := s.Totals(ctx, Query{}); !errors.Is(err, ErrClosed) {
		t.Errorf("totals after close: %v", err)
	}
	open(t, dir, Options{})
}
