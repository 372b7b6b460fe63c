package hub_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// start runs another hub on what a bench keeps, as after a stop, until it has
// nothing to do.
func (b *bench) start() {
	b.t.Helper()
	ctx, stop := context.WithCancel(b.t.Context())
	idle, ended := make(chan struct{}, 100), make(chan error, 1)
	b.with(func(c *hub.Config) { c.Idle = func() { idle <- struct{}{} } })
	go func() { ended <- b.hub.Run(ctx) }()
	<-idle
	stop()
	if err := <-ended; err != nil {
		b.t.Fatal(err)
	}
}

// TestAStartWorksOutWhatAStopLeft changes a site and stops before it is worked out
// again, then lets days pass while no hub runs.
func TestAStartWorksOutWhatAStopLeft(t *testing.T) {
	b := newBench(t)
	b.take("station.pcapng", station(t))
	other, err := b.hub.FindSite(t.Context(), "test", "Council", "Depot")
	if err != nil {
		t.Fatal(err)
	}
	derived := func(id int64) time.Time {
		s, err := b.store.Site(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return s.Derived
	}
	b.now = b.now.Add(time.Minute)
	b.start()
	if !derived(other.ID).Equal(b.now) || derived(b.site.ID).Equal(b.now) {
		t.Fatalf("worked out at %s and %s, want only the site that never was, at %s", derived(b.site.ID), derived(other.ID), b.now)
	}

	for _, c := range []struct {
		deed hub.Deed
		want []int64
	}{
		{hub.Deed{Actor: "ann", Action: "site.change", Object: "site 1"}, []int64{b.site.ID}},
		{hub.Deed{Actor: "ann", Action: "list.keep", Object: `asset list "a" of site 2`}, []int64{other.ID}},
		{hub.Deed{Actor: "ann", Action: "finding.waive", Object: "2 findings"}, []int64{b.site.ID, other.ID}},
		{hub.Deed{Actor: "ann", Action: "organisation.change", Object: "organisation 1"}, []int64{b.site.ID, other.ID}},
		{hub.Deed{Actor: "hub", Action: "hub.retain", Object: "conversations of site 1"}, []int64{b.site.ID}},
		{hub.Deed{Actor: "ann", Action: "device.tag", Object: "device d-1 of site 1"}, nil},
		{hub.Deed{Actor: "hub", Action: "site.derive", Object: "site 1"}, nil},
	} {
		b.now = b.now.Add(time.Minute)
		c.deed.Organisation = b.site.Organisation
		if err := b.store.Do(t.Context(), c.deed, func(hub.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		today := b.now.Truncate(24 * time.Hour)
		if got, err := b.store.Behind(t.Context(), today); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("after %s of %s: sites %v are behind, %v, want %v", c.deed.Action, c.deed.Object, got, err, c.want)
		}
		b.now = b.now.Add(time.Minute)
		b.start()
		if got, err := b.store.Behind(t.Context(), today); err != nil || len(got) > 0 {
			t.Errorf("after %s and a start: sites %v are behind, %v", c.deed.Action, got, err)
		}
	}

	b.now = b.now.AddDate(0, 0, 3) // rules have dates, and waivers end
	b.start()
	if !derived(b.site.ID).Equal(b.now) || !derived(other.ID).Equal(b.now) {
		t.Errorf("worked out at %s and %s, want %s: days passed while no hub ran", derived(b.site.ID), derived(other.ID), b.now)
	}
}
