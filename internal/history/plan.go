package history

import "slices"

// A plan is a query made ready: which columns are read, and which rows count.
type plan struct {
	q       Query
	sum     Sum
	lo, hi  int64 // hours
	noSite  bool  // no site is asked for, so that no row counts
	cols    []int // to be read
	fold    []int // those of them that tell the groups apart
	filters []filter
	summed  bool // the day's totals of a file have all that is asked for
}

// A filter says which values of a column count.
type filter struct {
	col int
	ok  func(p *pages, code int) bool
}

func newPlan(q Query) *plan {
	p := &plan{q: q, sum: q.Sum, noSite: q.Sites != nil && len(q.Sites) == 0}
	if p.sum == 0 {
		p.sum = SumBytes | SumFlows
	}
	p.lo, p.hi = hours(q.From, q.To)

	texts := func(col int, list []string, want bool) {
		if len(list) > 0 {
			p.filters = append(p.filters, filter{col, func(d *pages, code int) bool { return slices.Contains(list, d.texts[code]) == want }})
		}
	}
	if q.Sites != nil {
		p.filters = append(p.filters, filter{colSite, func(d *pages, code int) bool { return slices.Contains(q.Sites, d.ints[code]) }})
	}
	if q.Device != "" {
		texts(colDevice, []string{q.Device}, true)
	}
	if p.lo > 0 || p.hi <= latest {
		p.filters = append(p.filters, filter{colHour, func(d *pages, code int) bool { h := d.ints[code] / 1000; return h >= p.lo && h < p.hi }})
	}
	texts(colScope, q.Scopes, true)
	texts(colCountry, q.Countries, true)
	texts(colCountry, q.NotCountries, false)
	texts(colControllerID, q.Controllers, true)
	texts(colJurisdiction, q.Jurisdictions, true)
	texts(colPurpose, q.Purposes, true)
	texts(colVideo, q.Videos, true)
	texts(colName, q.Names, true)
	if len(q.Addresses) > 0 {
		p.filters = append(p.filters, filter{colAddress, func(d *pages, code int) bool { return slices.Contains(q.Addresses, d.addr(code)) }})
	}

	for _, k := range q.By {
		p.fold = appendNew(p.fold, keyColumns[k]...)
	}
	p.cols = slices.Clone(p.fold)
	for _, f := range p.filters {
		p.cols = appendNew(p.cols, f.col)
	}
	for sum, cols := range map[Sum][]int{
		SumBytes: {colBytesUp, colBytesDown}, SumPackets: {colPacketsUp, colPacketsDown}, SumFlows: {colFlows},
		SumTimes: {colHour, colFirst, colLast}, SumDevices: {colSite, colDevice},
	} {
		if p.sum&sum != 0 {
			p.cols = appendNew(p.cols, cols...)
		}
	}
	p.cols = append(p.cols, colAgain)
	slices.Sort(p.cols)
	p.summed = p.sum&SumDevices == 0 && !slices.ContainsFunc(p.fold, isDetail) &&
		!slices.ContainsFunc(p.filters, func(f filter) bool { return f.col != colHour && isDetail(f.col) })
	return p
}

func appendNew(list []int, cols ...int) []int {
	for _, c := range cols {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// wantsSites is whether a file or row group may hold a site that is asked for.
func (p *plan) wantsSites(s span) bool {
	return p.q.Sites == nil || slices.ContainsFunc(p.q.Sites, func(n int64) bool { return n >= s.siteMin && n <= s.siteMax })
}

// rows gives the rows of g that the plan has to look at.
func (p *plan) rows(g *group) (lo, hi int64) {
	if p.q.Sites == nil {
		return 0, g.rows
	}
	lo = g.rows
	for _, n := range p.q.Sites {
		if a, b := g.find(n, p.q.Device); a < b {
			lo, hi = min(lo, a), max(hi, b)
		}
	}
	return min(lo, hi), hi
}
