package history

import "context"

// dense is the largest table of groups that is addressed by the combined
// dictionary places of a row; above it a map gives each combination a number.
const dense = 1 << 20

// trash is the place in adder.sums of rows that do not count, so that the loops
// over a page need not ask.
const trash = 0

// local is what an adder keeps while it works on one row group, whose
// dictionaries give the numbers their sense.
type local struct {
	ok    [numColumns][][]bool // by filter on a column: by place in its dictionary
	comb  []uint32             // of each row of the page: its combination of fold columns
	out   []bool               // of each row: it does not count
	runs  []run                // of the page: rows of one place
	slots []int32              // of each combination: its place in adder.sums, -1 unknown
	maps  []map[uint64]uint32  // of each fold column that needs one
	seen  []uint32             // of each place in adder.sums: the device run that was noted last
	run   uint32
}

// A run is rows up to end that have one place in adder.sums.
type run struct{ end, at int32 }

// group adds up one row group of a day.
func (a *adder) group(ctx context.Context, g *group, day int64) error {
	lo, hi := a.p.rows(g)
	if lo >= hi {
		return nil
	}
	cols := a.p.cols
	if g.once {
		cols = cols[:len(cols)-1] // the last is colAgain
	}
	r := g.read(nil, cols, lo, hi)
	defer r.close()
	first := true
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		ok, err := r.next()
		if !ok || err != nil {
			return err
		}
		if first && !a.begin(r) {
			return nil
		}
		first = false
		if err := a.page(r, day); err != nil {
			return err
		}
	}
}

// begin works the filters out on the dictionaries, and says whether any row of
// the group can count.
func (a *adder) begin(r *reader) bool {
	l := &a.local
	l.maps, l.run = l.maps[:0], l.run+1
	l.slots = l.slots[:0]
	l.ok = [numColumns][][]bool{}
	for _, f := range a.p.filters {
		d := r.col[f.col]
		if d == nil || columns[f.col].front { // a day's totals are of all its hours; see grow
			l.ok[f.col] = append(l.ok[f.col], nil)
			continue
		}
		ok, some := make([]bool, max(len(d.texts), len(d.ints), len(d.addrs))), false
		for code := range ok {
			ok[code] = f.ok(d, code)
			some = some || ok[code]
		}
		if !some {
			return false
		}
		l.ok[f.col] = append(l.ok[f.col], ok)
	}
	return true
}

// grow works the filters out on what has come to the texts of front-coded columns,
// which are known page by page.
func (a *adder) grow(r *reader) {
	for _, f := range a.p.filters {
		if !columns[f.col].front {
			continue
		}
		d, ok := r.col[f.col], &a.local.ok[f.col][0] // there is one filter of a device
		for code := len(*ok); code < len(d.texts); code++ {
			*ok = append(*ok, f.ok(d, code))
		}
	}
}

// page adds up the pages that r has at hand.
func (a *adder) page(r *reader, day int64) error {
	a.grow(r)
	size := a.combine(r)
	if err := a.places(r, day, size); err != nil {
		return err
	}
	sums, from := a.sums, 0
	for _, x := range a.local.runs { // a run's sum stays in registers: a third of the time of adding row by row
		to, t := int(x.end), &sums[x.at]
		t.rows += int64(to - from)
		if a.p.sum&SumBytes != 0 {
			t.up += total(r.col[colBytesUp].nums[from:to])
			t.down += total(r.col[colBytesDown].nums[from:to])
		}
		if a.p.sum&SumPackets != 0 {
			t.packetsUp += total(r.col[colPacketsUp].nums[from:to])
			t.packetsDown += total(r.col[colPacketsDown].nums[from:to])
		}
		if a.p.sum&SumFlows != 0 {
			t.flows += total(r.col[colFlows].nums[from:to])
		}
		if a.p.sum&SumTimes != 0 {
			hour, first, last := r.col[colHour], r.col[colFirst], r.col[colLast]
			low, high := t.first, t.last
			for i := from; i < to; i++ {
				h := hour.ints[hour.codes[i]] / 1000
				low, high = min(low, h+first.nums[i]), max(high, h+last.nums[i])
			}
			t.first, t.last = low, high
		}
		from = to
	}
	if a.p.sum&SumDevices != 0 {
		return a.devices(r)
	}
	return nil
}

func total(list []int64) (sum int64) {
	for _, v := range list {
		sum += v
	}
	return sum
}

// combine folds the columns that tell groups apart into one number a row, below
// the size it returns.
func (a *adder) combine(r *reader) int {
	l := &a.local
	if cap(l.comb) < r.n {
		l.comb, l.out = make([]uint32, max(r.n, maxPageRows)), make([]bool, max(r.n, maxPageRows))
	}
	l.comb, l.out = l.comb[:r.n], l.out[:r.n]
	clear(l.comb)
	size, m := 1, 0
	for _, c := range a.p.fold {
		d := r.col[c]
		n := max(len(d.texts), len(d.ints), len(d.addrs))
		codes := d.codes[:len(l.comb)]
		if size*n <= dense && !columns[c].front {
			if size == 1 {
				for i, k := range codes {
					l.comb[i] = uint32(k) //nolint:gosec // not below 0: reader saw to it
				}
			} else {
				for i, k := range codes {
					l.comb[i] = l.comb[i]*uint32(n) + uint32(k) //nolint:gosec // as above
				}
			}
			size *= n
			continue
		}
		if m == len(l.maps) {
			l.maps = append(l.maps, map[uint64]uint32{})
		}
		number := l.maps[m]
		m++
		last, id := ^uint64(0), uint32(0)
		for i, k := range codes {
			both := uint64(l.comb[i])<<32 | uint64(k) //nolint:gosec // as above
			if both != last {
				var ok bool
				if id, ok = number[both]; !ok {
					id = uint32(len(number)) //nolint:gosec // fewer than rows
					number[both] = id
				}
				last = both
			}
			l.comb[i] = id
		}
		size = int(r.all)
	}
	return size
}

// places finds the place in a.sums of each row of the page, run by run.
func (a *adder) places(r *reader, day int64, size int) error {
	l := &a.local
	if len(a.sums) == 0 { // the trash
		a.sums, a.keys = append(a.sums, noSums), append(a.keys, place{})
	}
	if len(l.slots) != size {
		if cap(l.slots) < size {
			l.slots = make([]int32, size)
		}
		l.slots = l.slots[:size]
		for i := range l.slots {
			l.slots[i] = -1
		}
	}
	if again := r.col[colAgain]; again != nil {
		copy(l.out, again.flags)
	} else {
		clear(l.out) // no row is, and a day's totals are without them
	}
	for _, f := range a.p.filters {
		if r.col[f.col] == nil {
			continue
		}
		for _, ok := range l.ok[f.col] {
			for i, k := range r.col[f.col].codes[:len(l.out)] {
				l.out[i] = l.out[i] || !ok[k]
			}
		}
	}
	l.runs = l.runs[:0]
	for i := 0; i < len(l.comb); {
		k, out, end := l.comb[i], l.out[i], i+1
		for end < len(l.comb) && l.comb[end] == k && l.out[end] == out {
			end++
		}
		n := l.slots[k]
		switch {
		case out:
			n = trash
		case n < 0:
			m, err := a.find(a.placeOf(r, i, day))
			if err != nil {
				return err
			}
			n = int32(m) //nolint:gosec // Options.Groups at most
			l.slots[k] = n
		}
		l.runs = append(l.runs, run{int32(end), n}) //nolint:gosec // maxPageRows at most
		i = end
	}
	return nil
}

// placeOf reads the keys of row i of the page.
func (a *adder) placeOf(r *reader, i int, day int64) place {
	var p place
	for j, k := range a.p.q.By {
		var v value
		if k == ByDay {
			v.n = day * daySec
		}
		for n, c := range keyColumns[k] {
			d := r.col[c]
			switch code := d.codes[i]; {
			case d.addrs != nil:
				v.addr = d.addrs[code]
			case d.ints != nil:
				v.n = d.ints[code]
				if c == colHour {
					v.n /= 1000
				}
			case n == 1 && k == ByController:
				v.more = d.texts[code]
			default:
				v.text = d.texts[code]
			}
		}
		p[j] = a.id(j, v)
	}
	return p
}

// devices notes which groups have which device. Rows come device by device.
func (a *adder) devices(r *reader) error {
	l := &a.local
	site, device := r.col[colSite], r.col[colDevice]
	for len(l.seen) < len(a.sums) {
		l.seen = append(l.seen, 0)
	}
	lastSite, lastDevice, number := int32(-1), int32(-1), uint32(0)
	from := 0
	for _, x := range l.runs {
		for i := from; i < int(x.end); i++ {
			if s, d := site.codes[i], device.codes[i]; s != lastSite || d != lastDevice {
				lastSite, lastDevice = s, d
				l.run++
				number = a.device(value{n: site.ints[s], text: device.texts[d]})
			}
			if x.at == trash || l.seen[x.at] == l.run {
				continue
			}
			l.seen[x.at] = l.run
			if err := a.pair(int(x.at), number); err != nil {
				return err
			}
		}
		from = int(x.end)
	}
	return nil
}
