package app_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/settings"
)

// watching is a hub with a folder of a site that it watches, until the function it
// gives is called.
func watching(t *testing.T, dir, watched, site string) (*app.App, func()) {
	t.Helper()
	cfg := app.Config{Dir: dir, Listen: "127.0.0.1:0", Watch: []settings.Watch{{Folder: watched, Site: site, Every: settings.Duration(20 * time.Millisecond)}}}
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	return a, func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the hub ended with %v", err)
		}
	}
}

// waitFor looks whenever the hub tells that something happened.
func waitFor(t *testing.T, a *app.App, what string, so func() bool) {
	t.Helper()
	events, deaf := a.Hub.Listen()
	defer deaf()
	for !so() {
		select {
		case <-events:
		case <-t.Context().Done():
			t.Fatalf("%s never came: %+v", what, a.Hub.Troubles())
		}
	}
}

func held(a *app.App) bool {
	for _, tr := range a.Hub.Troubles() {
		if strings.HasPrefix(tr.What, "watch ") && strings.Contains(tr.Says, "Council/Town hall was taken out by") {
			return true
		}
	}
	return false
}

// TestASiteThatWasTakenOutIsNotMadeAgain has a watched folder that names it: while
// the hub runs, after a restart, and when somebody makes the site again.
func TestASiteThatWasTakenOutIsNotMadeAgain(t *testing.T) {
	dir, watched := filepath.Join(t.TempDir(), "hub"), t.TempDir()
	b, err := os.ReadFile("../../examples/lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	path, old := filepath.Join(watched, "station.pcapng"), time.Now().Add(-time.Hour)
	if os.WriteFile(path, b, 0o600) != nil || os.Chtimes(path, old, old) != nil {
		t.Fatal("write the capture")
	}
	a, end := watching(t, dir, watched, "Council/Town hall")
	waitFor(t, a, "the capture", func() bool {
		list, err := a.Store.Ingests(t.Context(), 1, 0, 10)
		return err == nil && len(list) == 1 && list[0].State == hub.Done
	})
	by := access.Console("test").Actor()
	says, err := app.AskDelete(t.Context(), dir, app.Deletion{Kind: "site", Name: "Council/Town hall", By: by})
	for err != nil && strings.Contains(err.Error(), app.ErrNoHub.Error()) { // its door may open later
		says, err = app.AskDelete(t.Context(), dir, app.Deletion{Kind: "site", Name: "Council/Town hall", By: by})
	}
	if err != nil || !strings.Contains(says, "Taken out: site Town hall of Council") {
		t.Fatal(says, err)
	}
	waitFor(t, a, "the word that the folder waits", func() bool { return held(a) })
	end()

	a, end = watching(t, dir, watched, "Council/Town hall")
	waitFor(t, a, "the same after a restart", func() bool { return held(a) })
	if sites, err := a.Store.Sites(t.Context(), 0); err != nil || len(sites) != 0 {
		t.Errorf("%+v, %v; want no site", sites, err)
	}
	log, err := a.Store.AuditLog(t.Context(), nil, true, 0, 100)
	found := false
	for _, e := range log {
		found = found || e.Action == "site.drop" && e.Actor == by
	}
	if err != nil || !found {
		t.Errorf("the audit log does not say that %s took it out: %v", by, err)
	}
	if _, err := a.Hub.FindSite(t.Context(), "test", "Council", "Town hall"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, a, "the capture of the new site", func() bool {
		list, err := a.Store.Ingests(t.Context(), 2, 0, 10)
		return err == nil && len(list) == 1 && list[0].State == hub.Done && !held(a)
	})
	end()
}

// TestASiteOfAnotherOrganisationIsMade though the only organisation that there is had
// one of its name, which was taken out.
func TestASiteOfAnotherOrganisationIsMade(t *testing.T) {
	dir, watched := aHub(t, 0), t.TempDir()
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Delete(t.Context(), app.Deletion{Kind: "site", Name: "Council/Town hall", By: "test"})
	if err := errors.Join(err, a.Close()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("../../examples/lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	path, old := filepath.Join(watched, "station.pcapng"), time.Now().Add(-time.Hour)
	if os.WriteFile(path, b, 0o600) != nil || os.Chtimes(path, old, old) != nil {
		t.Fatal("write the capture")
	}
	a, end := watching(t, dir, watched, "District/Town hall")
	waitFor(t, a, "the capture of the site", func() bool {
		for _, tr := range a.Hub.Troubles() {
			if strings.HasPrefix(tr.What, "watch ") {
				t.Fatalf("it waits: %+v", tr)
			}
		}
		sites, err := a.Store.Sites(t.Context(), 0)
		if err != nil || len(sites) != 1 {
			return false
		}
		list, err := a.Store.Ingests(t.Context(), sites[0].ID, 0, 10)
		return err == nil && len(list) == 1 && list[0].State == hub.Done
	})
	orgs, err := a.Store.Organisations(t.Context())
	if err != nil || len(orgs) != 2 {
		t.Errorf("%+v, %v; want two organisations", orgs, err)
	}
	end()
}

// TestAnInputIsTakenOut by the hub that runs, by one that does not, and not where
// there is none.
func TestAnInputIsTakenOut(t *testing.T) {
	dir := aHub(t, 0)
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // read only
	d := app.Deletion{Kind: "input", Name: "1", By: "test", Dry: true}
	if says, err := a.Delete(t.Context(), d); err != nil || !strings.Contains(says, "input 1, ") || !strings.Contains(says, "of site ") {
		t.Errorf("dry: %q, %v", says, err)
	}
	if in, err := a.Store.Ingest(t.Context(), 1); err != nil || in.State != hub.Done {
		t.Errorf("a dry one did something: %+v, %v", in, err)
	}
	d.Dry = false
	if says, err := a.Delete(t.Context(), d); err != nil || !strings.HasPrefix(says, "Taken out: input 1") {
		t.Errorf("%q, %v", says, err)
	}
	if in, err := a.Store.Ingest(t.Context(), 1); err != nil || in.State != hub.Dropped {
		t.Errorf("%+v, %v", in, err)
	}
	for _, c := range []struct{ kind, name, says string }{
		{"input", "2", "no input 2"}, {"input", "x", "no number"}, {"site", "Nowhere", "there are "}, {"organisation", "Nowhere", "there are "}, {"device", "1", "cannot be deleted"},
	} {
		if _, err := a.Delete(t.Context(), app.Deletion{Kind: c.kind, Name: c.name, By: "test"}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s %s: %v, want %q", c.kind, c.name, err, c.says)
		}
	}
}

// TestASiteWithADamagedDayFileSaysWhyItStays takes one out beside a file that cannot
// be read.
func TestASiteWithADamagedDayFileSaysWhyItStays(t *testing.T) {
	dir := aHub(t, 2)
	edit(t, dayFiles(t, dir)[0], func(b []byte) []byte { b[len(b)/4] ^= 4; return b })
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close() //nolint:errcheck // read only
	site, err := a.Store.Site(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.Delete(t.Context(), app.Deletion{Kind: "site", Name: site.Name, By: "test"})
	if err == nil || !strings.Contains(err.Error(), ".parquet") {
		t.Errorf("got %v, want the file that is damaged", err)
	}
}

// TestAnOrganisationThatWasTakenOutIsNotMadeAgain has a watched folder that names a
// site of it.
func TestAnOrganisationThatWasTakenOutIsNotMadeAgain(t *testing.T) {
	dir, watched := aHub(t, 0), t.TempDir()
	a, err := openAt(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	orgs, err := a.Store.Organisations(t.Context())
	if err != nil || len(orgs) != 1 {
		t.Fatal(orgs, err)
	}
	d := app.Deletion{Kind: "organisation", Name: orgs[0].Name, By: "test", Dry: true}
	if says, err := a.Delete(t.Context(), d); err != nil || !strings.Contains(says, "organisation "+orgs[0].Name+" with 1 site, ") {
		t.Errorf("dry: %q, %v", says, err)
	}
	d.Dry = false
	says, err := a.Delete(t.Context(), d)
	if err := errors.Join(err, a.Close()); err != nil || !strings.HasPrefix(says, "Taken out: organisation "+orgs[0].Name) {
		t.Fatal(says, err)
	}
	a, end := watching(t, dir, watched, orgs[0].Name+"/Town hall")
	waitFor(t, a, "the word that the folder waits", func() bool {
		for _, tr := range a.Hub.Troubles() {
			if strings.HasPrefix(tr.What, "watch ") && strings.Contains(tr.Says, "was taken out by test") {
				return true
			}
		}
		return false
	})
	if left, err := a.Store.Organisations(t.Context()); err != nil || len(left) != 0 {
		t.Errorf("%+v, %v; want no organisation", left, err)
	}
	if _, err := a.Hub.FindSite(t.Context(), "test", orgs[0].Name, "Town hall"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, a, "that it goes on", func() bool { return len(a.Hub.Troubles()) == 0 })
	end()
}
