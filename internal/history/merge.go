package history

import (
	"container/heap"
	"context"
)

// A cursor goes through rows of a table, in its order.
type cursor struct {
	t      *table
	ranges [][2]int64 // of each group, rows [lo, hi)
	group  int        // next
	r      *reader
	taken  int // rows of the reader's pages already in buf
	buf    []Row
	row    *Row // the current one; valid until the next call of next
	pos    int
	only   func(*Row) bool // rows to stop at; nil: all

	cols []int     // to be read; the rest of a row is as in like
	like Row       // of device cursors: site and device
	mem  []*memory // of each group: its bytes; nil for one that is not read
}

// newCursor goes through all rows of t. It must be closed.
func newCursor(t *table) *cursor {
	c := &cursor{t: t, ranges: make([][2]int64, len(t.groups)), cols: allColumns}
	for i := range t.groups {
		c.ranges[i] = [2]int64{0, t.groups[i].rows}
	}
	return c
}

// deviceCursor goes through the rows of a device of a site in hours [from, to);
// device "" is every device from least on.
func deviceCursor(t *table, site int64, device, least string, from, to int64) (*cursor, error) {
	c := &cursor{t: t, ranges: make([][2]int64, len(t.groups)), cols: allColumns}
	if device != "" {
		c.cols, c.like, c.mem = restColumns, Row{Site: site, Device: device}, make([]*memory, len(t.groups))
	}
	for i := range t.groups {
		g := &t.groups[i]
		lo, hi := g.find(site, device)
		if least != "" {
			lo = g.skip(least, lo, hi)
		}
		if device != "" && lo < hi {
			var err error
			if c.mem[i], err = g.load(); err == nil {
				lo, hi, err = g.narrow(c.mem[i], lo, hi, site, device)
			}
			if err != nil {
				c.end()
				return nil, err
			}
		}
		c.ranges[i] = [2]int64{lo, hi}
	}
	c.only = func(r *Row) bool {
		return r.Site == site && (device == "" || r.Device == device) && r.Device >= least && r.Hour >= from && r.Hour < to
	}
	return c, nil
}

// next goes to the next row; false is the end.
func (c *cursor) next(ctx context.Context) (bool, error) {
	for {
		c.pos++
		for c.pos >= len(c.buf) {
			ok, err := c.load(ctx)
			if !ok || err != nil {
				return false, err
			}
		}
		if c.row = &c.buf[c.pos]; c.only == nil || c.only(c.row) {
			return true, nil
		}
	}
}

// load fills buf.
func (c *cursor) load(ctx context.Context) (bool, error) {
	for c.r == nil || c.taken >= c.r.n {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if c.r != nil {
			ok, err := c.r.next()
			if err != nil {
				return false, err
			}
			if ok {
				c.taken = 0
				continue
			}
			c.close()
		}
		if c.group == len(c.ranges) {
			return false, nil
		}
		lo, hi := c.ranges[c.group][0], c.ranges[c.group][1]
		c.group++
		if lo == hi {
			continue
		}
		var m *memory
		if c.mem != nil {
			m = c.mem[c.group-1]
		}
		c.r, c.taken = c.t.groups[c.group-1].read(m, c.cols, lo, hi), 0
	}
	n := min(stepRows, c.r.n-c.taken)
	if cap(c.buf) < n {
		c.buf = make([]Row, n) // a device's few rows need no more
	}
	c.buf = c.buf[:n]
	if c.mem != nil {
		for i := range c.buf {
			c.buf[i] = c.like
		}
	}
	if err := c.r.rows(c.buf, c.taken); err != nil {
		return false, err
	}
	c.taken += n
	c.pos = 0
	return true, nil
}

func (c *cursor) close() {
	if c.r != nil {
		c.r.close()
		c.r = nil
	}
}

// end closes the cursor for good.
func (c *cursor) end() {
	c.close()
	for i, m := range c.mem {
		m.free()
		c.mem[i] = nil
	}
}

// A merger goes through the rows of several cursors, in order; of equal rows
// that of the earlier cursor comes first.
type merger struct {
	ctx   context.Context
	all   []*cursor
	queue queue
	begun bool
}

type queue []entry

type entry struct {
	c *cursor
	n int
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if c := compare(q[i].c.row, q[j].c.row); c != 0 {
		return c < 0
	}
	return q[i].n < q[j].n
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(entry)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// next returns the next row, valid until it is called again; nil at the end.
func (m *merger) next() (*Row, error) {
	if !m.begun {
		m.begun = true
		for i, c := range m.all {
			ok, err := c.next(m.ctx)
			if err != nil {
				return nil, err
			}
			if ok {
				m.queue = append(m.queue, entry{c, i})
			}
		}
		heap.Init(&m.queue)
	} else if len(m.queue) > 0 {
		ok, err := m.queue[0].c.next(m.ctx)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			heap.Pop(&m.queue)
		case len(m.queue) > 1:
			heap.Fix(&m.queue, 0)
		}
	}
	if len(m.queue) == 0 {
		return nil, nil
	}
	return m.queue[0].c.row, nil
}

func (m *merger) close() {
	for _, c := range m.all {
		c.end()
	}
}
