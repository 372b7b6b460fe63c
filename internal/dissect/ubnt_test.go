package dissect

import (
	"strings"
	"testing"
)

// ubntAirCam holds what ubiquiti-probing prints of an AirCam, with another
// hardware address; ubntSecond is made from the numbers of version 2.
var (
	ubntAirCam = "01 00 004c" + "02 000a dc9fdb000001 c0a80164" + "01 0006 dc9fdb000001" + "0a 0004 00000e10" + "0b 0006" + hexText("AirCam", 6) + "0c 0006" + hexText("AirCam", 6) +
		"03 0016" + hexText("AirCam.GM8126.v3.1.4.3", 22) + "99 0001 07"
	ubntSecond = "02 06 0037" + "02 000a 7483c2000002 c0a80105" + "15 0008" + hexText("UVC G3 F", 8) + "0b 0004" + hexText("Yard", 4) + "0c 0003" + hexText("UVC", 3) + "16 0006" + hexText("4.23.8", 6) + "13 0006 7483c2000002"
)

func TestUbnt(t *testing.T) {
	first := list("ubnt.mac", "dc:9f:db:00:00:01", "ubnt.ip", "192.168.1.100", "ubnt.uptime", "3600", "ubnt.hostname", "AirCam", "ubnt.platform", "AirCam", "ubnt.firmware", "AirCam.GM8126.v3.1.4.3")
	tests := []struct {
		name, in string
		want     []Message
	}{
		{"AirCam, version 1", ubntAirCam, []Message{{Protocol: "ubnt", Fields: first}}},
		{"cut inside an element that is not needed", strings.ReplaceAll(ubntAirCam, " ", "")[:120], nil}, // shorter than its own length
		{"version 2", ubntSecond, []Message{{Protocol: "ubnt", Fields: list("ubnt.mac", "74:83:c2:00:00:02", "ubnt.ip", "192.168.1.5", "ubnt.model", "UVC G3 F", "ubnt.hostname", "Yard", "ubnt.platform", "UVC", "ubnt.firmware", "4.23.8")}}},
		{"question, version 1", "01000000", nil},
		{"question, version 2", "02080000", nil},
		{"no hardware address", "01000009 0b0006" + hexText("AirCam", 6), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(10001, 50000, unhex(t, tt.in)), tt.want) })
	}
}

func FuzzUbnt(f *testing.F) {
	f.Add(unhex(f, ubntAirCam))
	f.Add(unhex(f, ubntSecond))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { ubntDatagram(10001, 1, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
