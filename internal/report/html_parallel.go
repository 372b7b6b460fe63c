package report

import (
	"bytes"
	"html/template"
	"iter"
	"runtime"
	"slices"
)

// partsAtOnce is how many items one worker draws before it hands them on.
const partsAtOnce = 8

// DeviceParts draws the devices, for the page's template to put in place. Each
// is worked out when its turn comes, so that few are in memory at once.
func (p *page) DeviceParts() iter.Seq[template.HTML] {
	return drawn(p, "device", func(yield func(deviceView) bool) {
		for _, d := range p.order {
			if !yield(p.views.view(d)) {
				return
			}
		}
	})
}

// Judgements are what follows for the devices; they are known once
// [page.DeviceParts] is done, which the template draws before.
func (p *page) Judgements() []*judgementView { return p.views.Judgements }

// KBRows are the rows of the knowledge base that matched; as Judgements.
func (p *page) KBRows() []*rowView { return p.views.Rows }

// RowParts draws the lines of the table of devices.
func (p *page) RowParts() iter.Seq[template.HTML] { return drawn(p, "row", slices.Values(p.Rows)) }

// drawn draws each item of a list by the template of that name, a line each, in
// order, on all processors. At most a few runs of items are ahead of who reads.
// The first error is kept in p and ends the sequence.
func drawn[T any](p *page, name string, list iter.Seq[T]) iter.Seq[template.HTML] {
	type part struct {
		html template.HTML
		err  error
	}
	return func(yield func(template.HTML) bool) {
		workers := runtime.GOMAXPROCS(0)
		waiting := make(chan chan part, workers) // in order; its size bounds what is ahead
		stop := make(chan struct{})
		defer close(stop)
		draw := func(run []T, ready chan<- part) {
			var b bytes.Buffer
			for i := range run {
				if err := pageTemplate().ExecuteTemplate(&b, name, &run[i]); err != nil {
					ready <- part{err: err}
					return
				}
				b.WriteByte('\n')
			}
			ready <- part{html: template.HTML(b.String())} //nolint:gosec // drawn by an escaping template
		}
		go func() {
			defer close(waiting)
			var run []T
			send := func() bool {
				ready := make(chan part, 1)
				select {
				case waiting <- ready:
				case <-stop:
					return false
				}
				go draw(run, ready)
				run = nil
				return true
			}
			for item := range list {
				if run = append(run, item); len(run) == partsAtOnce && !send() {
					return
				}
			}
			if len(run) > 0 {
				send()
			}
		}()
		for ready := range waiting {
			got := <-ready
			if got.err != nil {
				p.err = got.err
				return
			}
			if !yield(got.html) {
				return
			}
		}
	}
}
