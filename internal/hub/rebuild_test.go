package hub_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// everything is what is derived, and what the history has of each row.
func (b *bench) everything() (dump string, rows []string) {
	b.t.Helper()
	for r, err := range b.hist.Site(b.t.Context(), b.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		rows = append(rows, fmt.Sprint(r))
	}
	return b.dump(), rows
}

// TestARebuildOfAnEstateThatWasUsed works a site out again whose inputs overlap, of
// which some were taken out, with waivers and decisions on its findings: the bytes
// are the same, and so are the rows of the history.
func TestARebuildOfAnEstateThatWasUsed(t *testing.T) {
	whole := tape(t, estateFile(t, "depot/2026-11-03.pcapng.zst"), estateFile(t, "depot/2026-11-05.pcapng.zst"))
	first, end := whole.at[0], whole.at[len(whole.at)-1].Add(time.Second)
	night := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	b := newBench(t)
	day := b.take("day.pcap", whole.between(first, night))
	b.take("both.pcap", whole.between(first, end))
	noon := b.take("noon.pcap", whole.between(first.Add(6*time.Hour), first.Add(30*time.Hour)))
	b.take("station.pcapng", station(t))
	if n := len(b.overlaps()); n != 2 {
		t.Fatalf("%d overlaps, want one of each later input with the first: %+v", n, b.overlaps())
	}
	n := 0
	for _, id := range devicesOf(b) {
		list, err := b.store.DeviceFindings(t.Context(), b.site.ID, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			d := &hub.Decision{Site: b.site.ID, Device: id, Regime: f.Regime, Status: "accepted", Owner: "Ann", Due: "2026-12-01"}
			if n++; n%2 == 0 {
				d.Waiver = hub.Waiver{Why: "budget", By: "anna", Until: "2027-03-01"}
			}
			if err := b.store.Do(t.Context(), hub.Deed{Actor: "anna", Action: "finding.decide", Object: "device " + id}, func(tx hub.Tx) error { return tx.SetDecision(d) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n < 10 {
		t.Fatalf("%d findings were decided: the test shows nothing", n)
	}
	check := func(what string) (string, []string) {
		t.Helper()
		b.hub.Stale(b.site.ID)
		b.drain()
		dump, rows := b.everything()
		if err := b.hub.Rebuild(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if d, r := b.everything(); d != dump || !slices.Equal(r, rows) {
			t.Errorf("%s: a rebuild changed what is kept (%d and %d bytes, %d and %d rows)", what, len(dump), len(d), len(rows), len(r))
		}
		return dump, rows
	}
	check("with all inputs")
	b.out(noon)
	check("without one that overlaps two")
	b.out(day)
	check("without the earlier of two")
	if list := b.overlaps(); len(list) > 0 || len(b.again()) > 0 {
		t.Errorf("nothing overlaps any more, and yet %+v", list)
	}
}

func devicesOf(b *bench) (ids []string) {
	b.t.Helper()
	told, err := b.store.Told(b.t.Context(), b.site.ID, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, d := range told.Devices {
		ids = append(ids, d.Device)
	}
	return ids
}
