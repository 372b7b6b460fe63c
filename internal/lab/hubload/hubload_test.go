package hubload_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/lab/hubload"
	"github.com/lenscap/lenscap/internal/store"
)

func TestAnEstateIsFilled(t *testing.T) {
	ctx := t.Context()
	ex, err := hubload.Make(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	st, err := store.Open(ctx, filepath.Join(dir, store.File), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	f, err := hubload.Fill(ctx, st, h, ex, hubload.Load{Devices: 250, PerSite: 100, Days: 3, Hours: 2, SitesEach: 2}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f.Sites != 3 || f.Organisations != 2 || f.Devices != 250 || f.Rows != 250*3*2 || f.Observations < 250 {
		t.Errorf("filled %+v", f)
	}
	sites, err := st.Sites(ctx, 0)
	if err != nil || len(sites) != 3 {
		t.Fatalf("sites %v, %v", sites, err)
	}
	page, err := st.Devices(ctx, store.DeviceQuery{All: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	both := map[string]int{}
	for i := range page.Devices {
		d := &page.Devices[i]
		both[d.Presence]++
		rows := 0
		for r, err := range h.Device(ctx, d.Site, d.Device.Device, time.Time{}, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			if r.From.String() != d.Address {
				t.Errorf("device %s at %s talks from %s", d.Device.Device, d.Address, r.From)
			}
			rows++
		}
		if rows != 6 {
			t.Errorf("device %s has %d rows of history, want 6", d.Device.Device, rows)
		}
		found, err := st.DeviceFindings(ctx, d.Site, d.Device.Device)
		if err != nil || d.Kind == "camera" && len(found) < 20 {
			t.Errorf("device %s, a %s, has %d findings (%v)", d.Device.Device, d.Kind, len(found), err)
		}
	}
	if len(page.Devices) != 250 || both[hub.Both] == 0 || both[hub.SeenOnly] == 0 {
		t.Errorf("%d devices: %v", len(page.Devices), both)
	}
	ev, err := st.Evidence(ctx, sites[0].ID)
	if err != nil || len(ev.Observations) == 0 || len(ev.Sightings) != 100 {
		t.Errorf("evidence of a site: %d observations, %d sightings, %v", len(ev.Observations), len(ev.Sightings), err)
	}
}
