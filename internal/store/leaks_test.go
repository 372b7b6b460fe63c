package store

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What leaks of a site is what a list of its devices and their reach tell.
func TestLeaksAreWhatListsTell(t *testing.T) {
	db := newDB(t)
	sites := newEstate(t, db, 3, 40)
	quiet, _ := newSite(t, db, "quiet")
	for _, text := range []string{"", "kind:camera"} {
		q := DeviceQuery{All: true, Sites: []int64{sites[0], sites[2], quiet}}
		if text != "" {
			q = ask(t, text, q)
		}
		got, err := db.Leaks(t.Context(), q, 7)
		if err != nil {
			t.Fatal(err)
		}
		want := map[int64]Leaks{}
		for _, site := range []int64{sites[0], sites[2]} {
			p, err := db.Devices(t.Context(), ask(t, strings.TrimSpace("outside:true "+text), DeviceQuery{Sites: []int64{site}, Sort: "bytes_up", Descending: true, Limit: 1000}))
			if err != nil || p.Total <= 7 {
				t.Fatalf("%d devices, %v", p.Total, err)
			}
			l := Leaks{Site: site, Devices: p.Total}
			for i := range p.Devices {
				d := &p.Devices[i]
				if l.BytesUp += d.BytesUp; i >= 7 {
					continue
				}
				reach, err := db.Reach(t.Context(), site, d.Device.Device)
				if err != nil {
					t.Fatal(err)
				}
				k := Leak{Site: site, Device: d.Device.Device, Name: d.Name, Video: d.Video, BytesUp: d.BytesUp, First: reach[0].First, Last: reach[0].Last, Reach: reach[:min(placesShown, len(reach))], Places: len(reach)}
				l.Most = append(l.Most, k)
			}
			want[site] = l
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-lists +leaks):\n%s", text, diff)
		}
		got[sites[0]].Most[0].Reach[0].Country = "XX" // its own copy
		again, err := db.Leaks(t.Context(), q, 7)
		if diff := cmp.Diff(want, again); diff != "" || err != nil {
			t.Errorf("asked again: %v\n%s", err, diff)
		}
	}
	none, err := db.Leaks(t.Context(), DeviceQuery{Organisations: []int64{999}, Sites: sites}, 7)
	if err != nil || len(none) != 0 {
		t.Errorf("one who may see nothing sees %v, %v", none, err)
	}
}
