package history

import "slices"

// find gives the rows of the pages that may hold a device of a site; device ""
// is every device. lo is hi when there are none.
func (g *group) find(site int64, device string) (lo, hi int64) {
	if site < g.stats.siteMin || site > g.stats.siteMax {
		return 0, 0
	}
	found := false
	for i := range len(g.starts) - 1 {
		if site < g.sites[i][0] || site > g.sites[i][1] {
			continue
		}
		if device != "" && (device < g.devs[i][0] || !mayEnd(device, g.devs[i][1])) {
			continue
		}
		if !found {
			lo, found = g.starts[i], true
		}
		hi = g.starts[i+1]
	}
	return lo, hi
}

// skip gives the first row of [lo, hi), rows of one site, whose page may hold a
// device or one behind it.
func (g *group) skip(device string, lo, hi int64) int64 {
	for i := range len(g.starts) - 1 {
		if next := g.starts[i+1]; next > lo && lo < hi && g.sites[i][0] == g.sites[i][1] && !mayEnd(device, g.devs[i][1]) {
			lo = min(next, hi)
			continue
		} else if next > lo {
			break
		}
	}
	return lo
}

// narrow gives the rows of a device of a site among those that find gave. They
// stand together.
func (g *group) narrow(m *memory, lo, hi, site int64, device string) (int64, int64, error) {
	r := g.read(m, []int{colSite, colDevice}, lo, hi)
	defer r.close()
	r.col[colDevice].want = device
	from, to, at := int64(-1), int64(0), lo
	for {
		ok, err := r.next()
		if err != nil {
			return 0, 0, err
		}
		if !ok {
			return max(from, 0), to, nil
		}
		s, d := r.col[colSite], r.col[colDevice]
		one, other := int32(slices.Index(s.ints, site)), int32(1) //nolint:gosec // of a dictionary
		if len(d.texts) > 0 {                                     // a dictionary, of version 1
			other = int32(slices.Index(d.texts, device)) //nolint:gosec // as above
		}
		for i := range r.n {
			if d.codes[i] == other && s.codes[i] == one {
				if from < 0 {
					from = at + int64(i)
				}
				to = at + int64(i) + 1
			}
		}
		at += int64(r.n)
	}
}

// mayEnd is whether device may lie below a page's upper bound, which the format
// allows to be cut.
func mayEnd(device, high string) bool {
	n := min(len(device), len(high))
	return device[:n] <= high[:n]
}
