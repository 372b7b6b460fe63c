package history

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// SiteAfter is Site without the devices before one on the first day, also where
// pages of devices are passed over.
func TestSiteAfter(t *testing.T) {
	var rows []Row
	for d := range 3000 { // more than a page of them
		for day := range int64(2) {
			rows = append(rows, Row{Site: 1 + int64(d%2), Device: fmt.Sprintf("d-%05d", d*7), Hour: (20000 + day) * daySec, Protocol: "tcp", Ingest: 1, Flows: int64(d)})
		}
	}
	s := open(t, t.TempDir(), Options{})
	for part := range slices.Chunk(rows, 2500) {
		if err := s.Append(ctx, part); err != nil {
			t.Fatal(err)
		}
	}
	list := func(seq func(func(Row, error) bool)) (out []Row) {
		for r, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r)
		}
		return out
	}
	from := time.Unix(20000*daySec, 0)
	for _, device := range []string{"", "d-00000", "d-00006", "d-07000", "d-14777", "d-20986", "d-20993", "d-3", "e"} {
		for site := int64(1); site <= 2; site++ {
			want := list(s.Site(ctx, site, from, time.Time{}))
			want = slices.DeleteFunc(want, func(r Row) bool { return r.Hour < 20001*daySec && r.Device < device })
			rows := s.SiteAfter(ctx, site, device, from, time.Time{})
			for _, time := range []string{"first", "second"} {
				if got := list(rows); !slices.Equal(got, want) {
					t.Errorf("site %d after %q, asked the %s time: %d rows, want %d", site, device, time, len(got), len(want))
				}
			}
		}
	}
}
