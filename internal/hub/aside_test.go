package hub_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// rot flips a bit in the middle of every day file, and gives a way to put them right.
func (b *bench) rot() (heal func()) {
	b.t.Helper()
	if err := b.hist.Close(); err != nil {
		b.t.Fatal(err)
	}
	dir := filepath.Join(filepath.Dir(b.hub.Dir()), "history")
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.parquet"))
	if err != nil || len(files) == 0 {
		b.t.Fatal(files, err)
	}
	whole := map[string][]byte{}
	for _, f := range files {
		if whole[f], err = os.ReadFile(f); err != nil {
			b.t.Fatal(err)
		}
		bad := append([]byte(nil), whole[f]...)
		bad[len(bad)/4] ^= 4
		if err := os.WriteFile(f, bad, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	open := func() {
		if b.hist, err = history.Open(dir, history.Options{}); err != nil {
			b.t.Fatal(err)
		}
		b.with(func(*hub.Config) {})
	}
	open()
	return func() {
		if err := b.hist.Close(); err != nil {
			b.t.Fatal(err)
		}
		for f, bytes := range whole {
			if _, err := os.Stat(f); errors.Is(err, os.ErrNotExist) {
				continue // taken out meanwhile
			}
			if err := os.WriteFile(f, bytes, 0o600); err != nil {
				b.t.Fatal(err)
			}
		}
		open()
	}
}

// put hands a file in for a site, without waiting.
func (b *bench) put(site *hub.Site, name string, content []byte) *hub.Ingest {
	b.t.Helper()
	in, err := b.hub.Take(b.t.Context(), hub.Parcel{Site: site.ID, Organisation: site.Organisation, Name: name, Source: "upload", By: "test"}, strings.NewReader(string(content)))
	if err != nil {
		b.t.Fatal(err)
	}
	return in
}

func (b *bench) state(in *hub.Ingest) *hub.Ingest {
	b.t.Helper()
	now, err := b.store.Ingest(b.t.Context(), in.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	return now
}

// One flipped bit in a day file kept the inputs of every organisation waiting.
func TestADamagedDayHoldsNobodyElseUp(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.take("station.pcapng", station(t))
	second := b.take("second.pcapng.zst", estateFile(t, "depot/2026-10-22.pcapng.zst"))
	want, _ := b.history(b.site.ID)
	heal := b.rot()
	other, err := b.hub.FindSite(ctx, "test", "Elsewhere", "Office")
	if err != nil {
		t.Fatal(err)
	}
	stuck := b.put(b.site, "depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	if err := b.hub.DropIngest(ctx, "anna", second.ID); err != nil {
		t.Fatal(err)
	}
	free := b.put(other, "depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	if err := b.hub.Drain(ctx); err == nil || !strings.Contains(err.Error(), "restore the file from a backup") {
		t.Errorf("Drain: %v; want it to say what is damaged and what to do", err)
	}
	if in := b.state(free); in.State != hub.Done {
		t.Errorf("the input of another organisation is %s: %s", in.State, in.Error)
	}
	if in := b.state(second); in.State != hub.Dropping || !strings.Contains(in.Error, ".parquet") {
		t.Errorf("what is to be taken out is %s %q; want the file named", in.State, in.Error)
	}
	if in := b.state(stuck); in.State != hub.Waiting || !strings.Contains(in.Error, ".parquet") {
		t.Errorf("the input of the damaged site is %s %q; want the file named", in.State, in.Error)
	}
	if err := b.hub.Settled(ctx); err == nil || !strings.Contains(err.Error(), "restore the file from a backup") {
		t.Errorf("Settled: %v; want what stepped aside, and no waiting for it", err)
	}
	if len(b.hub.Troubles()) == 0 {
		t.Error("nothing says that there is trouble")
	}
	if err := b.hub.DropSite(ctx, "anna", b.site.ID); err != nil {
		t.Fatal(err)
	}
	again := b.put(other, "station.pcapng", station(t))
	_ = b.hub.Drain(ctx) // of the damaged site
	if in := b.state(again); in.State != hub.Done {
		t.Errorf("after a site that cannot be taken out, another's input is %s", in.State)
	}
	heal()
	b.drain()
	if _, err := b.store.Site(ctx, b.site.ID); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("the site is there after the file was restored: %v", err)
	}
	if rows, _ := b.history(b.site.ID); rows != 0 || want == 0 {
		t.Errorf("%d rows of the site are left, there were %d", rows, want)
	}
	if list := b.hub.Troubles(); len(list) > 0 {
		t.Errorf("trouble is left: %+v", list)
	}
}

// What stepped aside is done once the file is restored, as if nothing had been.
func TestWhatSteppedAsideIsDoneLater(t *testing.T) {
	b := newBench(t)
	b.take("station.pcapng", station(t))
	heal := b.rot()
	in := b.put(b.site, "depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	for range 3 {
		if err := b.hub.Drain(t.Context()); err == nil {
			t.Fatal("the damage was not met: the test shows nothing")
		}
	}
	if now := b.state(in); now.State != hub.Waiting || now.Error == "" {
		t.Errorf("while the file is damaged: %s %q", now.State, now.Error)
	}
	if list := b.hub.Troubles(); len(list) == 0 || list[0].Ingest != in.ID || list[0].Tries != 3 || !list[0].Next.Equal(b.now.Add(16*time.Minute)) {
		t.Errorf("trouble: %+v", list)
	}
	heal()
	b.drain()
	if now := b.state(in); now.State != hub.Done || now.Error != "" {
		t.Errorf("after it was restored: %s %q", now.State, now.Error)
	}
	rows, up := b.history(b.site.ID)
	plain := newBench(t)
	plain.take("station.pcapng", station(t))
	plain.take("depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	if r, u := plain.history(plain.site.ID); rows != r || up != u {
		t.Errorf("%d rows with %d bytes, want %d with %d", rows, up, r, u)
	}
}

// One that stepped aside can be stopped, and leaves nothing.
func TestWhatSteppedAsideCanBeStopped(t *testing.T) {
	b := newBench(t)
	b.take("station.pcapng", station(t))
	want, wantUp := b.history(b.site.ID)
	heal := b.rot()
	in := b.put(b.site, "depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	if err := b.hub.Drain(t.Context()); err == nil {
		t.Fatal("the damage was not met: the test shows nothing")
	}
	if err := b.hub.Cancel(t.Context(), "anna", in.ID); err != nil {
		t.Fatal(err)
	}
	heal()
	b.drain()
	if now := b.state(in); now.State != hub.Dropped {
		t.Errorf("it is %s: %s", now.State, now.Error)
	}
	if rows, up := b.history(b.site.ID); rows != want || up != wantUp {
		t.Errorf("%d rows with %d bytes are left, want %d with %d", rows, up, want, wantUp)
	}
}

// A second upload under the name of one that waits deleted the waiting file.
func TestAnUploadOfTheSameNameLeavesWhatWaits(t *testing.T) {
	for name, second := range map[string][]byte{"the same bytes": station(t), "other bytes": estateFile(t, "depot/2026-11-03.pcapng.zst")} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if err := os.MkdirAll(b.hub.Dir(), 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(b.hub.Dir(), "part-1-aa")
			var ins []*hub.Ingest
			for _, content := range [][]byte{station(t), second} {
				if err := os.WriteFile(path, content, 0o600); err != nil {
					t.Fatal(err)
				}
				in, err := b.hub.TakeFile(t.Context(), hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "a.pcapng", Source: "upload", By: "test"}, path)
				if err != nil {
					t.Fatal(err)
				}
				ins = append(ins, in)
			}
			if same := string(second) == string(station(t)); ins[1].Again != same || (ins[0].ID == ins[1].ID) != same {
				t.Errorf("got %d and %d, again %v", ins[0].ID, ins[1].ID, ins[1].Again)
			}
			b.drain()
			for _, in := range ins {
				if now := b.state(in); now.State != hub.Done {
					t.Errorf("input %d is %s: %s", in.ID, now.State, now.Error)
				}
			}
			if left, _ := os.ReadDir(b.hub.Dir()); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// A site that is being taken out took files and threw them away.
func TestASiteThatIsTakenOutTakesNothing(t *testing.T) {
	b := newBench(t)
	if err := b.hub.DropSite(t.Context(), "anna", b.site.ID); err != nil {
		t.Fatal(err)
	}
	p := hub.Parcel{Site: b.site.ID, Name: "a.pcapng", Source: "upload", By: "test"}
	if _, err := b.hub.Take(t.Context(), p, strings.NewReader("x")); !errors.Is(err, hub.ErrNotNow) || !strings.Contains(err.Error(), "being taken out") {
		t.Errorf("a file: %v", err)
	}
}

// reading is a store that tells when an input is asked for its site's name, to be
// read, and when what it told is asked for, to be judged.
type reading struct {
	*store.DB
	began, judged func()
}

func (r *reading) Organisation(ctx context.Context, id int64) (*hub.Organisation, error) {
	if r.began != nil {
		r.began()
		r.began = nil
	}
	return r.DB.Organisation(ctx, id)
}

func (r *reading) Evidence(ctx context.Context, site int64) (hub.Evidence, error) {
	if r.judged != nil {
		r.judged()
		r.judged = nil
	}
	return r.DB.Evidence(ctx, site)
}

// The log said that the hub had stopped an input, and an input past being stopped
// was said to be.
func TestWhoStopsAnInputIsNamedAndToldWhenItIsTooLate(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	var in *hub.Ingest
	b.with(func(c *hub.Config) { // stopped as soon as it is being read
		c.Store = &reading{DB: b.store, began: func() {
			if err := b.hub.Cancel(ctx, "anna", in.ID); err != nil {
				t.Error(err)
			}
		}}
	})
	in = b.put(b.site, "station.pcapng", station(t))
	b.drain()
	if now := b.state(in); now.State != hub.Cancelled {
		t.Fatalf("it is %s: %s", now.State, now.Error)
	}
	log, err := b.store.AuditLog(ctx, nil, true, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	said := false
	for _, e := range log {
		said = said || e.Action == "ingest.cancel" && e.Actor == "anna" && e.Organisation == b.site.Organisation
	}
	if !said {
		t.Error("the audit log does not say who stopped it")
	}
	late := error(nil)
	b.with(func(c *hub.Config) {
		c.Store = &reading{DB: b.store, judged: func() { late = b.hub.Cancel(ctx, "anna", in.ID) }}
	})
	in = b.put(b.site, "station.pcapng", station(t))
	b.drain()
	if now := b.state(in); !errors.Is(late, hub.ErrNotNow) || now.State != hub.Done {
		t.Errorf("stopped while devices were worked out: %v, and it is %s", late, now.State)
	}
}
