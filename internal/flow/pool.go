package flow

// pool hands out at most limit records, numbered from 1 so that 0 can mean
// none. Records never move, and T should hold no pointer.
type pool[T any] struct {
	items [][]T
	spare []uint32
	made  int
	limit int
}

const poolChunk = 256

func (p *pool[T]) at(n uint32) *T { return &p.items[(n-1)/poolChunk][(n-1)%poolChunk] }

// take returns the number of a zero record, or 0 when all are in use.
func (p *pool[T]) take() uint32 {
	if last := len(p.spare) - 1; last >= 0 {
		n := p.spare[last]
		p.spare = p.spare[:last]
		return n
	}
	if p.made >= p.limit {
		return 0
	}
	if p.made%poolChunk == 0 {
		p.items = append(p.items, make([]T, poolChunk))
	}
	p.made++
	return uint32(p.made)
}

// give takes back record n.
func (p *pool[T]) give(n uint32) {
	var zero T
	*p.at(n) = zero
	p.spare = append(p.spare, n)
}

// used returns how many records are in use.
func (p *pool[T]) used() int { return p.made - len(p.spare) }
