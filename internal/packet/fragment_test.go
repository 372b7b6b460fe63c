package packet

import (
	"bytes"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/capture"
)

const more = 0x2000 // the flag of a fragment that others follow

// part is the fragment [from, to) of a datagram, over Ethernet.
func part(id uint16, whole []byte, from, to int) []byte {
	flags := uint16(from / 8)
	if to < len(whole) {
		flags |= more
	}
	return fromCam(etIPv4, ip4part(17, cam4, nvr4, id, flags, whole[from:to]))
}

// part6 is the same over IPv6.
func part6(id uint32, whole []byte, from, to int) []byte {
	flags := uint16(from)
	if to < len(whole) {
		flags |= 1
	}
	return fromCam(etIPv6, ip6(44, cam6, nvr6, join([]byte{17, 0}, u16(flags), u32(id), whole[from:to])))
}

// numbers is a datagram whose payload tells any two bytes apart.
func numbers(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8 ^ i*7)
	}
	return udp(37020, 5000, b)
}

// A step is a frame given to a decoder, and what it should give.
type step struct {
	in      []byte
	after   int64 // nanoseconds since the first
	result  Result
	payload []byte
}

func TestFragments(t *testing.T) {
	whole := numbers(3000)
	data := whole[8:]
	other := bytes.Repeat([]byte{0xee}, len(whole))
	six := numbers(2000)
	first, second, third := part(1, whole, 0, 1480), part(1, whole, 1480, 2960), part(1, whole, 2960, 3008)
	const (
		alone   = "IP fragments whose others are missing"
		unfit   = "IP fragments that do not fit together"
		second1 = int64(1e9)
	)
	for _, tt := range []struct {
		name  string
		steps []step
		gaps  []capture.Gap
	}{
		{"in order", []step{{first, 0, FragmentHeld, nil}, {second, 1, FragmentHeld, nil}, {third, 2, UDP, data}}, nil},
		{"the last first", []step{{third, 0, FragmentHeld, nil}, {first, 1, FragmentHeld, nil}, {second, 2, UDP, data}}, nil},
		{"each twice, as some span ports copy", []step{{first, 0, FragmentHeld, nil}, {first, 0, FragmentHeld, nil}, {second, 1, FragmentHeld, nil},
			{second, 1, FragmentHeld, nil}, {third, 2, UDP, data}, {third, 2, FragmentHeld, nil}}, nil},
		{"two datagrams mixed", []step{{first, 0, FragmentHeld, nil}, {part(2, six, 0, 800), 0, FragmentHeld, nil}, {second, 1, FragmentHeld, nil},
			{part(2, six, 800, 2008), 1, UDP, six[8:]}, {third, 2, UDP, data}}, nil},
		{"the same identification again, later", []step{{first, 0, FragmentHeld, nil}, {second, 1, FragmentHeld, nil}, {third, 2, UDP, data},
			{first, 2 * second1, FragmentHeld, nil}, {second, 2 * second1, FragmentHeld, nil}, {third, 2 * second1, UDP, data}}, nil},
		{"of an overlap the first to arrive stays", []step{{first, 0, FragmentHeld, nil}, {part(1, other, 8, 1600), 0, FragmentHeld, nil}, {third, 1, FragmentHeld, nil},
			{second, 2, UDP, join(whole[8:1480], other[1480:1600], whole[1600:])}}, nil},
		{"an overlap that fills a hole and no more", []step{{first, 0, FragmentHeld, nil}, {third, 0, FragmentHeld, nil},
			{fromCam(etIPv4, ip4part(17, cam4, nvr4, 1, more, other[:3000])), 1, UDP, join(whole[8:1480], other[1480:2960], whole[2960:])}}, nil},
		{"IPv6", []step{{part6(9, six, 1000, 2008), 0, FragmentHeld, nil}, {part6(9, six, 0, 1000), 0, UDP, six[8:]}}, nil},
		{"one is missing", []step{{first, 0, FragmentHeld, nil}, {third, 0, FragmentHeld, nil}},
			[]capture.Gap{{Offset: 0, Bytes: int64(len(first) + len(third)), Packets: 2, Why: alone}}},
		{"too late", []step{{first, 0, FragmentHeld, nil}, {second, 31 * second1, FragmentHeld, nil}, {third, 31 * second1, FragmentHeld, nil}},
			[]capture.Gap{{Offset: 0, Bytes: int64(len(first) + len(second) + len(third)), Packets: 3, Why: alone}}},
		{"beyond the last", []step{{third, 0, FragmentHeld, nil}, {part(1, numbers(4000), 2960, 3960), 0, Malformed, nil}},
			[]capture.Gap{{Offset: 0, Bytes: int64(len(third) + 14 + 20 + 1000), Packets: 2, Why: unfit}}},
		{"not a multiple of eight", []step{{part(1, whole, 0, 1477), 0, Malformed, nil}},
			[]capture.Gap{{Offset: 0, Bytes: 14 + 20 + 1477, Packets: 1, Why: unfit}}},
		{"beyond the largest datagram", []step{{fromCam(etIPv4, ip4part(17, cam4, nvr4, 1, 0x1fff, whole[:100])), 0, Malformed, nil}},
			[]capture.Gap{{Offset: 0, Bytes: 134, Packets: 1, Why: unfit}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d Decoder
			var p Packet
			for i, s := range tt.steps {
				f := capture.Frame{Data: s.in, Wire: len(s.in), Link: capture.LinkEthernet, Time: 1700000000e9 + s.after, Offset: int64(i)}
				r := d.Decode(&f, &p)
				if r != s.result || !bytes.Equal(p.Payload, s.payload) || p.Cut {
					t.Errorf("step %d: got %v with %d bytes, want %v with %d", i, r, len(p.Payload), s.result, len(s.payload))
				}
				if r == UDP && (p.SrcPort != 37020 || p.Source().Addr() != p.srcWanted()) {
					t.Errorf("step %d: from %v", i, p.Source())
				}
			}
			if diff := cmp.Diff(tt.gaps, d.Gaps()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// srcWanted is the camera's address of the packet's version.
func (p *Packet) srcWanted() netip.Addr {
	if p.EtherType == etIPv6 {
		return cam6
	}
	return cam4
}

func TestFragmentsCutBySnapshotLength(t *testing.T) {
	whole := numbers(3000)
	first, second := part(1, whole, 0, 1480), part(1, whole, 1480, 3008)
	p, r, gaps := decodeCut(capture.LinkEthernet, first[:96], len(first))
	if r != UDP || !p.Cut || !bytes.Equal(p.Payload, whole[8:62]) || gaps != nil {
		t.Errorf("the first: %v, %d bytes, cut %v, %+v", r, len(p.Payload), p.Cut, gaps)
	}
	p, r, gaps = decodeCut(capture.LinkEthernet, second[:96], len(second))
	if r != OtherIP || !p.Cut || !bytes.Equal(p.Payload, whole[1480:1542]) || gaps != nil {
		t.Errorf("the second: %v, %d bytes, cut %v, %+v", r, len(p.Payload), p.Cut, gaps)
	}
}

func TestFragmentsOfManyDatagramsStayWithinBounds(t *testing.T) {
	var d Decoder
	var p Packet
	whole := numbers(60000)
	for id := range 5000 {
		in := part(uint16(id), whole, 56000, 60008) // the end, so that room for all is taken
		if r := d.Decode(&capture.Frame{Data: in, Wire: len(in), Link: capture.LinkEthernet, Time: 1}, &p); r != FragmentHeld {
			t.Fatalf("%v", r)
		}
	}
	held := 0
	for _, g := range d.held.byKey {
		held += cap(g.buf)
	}
	for _, g := range d.held.free {
		held += cap(g.buf)
	}
	if len(d.held.byKey) != maxHeld || held > 17<<20 {
		t.Errorf("%d datagrams in %d bytes", len(d.held.byKey), held)
	}
	if gaps := d.Gaps(); len(gaps) != 1 || gaps[0].Packets != 5000 {
		t.Errorf("%+v", gaps)
	}
}

func TestADatagramInTooManyPartsIsGivenUp(t *testing.T) {
	var d Decoder
	var p Packet
	whole := numbers(60000)
	last := FragmentHeld
	for i := 0; i <= maxSpans; i++ {
		in := part(1, whole, i*16, i*16+8)
		last = d.Decode(&capture.Frame{Data: in, Wire: len(in), Link: capture.LinkEthernet, Time: 1}, &p)
	}
	if gaps := d.Gaps(); last != Malformed || len(d.held.byKey) != 0 || len(gaps) != 1 || gaps[0].Packets != maxSpans+1 {
		t.Errorf("%v, %d held, %+v", last, len(d.held.byKey), gaps)
	}
}
