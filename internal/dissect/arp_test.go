package dissect

import (
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

const (
	arpRequest = "0001 0800 06 04 0001 b0c554255b0e 0a0a0a25 000000000000 0a0a0a01"
	arpReply   = "0001 0800 06 04 0002 b0c554255b0e 0a0a0a25 00b56d0608ba 0a0a0a01"
	arpProbe   = "0001 0800 06 04 0001 b0c554255b0e 00000000 000000000000 0a0a0a25"
	arpGratis  = "0001 0800 06 04 0001 b0c554255b0e 0a0a0a25 000000000000 0a0a0a25"
)

func TestARP(t *testing.T) {
	camera := observation.MAC{0xb0, 0xc5, 0x54, 0x25, 0x5b, 0x0e}
	both := list("arp.mac", "b0:c5:54:25:5b:0e", "arp.ip", "10.10.10.37")
	tests := []struct {
		name, in string
		src      observation.MAC
		want     []Message
	}{
		{"request", arpRequest, camera, []Message{{Protocol: "arp", Fields: both}}},
		{"reply", arpReply, camera, []Message{{Protocol: "arp", Fields: both}}},
		{"gratuitous", arpGratis, camera, []Message{{Protocol: "arp", Fields: both}}},
		{"probe has no address yet", arpProbe, camera, []Message{{Protocol: "arp", Fields: both[:1]}}},
		{"passed on by a repeater", arpReply, observation.MAC{2, 1}, []Message{{Protocol: "arp", About: observation.Named, Fields: both}}},
		{"no link address known", arpReply, observation.MAC{}, []Message{{Protocol: "arp", Fields: both}}},
		{"cut before the protocol address", arpReply[:34], camera, []Message{{Protocol: "arp", Fields: both[:1]}}},
		{"cut inside the hardware address", arpReply[:27], camera, nil},
		{"not Ethernet", "0006" + arpReply[4:], camera, nil},
		{"sender is a group", "0001 0800 06 04 0001 ffffffffffff 0a0a0a25 000000000000 0a0a0a01", camera, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, collect(func(emit Emit) { Frame(0x0806, tt.src, unhex(t, tt.in), emit) }), tt.want)
		})
	}
}

func FuzzARP(f *testing.F) {
	for _, s := range []string{arpRequest, arpReply, arpProbe} {
		f.Add(unhex(f, s))
	}
	fuzzDatagram(f, func(_, _ uint16, b []byte, emit Emit) bool {
		dissectARP(0x0806, observation.MAC{2}, b, emit)
		return true
	})
}
