package dissect

import (
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// Packets of a recorded Yi camera (testdata/NOTICE).
const (
	ppppLogin  = "f1140068 544e505553414500 0003784a 4453454c44000000 02d2020f0002a463cc0aa8c00000000000000000313535363332393338313936313a476949325564475355614d62765866706d313945433738444344363838343044363531413232303546423730454641354331"
	ppppNotice = "f1310014 544e505553414500 0003784a 4453454c44000000"
	ppppPunch  = "f1410018 544e505553414500 0003784a 4453454c44000000 d2020f00"
	ppppReady  = "f1420018 544e505553414500 0003784a 4453454c44000000 d2020f00"
	ppppAlive  = "f1e00000"
	ppppSmall  = "f1d00008 d100 0001 01020304"
)

// ppppLarge is a data packet of the length that recorded video has.
var ppppLarge = "f1d00404 d102006c" + strings.Repeat("00", 0x400)

func TestPPPP(t *testing.T) {
	says := func(about observation.About, pairs ...string) []Message {
		return []Message{{Protocol: "pppp", About: about, Fields: list(pairs...)}}
	}
	const uid = "TNPUSAE-227402-DSELD"
	tests := []struct {
		name     string
		src, dst uint16
		in       string
		want     []Message
	}{
		{"device logs in to a server", 25508, 32100, ppppLogin, says(observation.Sender, "pppp.message", "DevLgn", "pppp.uid", uid)},
		{"device announces itself", 25508, 32108, ppppNotice, says(observation.Sender, "pppp.message", "LanNotify", "pppp.uid", uid)},
		{"device answers a search", 32108, 50000, ppppPunch, says(observation.Sender, "pppp.message", "PunchPkt", "pppp.uid", uid)},
		{"client opens a path to a device's search port", 50000, 32108, ppppPunch, says(observation.Receiver, "pppp.message", "PunchPkt", "pppp.uid", uid)},
		{"either side opens a path", 17916, 23949, ppppPunch, says(observation.Named, "pppp.message", "PunchPkt", "pppp.uid", uid)},
		{"either side is ready", 23949, 17916, ppppReady, says(observation.Named, "pppp.message", "P2pRdy", "pppp.uid", uid)},
		{"video", 25133, 21985, ppppLarge, says(observation.Sender, "pppp.message", "DRW")},
		{"command or talk-back", 21985, 25133, ppppSmall, nil},
		{"keep-alive of either side", 1, 2, ppppAlive, nil},
		{"length does not fit", 1, 2, ppppPunch + "00", nil},
		{"enciphered name", 1, 32100, "f1100014 8d01c2d3e4f50617 28394a5b 6c7d8e9fa0b1c2d3", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(tt.src, tt.dst, unhex(t, tt.in)), tt.want) })
	}
}

func FuzzPPPP(f *testing.F) {
	for _, s := range []string{ppppLogin, ppppNotice, ppppPunch, ppppReady, ppppAlive, ppppLarge} {
		f.Add(uint16(32108), uint16(50000), unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, src, dst uint16, b []byte) {
		for _, m := range collect(func(emit Emit) { ppppDatagram(src, dst, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
