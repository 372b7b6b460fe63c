package hub_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/report"
)

// TestTheHourSaysWhichExportersClockIsWrong has three windows of an hour, in which an
// exporter's times are off by more and by less.
func TestTheHourSaysWhichExportersClockIsWrong(t *testing.T) {
	b := newBench(t)
	b.now = b.now.Truncate(time.Hour)
	const day = 24 * time.Hour
	wrong, other := netip.MustParseAddr("10.0.0.253"), netip.MustParseAddr("10.0.0.254")
	for _, told := range [][]flow.Misdated{
		{{Exporter: wrong, Records: 2, Most: 31 * day}, {Exporter: other, Records: 1, Most: -500 * day}},
		{{Exporter: wrong, Records: 3, Most: 32 * day}},
		{{Exporter: wrong, Records: 4, Most: 3 * time.Hour}},
	} {
		flows, sights := b.one()
		if err := b.hub.Receive(b.listener(), flows, sights, told); err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(10 * time.Minute)
		b.drain()
	}
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v; want one ingest", list, err)
	}
	want := []report.Gap{
		{Offset: -1, Packets: 9, Why: "times of exporter 10.0.0.253 that cannot be: 32 days ahead of this hub's clock at most; kept at the time they came (set the exporter's clock)"},
		{Offset: -1, Packets: 1, Why: "times of exporter 10.0.0.254 that cannot be: 500 days behind this hub's clock at most; kept at the time they came (set the exporter's clock)"},
	}
	if got := list[0].Input.NotUnderstood; !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// TestExportersWithWrongClocksAreNamedUpToABound has more of them than are named.
func TestExportersWithWrongClocksAreNamedUpToABound(t *testing.T) {
	b := newBench(t)
	flows, sights := b.one()
	var told []flow.Misdated
	a := netip.MustParseAddr("10.0.0.0")
	for range 100 {
		a = a.Next()
		told = append(told, flow.Misdated{Exporter: a, Records: 1, Most: time.Hour})
	}
	if err := b.hub.Receive(b.listener(), flows, sights, told); err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(10 * time.Minute)
	b.drain()
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v; want one ingest", list, err)
	}
	got := list[0].Input.NotUnderstood
	if len(got) != 17 || got[16].Packets != 84 {
		t.Errorf("%d sentences, %+v; want 16 exporters and one of the 84 others", len(got), got)
	}
}
