package app_test

import (
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// TestTheDemonstrationShowsWhatItsReadmeSays fills a hub with the estate in
// examples/ and looks for each thing that examples/README.md promises.
func TestTheDemonstrationShowsWhatItsReadmeSays(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	a, err := app.Open(ctx, app.Config{Dir: t.TempDir(), Version: "test", Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	began := time.Now()
	if err := a.Fill(ctx, examples.Estate, nil); err != nil {
		t.Fatal(err)
	}
	t.Logf("filled in %s", time.Since(began))
	page, err := a.Store.Devices(ctx, store.DeviceQuery{All: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]store.DeviceRow{}
	presence := map[string]int{}
	for _, d := range page.Devices {
		if d.Presence != hub.DeclaredOnly { // a list may have the one that had the address before
			by[d.SiteName+" "+d.Address] = d
		}
		presence[d.Presence]++
	}
	t.Logf("%d devices: %v", page.Total, presence)
	changed := func(site, address, what string) bool {
		t.Helper()
		d, ok := by[site+" "+address]
		if !ok {
			t.Errorf("nothing at %s in %s", address, site)
			return false
		}
		list, err := a.Store.Changes(ctx, d.Site, d.Device.Device)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.What == what {
				return true
			}
		}
		t.Errorf("%s in %s: no change of %s on its timeline: %v", address, site, what, list)
		return false
	}
	changed("Town hall", "10.41.20.14", hub.FirmwareNow)
	changed("Highways depot", "10.42.20.17", hub.CompanyNow)
	changed("Highways depot", "10.42.20.17", hub.CountryNow)
	changed("Mill Street car park", "10.44.20.12", hub.VideoLeaving)
	changed("Emergency control room", "10.45.20.14", hub.LeftClosed)
	if d := by["Highways depot 10.42.20.12"]; d.MakerID != "hikvision" || d.Brand != "LTS" {
		t.Errorf("the rebadge is %s by %s, want LTS by Hikvision", d.Brand, d.Maker)
	}
	if d := by["Highways depot 10.42.20.13"]; d.Presence != hub.Both || d.MakerID != "dahua" {
		t.Errorf("the camera that the list calls a Bosch: %s, made by %s; want both, Dahua", d.Presence, d.Maker)
	}
	if d := by["Central library 10.43.20.31"]; d.Presence != hub.SeenOnly {
		t.Errorf("the camera that nobody declared is %s", d.Presence)
	}
	if presence[hub.DeclaredOnly] < 7 {
		t.Errorf("%d devices are declared only, want 4 body-worn cameras, a drone, a dash camera, and the Pelco at least", presence[hub.DeclaredOnly])
	}
	closed, err := a.Store.DeviceFindings(ctx, by["Emergency control room 10.45.20.14"].Site, by["Emergency control room 10.45.20.14"].Device.Device)
	if err != nil {
		t.Fatal(err)
	}
	leaks := false
	for _, f := range closed {
		leaks = leaks || f.Regime == "own-closed"
	}
	if !leaks {
		t.Error("the closed site's leak is no finding")
	}
	var decided, waived, planned, noted int
	for _, site := range []int64{1, 2, 3, 4, 5} {
		spoken, err := a.Store.Spoken(ctx, site)
		if err != nil {
			t.Fatal(err)
		}
		list, err := a.Store.Decisions(ctx, site)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range list {
			decided++
			if d.Waiver.Until != "" {
				waived++
			}
		}
		for _, id := range spoken {
			if s, err := a.Store.Step(ctx, site, id); err == nil && s.Target > "2026-11-21" {
				planned++
			}
			if notes, err := a.Store.Notes(ctx, site, id); err == nil {
				noted += len(notes)
			}
		}
	}
	queries, err := a.Store.AlertingQueries(ctx)
	if err != nil || len(queries) == 0 || decided < 3 || waived == 0 || planned < 3 || noted < 3 {
		t.Errorf("%d searches that alert (%v), %d decisions, %d waivers, %d steps with a day, %d notes: each page of the demonstration wants some", len(queries), err, decided, waived, planned, noted)
	}
}
