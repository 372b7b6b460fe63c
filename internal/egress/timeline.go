package egress

import (
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

const (
	maxLines   = 4096 // addresses with a timeline
	maxBuckets = 60
)

// lengths are those of a bucket, in seconds; each is a multiple of the one
// before. Beyond the last they double.
var lengths = []int64{1, 5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600}

func longer(length int64) int64 {
	for _, l := range lengths {
		if l > length {
			return l
		}
	}
	return length * 2
}

// timelines is what each address exchanged with the outside over time.
type timelines struct {
	inside []netip.Prefix
	by     map[lineKey]*line
	lately [latelyLines]*line // by address: those asked for last, for most of what comes
	missed int64              // parts of flows of addresses beyond the bound
}

const latelyLines = 1 << 10

type lineKey struct {
	input int
	addr  netip.Addr
}

// place is where a line stands in lately.
func (k *lineKey) place() uint64 {
	a := k.addr.As16()
	return mix(le(a[:8])^uint64(k.input)<<48^le(a[8:])) % latelyLines //nolint:gosec // bits
}

// A line is the traffic of one address.
type line struct {
	lineKey
	mac         observation.MAC
	first, last int64 // nanoseconds
	curve
}

// A curve is bytes over time in at most maxBuckets buckets of equal length.
type curve struct {
	length int64 // of a bucket in seconds; 0 when empty
	start  int64 // number of the first bucket since 1970
	n      int   // buckets in use
	up     [maxBuckets]uint64
	down   [maxBuckets]uint64
}

func (t *timelines) outside(a netip.Addr) bool { return outside(a) && !within(t.inside, a) }

// add counts s for each end whose far end is outside.
func (t *timelines) add(s *flow.Summary) {
	if t.outside(s.Server.Addr.Addr()) {
		t.of(s, &s.Client, &s.Server)
	}
	if t.outside(s.Client.Addr.Addr()) {
		t.of(s, &s.Server, &s.Client)
	}
}

func (t *timelines) of(s *flow.Summary, self, far *flow.End) {
	if group(self.Addr.Addr()) {
		return
	}
	k := lineKey{s.Input, self.Addr.Addr()}
	lately := &t.lately[k.place()]
	l := *lately
	if l == nil || l.lineKey != k {
		l = t.by[k]
	}
	if l == nil {
		if len(t.by) >= maxLines {
			t.missed++
			return
		}
		if t.by == nil {
			t.by = make(map[lineKey]*line)
		}
		l = &line{lineKey: k, mac: self.MAC, first: s.First, last: s.Last}
		t.by[k] = l
	}
	*lately = l
	l.first, l.last = min(l.first, s.First), max(l.last, s.Last)
	l.spread(s.First, s.Last, self.Bytes, far.Bytes)
}

// spread adds bytes evenly from first to last, in nanoseconds. No byte is lost
// to rounding.
func (c *curve) spread(first, last int64, up, down uint64) {
	if first < 0 || last < first {
		first, last = max(first, 0), max(first, 0)
	}
	const second = int64(time.Second)
	c.reach(first / second)
	c.reach(last / second)
	from, to := first/second/c.length-c.start, last/second/c.length-c.start
	if from == to {
		c.up[from] += up
		c.down[from] += down
		return
	}
	whole := float64(last - first)
	var upDone, downDone uint64
	for i := from; i <= to; i++ {
		share := float64(min((c.start+i+1)*c.length*second, last)-first) / whole
		if i == to {
			share = 1
		}
		u, d := min(uint64(share*float64(up)), up), min(uint64(share*float64(down)), down)
		if i == to {
			u, d = up, down
		}
		u, d = max(u, upDone), max(d, downDone)
		c.up[i] += u - upDone
		c.down[i] += d - downDone
		upDone, downDone = u, d
	}
}

// reach makes room for a moment, in seconds, with longer buckets where needed.
func (c *curve) reach(at int64) {
	if c.length == 0 {
		c.length, c.start, c.n = lengths[0], at, 1
		return
	}
	for {
		b := at / c.length
		switch {
		case b >= c.start && b < c.start+int64(c.n):
			return
		case b >= c.start && b < c.start+maxBuckets:
			c.n = int(b-c.start) + 1
			return
		case b < c.start && c.start+int64(c.n)-b <= maxBuckets:
			c.shift(int(c.start - b))
			return
		}
		c.coarsen(longer(c.length))
	}
}

// shift moves the buckets back by n.
func (c *curve) shift(n int) {
	copy(c.up[n:], c.up[:c.n])
	copy(c.down[n:], c.down[:c.n])
	clear(c.up[:n])
	clear(c.down[:n])
	c.start -= int64(n)
	c.n += n
}

// coarsen adds buckets up into longer ones; length is a multiple of theirs.
func (c *curve) coarsen(length int64) {
	if length == c.length {
		return
	}
	var out curve
	out.length, out.start = length, c.start*c.length/length
	for i := range c.n {
		b := (c.start+int64(i))*c.length/length - out.start
		out.up[b] += c.up[i]
		out.down[b] += c.down[i]
		out.n = int(b) + 1
	}
	*c = out
}

// merge adds another curve.
func (c *curve) merge(o *curve) {
	if o.length == 0 {
		return
	}
	if c.length == 0 {
		*c = *o
		return
	}
	other := *o
	for {
		for c.length < other.length {
			c.coarsen(longer(c.length))
		}
		for other.length < c.length {
			other.coarsen(longer(other.length))
		}
		c.reach(other.start * other.length)
		c.reach((other.start + int64(other.n) - 1) * other.length)
		if c.length == other.length {
			break
		}
	}
	for i := range other.n {
		b := other.start + int64(i) - c.start
		c.up[b] += other.up[i]
		c.down[b] += other.down[i]
	}
}

// Timelines gives each device's traffic with the outside over time; devices
// with none are absent.
func (b *Book) Timelines(e *Estate) map[string]*Timeline {
	curves := map[string]*curve{}
	for k, l := range b.lines.by {
		id := e.Owner(k.input, k.addr.Unmap(), l.mac, l.first, l.last)
		if id == "" {
			continue
		}
		if curves[id] == nil {
			curves[id] = &curve{}
		}
		curves[id].merge(&l.curve)
	}
	out := make(map[string]*Timeline, len(curves))
	for id, c := range curves {
		t := &Timeline{Start: stamp(c.start * c.length * int64(time.Second)), Bucket: c.length, Up: make([]uint64, c.n), Down: make([]uint64, c.n)}
		copy(t.Up, c.up[:c.n])
		copy(t.Down, c.down[:c.n])
		out[id] = t
	}
	return out
}

// Untimed says how many parts of flows no timeline has, since they are of more
// addresses than are kept.
func (b *Book) Untimed() int64 { return b.lines.missed }

func stamp(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }
