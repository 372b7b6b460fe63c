package history

// A pager encodes the pages of a build in a goroutine of its own, so that rows are
// read and put in order beside it. It has the build's output to itself until end
// returns.
type pager struct {
	full chan page
	free chan []Row // empty, with room for a page
	done chan struct{}
	err  error // the first, once done is closed; after it nothing is encoded
}

// A page is rows to be encoded together.
type page struct {
	rows  []Row
	group bool // the row group ends with it
}

// startPager takes enc, which end gives back.
func startPager(to *output, enc *encoder) *pager {
	p := &pager{full: make(chan page), free: make(chan []Row, 2), done: make(chan struct{})}
	p.free <- make([]Row, 0, pageRows)
	go func() {
		defer close(p.done)
		defer enc.giveBack()
		ptrs := make([]*Row, 0, pageRows)
		for x := range p.full {
			ptrs = ptrs[:0]
			for i := range x.rows {
				ptrs = append(ptrs, &x.rows[i])
			}
			if p.err = enc.page(ptrs); p.err == nil && x.group {
				p.err = to.group(enc)
				enc.reset()
			}
			if p.err != nil {
				return
			}
			p.free <- x.rows[:0]
		}
	}()
	return p
}

// take hands rows over and gives room for others. The error is that of rows
// handed over before.
func (p *pager) take(rows []Row, group bool) ([]Row, error) {
	select {
	case p.full <- page{rows, group}:
		return <-p.free, nil // never empty for long: one of two is being encoded at most
	case <-p.done:
		return nil, p.err
	}
}

// end waits for what was handed over.
func (p *pager) end() error {
	close(p.full)
	<-p.done
	return p.err
}
