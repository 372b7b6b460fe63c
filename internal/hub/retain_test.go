package hub_test

import (
	"encoding/json"
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
