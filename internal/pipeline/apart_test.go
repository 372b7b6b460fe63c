package pipeline_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/pipeline"
)

// TestReadAndJudgeFindWhatRunFinds holds the two doors together: what is kept
// between them loses nothing.
func TestReadAndJudgeFindWhatRunFinds(t *testing.T) {
	cfg := pipeline.Config{Inputs: []string{"../../examples/lab-station.pcapng"}, Knowledge: knowledge(), AsAt: asAt}
	whole, err := pipeline.Run(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Known = []string{"an earlier one"}
	ev, err := pipeline.Read(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range ev.Observations {
		if o.Input != 1 {
			t.Fatalf("observation %d is of input %d, want 1: one was known", o.ID, o.Input)
		}
	}
	judged, err := pipeline.Judge(context.Background(), cfg, ev)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole.Devices {
		whole.Devices[i].Traffic = nil // told by the hour
	}
	got, _ := json.Marshal(judged.Document.Devices)
	want, _ := json.Marshal(whole.Devices)
	if string(got) != string(want) {
		t.Errorf("devices differ: got %.300s, want %.300s", got, want)
	}
	var up, wantUp uint64
	judged.Hours(func(_ int64, c *egress.Conversation) { up += c.BytesUp })
	for i := range whole.Conversations {
		wantUp += whole.Conversations[i].BytesUp
	}
	if up != wantUp || up == 0 {
		t.Errorf("hours add up to %d bytes up, conversations to %d", up, wantUp)
	}
	for _, c := range whole.Conversations[:1] {
		if got := judged.Owner(netip.MustParseAddr(c.From), 0, 1<<62); got != c.Device {
			t.Errorf("owner of %s is %q, want %q", c.From, got, c.Device)
		}
	}
}
