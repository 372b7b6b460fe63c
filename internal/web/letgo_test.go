package web

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// A device of whose time conversations were let go is not said to have been silent,
// and the input says what is not kept any more.
func TestWhatWasLetGoIsSaid(t *testing.T) {
	x := newTestHub(t)
	x.example()
	now := time.Now().UTC()
	before := now.AddDate(0, 0, 2)
	if err := x.hub.Retain(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	if err := x.hub.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	page, err := x.db.Devices(t.Context(), store.DeviceQuery{All: true, Limit: 1000})
	if err != nil || len(page.Devices) == 0 {
		t.Fatal(page, err)
	}
	d := page.Devices[0]
	is := x.get(deviceHref(d.Site, d.Device.Device))
	says(t, is, "before "+before.Format(time.DateOnly)+" was let go on 20")
	if strings.Contains(is, "It was not heard to talk") {
		t.Error("it is said to be silent")
	}
	list, err := x.db.Ingests(t.Context(), d.Site, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	says(t, x.get(inputPage(list[0].ID)), "before "+before.Format(time.DateOnly)+" were let go on 20", "retention.conversations")
}

// A file that is handed in again takes the place of the input it was, whose page leads
// there; and a day file that cannot go because it is damaged is named where the hub is
// cared for.
func TestWhatWasLetGoComesAgain(t *testing.T) {
	x := newTestHub(t)
	x.example()
	x.Care = hub.NewCare(nil, time.Now, slog.New(slog.DiscardHandler))
	before := time.Now().UTC().AddDate(0, 0, 2)
	sites, err := x.db.Sites(t.Context(), 0)
	if err != nil || len(sites) != 1 {
		t.Fatal(sites, err)
	}
	list, err := x.db.Ingests(t.Context(), sites[0].ID, 0, 10)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if err := x.hub.Retain(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	says(t, x.get(inputPage(list[0].ID)), "it takes the place of this one then")
	b, err := os.ReadFile("../../examples/lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	now, err := x.hub.Take(t.Context(), hub.Parcel{Site: sites[0].ID, Organisation: sites[0].Organisation, Name: "again.pcapng", Source: "upload", By: "test"}, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := x.hub.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	says(t, x.get(inputPage(list[0].ID)), "The same file was handed in again", `href="`+inputPage(now.ID)+`"`)
	if page := x.get("/care"); strings.Contains(page, "damaged") && strings.Contains(page, "older than the settings keep") {
		t.Error("a day file is said to be damaged")
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(x.db.Path()), "history", "*", "*.parquet"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if err := os.Truncate(f, 500); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.hub.Retain(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	says(t, x.get("/care"), "older than the settings keep", files[0])
}
