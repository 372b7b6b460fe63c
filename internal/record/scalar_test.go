package record

import (
	"math/bits"
	"net/netip"
	"strings"
	"testing"
)

// FuzzAddress holds what is read by hand to package netip.
func FuzzAddress(f *testing.F) {
	for _, in := range []string{
		"192.0.2.1", "::", "::1", "1::", "fe80::1", "2001:db8::64", "2001:db8:0:1:2:3:4:5", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "::ffff:192.0.2.1", "::ffff:c000:201",
		"fe80::1%eth0", "", ":", ":::", "1:", ":1", "1:2", "1::2::3", "12345::", "1:2:3:4:5:6:7:8:", ":1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::g", "1:::2", "a", "192.0.2.1:80",
	} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		want, _ := netip.ParseAddr(string(b))
		if len(b) > 64 {
			want = netip.Addr{}
		}
		if got := address(b); got != want.Unmap() {
			t.Fatalf("%q: %v, want %v", b, got, want)
		}
	})
}

func TestSeconds(t *testing.T) {
	for in, want := range map[string]int64{
		"1767323045.000006":  1767323045_000006000,
		"1767323045.999999":  1767323045_999999000,
		"0000000000.000000":  0,
		"8589934592.000001":  8589934592_000001000, // 2^33, the latest
		"8589934593.000000":  0,
		"1767323045.1":       1767323045_100000000,
		"1767323045.0000061": 1767323045_000006100,
		"1767323045.00000x":  0,
		"17673230 5.000000":  0,
		"17673230:5.000000":  0,
		"1.767323045000e+9":  1767323045_000000000,
		"":                   0,
	} {
		if got := seconds([]byte(in)); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestBytesEqual(t *testing.T) {
	for _, text := range []string{"", "\t", "a\tb", "\t\t\b\n\x89\t\x08\t", strings.Repeat("1234\t\t5\x00\xff", 12), strings.Repeat("\t", 63), strings.Repeat("\t", 70)} {
		for from := range len(text) + 1 {
			in := text[from:]
			got := bytesEqual([]byte(in), '\t')
			first := in[:min(len(in), 64)]
			if bits.OnesCount64(got) != strings.Count(first, "\t") {
				t.Errorf("%q: %b", in, got)
			}
			for i := range len(first) {
				if (got>>i&1 == 1) != (first[i] == '\t') {
					t.Errorf("%q: bit %d of %b", in, i, got)
				}
			}
		}
	}
}
