package packet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/observation"
)

// air is an 802.11 header with three addresses and a sequence control of 0.
func air(control uint16, a1, a2, a3 observation.MAC, body ...[]byte) []byte {
	return join([]byte{byte(control), byte(control >> 8), 0, 0}, a1[:], a2[:], a3[:], []byte{0, 0}, join(body...))
}

func TestWireless(t *testing.T) {
	snap := join([]byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(etIPv4), hello)
	beacon := air(0x0080, observation.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, cam, cam, []byte("beacon"))
	mgmt := Packet{Number: 7, Time: 9, SrcMAC: cam, DstMAC: observation.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, HasMAC: true, WLAN: 9, Payload: beacon}
	sub := join(nvr[:], cam[:], u16(uint16(len(snap))), snap)
	plain := helloPacket(nil)
	null := Packet{Number: 7, Time: 9, SrcMAC: cam, DstMAC: nvr, HasMAC: true}
	control := Packet{Number: 7, Time: 9}
	toAP := air(0x0108, ap, cam, nvr, snap)
	// radiotap: eight bytes, then a second present word, a clock aligned to eight, flags
	radiotap := func(flags byte, frame []byte) []byte {
		return join([]byte{0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0}, make([]byte, 8), []byte{flags}, frame)
	}
	avs := join(u32(0x80211001, 64), make([]byte, 56))
	runFrames(t, []frameCase{
		{"to the access point", capture.LinkWLAN, toAP, UDP, plain},
		{"from the access point", capture.LinkWLAN, air(0x0208, nvr, ap, cam, snap), UDP, plain},
		{"between two stations", capture.LinkWLAN, air(0x0008, nvr, cam, ap, snap), UDP, plain},
		{"between access points", capture.LinkWLAN, air(0x0308, ap, tapA, nvr, cam[:], snap), UDP, plain},
		{"with quality of service", capture.LinkWLAN, air(0x0188, ap, cam, nvr, []byte{5, 0}, snap), UDP, plain},
		{"with quality of service and a control field", capture.LinkWLAN, air(0x8188, ap, cam, nvr, []byte{5, 0, 1, 2, 3, 4}, snap), UDP, plain},
		{"aggregated, the first is read", capture.LinkWLAN, air(0x0188, ap, ap, ap, []byte{0x80, 0}, sub, []byte{0, 0}, sub), UDP, plain},
		{"marked encrypted, but decrypted by the driver", capture.LinkWLAN, air(0x4108, ap, cam, nvr, []byte{1, 0, 0, 0x20, 0, 0, 0, 0}, snap), UDP, plain},
		{"without data", capture.LinkWLAN, air(0x0148, ap, cam, nvr), WLANOther, null},
		{"a control frame", capture.LinkWLAN, join([]byte{0xd4, 0, 0, 0}, ap[:]), WLANOther, control},
		{"a beacon", capture.LinkWLAN, beacon, WLANMgmt, mgmt},
		{"a beacon behind radiotap, without its checksum", capture.LinkRadiotap, radiotap(0x10, join(beacon, u32(0xfeedface))), WLANMgmt, mgmt},
		{"data behind radiotap, padded to four bytes", capture.LinkRadiotap, radiotap(0x20, air(0x0188, ap, cam, nvr, []byte{5, 0}, []byte{0, 0}, snap)), UDP, plain},
		{"data behind radiotap without flags", capture.LinkRadiotap, join([]byte{0, 0, 8, 0, 0, 0, 0, 0}, toAP), UDP, plain},
		{"behind Prism", capture.LinkWLANPrism, join(u32(0x44000000, 0x90000000), make([]byte, 136), toAP), UDP, plain},
		{"behind AVS", capture.LinkWLANAVS, join(avs, toAP), UDP, plain},
		{"behind AVS under Prism's number", capture.LinkWLANPrism, join(avs, toAP), UDP, plain},
		{"behind a per-packet information header", capture.LinkPPI, join([]byte{0, 0, 8, 0, 105, 0, 0, 0}, toAP), UDP, plain},
		{"cooked, with radiotap", capture.LinkSLL, join(u16(0, arpRadiotap, 0), make([]byte, 10), radiotap(0, toAP)), UDP, plain},
	})
}

func TestWirelessThatCannotBeRead(t *testing.T) {
	snap := join([]byte{0xaa, 0xaa, 3, 0, 0, 0}, u16(etIPv4), hello)
	later := air(0x0108, ap, cam, nvr, snap)
	later[22] = 1
	for _, tt := range []struct {
		name   string
		link   capture.Link
		in     []byte
		result Result
		why    string
		mac    observation.MAC
	}{
		{"encrypted data", capture.LinkWLAN, air(0x4108, ap, cam, nvr, []byte("\x01\x00\x00\x20\x00\x00\x00\x00secret data")), WLANOther, "802.11 data that are encrypted", cam},
		{"an encrypted management frame", capture.LinkWLAN, air(0x40d0, ap, cam, nvr, []byte("secret")), WLANOther, "802.11 data that are encrypted", cam},
		{"a later fragment", capture.LinkWLAN, later, WLANOther, "802.11 fragments, which are not put together", cam},
		{"a bad checksum", capture.LinkRadiotap, join([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0x50}, air(0x0108, ap, cam, nvr, snap)), Malformed,
			"802.11 frames damaged on the air (bad checksum)", observation.MAC{}},
		{"a version there is none of", capture.LinkWLAN, air(0x0109, ap, cam, nvr, snap), Malformed, "an 802.11 header that cannot be right", observation.MAC{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, r, gaps := decode(tt.link, tt.in)
			want := []capture.Gap{{Offset: 100, Bytes: int64(len(tt.in)), Packets: 1, Why: tt.why}}
			if diff := cmp.Diff(want, gaps); r != tt.result || p.SrcMAC != tt.mac || diff != "" {
				t.Errorf("got %v from %v, want %v from %v; %s", r, p.SrcMAC, tt.result, tt.mac, diff)
			}
		})
	}
}
