package export_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/record/export"
)

// A flow that began before the exporter's clock of 49.7 days began anew is not of
// the future.
func TestAClockThatBeganAnew(t *testing.T) {
	const sent, up = 1_700_000_000, 10_000 // seconds; milliseconds since the clock began anew
	first, last := uint32(1<<32-20_000), uint32(1<<32-5_000)
	five := slices.Concat(u16(5, 1), u32(up, sent, 0, 1), make([]byte, 4),
		[]byte{10, 0, 0, 5, 203, 0, 113, 9, 0, 0, 0, 0}, u16(1, 2), u32(10, 5000, first, last), u16(40000, 443), []byte{0, 0x18, 6, 0}, u16(0, 0), []byte{24, 24}, u16(0))
	template := slices.Concat(u16(300, 8), u16(8, 4, 12, 4, 2, 4, 1, 4, 22, 4, 21, 4, 7, 2, 11, 2))
	row := slices.Concat([]byte{10, 0, 0, 5, 203, 0, 113, 9}, u32(10, 5000, first, last), u16(40000, 443))
	nine := slices.Concat(u16(9, 2), u32(up, sent, 0, 1), set(0, template), set(300, row))
	for name, message := range map[string][]byte{"NetFlow 5": five, "NetFlow 9": nine} {
		k := &kept{}
		x := export.New(0, k)
		x.Message(netip.MustParseAddrPort("192.0.2.1:4739"), message, 5, 1)
		x.Finish()
		if len(k.flows) != 1 {
			t.Fatalf("%s: %d flows, faults %d", name, len(k.flows), x.Faults)
		}
		f := k.flows[0]
		if got, want := time.Unix(0, f.First), time.Unix(sent-30, 0); !got.Equal(want) {
			t.Errorf("%s: it began at %v, want %v", name, got.UTC(), want.UTC())
		}
		if got, want := time.Unix(0, f.Last), time.Unix(sent-15, 0); !got.Equal(want) {
			t.Errorf("%s: it ended at %v, want %v", name, got.UTC(), want.UTC())
		}
		if len(x.Gaps()) != 0 {
			t.Errorf("%s: gaps %+v", name, x.Gaps())
		}
	}
}
