package history

import (
	"context"
	"iter"
	"time"
)

// Device gives what a device of a site said in the hours that begin in
// [from, to), a day after the other and of a day far end by far end, hour after
// hour. A zero time is no bound.
//
// After an error, which is the last of the sequence, the rows before it stand.
func (s *Store) Device(ctx context.Context, site int64, device string, from, to time.Time) iter.Seq2[Row, error] {
	return s.each(ctx, site, device, "", from, to)
}

// each is [Store.Device], of the first day from a device on.
func (s *Store) each(ctx context.Context, site int64, device, least string, from, to time.Time) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		lo, hi := hours(from, to)
		if lo >= hi {
			return
		}
		days, err := s.between(dayOf(lo), dayOf(hi-1))
		if err != nil {
			yield(Row{}, err)
			return
		}
		for _, d := range days {
			from := ""
			if d == dayOf(lo) {
				from = least
			}
			more, err := s.deviceDay(ctx, d, site, device, from, lo, hi, yield)
			if err != nil {
				yield(Row{}, err)
				return
			}
			if !more {
				return
			}
		}
	}
}

func (s *Store) deviceDay(ctx context.Context, d, site int64, device, least string, lo, hi int64, yield func(Row, error) bool) (more bool, err error) {
	list, err := s.hold(d, func(f *file) bool { return site >= f.stats.siteMin && site <= f.stats.siteMax })
	if err != nil {
		return false, err
	}
	defer s.letGo(list)
	m := &merger{ctx: ctx}
	defer m.close()
	for _, f := range list {
		c, err := deviceCursor(f.t, site, device, least, lo, hi)
		if err != nil {
			return false, err
		}
		m.all = append(m.all, c)
	}
	for {
		r, err := m.next()
		if err != nil {
			return false, err
		}
		if r == nil {
			return true, nil
		}
		if !yield(*r, nil) {
			return false, nil
		}
	}
}

// Site is [Store.Device] of every device of a site: a day after the other, and of
// a day device by device.
func (s *Store) Site(ctx context.Context, site int64, from, to time.Time) iter.Seq2[Row, error] {
	return s.Device(ctx, site, "", from, to)
}

// SiteAfter is [Store.Site], but that the day of from begins with a device or one
// behind it: who asks page by page need not pass over those of the page before.
func (s *Store) SiteAfter(ctx context.Context, site int64, device string, from, to time.Time) iter.Seq2[Row, error] {
	return s.each(ctx, site, "", device, from, to)
}
