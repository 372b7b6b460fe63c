package dissect_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/packet"
)

// Frames as they stand on the wire reach the dissectors of link protocols: CDP in
// LLC with a SNAP header of Cisco's, LLDP with and without a VLAN tag.
func TestLinkFramesArrive(t *testing.T) {
	const (
		cdp  = "01000ccccccc 00000c000001 0022 aaaa0300000c2000 02b40000 0001000a 6761746531 36 0006000c 43495653 2d495043"
		lldp = "0180c200000e accc8e000001"
		body = "88cc 0207 04accc8e000001 0407 03accc8e000001 0602 0078 0a04 67617465 0000"
	)
	tests := []struct{ name, in, protocol, field, value string }{
		{"CDP", cdp, "cdp", "cdp.device-id", "gate16"},
		{"LLDP", lldp + body, "lldp", "lldp.system-name", "gate"},
		{"LLDP in a VLAN", lldp + "8100 0064" + body, "lldp", "lldp.system-name", "gate"},
		{"LLDP in a SNAP header", lldp + "002e aaaa03000000" + body, "lldp", "lldp.system-name", "gate"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := hex.DecodeString(strings.ReplaceAll(tt.in, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			var d packet.Decoder
			var p packet.Packet
			if got := d.Decode(&capture.Frame{Data: b, Wire: len(b), Link: capture.LinkEthernet, Number: 1}, &p); got != packet.LinkOnly {
				t.Fatalf("decoded as %s", got)
			}
			found := false
			dissect.Frame(p.EtherType, p.SrcMAC, p.Payload, func(m dissect.Message) {
				for _, f := range m.Fields {
					found = found || m.Protocol == tt.protocol && f.Name == tt.field && f.Value == tt.value
				}
			})
			if !found {
				t.Errorf("no %s %q", tt.field, tt.value)
			}
		})
	}
}
