package hub_test

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

var knowledge = sync.OnceValue(func() *pipeline.Knowledge {
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		panic(err)
	}
	return k
})

// A bench is a hub on a real store and history, at a time the test sets.
type bench struct {
	t     *testing.T
	now   time.Time
	store *store.DB
	hist  *history.Store
	hub   *hub.Hub
	site  *hub.Site
}

func newBench(t *testing.T) *bench {
	t.Helper()
	dir := t.TempDir()
	b := &bench{t: t, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	var err error
	clock := func() time.Time { return b.now }
	if b.store, err = store.Open(t.Context(), filepath.Join(dir, store.File), store.Options{Now: clock}); err != nil {
		t.Fatal(err)
	}
	if b.hist, err = history.Open(filepath.Join(dir, "history"), history.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			t.Error(err)
		}
		if err := b.hist.Close(); err != nil {
			t.Error(err)
		}
	})
	b.hub = hub.New(hub.Config{Store: b.store, History: b.hist, Knowledge: knowledge(), Dir: filepath.Join(dir, "waiting"), Version: "test", Now: clock})
	if b.site, err = b.hub.FindSite(t.Context(), "test", "Council", "Town hall"); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) take(name string, content []byte) *hub.Ingest {
	b.t.Helper()
	in, err := b.hub.Take(b.t.Context(), hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: name, Source: "upload", By: "test"}, bytes.NewReader(content))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.hub.Drain(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if in, err = b.store.Ingest(b.t.Context(), in.ID); err != nil {
		b.t.Fatal(err)
	}
	return in
}

func station(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile("../../examples/lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bench) whole(content []byte) *report.Document {
	b.t.Helper()
	doc, err := pipeline.Run(b.t.Context(), pipeline.Config{Inputs: []string{"-"}, Stdin: bytes.NewReader(content), Knowledge: knowledge(), AsAt: b.now})
	if err != nil {
		b.t.Fatal(err)
	}
	return doc
}

// TestTheHubFindsWhatTheAuditFinds is the promise that there is one pipeline.
func TestTheHubFindsWhatTheAuditFinds(t *testing.T) {
	b := newBench(t)
	want := b.whole(station(t))
	if in := b.take("station.pcapng", station(t)); in.State != hub.Done || in.Input.Packets != want.Inputs[0].Packets {
		t.Fatalf("ingest is %s (%s) with %d packets, want done with %d", in.State, in.Error, in.Input.Packets, want.Inputs[0].Packets)
	}
	verdicts := map[[2]string]string{}
	for _, f := range want.Findings {
		verdicts[[2]string{f.Device, f.Regime}] = string(f.Verdict)
	}
	for i := range want.Devices {
		w := &want.Devices[i]
		got, err := b.store.Doc(t.Context(), b.site.ID, w.ID)
		if err != nil {
			t.Errorf("device %s (%s): %v", w.ID, w.Name, err)
			continue
		}
		if got.Maker.Value != w.Maker.Value || got.Maker.Grade != w.Maker.Grade || got.Model.Value != w.Model.Value || got.Firmware.Value != w.Firmware.Value || len(got.Seen) != len(w.Seen) {
			t.Errorf("device %s: got %s %s %s, want %s %s %s", w.ID, got.Maker.Value, got.Model.Value, got.Firmware.Value, w.Maker.Value, w.Model.Value, w.Firmware.Value)
		}
		findings, err := b.store.DeviceFindings(t.Context(), b.site.ID, w.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			k := [2]string{f.Device, f.Regime}
			if verdicts[k] != string(f.Verdict) {
				t.Errorf("finding %v: got %s, want %s", k, f.Verdict, verdicts[k])
			}
			delete(verdicts, k)
		}
	}
	if len(verdicts) > 0 {
		t.Errorf("findings of the audit that the hub has not: %v", verdicts)
	}
	var up, wantUp int64
	for row, err := range b.hist.Site(t.Context(), b.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		up += row.BytesUp
	}
	for i := range want.Conversations {
		wantUp += int64(want.Conversations[i].BytesUp)
	}
	if up != wantUp || up == 0 {
		t.Errorf("%d bytes up in the history, %d in the audit", up, wantUp)
	}
}

func (b *bench) dump() string {
	b.t.Helper()
	var out bytes.Buffer
	if err := b.store.Dump(b.t.Context(), &out); err != nil {
		b.t.Fatal(err)
	}
	return out.String()
}

func TestARebuildGivesTheSameBytes(t *testing.T) {
	b := newBench(t)
	b.take("station.pcapng", station(t))
	b.take("again.pcapng", station(t))
	before := b.dump()
	if err := b.hub.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if after := b.dump(); after != before || len(before) < 1000 {
		t.Errorf("a rebuild changed what was derived (%d bytes before, %d after)", len(before), len(after))
	}
}

// TestWhatIsNoCaptureIsRefusedWithTheReason also shows that nothing is left of it.
func TestWhatIsNoCaptureIsRefusedWithTheReason(t *testing.T) {
	b := newBench(t)
	in := b.take("notes.txt", []byte("these are some notes, and no capture"))
	if in.State != hub.Failed || in.Error == "" {
		t.Errorf("got %s (%q), want failed with a reason", in.State, in.Error)
	}
	if left, _ := os.ReadDir(b.hub.Dir()); len(left) > 0 {
		t.Errorf("%s still holds %d files", b.hub.Dir(), len(left))
	}
}

func TestATakenFileMustBeAFileWithinTheLimit(t *testing.T) {
	b := newBench(t)
	p := hub.Parcel{Site: b.site.ID, Name: "empty.pcap", Source: "upload", By: "test"}
	if _, err := b.hub.Take(t.Context(), p, strings.NewReader("")); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty file: got %v, want an error that says so", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.hub.Take(ctx, p, strings.NewReader("x")); err == nil {
		t.Error("a cancelled upload was taken")
	}
	if left, _ := os.ReadDir(b.hub.Dir()); len(left) > 0 {
		t.Errorf("%d files are left of uploads that failed", len(left))
	}
}

// TestAWaiverEndsByItself decides a finding and lets the day pass.
func TestAWaiverEndsByItself(t *testing.T) {
	b := newBench(t)
	org, err := b.store.Organisation(t.Context(), b.site.Organisation)
	if err != nil {
		t.Fatal(err)
	}
	org.Type, org.Country = "us-federal-agency", "US"
	if err := b.store.Do(t.Context(), hub.Deed{Actor: "test", Action: "x", Object: "x"}, func(tx hub.Tx) error { return tx.SetOrganisation(org) }); err != nil {
		t.Fatal(err)
	}
	b.take("station.pcapng", station(t))
	severity := func() map[string]int {
		out := map[string]int{}
		page, err := b.store.Devices(t.Context(), store.DeviceQuery{Organisations: []int64{b.site.Organisation}, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Devices {
			out[d.Device.Device] = d.Severity
		}
		return out
	}
	device, gravest := "", 0
	for id, s := range severity() {
		if s > gravest || s == gravest && id < device {
			device, gravest = id, s
		}
	}
	if gravest < 2 {
		t.Fatalf("the gravest finding in the example has severity %d for a US federal agency: nothing to waive", gravest)
	}
	findings, err := b.store.DeviceFindings(t.Context(), b.site.ID, device)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		d := hub.Decision{Site: b.site.ID, Device: device, Regime: f.Regime, Status: "accepted", Waiver: hub.Waiver{Why: "being replaced", By: "test", Until: "2026-11-25"}}
		if err := b.store.Do(t.Context(), hub.Deed{Actor: "test", Action: "x", Object: "x"}, func(tx hub.Tx) error { return tx.SetDecision(&d) }); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		day  int
		want int
	}{{20, 0}, {25, 0}, {26, gravest}} {
		b.now = time.Date(2026, 11, c.day, 12, 0, 0, 0, time.UTC)
		b.hub.Stale(b.site.ID)
		if err := b.hub.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := severity()[device]; got != c.want {
			t.Errorf("on the %dth the severity is %d, want %d", c.day, got, c.want)
		}
	}
}

// TestFlowsOfAListenerBecomeConversations hands over the flows of a camera in two
// windows of one hour.
func TestFlowsOfAListenerBecomeConversations(t *testing.T) {
	b := newBench(t)
	p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "NetFlow on :2055", Source: "listener", By: "hub"}
	camera, cloud := netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("52.58.1.1")
	for i := range 2 {
		at := b.now.UnixNano()
		f := flow.Summary{First: at, Last: at + int64(time.Minute), Proto: 6, Begins: true, Number: int64(i + 1)}
		f.Client = flow.End{Addr: netip.AddrPortFrom(camera, 40000), Packets: 100, Bytes: 50_000}
		f.Server = flow.End{Addr: netip.AddrPortFrom(cloud, 443), Packets: 80, Bytes: 9_000}
		b.receive(p, []flow.Summary{f}, []device.Sighting{{IP: camera, First: time.Unix(0, at), Last: time.Unix(0, at), Packets: 100, Bytes: 50_000}})
		b.now = b.now.Add(10 * time.Minute)
		if err := b.hub.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 || list[0].State != hub.Done || list[0].Input.Packets != 2 {
		t.Fatalf("got %+v, %v; want one ingest of two records", list, err)
	}
	var up int64
	for row, err := range b.hist.Site(t.Context(), b.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			t.Fatal(err)
		}
		if row.Address == cloud {
			up += row.BytesUp
		}
	}
	if up != 100_000 {
		t.Errorf("%d bytes up to %s, want 100000", up, cloud)
	}
}

// TestTheHubFindsWhatTheAuditFindsInRealLogs does the same with what other tools
// wrote of real devices, where the reference data are.
func TestTheHubFindsWhatTheAuditFindsInRealLogs(t *testing.T) {
	const dir = "../../../shared/data"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no ../shared/data beside the checkout: only the examples were compared")
	}
	var files []string
	for _, pattern := range []string{"flowlogs/*/*", "captures/*/*.pcap*", "captures/iot_sentinel/*/*-1-STA.pcap"} {
		list, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, list...)
	}
	compared := 0
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() || info.Size() > 64<<20 {
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b := newBench(t)
		want, err := pipeline.Run(t.Context(), pipeline.Config{Inputs: []string{file}, Knowledge: knowledge(), AsAt: b.now})
		if err != nil {
			continue // nothing there for either
		}
		if in := b.take(filepath.Base(file), content); in.State != hub.Done {
			t.Errorf("%s: ingest is %s: %s", file, in.State, in.Error)
			continue
		}
		compared++
		page, err := b.store.Devices(t.Context(), store.DeviceQuery{All: true, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		if int(page.Total) != len(want.Devices) {
			t.Errorf("%s: %d devices, the audit finds %d", file, page.Total, len(want.Devices))
		}
		makers := map[string]string{}
		for i := range want.Devices {
			makers[want.Devices[i].ID] = want.Devices[i].Maker.Value + " " + want.Devices[i].Kind.Value
		}
		for _, d := range page.Devices {
			if got := d.Maker + " " + d.Kind; got != makers[d.Device.Device] {
				t.Errorf("%s: device %s is %q, the audit says %q", file, d.Device.Device, got, makers[d.Device.Device])
			}
		}
	}
	if compared < 3 {
		t.Errorf("only %d of %d files were compared", compared, len(files))
	}
	t.Logf("%d files compared", compared)
}

// Who waits hears of the end of what another does, and of a wait that is over.
func TestSettledWaitsForTheHub(t *testing.T) {
	b := newBench(t)
	in := b.put(b.site, "station.pcapng", station(t))
	over, stop := context.WithCancel(t.Context())
	stop()
	if err := b.hub.Settled(over); !errors.Is(err, context.Canceled) {
		t.Errorf("with an input that nobody reads: %v", err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.hub.Run(ctx) }()
	if err := b.hub.Settled(ctx); err != nil {
		t.Error(err)
	}
	if in = b.state(in); in.State != hub.Done {
		t.Errorf("the input is %s: %s", in.State, in.Error)
	}
	end()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
