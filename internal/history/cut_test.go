package history

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// Of many devices that say little, few share a page and a row group; one that
// says much fills pages. Both come out as they went in, one by one.
func TestGroupsAreSmallWhereDevicesSayLittle(t *testing.T) {
	var rows []Row
	hour := int64(20000 * daySec)
	for i := range 3*groupDevs + 10 {
		for j := range 2 {
			rows = append(rows, Row{Site: int64(1 + i/1000), Device: fmt.Sprintf("d-%06d", i), Hour: hour + int64(j)*hourSec, Ingest: 1, BytesUp: int64(i)})
		}
	}
	for j := range 2*pageRows + 5 {
		rows = append(rows, Row{Site: 99, Device: "d-much", Hour: hour + int64(j%24)*hourSec, Port: uint16(j / 24), Ingest: 1, BytesUp: 7}) //nolint:gosec // below 65536
	}
	for _, how := range []string{"at once", "row by row"} {
		s, err := Open(t.TempDir(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() }) //nolint:errcheck // of a test
		if err := s.Append(context.Background(), rows); err != nil {
			t.Fatal(err)
		}
		if how == "row by row" { // as a merge of two files does
			extra := Row{Site: 1, Device: "d-000000", Hour: hour, Port: 1, Ingest: 2}
			if err := s.Append(context.Background(), []Row{extra}); err != nil {
				t.Fatal(err)
			}
			if err := s.Compact(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.hold(hour/daySec, nil)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %d files, %v", how, len(list), err)
		}
		for i := range list[0].t.groups {
			g := &list[0].t.groups[i]
			if most := int64(2*(groupDevs+pageDevs) + 2*pageRows); g.rows > most {
				t.Errorf("%s: row group %d has %d rows, at most %d wanted", how, i, g.rows, most)
			}
			for p := range len(g.starts) - 1 {
				if n := g.starts[p+1] - g.starts[p]; n > pageRows {
					t.Errorf("%s: row group %d, page %d has %d rows", how, i, p, n)
				}
			}
		}
		if n := len(list[0].t.groups); n < 3 {
			t.Errorf("%s: %d row groups of %d devices", how, n, 3*groupDevs)
		}
		s.letGo(list)
		for _, d := range []int{1, pageDevs - 1, pageDevs, groupDevs - 1, groupDevs, 3*groupDevs + 9} {
			n := 0
			for r, err := range s.Device(context.Background(), int64(1+d/1000), fmt.Sprintf("d-%06d", d), time.Time{}, time.Time{}) {
				if err != nil {
					t.Fatal(err)
				}
				if n++; r.BytesUp != int64(d) || r.Device != fmt.Sprintf("d-%06d", d) || r.Site != int64(1+d/1000) {
					t.Errorf("%s: device %d: got %+v", how, d, r)
				}
			}
			if n != 2 {
				t.Errorf("%s: device %d has %d rows, not 2", how, d, n)
			}
		}
		n := 0
		for _, err := range s.Device(context.Background(), 99, "d-much", time.Time{}, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 2*pageRows+5 {
			t.Errorf("%s: the device that says much has %d rows", how, n)
		}
	}
}
