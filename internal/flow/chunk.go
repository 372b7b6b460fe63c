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

// appendTo appends the chain's bytes to dst.
func (a *chain) appendTo(c *chunks, dst []byte) []byte {
	left := int(a.size)
	for n := a.head; n != 0 && left > 0; n = c.link[n-1] {
		b := c.bytes(n)
		b = b[:min(left, len(b))]
		dst = append(dst, b...)
		left -= len(b)
	}
	return dst
}

func (a *chain) drop(c *chunks) {
	c.give(a.head)
	*a = chain{}
}
