package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// runLength is how many digests a row of digest_run holds at most.
const runLength = 2048

// digests are those of all observations of a site: which has which.
type digests struct {
	list  []digest // in the order in which they were added
	ids   []int64  // of the observations
	table []uint32 // 1 + place in list, by the first bits of the digest; 0: free. Its length is a power of two
}

// find gives the observation that has the digest.
func (s *digests) find(d digest) (id int64, ok bool) {
	if len(s.table) == 0 {
		return 0, false
	}
	for at := s.slot(d); ; at = (at + 1) & uint64(len(s.table)-1) {
		n := s.table[at]
		if n == 0 {
			return 0, false
		}
		if s.list[n-1] == d {
			return s.ids[n-1], true
		}
	}
}

func (s *digests) slot(d digest) uint64 {
	return binary.LittleEndian.Uint64(d[:]) & uint64(len(s.table)-1)
}

// add notes the digest of an observation; the first of two that are equal counts.
func (s *digests) add(d digest, id int64) {
	if _, ok := s.find(d); ok {
		return
	}
	if 2*len(s.list) >= len(s.table) {
		s.grow()
	}
	s.list, s.ids = append(s.list, d), append(s.ids, id)
	s.put(len(s.list))
}

func (s *digests) put(n int) {
	at := s.slot(s.list[n-1])
	for s.table[at] != 0 {
		at = (at + 1) & uint64(len(s.table)-1)
	}
	s.table[at] = uint32(n) //nolint:gosec // a site has fewer than 2^32 observations in memory
}

func (s *digests) grow() {
	s.table = make([]uint32, max(1024, 4*len(s.table)))
	for n := range s.list {
		s.put(n + 1)
	}
}

// A run is a row of digest_run.
type run struct {
	first   int64
	digests []byte
}

func (r *run) end() int64 { return r.first + int64(len(r.digests)/len(digest{})) }

// digestsOf reads those of a site. Where runs are missing (observations between
// them were deleted, or come from an earlier schema), digests are worked out from
// the observations and kept.
func (t *Tx) digestsOf(site int64) (*digests, error) {
	low, high := span(site)
	var last int64
	if err := t.get("SELECT coalesce(max(id), ?) FROM observation WHERE id BETWEEN ? AND ?", []any{low, low, high}, &last); err != nil {
		return nil, err
	}
	rows, err := t.query("SELECT id, digests FROM digest_run WHERE id BETWEEN ? AND ? ORDER BY id", low, high)
	if err != nil {
		return nil, err
	}
	runs, err := drain(rows, func(r scanner) (v run, err error) {
		err = r.Scan(&v.first, &v.digests)
		return v, err
	})
	if err != nil {
		return nil, err
	}
	s := &digests{}
	next := low + 1
	for _, r := range append(runs, run{first: last + 1}) {
		if next < r.first {
			if err := t.workOut(s, next, r.first-1); err != nil {
				return nil, err
			}
		}
		for i := 0; i+len(digest{}) <= len(r.digests); i += len(digest{}) {
			if d := digest(r.digests[i:]); d != (digest{}) {
				s.add(d, r.first+int64(i/len(digest{})))
			}
		}
		next = max(next, r.end())
	}
	return s, nil
}

// workOut adds the digests of observations from one to another and keeps them.
func (t *Tx) workOut(s *digests, from, to int64) error {
	e, err := observationsBetween(t.ctx, t.db.conn, from, to)
	if err != nil {
		return err
	}
	d := newDigester(t.db.key)
	var runs runner
	for _, o := range e {
		sum := d.of(o)
		s.add(sum, o.ID)
		runs.add(o.ID, sum)
	}
	return t.keepRuns(&runs)
}

// observationsBetween reads observations by id.
func observationsBetween(ctx context.Context, q querier, from, to int64) ([]*observation.Observation, error) {
	r, err := newReader(ctx, q)
	if err != nil {
		return nil, err
	}
	return r.observations(ctx, q, from, to)
}

// A runner makes runs of digests that are added in the order of ids.
type runner struct{ runs []run }

func (r *runner) add(id int64, d digest) {
	n := len(r.runs)
	if n == 0 || len(r.runs[n-1].digests) >= runLength*len(digest{}) || id-r.runs[n-1].end() > runLength/8 {
		r.runs = append(r.runs, run{first: id})
		n++
	}
	last := &r.runs[n-1]
	if gap := id - last.end(); gap > 0 {
		last.digests = append(last.digests, make([]byte, int(gap)*len(digest{}))...)
	}
	last.digests = append(last.digests, d[:]...)
}

// keepRuns writes runs. The first is joined to the one before it where that ends
// there and there is room.
func (t *Tx) keepRuns(r *runner) error {
	if len(r.runs) == 0 {
		return nil
	}
	before, err := t.query("SELECT id, digests FROM digest_run WHERE id < ? ORDER BY id DESC LIMIT 1", r.runs[0].first)
	if err != nil {
		return err
	}
	list, err := drain(before, func(r scanner) (v run, err error) {
		err = r.Scan(&v.first, &v.digests)
		return v, err
	})
	if err != nil {
		return err
	}
	if len(list) == 1 && list[0].end() == r.runs[0].first && len(list[0].digests)+len(r.runs[0].digests) <= runLength*len(digest{}) {
		r.runs[0] = run{list[0].first, slices.Concat(list[0].digests, r.runs[0].digests)}
	}
	for _, v := range r.runs {
		if _, err := t.exec("INSERT INTO digest_run (id, digests) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET digests = excluded.digests", v.first, v.digests); err != nil {
			return fmt.Errorf("keep digests: %w", err)
		}
	}
	return nil
}
