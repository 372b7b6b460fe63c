package history

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const maxKeys = 8

// Totals adds up rows, group by group. The groups come in the order of their
// keys. More of them than Options.Groups, or ten times as many pairs of group
// and device, is [ErrTooMany].
func (s *Store) Totals(ctx context.Context, q Query) ([]Total, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	p := newPlan(q)
	if p.lo >= p.hi || p.noSite {
		return nil, nil
	}
	days, err := s.between(dayOf(p.lo), dayOf(p.hi-1))
	if err != nil {
		return nil, err
	}
	// A day is held while its groups are worked on, so that the files open at a
	// time are bounded; workers go on to the next day meanwhile.
	jobs := make(chan job)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var left atomic.Int64
	left.Store(int64(s.opts.Groups) * int64(s.opts.Workers))
	adders := make([]*adder, s.opts.Workers)
	var wg sync.WaitGroup
	for i := range adders {
		adders[i] = newAdder(p, &left, s.opts.Groups)
		wg.Go(func() {
			for j := range jobs {
				if ctx.Err() == nil {
					if err := adders[i].do(ctx, j); err != nil {
						cancel(err)
					}
				}
				j.done()
			}
		})
	}
	err = s.feed(ctx, p, days, jobs)
	close(jobs)
	wg.Wait()
	if err != nil {
		return nil, err
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	for _, a := range adders[1:] {
		if err := adders[0].join(a); err != nil {
			return nil, err
		}
	}
	if len(adders[0].sums) > s.opts.Groups+1 {
		return nil, ErrTooMany
	}
	return adders[0].result(), nil
}

// A job is a row group to be added up, or where g is nil the totals of a file.
type job struct {
	t    *table
	g    *group
	day  int64
	done func()
}

// do adds up what a job is of.
func (a *adder) do(ctx context.Context, j job) error {
	if j.g != nil {
		return a.group(ctx, j.g, j.day)
	}
	r, list, err := j.t.readTotals(j.day)
	if err != nil {
		return err
	}
	return a.addTotals(r, list, j.day)
}

// feed hands out the row groups that may hold rows of the plan, or the totals of
// whole files where these have the answer.
func (s *Store) feed(ctx context.Context, p *plan, days []int64, jobs chan<- job) error {
	for _, d := range days {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		list, err := s.hold(d, func(f *file) bool { return p.wantsSites(f.stats) })
		if err != nil {
			return err
		}
		var open atomic.Int64
		open.Store(1)
		done := func() {
			if open.Add(-1) == 0 {
				s.letGo(list)
			}
		}
		give := func(j job) {
			open.Add(1)
			select {
			case jobs <- j:
			case <-ctx.Done():
				open.Add(-1)
			}
		}
		for _, f := range list {
			if f.t.totals.size > 0 && p.fromTotals(d) {
				give(job{f.t, nil, d, done})
				continue
			}
			for i := range f.t.groups {
				if g := &f.t.groups[i]; p.wantsSites(g.stats) {
					give(job{f.t, g, d, done})
				}
			}
		}
		done()
	}
	return nil
}

// A value is what a row has for one key: a number, or a text, or an address.
type value struct {
	n    int64
	text string
	more string // name of a controller
	addr netip.Addr
}

// place is a group's values, each by its number in adder.values.
type place [maxKeys]uint32

// An adder adds up the row groups that one worker is given.
type adder struct {
	p      *plan
	left   *atomic.Int64 // groups that may still be made, by all workers
	most   int           // groups of an answer
	ids    [maxKeys]map[value]uint32
	values [maxKeys][]value
	at     map[place]int
	keys   []place
	sums   []sums
	pairs  map[uint64]struct{} // group and device
	ids2   map[value]uint32    // devices

	local local
}

type sums struct {
	rows, flows, up, down, packetsUp, packetsDown int64
	first, last                                   int64 // seconds
	devices                                       int64
}

var noSums = sums{first: math.MaxInt64, last: math.MinInt64}

func (s *sums) join(o *sums) {
	s.rows += o.rows
	s.flows += o.flows
	s.up += o.up
	s.down += o.down
	s.packetsUp += o.packetsUp
	s.packetsDown += o.packetsDown
	s.first, s.last = min(s.first, o.first), max(s.last, o.last)
}

func newAdder(p *plan, left *atomic.Int64, most int) *adder {
	a := &adder{p: p, left: left, most: most, at: map[place]int{}, pairs: map[uint64]struct{}{}, ids2: map[value]uint32{}}
	for i := range p.q.By {
		a.ids[i] = map[value]uint32{}
	}
	return a
}

// id numbers a value of key i.
func (a *adder) id(i int, v value) uint32 {
	n, ok := a.ids[i][v]
	if !ok {
		n = uint32(len(a.values[i])) //nolint:gosec // fewer than rows
		a.ids[i][v] = n
		a.values[i] = append(a.values[i], v)
	}
	return n
}

// find gives the place of a group in sums, which it makes when it is new.
func (a *adder) find(p place) (int, error) {
	n, ok := a.at[p]
	if !ok {
		if a.left.Add(-1) < 0 {
			return 0, ErrTooMany
		}
		n = len(a.sums)
		a.at[p] = n
		a.keys = append(a.keys, p)
		a.sums = append(a.sums, noSums)
	}
	return n, nil
}

// pair notes that a group has a device.
func (a *adder) pair(group int, device uint32) error {
	k := uint64(group)<<32 | uint64(device) //nolint:gosec // counted from 0
	if _, ok := a.pairs[k]; ok {
		return nil
	}
	if len(a.pairs) >= 10*a.most {
		return fmt.Errorf("%w (devices of each)", ErrTooMany)
	}
	a.pairs[k] = struct{}{}
	a.sums[group].devices++
	return nil
}

// join adds what another adder has.
func (a *adder) join(o *adder) error {
	if len(a.sums) == 0 {
		a.sums, a.keys = append(a.sums, noSums), append(a.keys, place{})
	}
	a.left.Store(int64(a.most + 1 - len(a.sums)))
	groups := make([]int, len(o.sums))
	for n, k := range o.keys {
		if n == trash {
			continue
		}
		var p place
		for i := range a.p.q.By {
			p[i] = a.id(i, o.values[i][k[i]])
		}
		m, err := a.find(p)
		if err != nil {
			return err
		}
		groups[n] = m
		a.sums[m].join(&o.sums[n])
	}
	devices := make([]uint32, len(o.ids2))
	for v, n := range o.ids2 {
		devices[n] = a.device(v)
	}
	for k := range o.pairs {
		if err := a.pair(groups[k>>32], devices[uint32(k)]); err != nil { //nolint:gosec // the lower half
			return err
		}
	}
	return nil
}

func (a *adder) device(v value) uint32 {
	n, ok := a.ids2[v]
	if !ok {
		n = uint32(len(a.ids2)) //nolint:gosec // fewer than rows
		a.ids2[v] = n
	}
	return n
}

// result writes the groups out in the order of their keys.
func (a *adder) result() []Total {
	by := a.p.q.By
	var order []int
	for i := range a.keys {
		if i != trash {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(x, y int) int {
		for i := range by {
			if c := compareValues(&a.values[i][a.keys[x][i]], &a.values[i][a.keys[y][i]]); c != 0 {
				return c
			}
		}
		return 0
	})
	out := make([]Total, 0, len(order))
	for _, n := range order {
		var t Total
		for i, k := range by {
			k.set(&t, &a.values[i][a.keys[n][i]])
		}
		a.sums[n].set(&t, a.p.sum)
		out = append(out, t)
	}
	return out
}

// set puts the sums that were asked for into t: a day's totals have them all.
func (s *sums) set(t *Total, asked Sum) {
	t.Rows = s.rows
	if asked&SumBytes != 0 {
		t.BytesUp, t.BytesDown = s.up, s.down
	}
	if asked&SumPackets != 0 {
		t.PacketsUp, t.PacketsDown = s.packetsUp, s.packetsDown
	}
	if asked&SumFlows != 0 {
		t.Flows = s.flows
	}
	if asked&SumTimes != 0 {
		t.First, t.Last = s.first*second, s.last*second
	}
	if asked&SumDevices != 0 {
		t.Devices = s.devices
	}
}

func compareValues(a, b *value) int {
	if c := cmp.Compare(a.n, b.n); c != 0 {
		return c
	}
	if c := strings.Compare(a.text, b.text); c != 0 {
		return c
	}
	return cmp.Or(a.addr.Compare(b.addr), strings.Compare(a.more, b.more))
}

// set puts a value into the field of its key.
func (k Key) set(t *Total, v *value) {
	switch k {
	case ByDay:
		if t.Hour == 0 {
			t.Hour = v.n
		}
	case ByHour:
		t.Hour = v.n
	case BySite:
		t.Site = v.n
	case ByDevice:
		t.Site, t.Device = v.n, v.text
	case ByAddress:
		t.Address = v.addr
	case ByName:
		t.Name = v.text
	case ByPort:
		t.Port = uint16(v.n) //nolint:gosec // it was one
	case ByProtocol:
		t.Protocol = v.text
	case ByApp:
		t.App = v.text
	case ByScope:
		t.Scope = v.text
	case ByCountry:
		t.Country = v.text
	case ByASN:
		t.ASN = uint32(v.n) //nolint:gosec // it was one
	case ByNetwork:
		t.Network = v.text
	case ByController:
		t.ControllerID, t.Controller = v.text, v.more
	case ByJurisdiction:
		t.Jurisdiction = v.text
	case ByPurpose:
		t.Purpose = v.text
	case ByEncrypted:
		t.Encrypted = v.text
	case ByVideo:
		t.Video = v.text
	case ByIngest:
		t.Ingest = v.n
	}
}
