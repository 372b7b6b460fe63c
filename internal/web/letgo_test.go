package web

import (
	"strings"
	"testing"
	"time"

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
