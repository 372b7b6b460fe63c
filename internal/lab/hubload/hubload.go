// Package hubload fills a hub's store and history with estates of any size, for
// measuring.
//
// It goes through the interfaces that the hub itself uses, so that what it
// measures is what the hub would take. Devices are those of the demonstration
// estate in examples/, as the pipeline works them out, over and over with other
// addresses, serial numbers and names: documents, findings and evidence have the
// size that they have in earnest. It concludes nothing, and it is no part of the
// product.
package hubload

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
)

// A Load is how large an estate is.
type Load struct {
	Devices   int
	PerSite   int       // devices of a site; 0: 1000
	Days      int       // of history; 0: 30
	Hours     int       // rows of history a device a day; 0: 4
	Evidence  int       // observations a device, as far as its example has so many; 0: 8
	Last      time.Time // the last day, any time of it; zero: the last of the demonstration estate
	SitesEach int       // sites of an organisation; 0: 10
}

func (l *Load) complete() {
	for _, d := range []struct {
		n *int
		v int
	}{{&l.PerSite, 1000}, {&l.Days, 30}, {&l.Hours, 4}, {&l.Evidence, 8}, {&l.SitesEach, 10}} {
		if *d.n == 0 {
			*d.n = d.v
		}
	}
	if l.Last.IsZero() {
		l.Last = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	}
	l.Last = l.Last.UTC().Truncate(24 * time.Hour)
}

// A History takes rows in.
type History interface {
	Append(ctx context.Context, rows []history.Row) error
}

// Filled is what was put in and how long the interfaces took to take it; making
// it is not in these times, except where a device is made while it is stored.
type Filled struct {
	Organisations, Sites, Devices, Observations, Rows int64
	Evidence, Derived, History                        time.Duration
	Again                                             time.Duration // to work in AgainDevices once more, of which nothing had changed
	AgainDevices                                      int64
}

// rowsAtOnce is how many rows of history are appended together, as the hub does.
const rowsAtOnce = 1 << 15

// Fill puts an estate in. tell, if not nil, is called after each site and each day
// of history.
func Fill(ctx context.Context, st hub.Store, h History, e *Examples, l Load, tell func(done string)) (Filled, error) {
	l.complete()
	var f Filled
	if tell == nil {
		tell = func(string) {}
	}
	f.Sites = int64((l.Devices + l.PerSite - 1) / l.PerSite)
	ids := make([]int64, f.Sites)
	var org *hub.Organisation
	for n := range ids {
		if n%l.SitesEach == 0 {
			org = &hub.Organisation{Name: fmt.Sprintf("Organisation %d", n/l.SitesEach+1), Type: "uk-council", Country: "GB", Created: l.Last}
			f.Organisations++
			if err := st.Do(ctx, deed("organisation.create", 0), func(tx hub.Tx) error { return tx.AddOrganisation(org) }); err != nil {
				return f, err
			}
		}
		devices := min(l.PerSite, l.Devices-n*l.PerSite)
		if err := f.site(ctx, st, e, &l, org.ID, n, devices, &ids[n]); err != nil {
			return f, fmt.Errorf("fill site %d: %w", n+1, err)
		}
		tell(fmt.Sprintf("site %d of %d", n+1, f.Sites))
	}
	for day := range l.Days {
		if err := f.day(ctx, h, e, &l, ids, day); err != nil {
			return f, fmt.Errorf("fill day %d: %w", day+1, err)
		}
		tell(fmt.Sprintf("day %d of %d", day+1, l.Days))
	}
	return f, nil
}

func deed(action string, org int64) hub.Deed {
	return hub.Deed{Actor: "hubload", Organisation: org, Action: action, Object: "bench"}
}

// site adds the n-th site, with what was seen there and what follows from it.
func (f *Filled) site(ctx context.Context, st hub.Store, e *Examples, l *Load, org int64, n, devices int, id *int64) error {
	yes := n%7 == 0
	s := &hub.Site{Organisation: org, Name: fmt.Sprintf("Site %04d", n+1), Created: l.Last,
		Facts: hub.SiteFacts{Sensitive: map[string]bool{"secret": false, "developed-vetting": false, "ministers": yes, "socpa": false}, Closed: n%11 == 0}}
	in := &hub.Ingest{Name: "bench.pcapng", Source: "command", State: hub.Done, Queued: l.Last, Started: l.Last, Ended: l.Last, Size: 1}
	err := st.Do(ctx, deed("site.create", org), func(tx hub.Tx) error {
		if err := tx.AddSite(s); err != nil {
			return err
		}
		in.Site = s.ID
		return tx.AddIngest(in)
	})
	if err != nil {
		return err
	}
	*id = s.ID
	seen := e.Evidence(n, devices, l.Evidence)
	begin := time.Now()
	if err := st.Do(ctx, deed("ingest.judging", org), func(tx hub.Tx) error { return tx.AddEvidence(s.ID, in.ID, seen) }); err != nil {
		return err
	}
	f.Evidence += time.Since(begin)
	f.Observations += int64(len(seen.Observations))
	begin = time.Now()
	err = st.Do(ctx, deed("site.derive", org), func(tx hub.Tx) error {
		if err := tx.ReplaceSite(s.ID, []byte("{}"), e.derived(s.ID, n, devices, in.ID)); err != nil {
			return err
		}
		return tx.SetDerived(s.ID, time.Now()) // a hub that is started on it has nothing to catch up with
	})
	f.Derived += time.Since(begin)
	f.Devices += int64(devices)
	if err != nil || n >= sitesAgain {
		return err
	}
	begin = time.Now()
	err = st.Do(ctx, deed("site.derive", org), func(tx hub.Tx) error {
		return tx.ReplaceSite(s.ID, []byte("{}"), e.derived(s.ID, n, devices, in.ID))
	})
	f.Again += time.Since(begin)
	f.AgainDevices += int64(devices)
	return err
}

// sitesAgain is how many sites are worked in twice.
const sitesAgain = 5

// day adds a day of history of all sites.
func (f *Filled) day(ctx context.Context, h History, e *Examples, l *Load, sites []int64, day int) error {
	midnight := l.Last.AddDate(0, 0, day+1-l.Days)
	rows := make([]history.Row, 0, rowsAtOnce+l.Hours)
	flush := func() error {
		begin := time.Now()
		err := h.Append(ctx, rows)
		f.History += time.Since(begin)
		f.Rows += int64(len(rows))
		rows = rows[:0]
		return err
	}
	for n, id := range sites {
		for i := range min(l.PerSite, l.Devices-n*l.PerSite) {
			rows = e.hours(rows, id, n, i, midnight, l.Hours)
			if len(rows) >= rowsAtOnce {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return flush()
}

// derived makes the devices of a site.
func (e *Examples) derived(site int64, n, devices int, ingest int64) iter.Seq[*hub.Derived] {
	return func(yield func(*hub.Derived) bool) {
		for i := range devices {
			if !yield(e.Derived(site, n, i, ingest)) {
				return
			}
		}
	}
}
