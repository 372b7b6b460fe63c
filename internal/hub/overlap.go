package hub

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/report"
)

// An Overlap says that two inputs of a site show the same traffic: two sensors on
// one span port, a day that is in two files, a capture and what a tool wrote of it.
type Overlap struct {
	Site   int64  `json:"-"`
	Ingest int64  `json:"-"`      // the later one
	Other  int64  `json:"ingest"` // id of the earlier one
	Name   string `json:"name"`   // of the earlier one
	Same   int64  `json:"same"`   // conversations by the hour that both show, and that count once
	Part   int64  `json:"part"`   // that both show, and that count in each: they are alike only in part
	Of     int64  `json:"of"`     // conversations by the hour of the later one, in all
	Bytes  int64  `json:"bytes"`  // that count once and not twice

	From time.Time `json:"from,omitzero"` // when both ran, UTC
	To   time.Time `json:"to,omitzero"`
}

// Says is the overlap in a sentence, in the words of the audit.
func (o *Overlap) Says() string {
	when := ""
	if !o.From.IsZero() {
		when = " Both ran from " + o.From.UTC().Format(time.DateTime) + " to " + o.To.UTC().Format(time.DateTime) + " UTC."
	}
	s := "It seems to show the same traffic as " + o.Name + ": flows and bytes are counted in each." + when + " Take one of the two out, or cut that time out of one, for true amounts."
	if o.Same > 0 {
		s = fmt.Sprintf("It shows the same traffic as %s: %s of its %s conversations by the hour, with %s, are in both, and count once.", o.Name, report.Thousands(o.Same), report.Thousands(o.Of), report.Size(o.Bytes))
		if o.Part > 0 {
			s += " " + report.Plural(o.Part, "more is", "more are") + " in both only in part, and counted in each." + when + " Take one of the two out, or cut that time out of one, for true amounts."
		}
	}
	return s
}

const (
	overlapLeast = 10 * second // of time, below which two files of one recording may have it by their clocks
	overlapSlack = 2 * second  // rows are kept to the second
	overlapEdge  = 61 * second // parts of flows are a minute long, and one that crosses the hour counts before it
	overlapFew   = 3           // conversations alike, below which chance is as likely
	overlapSure  = 10          // packets of a conversation, in both directions: that one as large is the same to the byte in both is no chance
	overlapMost  = 512         // inputs of one conversation in an hour, beyond which all of them count
	second       = int64(time.Second)
	hourTime     = 3600 * second
	daySeconds   = 24 * 3600
)

// An overlapper finds the rows of a site's history that another input told too,
// and lets one of them count. It is worked out from all rows at each time, so that
// an input that is taken out gives the others back what they told.
type overlapper struct {
	w      *work
	pairs  map[[2]int64]*pair // by ids, the later first
	counts map[int64]int64    // rows by ingest
	again  map[int64]bool     // days that have rows which do not count
	seed   maphash.Seed
}

// A pair is two inputs that may show the same.
type pair struct {
	from, to int64 // that both show, nanoseconds
	met      int64 // conversations by the hour that are in both and of one of which all lies in that time
	alike    int64 // of these, the ones that can be of the same packets
	equal    int64 // of these, the ones that lie in that time in both, and are the same to the byte
	large    int64 // of these, the ones of overlapSure packets
	lone     int64 // conversations by the hour that lie in that time, and that one shows and the other does not
	each     int64 // conversations by the hour that are in both and count in each
	sure     bool  // all that lies in that time is the same in both
	Overlap
}

// once says that of what two inputs show in the same time three of four
// conversations at least are of the same packets, as far as hours can tell. Two
// inputs that share the flows of a site between them are alike by chance only.
// Of fewer than three conversations, all must be the same to the byte.
func (p *pair) once() bool { return p.sure || p.alike >= overlapFew && 4*p.alike >= 3*p.met }

// few says that too few conversations lie in the time of both to tell by most of them.
func (p *pair) few() bool { return p.large > 0 && p.equal == p.met && p.met < overlapFew }

// told says that it is worth saying: half of what lies in the time that both ran is
// alike at least, be it nothing, and both show something then. Of what a third
// input shows too, and of which that one counts, there is nothing to say.
func (p *pair) told() bool {
	return p.Same+p.each > 0 && 2*p.alike >= p.met && (p.alike >= overlapFew || p.sure || p.Part > 0)
}

// A showing is what one input told of a conversation in an hour.
type showing struct {
	talkKey
	device      string
	ingest      int64
	number      int // of the input
	first, last int64
	rows        []history.Row
	up, down    int64 // packets
	again       bool
}

// settle marks rows that another input told too, takes them out of what w.talks
// added up, and gives what is to be said of it.
func (o *overlapper) settle(ctx context.Context) ([]Overlap, error) {
	spans := o.spans()
	if len(spans) == 0 {
		return nil, nil
	}
	o.pairs = map[[2]int64]*pair{}
	for _, s := range spans {
		if err := o.each(ctx, s, func(_ int64, list []*showing) { o.meet(list) }, func(int64) error { return nil }); err != nil {
			return nil, err
		}
	}
	if err := o.lonely(ctx, spans); err != nil {
		return nil, err
	}
	for _, s := range spans {
		marks, changed := map[uint64]bool{}, false
		err := o.each(ctx, s, func(_ int64, list []*showing) {
			o.mark(list)
			for _, x := range list {
				for i := range x.rows {
					r := &x.rows[i]
					changed = changed || r.Again != x.again
					if x.again {
						marks[o.place(r)] = true
					}
				}
				if t := o.w.talks[x.device]; t != nil && x.again {
					t.take(x)
				}
			}
		}, func(day int64) error {
			if !changed {
				clear(marks)
				return nil
			}
			from := time.Unix(day*daySeconds, 0)
			err := o.w.h.cfg.History.Rewrite(ctx, o.w.site.ID, from, from.Add(24*time.Hour), func(r *history.Row) bool {
				r.Again = marks[o.place(r)]
				return true
			})
			marks, changed = map[uint64]bool{}, false
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return o.list(), nil
}

// list is what is to be said, by ids.
func (o *overlapper) list() []Overlap {
	var out []Overlap
	for k, p := range o.pairs {
		if p.told() {
			p.Ingest, p.Other, p.Of = k[0], k[1], o.counts[k[0]]
			out = append(out, p.Overlap)
		}
	}
	slices.SortFunc(out, func(a, b Overlap) int { return cmp.Or(cmp.Compare(a.Ingest, b.Ingest), cmp.Compare(a.Other, b.Other)) })
	return out
}

// each goes through the conversations of some days, hour by hour, and calls end
// after each day.
func (o *overlapper) each(ctx context.Context, days [2]int64, do func(day int64, list []*showing), end func(day int64) error) error {
	var list []*showing
	var last history.Row
	day := int64(-1)
	flush := func() {
		if len(list) > 0 {
			do(day, list)
		}
		list = list[:0]
	}
	from, to := time.Unix(days[0]*daySeconds, 0), time.Unix(days[1]*daySeconds, 0)
	for r, err := range o.w.h.cfg.History.Site(ctx, o.w.site.ID, from, to) {
		if err != nil {
			return err
		}
		if r.Device != last.Device || r.Address != last.Address || r.Port != last.Port || r.Hour != last.Hour {
			flush()
		}
		if d := floor(r.Hour, daySeconds); d != day {
			if day >= 0 {
				if err := end(day); err != nil {
					return err
				}
			}
			day = d
		}
		last = r
		list = o.show(list, &r)
	}
	flush()
	if day < 0 {
		return nil
	}
	return end(day)
}

// show adds a row to what its input told of the conversation in the hour.
func (o *overlapper) show(list []*showing, r *history.Row) []*showing {
	number, ok := o.w.inputs.of[r.Ingest]
	if !ok {
		return list
	}
	k := keyOf(r)
	i := slices.IndexFunc(list, func(x *showing) bool { return x.ingest == r.Ingest && x.talkKey == k })
	if i < 0 {
		i = len(list)
		list = append(list, &showing{talkKey: k, device: r.Device, ingest: r.Ingest, number: number, first: math.MaxInt64, last: math.MinInt64})
	}
	x := list[i]
	x.rows = append(x.rows, *r)
	x.up, x.down = x.up+r.PacketsUp, x.down+r.PacketsDown
	// What crosses the hour counts where it begins, wherever the input cut it.
	begin, in := r.Hour*second, o.w.inputs.times[number]
	first, last := max(r.First, begin), min(r.Last, begin+hourTime)
	if first < begin+overlapEdge && in.first < begin {
		first = begin
	}
	if last > begin+hourTime-overlapEdge && in.last > begin+hourTime {
		last = begin + hourTime
	}
	x.first, x.last = min(x.first, first), max(x.last, last)
	return list
}

// of gives the pair of two inputs, nil when they cannot show the same.
func (o *overlapper) of(x, y *showing) *pair {
	if x.ingest < y.ingest {
		x, y = y, x
	}
	k := [2]int64{x.ingest, y.ingest}
	if p := o.pairs[k]; p != nil {
		return p
	}
	a, b := o.w.inputs.times[x.number], o.w.inputs.times[y.number]
	from, to := max(a.first, b.first), min(a.last, b.last)
	if a.first == 0 || b.first == 0 || to-from < overlapLeast || a.source != "" && a.source == b.source {
		return nil
	}
	p := &pair{from: from, to: to}
	o.pairs[k] = p
	return p
}

// place is where a row stands, for a table of rows.
func (o *overlapper) place(r *history.Row) uint64 {
	return maphash.Comparable(o.seed, struct {
		talkKey
		device       string
		hour, ingest int64
	}{keyOf(r), r.Device, r.Hour, r.Ingest})
}

// keyOf says which talk a row is of.
func keyOf(r *history.Row) talkKey {
	return talkKey{r.Address, r.Port, r.Protocol, r.Scope, r.Opened == "far end"}
}
