package flow

// chunkSize is what stream data is kept in: small, because most halves are a
// request or a handshake.
const (
	chunkSize = 1 << 10
	slabSize  = 256 // chunks made at once
)

// chunks is a pool of a fixed number of fixed pieces. Pieces of one owner form
// a chain. It never gives memory back to the collector, only to itself.
type chunks struct {
	slab  [][]byte
	link  []uint32 // of chunk n: the one behind it in its chain or the free list, + 1
	free  uint32   // first free chunk + 1
	taken int
	limit int
}

// take returns a free chunk + 1, or 0 when limit chunks are taken.
func (c *chunks) take() uint32 {
	if c.taken >= c.limit {
		return 0
	}
	if c.free == 0 {
		first := uint32(len(c.link))
		c.slab = append(c.slab, make([]byte, slabSize*chunkSize))
		for i := first; i < first+slabSize; i++ {
			c.link = append(c.link, i+2)
		}
		c.link[len(c.link)-1] = 0
		c.free = first + 1
	}
	n := c.free
	c.free = c.link[n-1]
	c.link[n-1] = 0
	c.taken++
	return n
}

// give takes back the chain that begins at n.
func (c *chunks) give(n uint32) {
	for n != 0 {
		next := c.link[n-1]
		c.link[n-1] = c.free
		c.free = n
		c.taken--
		n = next
	}
}

func (c *chunks) bytes(n uint32) []byte {
	i := int(n - 1)
	return c.slab[i/slabSize][i%slabSize*chunkSize : (i%slabSize+1)*chunkSize]
}

// A chain is bytes in chunks, appended to and read from the front.
type chain struct {
	head, tail uint32
	size       int32
}

// append adds b and reports false, having added a part of it, when the pool is
// used up.
func (a *chain) append(c *chunks, b []byte) (added int, ok bool) {
	for len(b) > 0 {
		at := int(a.size) % chunkSize
		if at == 0 {
			n := c.take()
			if n == 0 {
				return added, false
			}
			if a.tail != 0 {
				c.link[a.tail-1] = n
			} else {
				a.head = n
			}
			a.tail = n
		}
		n := copy(c.bytes(a.tail)[at:], b)
		a.size += int32(n)
		added += n
		b = b[n:]
	}
	return added, true
}

// A chainReader reads a chain from its front.
type chainReader struct {
	c    *chunks
	rest []byte // of the chunk that is read
	next uint32 // chunk + 1
	left int    // bytes of the chain, those of rest among them
}

func (a *chain) reader(c *chunks) chainReader {
	return chainReader{c: c, next: a.head, left: int(a.size)}
}

// appendTo appends the next n bytes to dst, fewer at the end of the chain.
func (r *chainReader) appendTo(dst []byte, n int) []byte {
	for n = min(n, r.left); n > 0; {
		if len(r.rest) == 0 {
			r.rest = r.c.bytes(r.next)
			r.next = r.c.link[r.next-1]
		}
		step := min(n, len(r.rest))
		dst = append(dst, r.rest[:step]...)
		r.rest = r.rest[step:]
		r.left -= step
		n -= step
	}
	return dst
}

func (a *chain) drop(c *chunks) {
	c.give(a.head)
	*a = chain{}
}
