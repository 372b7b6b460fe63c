package capture

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPcapVariants(t *testing.T) {
	for _, tt := range []struct {
		name   string
		o      builder
		magic  uint32
		format string
		nanos  int64 // of a fraction of 5
		record int
	}{
		{"little endian, microseconds", little, 0xa1b2c3d4, "pcap", 5000, 16},
		{"big endian, microseconds", big, 0xa1b2c3d4, "pcap", 5000, 16},
		{"little endian, nanoseconds", little, 0xa1b23c4d, "pcap (ns)", 5, 16},
		{"big endian, nanoseconds", big, 0xa1b23c4d, "pcap (ns)", 5, 16},
		{"Kuznetzov's, little endian", little, 0xa1b2cd34, "pcap (modified)", 5000, 24},
		{"Kuznetzov's, big endian", big, 0xa1b2cd34, "pcap (modified)", 5000, 24},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, second := tt.o.record(1700000000, 5, "abcde", 0), tt.o.record(1700000001, 7, "xyz", 60)
			if tt.record == 24 {
				first = join(first[:16], make([]byte, 8), first[16:])
				second = join(second[:16], make([]byte, 8), second[16:])
			}
			in := join(tt.o.header(tt.magic, 65535, LinkSLL2), first, second)
			want := read{
				Frames: []Frame{
					{Data: []byte("abcde"), Time: 1700000000e9 + tt.nanos, Wire: 5, Link: LinkSLL2, Number: 1, Offset: 24},
					{Data: []byte("xyz"), Time: 1700000001e9 + tt.nanos/5*7, Wire: 63, Link: LinkSLL2, Number: 2, Offset: int64(24 + tt.record + 5)},
				},
				Stats: Stats{Format: tt.format, Packets: 2, Bytes: int64(len(in)), First: 1700000000e9 + tt.nanos, Last: 1700000001e9 + tt.nanos/5*7},
			}
			if diff := cmp.Diff(want, readAll(t, strings.NewReader(string(in)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// summary is what matters of damaged input: which data came, and the gaps.
type summary struct {
	Data []string
	Gaps []Gap
}

func summarise(t *testing.T, in []byte) summary {
	t.Helper()
	all := readAll(t, strings.NewReader(string(in)))
	if all.Err != nil {
		t.Fatalf("error %v", all.Err)
	}
	s := summary{Gaps: all.Stats.Gaps}
	for i, f := range all.Frames {
		s.Data = append(s.Data, string(f.Data))
		if f.Number != int64(i+1) {
			t.Errorf("frame %d has number %d", i+1, f.Number)
		}
	}
	return s
}

const (
	whyHeader = "a pcap record header that cannot be right"
	whyCut    = "the input ends inside a record"
	whyBlock  = "a pcapng block whose length cannot be right"
)

func TestDamagedPcap(t *testing.T) {
	h := little.header(0xa1b2c3d4, 262144, LinkEthernet)
	rec := func(sec uint32, s string) []byte { return little.record(1700000000+sec, 0, s, 0) }
	lying := func(captured, wire uint32, s string) []byte {
		return append(little.words(nil, 1700000002, 0, captured, wire), s...)
	}
	for _, tt := range []struct {
		name string
		in   []byte
		want summary
	}{
		{"header only", h, summary{}},
		{"cut inside the file header", h[:20], summary{Gaps: []Gap{{0, 20, 0, whyCut}}}},
		{"cut inside a record header", join(h, rec(1, "one"), rec(2, "two")[:10]),
			summary{[]string{"one"}, []Gap{{43, 10, 1, whyCut}}}},
		{"cut inside data", join(h, rec(1, "one"), rec(2, "two")[:18]),
			summary{[]string{"one"}, []Gap{{43, 18, 1, whyCut}}}},
		{"a length beyond the cap", join(h, rec(1, "one"), lying(1<<30, 1<<30, "lost"), rec(3, "three"), rec(4, "four")),
			summary{[]string{"one", "three", "four"}, []Gap{{43, 20, 1, whyHeader}}}},
		{"a length beyond the end, and beyond the wire", join(h, rec(1, "one"), lying(5000, 4, "lost"), rec(3, "three"), rec(4, "four")),
			summary{[]string{"one", "three", "four"}, []Gap{{43, 20, 1, whyHeader}}}},
		{"two damaged records are summed", join(h, lying(1<<31, 0, "a"), rec(3, "three"), rec(4, "four"), lying(1<<29, 0, "bc"), rec(5, "five")),
			summary{[]string{"three", "four", "five"}, []Gap{{24, 35, 2, whyHeader}}}},
		{"one good record between two damaged ones is not believed", join(h, lying(1<<31, 0, "a"), rec(3, "three"), lying(1<<29, 0, "bc"), rec(4, "four")),
			summary{[]string{"four"}, []Gap{{24, 56, 1, whyHeader}}}},
		{"damage to the end", join(h, rec(1, "one"), lying(1<<30, 1<<30, "and nothing more that is one")),
			summary{[]string{"one"}, []Gap{{43, 44, 1, whyHeader}}}},
		{"a hole of zeros", join(h, rec(1, "one"), make([]byte, 5000), rec(3, "three")),
			summary{[]string{"one", "three"}, []Gap{{43, 5000, 1, whyHeader}}}},
		{"more captured than on the wire, as some writers say", join(h, lying(4, 0, "kept"), rec(3, "three")),
			summary{Data: []string{"kept", "three"}}},
		{"a fraction of more than a second, as some writers say", join(h, little.record(1700000001, 2e6, "kept", 0), rec(3, "three")),
			summary{Data: []string{"kept", "three"}}},
		{"an empty packet", join(h, rec(1, ""), rec(3, "three")), summary{Data: []string{"", "three"}}},
		{"two captures glued together", join(h, rec(1, "one"), big.header(0xa1b23c4d, 0, LinkRaw), big.record(5, 6, "two", 0)),
			summary{Data: []string{"one", "two"}}},
		{"a pcapng glued behind", join(h, rec(1, "one"), big.section(), big.iface(LinkRaw, 0), big.enhanced(0, 1, "two", 0)),
			summary{Data: []string{"one", "two"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, summarise(t, tt.in)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOldPcapHasItsLengthsExchanged(t *testing.T) {
	h := little.header(0xa1b2c3d4, 65535, LinkEthernet)
	h[6] = 2 // version 2.2
	in := append(join(h, little.words(nil, 1, 2, 60, 3)), "abc"...)
	want := []Frame{{Data: []byte("abc"), Time: 1e9 + 2000, Wire: 60, Link: LinkEthernet, Number: 1, Offset: 24}}
	if diff := cmp.Diff(want, readAll(t, strings.NewReader(string(in))).Frames); diff != "" {
		t.Error(diff)
	}
}
