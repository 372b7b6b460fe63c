package report

import (
	"bytes"
	"encoding/csv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/egress"
)

func TestDestinations(t *testing.T) {
	doc := &Document{
		Devices: []Device{{ID: "d-1", Name: "=gate", MACs: []string{"00:11:22:33:44:55"}}},
		Conversations: []egress.Conversation{
			{Device: "d-1", Address: "203.0.113.9", Port: 443, Protocol: "tcp", Opened: "device", Scope: egress.ScopeOutside, Name: "cloud.example", Country: "DE", ASN: 64500,
				Network: "Example, Inc.", Cloud: true, Purpose: egress.PurposeCloud, BytesUp: 5, PacketsUp: 1, Encrypted: "yes", Video: egress.Video{Verdict: egress.VideoNo}},
			{Device: "d-1", Address: "10.0.0.9", Peer: "d-2", Port: 554, Protocol: "tcp", Opened: "far end", Scope: egress.ScopeInside},
			{Device: "d-1", Address: "239.255.255.250", Port: 1900, Protocol: "udp", Opened: "device", Scope: egress.ScopeGroup},
			{Device: "d-9", Address: "203.0.113.9"},
		},
	}
	var b bytes.Buffer
	if err := Destinations(&b, doc); err != nil {
		t.Fatal(err)
	}
	got, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		destinationColumns,
		{"d-1", "'=gate", "00:11:22:33:44:55", "", "", "", "from-device", "outside", "cloud.example", "203.0.113.9", "", "tcp", "443", "", "cloud service", "DE", "64500",
			"Example, Inc.", "", "", "yes", "no", "5", "0", "1", "0", "", ""},
		{"d-1", "'=gate", "00:11:22:33:44:55", "", "", "", "to-device", "inside", "", "10.0.0.9", "d-2", "tcp", "554", "", "", "", "", "", "", "", "", "", "0", "0", "0", "0", "", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
