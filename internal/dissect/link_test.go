package dissect

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// lldp makes an element of a frame, in hexadecimal.
func lldp(kind int, content string) string {
	content = strings.ReplaceAll(content, " ", "")
	return hexadecimal(binary.BigEndian.AppendUint16(nil, uint16(kind<<9|len(content)/2))) + content
}

// cdp makes an element of a frame, in hexadecimal.
func cdp(kind int, content string) string {
	content = strings.ReplaceAll(content, " ", "")
	b := binary.BigEndian.AppendUint16(nil, uint16(kind))
	return hexadecimal(binary.BigEndian.AppendUint16(b, uint16(4+len(content)/2))) + content
}

func hexOf(s string) string { return hexadecimal([]byte(s)) }

// Frames made from the standards: a camera with LLDP-MED inventory and power,
// and a switch.
var (
	lldpCamera = lldp(1, "04 accc8e000001") + lldp(2, "03 accc8e000001") + lldp(3, "0078") + lldp(4, hexOf("eth0")) +
		lldp(5, hexOf("axis-accc8e000001")) + lldp(6, hexOf("AXIS P3245-LVE Dome Camera 10.12.65")) + lldp(7, "0080 0080") +
		lldp(8, "05 01 c0a80114 02 00000002 00") + lldp(127, "0012bb 01 0033 01") + lldp(127, "0012bb 05"+hexOf("799.1")) +
		lldp(127, "0012bb 07"+hexOf("10.12.65")) + lldp(127, "0012bb 08"+hexOf("ACCC8E000001")) + lldp(127, "0012bb 09"+hexOf("Axis Communications AB")) +
		lldp(127, "0012bb 0a"+hexOf("P3245-LVE")) + lldp(127, "00120f 02 06 01 04 53 0081 0081") + lldp(0, "")
	lldpSwitch = lldp(1, "07"+hexOf("sw1")) + lldp(2, "05"+hexOf("Gi0/1")) + lldp(3, "0078") + lldp(7, "0014 0014") + lldp(127, "0012bb 04 03 0096") + lldp(0, "")

	cdpCamera = "aaaa0300000c2000 02 b4 0000" + cdp(1, hexOf("SEP00000C000001")) + cdp(2, "00000002 01 01 cc 0004 0a000007 02 08 aaaa0300000086dd 0010 fe800000000000000200000000000001") +
		cdp(3, hexOf("eth0")) + cdp(4, "00000010") + cdp(5, hexOf("2.5.1\nbuild 7")) + cdp(6, hexOf("CIVS-IPC-6020")) + cdp(0x10, "2ee0") + cdp(0x14, hexOf("gate"))
	cdpSwitch = "aaaa0300000c2000 02 b4 0000" + cdp(1, hexOf("core")) + cdp(4, "00000029") + cdp(6, hexOf("cisco WS-C2960-24TT-L"))
)

var lldpCameraFields = list("lldp.chassis-id", "ac:cc:8e:00:00:01", "lldp.mac", "ac:cc:8e:00:00:01", "lldp.port-id", "ac:cc:8e:00:00:01", "lldp.port-description", "eth0",
	"lldp.system-name", "axis-accc8e000001", "lldp.system-description", "AXIS P3245-LVE Dome Camera 10.12.65", "lldp.capability", "station", "lldp.management-address", "192.168.1.20",
	"lldp.med-class", "I", "lldp.hardware", "799.1", "lldp.software", "10.12.65", "lldp.serial", "ACCC8E000001", "lldp.manufacturer", "Axis Communications AB", "lldp.model", "P3245-LVE",
	"lldp.power", "device, class 3, 12.9 W")

func TestLinkDiscovery(t *testing.T) {
	tests := []struct {
		name, in  string
		etherType uint16
		want      []Message
	}{
		{"camera with an inventory", lldpCamera, 0x88cc, []Message{{Protocol: "lldp", Fields: lldpCameraFields}}},
		{"the same, cut inside the system name", lldpCamera[:80], 0x88cc, []Message{{Protocol: "lldp", Fields: lldpCameraFields[:4]}}},
		{"switch", lldpSwitch, 0x88cc, []Message{{Protocol: "lldp", Fields: list("lldp.chassis-id", "sw1", "lldp.port-id", "Gi0/1", "lldp.capability", "bridge", "lldp.capability", "router", "lldp.power", "supply, 15.0 W")}}},
		{"no chassis ID: no LLDP", lldp(5, hexOf("x")), 0x88cc, nil},
		{"element longer than the frame", "03ff 04", 0x88cc, nil},
		{"camera over CDP", cdpCamera, 0, []Message{{Protocol: "cdp", Fields: list("cdp.device-id", "SEP00000C000001", "cdp.address", "10.0.0.7", "cdp.address", "fe80::200:0:0:1", "cdp.port-id", "eth0",
			"cdp.capability", "station", "cdp.version", "2.5.1 build 7", "cdp.platform", "CIVS-IPC-6020", "cdp.power", "12.0 W", "cdp.system-name", "gate")}}},
		{"switch over CDP", cdpSwitch, 0, []Message{{Protocol: "cdp", Fields: list("cdp.device-id", "core", "cdp.capability", "router", "cdp.capability", "switch", "cdp.platform", "cisco WS-C2960-24TT-L")}}},
		{"CDP with an element of no length", "aaaa0300000c2000 02b40000 00010000 00010008 61626364", 0, nil},
		{"spanning tree", "424203 0000000000", 0, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, collect(func(emit Emit) { Frame(tt.etherType, observation.MAC{}, unhex(t, tt.in), emit) }), tt.want)
		})
	}
}

func FuzzLLDP(f *testing.F) {
	f.Add(unhex(f, lldpCamera))
	f.Add(unhex(f, lldpSwitch))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { lldpFrame(0x88cc, observation.MAC{}, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}

func FuzzCDP(f *testing.F) {
	f.Add(unhex(f, cdpCamera))
	f.Add(unhex(f, cdpSwitch))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { cdpFrame(0, observation.MAC{}, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
