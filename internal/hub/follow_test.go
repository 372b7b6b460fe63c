package hub_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/store"
)

// at hands over a flow of a camera, with its MAC or without, and gives the id of the
// device that has the address.
func (b *bench) at(ip string, mac observation.MAC) string {
	b.t.Helper()
	camera, at := netip.MustParseAddr(ip), b.now.UnixNano()
	f := flow.Summary{First: at, Last: at + int64(time.Minute), Proto: 6, Begins: true, Number: 1}
	f.Client = flow.End{Addr: netip.AddrPortFrom(camera, 40000), Packets: 100, Bytes: 50_000, MAC: mac}
	f.Server = flow.End{Addr: netip.AddrPortFrom(netip.MustParseAddr("52.58.1.1"), 443), Packets: 80, Bytes: 9_000}
	name := "without"
	if !mac.IsZero() {
		name = "with"
	}
	b.receive(hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: name, Source: "listener", By: "hub"}, []flow.Summary{f},
		[]device.Sighting{{MAC: mac, IP: camera, First: time.Unix(0, at), Last: time.Unix(0, at+int64(time.Minute)), Packets: 100, Bytes: 50_000}})
	b.now = b.now.Add(10 * time.Minute)
	b.drain()
	page, err := b.store.Devices(b.t.Context(), store.DeviceQuery{All: true, Limit: 10, Where: "d.address = ?", Args: []any{ip}})
	if err != nil || len(page.Devices) != 1 {
		b.t.Fatalf("devices at %s: %+v, %v; want one", ip, page.Devices, err)
	}
	return page.Devices[0].Device.Device
}

// TestWhatWasSaidFollowsADeviceToItsNewID says everything of an address that is a
// device, and learns its MAC later.
func TestWhatWasSaidFollowsADeviceToItsNewID(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	old := b.at("10.0.0.7", observation.MAC{})
	err := b.store.Do(ctx, hub.Deed{Actor: "anna", Action: "x"}, func(tx hub.Tx) error {
		return errors.Join(
			tx.AddNote(&hub.Note{Site: b.site.ID, Device: old, Text: "above the gate", By: "anna"}),
			tx.SetTags(b.site.ID, old, []string{"gate"}),
			tx.SetStep(&hub.Step{Site: b.site.ID, Device: old, Action: "replace", Target: "2027-01-31"}),
			tx.SetDecision(&hub.Decision{Site: b.site.ID, Device: old, Regime: "us-889a1B", Status: "accepted", Owner: "bea", Waiver: hub.Waiver{Why: "being replaced", By: "anna", Until: "2027-01-31"}}))
	})
	if err != nil {
		t.Fatal(err)
	}
	now := b.at("10.0.0.7", observation.MAC{0x44, 0x19, 0xb6, 1, 2, 3})
	if now == old {
		t.Fatal("the id did not change: the test shows nothing")
	}
	check := func(device string) {
		t.Helper()
		notes, err := b.store.Notes(ctx, b.site.ID, device)
		if err != nil || len(notes) != 1 || notes[0].Text != "above the gate" {
			t.Errorf("notes of %s: %+v, %v", device, notes, err)
		}
		if tags, err := b.store.Tags(ctx, b.site.ID, device); err != nil || len(tags) != 1 {
			t.Errorf("tags: %v, %v", tags, err)
		}
		if s, err := b.store.Step(ctx, b.site.ID, device); err != nil || s.Target != "2027-01-31" {
			t.Errorf("step: %+v, %v", s, err)
		}
		if d, err := b.store.Decision(ctx, b.site.ID, device, "us-889a1B"); err != nil || d.Owner != "bea" || d.Waiver.Until != "2027-01-31" {
			t.Errorf("decision: %+v, %v", d, err)
		}
	}
	check(now)
	if became, err := b.store.Became(ctx, b.site.ID, old); err != nil || became != now {
		t.Errorf("Became(%s): %q, %v; want %s", old, became, err, now)
	}
	log, err := b.store.AuditLog(ctx, nil, true, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, e := range log {
		if e.Action == "device.follow" && strings.Contains(e.Detail, old) && strings.Contains(e.Detail, now) {
			said++
		}
	}
	if said != 1 {
		t.Errorf("the audit log says %d times that the id changed, want once", said)
	}
	// The MAC was of a capture taken by mistake: it goes back.
	list, err := b.store.Ingests(ctx, b.site.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range list {
		if strings.HasPrefix(in.Name, "with,") {
			if err := b.hub.DropIngest(ctx, "anna", in.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.drain()
	check(old)
	// All of it goes, and what was said is kept until the device is there again.
	for _, in := range list {
		if err := b.hub.DropIngest(ctx, "anna", in.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.drain()
	check(old)
	if again := b.at("10.0.0.7", observation.MAC{0x44, 0x19, 0xb6, 1, 2, 3}); again != now {
		t.Errorf("the device is %s, want %s as before", again, now)
	}
}

// TestOfTwoDevicesThatBecomeOneNothingSaidIsLost decides on both.
func TestOfTwoDevicesThatBecomeOneNothingSaidIsLost(t *testing.T) {
	ctx := t.Context()
	mac := observation.MAC{0x44, 0x19, 0xb6, 1, 2, 3}
	strong := newBench(t).at("10.0.0.7", mac)
	b := newBench(t)
	weak := b.at("10.0.0.7", observation.MAC{})
	for i, d := range []string{strong, weak} {
		b.now = b.now.Add(time.Second)
		owner := []string{"anna", "bea"}[i]
		err := b.store.Do(ctx, hub.Deed{Actor: "anna", Action: "x"}, func(tx hub.Tx) error {
			return errors.Join(tx.SetDecision(&hub.Decision{Site: b.site.ID, Device: d, Regime: "us-889a1B", Status: "in-hand", Owner: owner}), tx.SetStep(&hub.Step{Site: b.site.ID, Device: d, Action: "remove", Note: owner}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if now := b.at("10.0.0.7", mac); now != strong {
		t.Fatalf("the two became %s, want %s", now, strong)
	}
	if d, err := b.store.Decision(ctx, b.site.ID, strong, "us-889a1B"); err != nil || d.Owner != "bea" {
		t.Errorf("decision %+v, %v; want the later one", d, err)
	}
	if s, err := b.store.Step(ctx, b.site.ID, strong); err != nil || s.Note != "anna" {
		t.Errorf("step %+v, %v; want that of the device that stayed", s, err)
	}
	notes, err := b.store.Notes(ctx, b.site.ID, strong)
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Text, "of anna") || !strings.Contains(notes[0].Text, "remove it") || !strings.Contains(notes[0].Text, weak) {
		t.Errorf("notes %+v, %v; want one that keeps the other decision and step", notes, err)
	}
	if left, err := b.store.Spoken(ctx, b.site.ID); err != nil || len(left) != 1 {
		t.Errorf("something is said of %v, %v; want of one device", left, err)
	}
}
