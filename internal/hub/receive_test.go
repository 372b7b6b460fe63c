package hub_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/hub"
)

func (b *bench) receive(p hub.Parcel, flows []flow.Summary, sights []device.Sighting) {
	b.t.Helper()
	if err := b.hub.Receive(p, flows, sights, nil); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) listener() hub.Parcel {
	return hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "NetFlow on :2055", Source: "listener", By: "hub"}
}

// one is what a listener tells of a camera that speaks once, now.
func (b *bench) one() ([]flow.Summary, []device.Sighting) {
	at, camera := b.now.UnixNano(), netip.MustParseAddr("10.0.0.7")
	f := flow.Summary{First: at, Last: at + int64(time.Minute), Proto: 6, Begins: true, Number: 1}
	f.Client = flow.End{Addr: netip.AddrPortFrom(camera, 40000), Packets: 100, Bytes: 50_000}
	f.Server = flow.End{Addr: netip.MustParseAddrPort("52.58.1.1:443"), Packets: 80, Bytes: 9_000}
	return []flow.Summary{f}, []device.Sighting{{IP: camera, First: time.Unix(0, at), Last: time.Unix(0, at), Packets: 100, Bytes: 50_000}}
}

// TestFlowsThatWaitAreBounded hands over flows while the hub keeps none.
func TestFlowsThatWaitAreBounded(t *testing.T) {
	b := newBench(t)
	other, err := b.hub.FindSite(t.Context(), "test", "Council", "Depot")
	if err != nil {
		t.Fatal(err)
	}
	const batch = 50_000
	taken := 0
	for ; taken < 10_000_000 && err == nil; taken += batch {
		err = b.hub.Receive(b.listener(), make([]flow.Summary, batch), nil, nil)
	}
	if !errors.Is(err, hub.ErrBehind) {
		t.Fatalf("%d flows were taken, %v", taken, err)
	}
	p := b.listener()
	p.Site = other.ID
	if err := b.hub.Receive(p, make([]flow.Summary, batch), nil, nil); err != nil {
		t.Errorf("one site's flows hold another's up: %v", err)
	}
	b.drain()
	flows, sights := b.one()
	b.receive(b.listener(), flows, sights)
}

// TestAWindowWithoutFlowsLeavesTheHoursBegin has a window with nothing but a sighting
// after one with a flow.
func TestAWindowWithoutFlowsLeavesTheHoursBegin(t *testing.T) {
	b := newBench(t)
	flows, sights := b.one()
	for _, f := range [][]flow.Summary{flows, nil} {
		b.receive(b.listener(), f, sights)
		b.now = b.now.Add(10 * time.Minute)
		b.drain()
	}
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 || list[0].Input.First == "" || list[0].Input.Packets != 1 {
		t.Fatalf("got %+v, %v; want one ingest of a record, with when it began", list, err)
	}
}

// meanwhile is a store at which something happens once, before an ingest is read.
type meanwhile struct {
	hub.Store
	do func()
}

func (m *meanwhile) Ingest(ctx context.Context, id int64) (*hub.Ingest, error) {
	if do := m.do; do != nil {
		m.do = nil
		do()
	}
	return m.Store.Ingest(ctx, id)
}

// TestAnHourTakenOutWhileMoreOfItComesIsOut takes the ingest of an hour out and has
// the listener tell more of that hour, before it is out and after.
func TestAnHourTakenOutWhileMoreOfItComesIsOut(t *testing.T) {
	b := newBench(t)
	b.receive(b.listener(), b.flow(), nil)
	b.now = b.now.Add(10 * time.Minute)
	b.drain()
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v; want one ingest", list, err)
	}
	first := list[0].ID
	// The window was found its hour; then somebody takes that out.
	st := &meanwhile{Store: b.store}
	other := hub.New(hub.Config{Store: b.store, History: b.hist, Knowledge: knowledge(), Dir: b.hub.Dir(), Now: func() time.Time { return b.now }})
	st.do = func() {
		if err := other.DropIngest(t.Context(), "anna", first); err != nil {
			t.Error(err)
		}
	}
	b.with(func(c *hub.Config) { c.Store = st })
	b.receive(b.listener(), b.flow(), nil)
	b.now = b.now.Add(10 * time.Minute)
	b.drain()
	if list, err = b.store.Ingests(t.Context(), b.site.ID, 0, 10); err != nil || len(list) != 2 {
		t.Fatalf("got %+v, %v; want two ingests", list, err)
	}
	if list[1].State != hub.Dropped || list[0].State != hub.Done || list[0].Input.Packets != 1 {
		t.Errorf("the hour taken out is %s, the other %s with %d records; want dropped, and done with 1", list[1].State, list[0].State, list[0].Input.Packets)
	}
}

func (b *bench) flow() []flow.Summary {
	f, _ := b.one()
	return f
}

// TestAnInputThatWaitsIsCancelledWhenTakenOut takes out what is not read yet.
func TestAnInputThatWaitsIsCancelledWhenTakenOut(t *testing.T) {
	b := newBench(t)
	in := b.put(b.site, "station.pcapng", station(t))
	if err := b.hub.DropIngest(t.Context(), "anna", in.ID); err != nil {
		t.Fatal(err)
	}
	if in = b.state(in); in.State != hub.Cancelled {
		t.Errorf("the input is %s, want cancelled", in.State)
	}
}
