package main

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

// TestFlowLog scores a document against labels: an address that two had one
// after another, a camera found, one not said, a plug called a camera.
func TestFlowLog(t *testing.T) {
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	device := func(id, ip, kind, brand, brandID string) report.Device {
		return report.Device{
			ID: id, Name: id, Addresses: []report.Address{{IP: ip, First: "1970-01-01T00:16:40Z", Last: "1970-01-01T05:33:20Z"}},
			Attribution: attribution.Attribution{Kind: attribution.Claim{Value: kind}, Brand: attribution.Claim{Value: brand, ID: brandID}},
		}
	}
	doc := &report.Document{
		Devices: []report.Device{
			device("one", "10.0.0.1", "camera", "Hikvision", "hikvision"), device("two", "10.0.0.2", "unknown", "", ""), device("three", "10.0.0.3", "camera", "Dahua", "dahua"),
		},
		Conversations: []egress.Conversation{
			{From: "10.0.0.1", Address: "192.0.2.1", Scope: "outside", First: "1970-01-01T00:16:41Z", Last: "1970-01-01T00:16:42Z"},
			{From: "10.0.0.1", Address: "192.0.2.2", Scope: "outside", First: "1970-01-01T00:16:41Z", Last: "1970-01-01T00:16:42Z"},
			{From: "10.0.0.1", Address: "10.0.0.2", Scope: "inside", First: "1970-01-01T00:16:41Z", Last: "1970-01-01T00:16:42Z"},
			{From: "10.0.0.1", Address: "192.0.2.9", Scope: "outside", First: "1970-01-02T00:00:00Z", Last: "1970-01-02T00:00:01Z"},
		},
	}
	windows := []window{
		{Device: "Hikvision DS-1", Camera: true, MAC: "a", IPs: []string{"10.0.0.1"}, Start: 1000, End: 1010},
		{Device: "Kettle", MAC: "b", IPs: []string{"10.0.0.1"}, Start: 9000, End: 9010},
		{Device: "Reolink E1", Camera: true, MAC: "c", IPs: []string{"10.0.0.2"}, Start: 1000, End: 1010},
		{Device: "TP-Link plug", MAC: "d", IPs: []string{"10.0.0.3", "10.0.0.4"}, Start: 1000, End: 1010},
		{Device: "gone", MAC: "e", IPs: []string{"10.0.0.9"}, Start: 1000, End: 1010},
	}
	var out bytes.Buffer
	s := &scorer{w: &out, k: k}
	same, noClock := untimed(doc, windows)
	if noClock {
		t.Error("a log whose times meet a window was taken for one without clock")
	}
	got := s.flowLog(doc, same, map[string]map[string]bool{"a": {"192.0.2.1": true, "192.0.2.3": true}})
	want := &logScore{windows: 5, found: 4, cameras: sayings{right: 1, abstained: 1}, others: sayings{wrong: 2}, makers: sayings{right: 1, wrong: 2, abstained: 1}, merged: []string{"one holds 2 labels"}}
	want.far.both, want.far.onlyLog, want.far.onlyPackets = 1, 1, 1
	if d := cmp.Diff(want, got, cmp.AllowUnexported(logScore{}, sayings{}), cmp.AllowUnexported(struct{ both, onlyLog, onlyPackets int }{})); d != "" {
		t.Errorf("score (-want +got):\n%s", d)
	}
	for i := range windows {
		windows[i].Start, windows[i].End = windows[i].Start+1e9, windows[i].End+1e9
	}
	if w, noClock := untimed(doc, windows); !noClock || len(holders(doc, &w[0])) != 1 {
		t.Error("a log of another time was not matched by address alone")
	}
}
