package dissect

import (
	"strings"
	"testing"
)

// Frames of a recorded transmitter, without radiotap (testdata/NOTICE).
const (
	odidAction = "d0000000 516f9a010000 84cca8604324 506f9a010179 5006 0409506f9a13 03 2700 8869199d9209 01 00 10 1d 22 f01901 5000 4742522d4f502d31323341424344 000000000000000000 0e0400010002 22"
	odidBeacon = "80000000 ffffffffffff 84cca8604324 84cca8604324 6006 0000000000000000 b80b 2104 030106 000e 4742522d4f502d31323341424344 dd21 fa0bbc0d 22 f01901 5000 4742522d4f502d31323341424344 000000000000000000 04"
	nanBeacon  = "80000000 ffffffffffff 84cca8604324 506f9a010179 4006 0000000000000000 0002 2004 dd22 506f9a13 000200feea010d0084cca8604324eafe00000000000206008869199d9209"
)

func TestWLAN(t *testing.T) {
	tests := []struct {
		name, in string
		want     []Message
	}{
		{
			"recorded beacon: network name, and a pack that holds an operator only", odidBeacon,
			[]Message{{Protocol: "odid", Fields: list("odid.operator-id", "GBR-OP-123ABCD")}, {Protocol: "wlan", Fields: list("wlan.ssid", "GBR-OP-123ABCD")}},
		},
		{"recorded NAN frame with an operator only", odidAction, []Message{{Protocol: "odid", Fields: list("odid.operator-id", "GBR-OP-123ABCD")}}},
		{
			"pack of location, authentication and system: no place is told",
			odidNAN("f2 19 03" + "12 20" + strings.Repeat("11", 23) + "22 10" + strings.Repeat("22", 23) + "42 01" + strings.Repeat("33", 23)),
			[]Message{{Protocol: "odid", Fields: list("odid.status", "airborne", "odid.auth", "uas-id-signature", "odid.operator-location", "live")}},
		},
		{
			"DJI telemetry in a beacon", djiBeacon("26371258621310" + djiTelemetry),
			[]Message{{Protocol: "dji", Fields: list("dji.serial", "163CG9NR0A1B2C", "dji.product-type", "58", "dji.model", "Mavic Air 2")}},
		},
		{"the same under DJI's registered prefix", djiBeacon("60601f58621310" + djiTelemetry), []Message{{Protocol: "dji", Fields: list("dji.serial", "163CG9NR0A1B2C", "dji.product-type", "58", "dji.model", "Mavic Air 2")}}},
		{"what the owner of a DJI drone entered", djiBeacon("26371258621311" + hexText("163CG9NR0A1B2C", 16) + "0a00"), []Message{{Protocol: "dji", Fields: list("dji.serial", "163CG9NR0A1B2C")}}},
		{"DJI telemetry cut inside the serial number", djiBeacon("26371258621310" + djiTelemetry[:20]), nil},
		{"recorded NAN beacon", nanBeacon, nil},
		{
			"beacon with a serial number", odidFrame("00 12" + hexText("1581F45T000000000001", 20) + "000000"),
			[]Message{{Protocol: "odid", Fields: list("odid.id", "1581F45T000000000001", "odid.id-type", "serial-number", "odid.ua-type", "helicopter or multirotor")}},
		},
		{
			"NAN frame with a pack of serial number and self description",
			odidNAN("f2 19 02" + "02 12" + hexText("1596A1B2", 20) + "000000" + "32 00" + hexText("Roof survey", 23)),
			[]Message{{Protocol: "odid", Fields: list("odid.id", "1596A1B2", "odid.id-type", "serial-number", "odid.ua-type", "helicopter or multirotor", "odid.self-id", "Roof survey")}},
		},
		{
			"pack that claims more messages than it holds", odidNAN("f2 19 09" + "02 12" + hexText("1596A1B2", 20) + "000000"),
			[]Message{{Protocol: "odid", Fields: list("odid.id", "1596A1B2", "odid.id-type", "serial-number", "odid.ua-type", "helicopter or multirotor")}},
		},
		{
			"session number, binary", odidFrame("02 41" + "01aabbcc" + strings.Repeat("00", 16) + "000000"),
			[]Message{{Protocol: "odid", Fields: list("odid.id", "01aabbcc", "odid.id-type", "session", "odid.ua-type", "aeroplane")}},
		},
		{"element longer than the frame", odidBeacon[:len(odidBeacon)-40], []Message{{Protocol: "wlan", Fields: list("wlan.ssid", "GBR-OP-123ABCD")}}},
		{"data frame", "08000000" + strings.Repeat("00", 60), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, collect(func(emit Emit) { WLAN(unhex(t, tt.in), emit) }), tt.want)
		})
	}
}

// djiTelemetry is a record made from the published layout: version, number,
// state, serial number, 32 bytes of where and how it flies, product 58.
var djiTelemetry = "02 0100 f71f" + hexText("163CG9NR0A1B2C", 16) + strings.Repeat("77", 32) + "3a 00" + strings.Repeat("00", 20)

// djiBeacon puts a vendor element, in hexadecimal, into the recorded beacon.
func djiBeacon(content string) string {
	content = strings.ReplaceAll(content, " ", "")
	head, _, _ := strings.Cut(odidBeacon, "030106")
	return head + "dd" + hexadecimal([]byte{byte(len(content) / 2)}) + content
}

func FuzzDJI(f *testing.F) {
	f.Add(unhex(f, "26371258621310"+djiTelemetry))
	f.Add(unhex(f, "60601f58621311"+hexText("163CG9NR0A1B2C", 16)))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { djiElement(b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}

// hexText is s in hexadecimal, filled up with zeros to size bytes.
func hexText(s string, size int) string {
	return hexadecimal([]byte(s)) + strings.Repeat("00", size-len(s))
}

// odidFrame puts one message, in hexadecimal, into the recorded beacon, which
// gets no network name.
func odidFrame(message string) string {
	head, _, _ := strings.Cut(odidBeacon, "030106")
	return head + "dd1e fa0bbc0d 22" + message
}

// odidNAN puts messages, in hexadecimal, into the recorded NAN frame.
func odidNAN(messages string) string {
	messages = strings.ReplaceAll(messages, " ", "")
	size := len(messages)/2 + 1
	return "d0000000 516f9a010000 84cca8604324 506f9a010179 5006 0409506f9a13 03" +
		hexadecimal([]byte{byte(size + 10), byte((size + 10) >> 8)}) +
		"8869199d9209 01 00 10" + hexadecimal([]byte{byte(size)}) + "22" + messages
}

func FuzzODID(f *testing.F) {
	for _, s := range []string{odidAction, odidBeacon, nanBeacon, odidNAN("f21902" + "0212" + hexText("1596A1B2", 20) + "000000" + "3200" + hexText("Roof survey", 23))} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { WLAN(b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
