package packet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/capture"
)

func TestWhatIsMalformedIsCounted(t *testing.T) {
	bad := func(at int, v byte) []byte { // the camera's datagram with one byte changed
		b := fromCam(etIPv4, hello)
		b[14+at] = v
		return b
	}
	segment := fromCam(etIPv4, ip4(6, cam4, nvr4, tcp(1, 2, 3, 4, 5, nil)))
	segment[14+20+12] = 0x40
	for _, tt := range []struct {
		name string
		link capture.Link
		in   []byte
		wire int
		why  string
	}{
		{"an Ethernet header too short", 1, make([]byte, 13), 0, "an Ethernet header that is too short"},
		{"a VLAN tag too short", 1, fromCam(etVLAN, []byte{0}), 0, "an Ethernet header that is too short"},
		{"another version under IPv4's EtherType", 1, bad(0, 0x65), 0, "an IPv4 header that cannot be right"},
		{"an IPv4 header too short", 1, bad(0, 0x44), 0, "an IPv4 header that cannot be right"},
		{"an IPv4 total length below its header", 1, bad(3, 19), 0, "an IPv4 header that cannot be right"},
		{"a UDP length below its header", 1, bad(20+5, 7), 0, "a UDP header that cannot be right"},
		{"a TCP header below its least", 1, segment, 0, "a TCP header that cannot be right"},
		{"an IPv6 extension beyond its packet", 101, ip6(0, cam6, nvr6, []byte{17, 9, 0, 0, 0, 0, 0, 0}), 0, "an IPv6 header that cannot be right"},
		{"raw IP of version 5", 101, []byte{0x50}, 0, "neither IPv4 nor IPv6 where IP should be"},
		{"a loopback family of another world", 0, []byte{0, 0, 0, 99, 0}, 0, "a loopback header of an unknown address family"},
		{"a cooked header too short", 113, make([]byte, 15), 0, "a Linux cooked header that is too short"},
		{"a link type that is not read", 189, []byte("usb"), 0, "link type 189 is not read"},
		{"headers cut by the snapshot length", 1, fromCam(etIPv4, hello)[:38], 60, "headers that the snapshot length cut off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, r, gaps := decodeCut(tt.link, tt.in, max(tt.wire, len(tt.in)))
			want := []capture.Gap{{Offset: 100, Bytes: int64(len(tt.in)), Packets: 1, Why: tt.why}}
			if diff := cmp.Diff(want, gaps); r != Malformed || diff != "" {
				t.Errorf("%v %s", r, diff)
			}
		})
	}
}

func TestGapsAreSummedAndBounded(t *testing.T) {
	var d Decoder
	var p Packet
	for link := range 1000 {
		for range 2 {
			d.Decode(&capture.Frame{Data: []byte("ab"), Wire: 2, Link: capture.Link(1000 + link), Offset: int64(link)}, &p)
		}
	}
	gaps := d.Gaps()
	if len(gaps) != maxFaults+1 {
		t.Fatalf("%d gaps", len(gaps))
	}
	want := []capture.Gap{{Offset: 0, Bytes: 4, Packets: 2, Why: "link type 1000 is not read"},
		{Offset: maxFaults, Bytes: (1000 - maxFaults) * 4, Packets: (1000 - maxFaults) * 2, Why: "other link types that are not read"}}
	if diff := cmp.Diff(want, []capture.Gap{gaps[0], gaps[maxFaults]}); diff != "" {
		t.Error(diff)
	}
}

func TestFramesCutBySnapshotLengthAreDecoded(t *testing.T) {
	segment := fromCam(etIPv4, ip4(6, cam4, nvr4, tcp(554, 50000, 1, 2, SYN, []byte("RTSP/1.0 200 OK"))))
	for _, tt := range []struct {
		name    string
		at      int
		payload string
	}{
		{"inside the data", 14 + 20 + 24 + 4, "RTSP"},
		{"inside the TCP options", 14 + 20 + 21, ""},
		{"behind the TCP flags", 14 + 20 + 14, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, r, gaps := decodeCut(capture.LinkEthernet, segment[:tt.at], len(segment))
			want := helloPacket(func(p *Packet) {
				p.Proto, p.SrcPort, p.DstPort, p.Seq, p.Ack, p.Flags = 6, 554, 50000, 1, 2, SYN
				p.Wire, p.Cut, p.Payload = len(segment), true, []byte(tt.payload)
			})
			if diff := cmp.Diff(want, p); r != TCP || gaps != nil || diff != "" {
				t.Errorf("%v %+v %s", r, gaps, diff)
			}
		})
	}
}

func TestEveryResultHasAName(t *testing.T) {
	seen := map[string]bool{}
	for r := Malformed; r <= FragmentHeld; r++ {
		if s := r.String(); s == "" || s == "unknown" || seen[s] {
			t.Errorf("%d: %q", r, s)
		} else {
			seen[s] = true
		}
	}
	for c, s := range causes {
		if s == "" || seen[s] {
			t.Errorf("cause %d: %q", c, s)
		}
		seen[s] = true
	}
	if (FragmentHeld + 1).String() != "unknown" {
		t.Error("a result that there is none of has a name")
	}
}
