package record

import (
	"net/netip"
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
