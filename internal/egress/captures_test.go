package egress_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/pipeline"
)

// Recorded captures of the reference data, and where tshark says that the
// camera in them goes.
func TestDestinationsInRecordedCaptures(t *testing.T) {
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, camera string
		want         []string // address, port, protocol, name, country, network, controller, purpose, bytes up and down
	}{
		{
			file: "iot_sentinel/D-LinkCam/Setup-A-1-STA.pcap", camera: "10.10.10.37",
			want: []string{
				"outside 54.229.64.81 443 tcp mp-eu-signal.auto.mydlink.com IE AS16509 dlink TW cloud service yes 2539 5019",
				"outside 54.194.162.61 443 tcp mp-eu-signal.auto.mydlink.com IE AS16509 dlink TW cloud service yes 2407 4953",
				"outside 52.8.178.58 443 tcp signal.mydlink.com US AS16509 dlink TW cloud service yes 1645 4527",
				"outside 54.86.11.193 123 udp ntp1.dlink.com US AS16509 dlink TW ntp no 90 90",
				"inside 10.10.10.28 80 tcp - - AS0 - - viewer no 16088 13903", // the telephone that sets it up
			},
		},
		{
			file: "yi/yi_camera_sample.pcap", camera: "192.168.10.204",
			want: []string{
				"outside 47.88.59.209 32100 udp - US AS45102 - - p2p unknown 346 162",
				"outside 47.90.240.160 32100 udp - US AS45102 - - p2p unknown 346 162",
				"outside 47.74.255.9 32100 udp - US AS45102 - - p2p unknown 346 162",
			},
		},
		{
			file: "reolink/EncryptionProtocol02_login.pcapng", camera: "192.168.1.101",
			want: []string{"inside 192.168.1.15 9000 tcp - - AS0 - - viewer unknown 9790 2420"},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			path := filepath.Join("..", "..", "..", "shared", "data", "captures", filepath.FromSlash(c.file))
			if _, err := os.Stat(path); err != nil {
				t.Skipf("the reference data is not here: %v", err)
			}
			doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{path}, Knowledge: k, AsAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range doc.Conversations {
				if v.From == c.camera && (v.Scope == egress.ScopeOutside || v.Port != 53) && v.Protocol != "icmp" && v.Scope != egress.ScopeGroup {
					got = append(got, fmt.Sprint(v.Scope, " ", v.Address, " ", v.Port, " ", v.Protocol, " ", dash(v.Name), " ", dash(v.Country), " AS", v.ASN, " ", dash(v.ControllerID), " ", dash(v.Jurisdiction), " ", v.Purpose, " ", v.Encrypted, " ", v.BytesUp, " ", v.BytesDown))
				}
			}
			for _, w := range c.want {
				if !slices.Contains(got, w) {
					t.Errorf("missing %q in\n%s", w, strings.Join(got, "\n"))
				}
			}
			outside := func(s string) bool { return strings.HasPrefix(s, egress.ScopeOutside) }
			if g, w := len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return !outside(s) })), len(slices.DeleteFunc(slices.Clone(c.want), func(s string) bool { return !outside(s) })); g != w {
				t.Errorf("%d conversations with the outside, want %d", g, w)
			}
		})
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
