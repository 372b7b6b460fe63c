package hub_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestConversationsAreKeptFromWhenTheyWereHandedIn hands in a recording that is far
// older than what is kept, lets time go by, and hands it in again. The other input
// shows that what goes does not take others along.
func TestConversationsAreKeptFromWhenTheyWereHandedIn(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	retain := func(days int) {
		t.Helper()
		if err := b.hub.Retain(ctx, b.now.AddDate(0, 0, -days)); err != nil {
			t.Fatal(err)
		}
		b.drain()
	}
	first := b.take("station.pcapng", station(t))
	rows, up := b.history(b.site.ID)
	want := b.dump()
	b.now = b.now.AddDate(0, 0, 300)
	second := b.take("depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst")) // old when it comes
	all, allUp := b.history(b.site.ID)
	if rows == 0 || up == 0 || all <= rows {
		t.Fatalf("%d rows of %d: the test shows nothing", rows, all)
	}
	retain(300)
	if n, u := b.history(b.site.ID); n != all || u != allUp {
		t.Errorf("%d rows with %d bytes up after 300 days, want all %d with %d", n, u, all, allUp)
	}

	b.now = b.now.AddDate(0, 0, 1)
	retain(300)
	if n, u := b.history(b.site.ID); n != all-rows || u != allUp-up {
		t.Errorf("%d rows with %d bytes up, want those of the second input: %d with %d", n, u, all-rows, allUp-up)
	}
	in, err := b.store.Ingest(ctx, first.ID)
	if before := b.now.AddDate(0, 0, -300).Truncate(24 * time.Hour); err != nil || !in.LetGo.Equal(b.now) || !in.LetGoBefore.Equal(before) {
		t.Errorf("the input: let go %v of before %v, %v; want %v, %v", in.LetGo, in.LetGoBefore, err, b.now, before)
	}
	if in, err = b.store.Ingest(ctx, second.ID); err != nil || !in.LetGo.IsZero() {
		t.Errorf("the later input: let go %v, %v; want nothing let go", in.LetGo, err)
	}
	log, err := b.store.AuditLog(ctx, nil, true, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Rows   int
		Inputs []struct{ ID, Rows int64 }
	}
	i := slices.IndexFunc(log, func(e hub.Entry) bool { return e.Action == "hub.retain" })
	if i < 0 || json.Unmarshal([]byte(log[i].Detail), &said) != nil || said.Rows != rows || len(said.Inputs) != 1 || said.Inputs[0].ID != first.ID || !strings.Contains(log[i].Detail, `"first":"2`) {
		t.Errorf("the audit log says %+v, want %d rows of input %d", said, rows, first.ID)
	}
	before := b.dump()
	if before == want {
		t.Error("the site is as if the second input had not come")
	}
	if err := b.hub.Rebuild(ctx, func(int, int, *hub.Site) {}); err != nil {
		t.Fatal(err)
	}
	if b.dump() != before {
		t.Error("a rebuild comes to something else")
	}

	watched, err := b.hub.Take(ctx, hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "station.pcapng", Source: "watch", By: "settings"}, strings.NewReader(string(station(t))))
	if err != nil || watched.ID != first.ID || !watched.Again {
		t.Errorf("the file in a watched folder: %+v, %v; want it known", watched, err)
	}
	again := b.take("station.pcapng", station(t))
	if n, _ := b.history(b.site.ID); again.ID == first.ID || n != all {
		t.Errorf("handed in again: input %d, %d rows, want another and %d", again.ID, n, all)
	}
	if third := b.take("station.pcapng", station(t)); third.ID != again.ID {
		t.Errorf("handed in a third time: input %d, want %d", third.ID, again.ID)
	}
	retain(300)
	if n, _ := b.history(b.site.ID); n != all {
		t.Errorf("%d rows after it was handed in again, want %d", n, all)
	}
}

// said is how often devices were seen to say something, and what they sent.
func (b *bench) said() (count, packets int64) {
	b.t.Helper()
	e, err := b.store.Evidence(b.t.Context(), b.site.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, o := range e.Observations {
		count += o.Count
	}
	for i := range e.Sightings {
		packets += e.Sightings[i].Packets
	}
	return count, packets
}

// TestWhatIsHandedInAgainTakesThePlace has a recording over midnight, of which the first
// day is let go. Handed in again, it counts once: conversations, what devices said, and
// in the list of inputs. The other input shows that it stays.
func TestWhatIsHandedInAgainTakesThePlace(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	short := tape(t, station(t))
	first, last := short.at[0], short.at[len(short.at)-1]
	midnight := first.Truncate(24 * time.Hour).Add(24 * time.Hour)
	shift := midnight.Sub(first) - last.Sub(first)/2
	whole := short.file(func(_ int, at time.Time) time.Time { return at.Add(shift) })
	b.now = midnight.Add(-12 * time.Hour) // the recorder's clock is ahead
	b.take("depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	others, _ := b.history(b.site.ID)
	was := b.take("over-midnight.pcap", whole)
	rows, up := b.history(b.site.ID)
	count, packets := b.said()

	b.now = b.now.AddDate(0, 0, 10)
	if err := b.hub.Retain(ctx, midnight); err != nil {
		t.Fatal(err)
	}
	b.drain()
	if n, _ := b.history(b.site.ID); n >= rows || n <= others {
		t.Fatalf("%d rows of %d are left, %d of them of the other input: the test shows nothing", n, rows, others)
	}
	anew := b.take("again.pcap", whole)
	if anew.ID == was.ID || anew.State != hub.Done {
		t.Fatalf("it is input %d, %s", anew.ID, anew.State)
	}
	got, err := b.store.Ingest(ctx, was.ID)
	if err != nil || got.State != hub.Dropped || got.Error != "" {
		t.Errorf("the input that was: %+v, %v; want it taken out", got, err)
	}
	if n, u := b.history(b.site.ID); n != rows || u != up {
		t.Errorf("%d rows with %d bytes up, want %d with %d", n, u, rows, up)
	}
	if n, p := b.said(); n != count || p != packets {
		t.Errorf("said %d times with %d packets, want %d and %d", n, p, count, packets)
	}
	if list := b.overlaps(); len(list) > 0 {
		t.Errorf("overlaps %+v", list)
	}
	log, err := b.store.AuditLog(ctx, nil, true, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(log, func(e hub.Entry) bool {
		return e.Action == "ingest.judging" && strings.Contains(e.Detail, `"in_the_place_of":[2]`)
	}) {
		t.Error("the audit log does not say what took the place of what")
	}
	before := b.dump()
	if err := b.hub.Rebuild(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if b.dump() != before {
		t.Error("a rebuild comes to something else")
	}
}

// TestADamagedDayFileKeepsNoOtherFromGoing: it once did, and the log said so each hour.
func TestADamagedDayFileKeepsNoOtherFromGoing(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	b.take("station.pcapng", station(t))
	b.take("depot.pcapng.zst", estateFile(t, "depot/2026-11-03.pcapng.zst"))
	files, err := filepath.Glob(filepath.Join(b.dir, "history", "*", "*.parquet"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	damaged := files[0] // of the older day
	content, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	for i := 16; i < len(content)/2; i += 16 { // somewhere in it are rows
		content[i] ^= 1
	}
	if err := os.WriteFile(damaged, content, 0o600); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	h := hub.New(hub.Config{Store: b.store, History: b.hist, Knowledge: knowledge(), Dir: t.TempDir(), Now: func() time.Time { return b.now }, Log: slog.New(slog.NewTextHandler(&log, nil))})
	b.now = b.now.AddDate(1, 0, 0)
	for range 3 {
		if err := h.Retain(ctx, b.now.AddDate(0, 0, -30)); err != nil {
			t.Fatal(err)
		}
	}
	left := h.Overdue()
	if len(left) != 1 || left[0].Path != damaged || left[0].Why == "" {
		t.Errorf("overdue: %+v, want %s", left, damaged)
	}
	if n := strings.Count(log.String(), "it stays as it is"); n != 1 {
		t.Errorf("the log says %d times that a file stays, want once:\n%s", n, log.String())
	}
	if now, err := filepath.Glob(filepath.Join(b.dir, "history", "*", "*.parquet")); err != nil || !slices.Equal(now, []string{damaged}) {
		t.Errorf("files %v, %v, want %s only", now, err, damaged)
	}
	if err := b.hist.Verify(ctx); err == nil || !strings.Contains(err.Error(), damaged) {
		t.Errorf("verify says %v, want %s", err, damaged)
	}
	if err := os.Remove(damaged); err != nil {
		t.Fatal(err)
	}
}
