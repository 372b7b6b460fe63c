package hub

import (
	"cmp"
	"slices"
	"strings"
)

// spans are the days to look at, [from, to): those that two inputs show, and those
// of which something was left out before.
func (o *overlapper) spans() [][2]int64 {
	in := o.w.inputs
	order := make([]int, len(in.times))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(in.times[a].first, in.times[b].first), cmp.Compare(a, b))
	})
	var spans [][2]int64
	add := func(from, to int64) { spans = append(spans, [2]int64{from, to + 1}) }
	type end struct {
		last   int64
		source string
	}
	var latest, other end // of inputs so far, and of those of another source than latest's
	for _, i := range order {
		t := in.times[i]
		if t.first == 0 {
			continue
		}
		before := latest
		if before.last > 0 && t.source != "" && before.source == t.source {
			before = other
		}
		if to := min(t.last, before.last); to-t.first >= overlapLeast {
			add(floor(t.first, daySeconds*second), floor(to, daySeconds*second))
		}
		switch same := t.source != "" && latest.source == t.source; {
		case t.last > latest.last && !same:
			latest, other = end{t.last, t.source}, latest
		case t.last > latest.last:
			latest.last = t.last
		case !same && t.last > other.last:
			other = end{t.last, t.source}
		}
	}
	for day := range o.again {
		add(day, day)
	}
	return joined(spans)
}

// joined puts spans in order, and those together that touch.
func joined(spans [][2]int64) [][2]int64 {
	slices.SortFunc(spans, func(a, b [2]int64) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	var out [][2]int64
	for _, s := range spans {
		if n := len(out); n > 0 && s[0] <= out[n-1][1] {
			out[n-1][1] = max(out[n-1][1], s[1])
			continue
		}
		out = append(out, s)
	}
	return out
}

func floor(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// A stretch is when an input was made, and by whom.
type stretch struct {
	first, last int64  // nanoseconds; 0 where not known
	source      string // of a listener: its hours are one recording
}

func stretchOf(in *Ingest) stretch {
	if in.State != Done && in.State != Judging {
		return stretch{}
	}
	s := stretch{first: nanoseconds(in.Input.First), last: nanoseconds(in.Input.Last)}
	if in.Source == "listener" {
		s.source = in.Name
		if i := strings.LastIndex(s.source, ", "); i > 0 {
			s.source = s.source[:i]
		}
	}
	return s
}
