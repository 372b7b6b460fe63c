package hub

// turns gives everybody a turn: the next input is of the person whose last one is
// longest ago, of them of the site likewise, of those the oldest. Who hands in a
// thousand files holds nobody else up for more than one of them.
type turns struct {
	n      int64
	person map[string]int64
	site   map[int64]int64
}

// next chooses from what waits, oldest first; what a crash or a person cut short
// comes before all.
func (t *turns) next(list []Ingest) *Ingest {
	best := &list[0]
	for i := range list {
		in := &list[i]
		if in.State != Waiting {
			best = in
			break
		}
		a, b := t.person[in.By], t.person[best.By]
		if a < b || a == b && t.site[in.Site] < t.site[best.Site] {
			best = in
		}
	}
	if t.person == nil {
		t.person, t.site = map[string]int64{}, map[int64]int64{}
	}
	t.n++
	t.person[best.By], t.site[best.Site] = t.n, t.n
	return best
}
