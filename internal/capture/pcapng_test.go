package capture

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPcapngWithEverything(t *testing.T) {
	tick := func(o builder, v string) []byte { return o.option(9, v) }
	offset := string(little.AppendUint64(nil, 1700000000))
	simple := little.block(blockSimple, append(little.words(nil, 100), "snapped!"...))
	old := little.AppendUint16(little.AppendUint16(nil, 1), 3) // interface 1, three drops
	old = append(little.words(old, 0, 2, 5, 9), "packe\x00\x00\x00"...)
	in := join(
		little.section(),
		little.iface(LinkEthernet, 8),
		little.iface(LinkRadiotap, 0, little.option(2, "wlan0"), tick(little, "\x09"), little.option(14, offset)),
		little.iface(LinkRaw, 0, tick(little, "\x8a")), // 1/1024 s
		little.block(blockNames, little.words(nil, 0)),
		little.enhanced(0, 1700000000e6+1, "micro", 7),
		little.enhanced(1, 42, "nano", 0),
		little.block(blockCustom, little.words(nil, 32473, 1, 2)),
		little.enhanced(2, 1700000000*1024+512, "binary", 0),
		simple,
		little.block(blockPacket, old),
		little.block(blockStatistics, little.words(nil, 0, 1, 2)),
		little.block(0x80000001, []byte("who knows")),
		little.enhanced(7, 0, "lost", 0),
		big.section(),
		big.iface(LinkSLL, 0),
		big.enhanced(0, 1700000001e6, "big", 0),
	)
	at := func(data string) int64 { // of the block that holds data
		return int64(bytes.Index(in, []byte(data)) - 28)
	}
	frames := []Frame{
		{Data: []byte("micro"), Time: 1700000000e9 + 1000, Wire: 12, Link: LinkEthernet, Number: 1, Offset: at("micro")},
		{Data: []byte("nano"), Time: 1700000000e9 + 42, Wire: 4, Link: LinkRadiotap, Number: 2, Offset: at("nano")},
		{Data: []byte("binary"), Time: 1700000000e9 + 5e8, Wire: 6, Link: LinkRaw, Number: 3, Offset: at("binary")},
		{Data: []byte("snapped!"), Time: 0, Wire: 100, Link: LinkEthernet, Number: 4, Offset: at("snapped!") + 16},
		{Data: []byte("packe"), Time: 1700000000e9 + 2, Wire: 9, Link: LinkRadiotap, Number: 5, Offset: at("packe")},
		{Data: []byte("big"), Time: 1700000001e9, Wire: 3, Link: LinkSLL, Number: 6, Offset: at("big")},
	}
	want := read{Frames: frames, Stats: Stats{
		Format: "pcapng", Packets: 6, Bytes: int64(len(in)), First: 1700000000e9 + 2, Last: 1700000001e9,
		Gaps: []Gap{
			{int64(bytes.Index(in, []byte("who knows")) - 8), 24, 0, "a pcapng block of a type that is not known"},
			{at("lost"), 48, 1, "a pcapng packet of an interface that was not described"},
		},
	}}
	if diff := cmp.Diff(want, readAll(t, bytes.NewReader(in))); diff != "" {
		t.Error(diff)
	}
}

func TestClockResolutions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		tick   byte
		ticks  uint64
		offset int64
		want   int64
	}{
		{"microseconds", 6, 1700000000_000001, 0, 1700000000_000001_000},
		{"seconds, decimal", 0, 1700000000, 0, 1700000000_000000000},
		{"seconds, binary", 0x80, 1700000000, 0, 1700000000_000000000},
		{"nanoseconds", 9, 1700000000_000000001, 0, 1700000000_000000001},
		{"picoseconds", 12, 1_234_567_890_123, 0, 1_234_567_890},
		{"a decimal beyond 64 bits", 30, 1 << 63, 0, 0},
		{"1/1024 of a second", 0x8a, 1700000000*1024 + 256, 0, 1700000000_250000000},
		{"2^-32 of a second", 0xa0, 1700000000<<32 | 1<<31, 0, 1700000000_500000000},
		{"2^-64 of a second", 0xc0, 1 << 63, 0, 500000000},
		{"2^-70 of a second", 0xc6, 1 << 63, 0, 7812500},
		{"2^-127 of a second", 0xff, 1 << 63, 0, 0},
		{"an offset back", 6, 5_000000, -2e9, 3e9},
		{"beyond what a clock shows", 0, 1 << 63, 0, 0},
		{"beyond it by the offset", 9, 1<<63 - 1, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			i := iface{offset: tt.offset}
			i.setResolution(tt.tick)
			if got := i.nanos(tt.ticks); got != tt.want {
				t.Errorf("resolution %#x, %d ticks, offset %d: got %d, want %d", tt.tick, tt.ticks, tt.offset, got, tt.want)
			}
		})
	}
	if got := seconds(1 << 62); got != 0 {
		t.Errorf("an offset of 2^62 seconds: got %d, want 0", got)
	}
}

func TestDamagedPcapng(t *testing.T) {
	head := join(little.section(), little.iface(LinkRaw, 0))
	n := int64(len(head))
	one, two := little.enhanced(0, 1, "one", 0), little.enhanced(0, 2, "two", 0)
	size := int64(len(one))
	spoil := func(b []byte, at int, v uint32) []byte {
		b = bytes.Clone(b)
		copy(b[at:], little.words(nil, v))
		return b
	}
	large := little.block(blockSecrets, make([]byte, 3<<20))
	for _, tt := range []struct {
		name string
		in   []byte
		want summary
	}{
		{"no packets", head, summary{}},
		{"cut inside a block header", join(head, one, two[:9]), summary{[]string{"one"}, []Gap{{n + size, 9, 0, whyCut}}}},
		{"cut inside a packet", join(head, one, two[:33]), summary{[]string{"one"}, []Gap{{n + size, 33, 1, whyCut}}}},
		{"the length is huge", join(head, spoil(one, 4, 1<<31), two), summary{[]string{"two"}, []Gap{{n, size, 1, whyBlock}}}},
		{"the length runs past the end", join(head, spoil(one, 4, 4096), two), summary{[]string{"two"}, []Gap{{n, size, 1, whyBlock}}}},
		{"the length is too small", join(head, spoil(one, 4, 4), two), summary{[]string{"two"}, []Gap{{n, size, 1, whyBlock}}}},
		{"the second length differs", join(head, spoil(one, len(one)-4, 9), two), summary{[]string{"two"}, []Gap{{n, size, 1, whyBlock}}}},
		{"junk between blocks", join(head, one, []byte(strings.Repeat("\xffjunk", 999)), two),
			summary{[]string{"one", "two"}, []Gap{{n + size, 4995, 0, whyBlock}}}},
		{"junk to the end", join(head, one, []byte(strings.Repeat("\xffjunk", 999))),
			summary{[]string{"one"}, []Gap{{n + size, 4995, 0, whyBlock}}}},
		{"a packet longer than its block", join(head, spoil(one, 20, 77), two),
			summary{[]string{"two"}, []Gap{{n, size, 1, "a pcapng packet longer than its block"}}}},
		{"a block that is skipped although it is too large to hold", join(head, large, two), summary{Data: []string{"two"}}},
		{"a pcap glued behind", join(head, one, little.header(0xa1b2c3d4, 0, LinkRaw), little.record(3, 0, "three", 0)),
			summary{Data: []string{"one", "three"}}},
		{"the padding left out of the lengths", join(head, unpadded("odd"), two), summary{Data: []string{"odd", "two"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summarise(t, tt.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// unpadded is an enhanced packet block whose lengths are not multiples of four.
func unpadded(data string) []byte {
	size := uint32(32 + len(data))
	b := little.words(nil, blockEnhanced, size, 0, 0, 1, uint32(len(data)), uint32(len(data)))
	return little.words(append(b, data...), size)
}
