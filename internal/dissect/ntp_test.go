package dissect

import "testing"

func TestNTP(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want []Message
	}{
		{"recorded answer", packet(t, "ntp-server.bin"), []Message{{Protocol: "ntp", Fields: list("ntp.mode", "server")}}},
		{"question, version 3", []byte("\x1b\x00\x00\x00"), []Message{{Protocol: "ntp", Fields: list("ntp.mode", "client")}}},
		{"control message", []byte("\x16\x02\x00\x01"), nil},
		{"private mode 7", []byte("\x17\x00\x03\x2a"), nil},
		{"no such version", []byte("\x03\x00\x00\x00"), nil},
		{"cut in the first word", []byte("\x1b\x00"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(123, 40000, tt.in), tt.want) })
	}
}

func FuzzNTP(f *testing.F) {
	f.Add(packet(f, "ntp-server.bin"))
	fuzzDatagram(f, dissectNTP)
}
