package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// placesShown is how many of the places that a device reaches a [Leak] names.
const placesShown = 3

// Leaks are the devices of one site that reach outside.
type Leaks struct {
	Site    int64  `json:"site"`
	Devices int64  `json:"devices"` // all of them
	BytesUp int64  `json:"bytes_up"`
	Most    []Leak `json:"most"` // those that send most, most bytes up first
}

// A Leak is a device that reaches outside.
type Leak struct {
	Site    int64       `json:"site"`
	Device  string      `json:"device"`
	Name    string      `json:"name"`
	Video   string      `json:"video"`
	BytesUp int64       `json:"bytes_up"`
	First   time.Time   `json:"first"`  // it reached anything outside; of the device where no place is kept
	Last    time.Time   `json:"last"`   // likewise
	Reach   []hub.Reach `json:"reach"`  // most bytes up first, three at most
	Places  int         `json:"places"` // that it reaches
}

// Leaks tells of each site of a query which of the devices that match reach
// outside, and names up to most of them. A site without such devices is not in
// it. Sort, After and Limit make no difference.
func (db *DB) Leaks(ctx context.Context, q DeviceQuery, most int) (map[int64]Leaks, error) {
	q.Sort, q.Descending, q.After, q.Limit = "bytes_up", true, "", min(max(1, most), 1000)
	out, err := remember(ctx, db, "leaks "+q.asked(q.Limit), func(ctx context.Context, tx querier) (map[int64]Leaks, error) { return leaks(ctx, tx, &q) },
		func(m *map[int64]Leaks) (n int) {
			for _, l := range *m {
				n += 1 + len(l.Most)
			}
			return n
		}, copyLeaks)
	if err != nil {
		return nil, fmt.Errorf("list what reaches outside: %w", err)
	}
	return out, nil
}

func leaks(ctx context.Context, tx querier, q *DeviceQuery) (map[int64]Leaks, error) {
	sites, err := askedSites(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	k, err := q.ready(ctx, tx)
	if err != nil {
		return nil, err
	}
	out, named := map[int64]Leaks{}, map[int64][]int64{}
	outside, up := columnNumber["outside"], columnNumber["up"]
	err = k.ask(ctx, tx, sites, []int{outside, up}, func(s *sheet, match []bool) error {
		reaches, err := s.column(outside)
		if err != nil {
			return err
		}
		sent, err := s.column(up)
		if err != nil {
			return err
		}
		l := Leaks{Site: s.site.id}
		for i := range match {
			match[i] = match[i] && reaches[i] != 0
			if match[i] {
				l.Devices++
				l.BytesUp += sent[i]
			}
		}
		if l.Devices == 0 {
			return nil
		}
		t, err := newTop(q)
		if err == nil {
			err = t.add(s, match)
		}
		named[l.Site], _ = t.page()
		out[l.Site] = l
		return err
	})
	if err != nil {
		return nil, err
	}
	of, err := leaksByID(ctx, tx, slices.Concat(slices.Collect(maps.Values(named))...))
	for site, l := range out {
		for _, id := range named[site] {
			if d, ok := of[id]; ok {
				l.Most = append(l.Most, *d)
			}
		}
		out[site] = l
	}
	return out, err
}

// leaksByID reads devices by their rows, with where they reach.
func leaksByID(ctx context.Context, tx querier, which []int64) (map[int64]*Leak, error) {
	out := map[int64]*Leak{}
	_, err := collect(ctx, tx, func(r scanner) (struct{}, error) {
		var id, first, last int64
		l := &Leak{}
		err := r.Scan(&id, &l.Site, &l.Device, &l.Name, &l.Video, &l.BytesUp, &first, &last)
		l.First, l.Last = when(first), when(last)
		out[id] = l
		return struct{}{}, err
	}, "SELECT id, site, device, name, video, bytes_up, first, last FROM device WHERE id IN (SELECT value FROM json_each(?))", jsonInts(which))
	if err != nil {
		return nil, err
	}
	_, err = collect(ctx, tx, func(r scanner) (struct{}, error) {
		var id int64
		c, err := scanReach(behindID{r, &id})
		l := out[id]
		if err != nil || l == nil {
			return struct{}{}, err
		}
		if l.Places == 0 || c.First.Before(l.First) {
			l.First = c.First
		}
		if l.Places == 0 || c.Last.After(l.Last) {
			l.Last = c.Last
		}
		if l.Places++; l.Places <= placesShown {
			l.Reach = append(l.Reach, c)
		}
		return struct{}{}, nil
	}, "SELECT r.device, "+prefixed("r", reachColumns)+" FROM reach r WHERE r.device IN (SELECT value FROM json_each(?)) ORDER BY r.device, r.bytes_up DESC, r.controller, r.name, r.address, r.port, r.protocol", jsonInts(which))
	return out, err
}

// copyLeaks is a copy that its caller may change.
func copyLeaks(m map[int64]Leaks) map[int64]Leaks {
	out := make(map[int64]Leaks, len(m))
	for site, l := range m {
		l.Most = slices.Clone(l.Most)
		for i := range l.Most {
			l.Most[i].Reach = slices.Clone(l.Most[i].Reach)
		}
		out[site] = l
	}
	return out
}
