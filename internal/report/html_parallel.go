package report

import (
	"bytes"
	"html/template"
	"iter"
	"runtime"
)

// partsAtOnce is how many items one worker draws before it hands them on.
const partsAtOnce = 8

// DeviceParts draws the devices, for the page's template to put in place.
func (p *page) DeviceParts() iter.Seq[template.HTML] { return drawn(p, "device", p.Devices) }

// RowParts draws the lines of the table of devices.
func (p *page) RowParts() iter.Seq[template.HTML] { return drawn(p, "row", p.Rows) }

// drawn draws each item of a list by the template of that name, a line each, in
// order, on all processors. At most a few runs of items are ahead of who reads.
// The first error is kept in p and ends the sequence.
func drawn[T any](p *page, name string, list []T) iter.Seq[template.HTML] {
	type part struct {
		html template.HTML
		err  error
	}
	return func(yield func(template.HTML) bool) {
		workers := runtime.GOMAXPROCS(0)
		waiting := make(chan chan part, workers) // in order; its size bounds what is ahead
		stop := make(chan struct{})
		defer close(stop)
		go func() {
			defer close(waiting)
			for len(list) > 0 {
				run := list[:min(len(list), partsAtOnce)]
				list = list[len(run):]
				ready := make(chan part, 1)
				select {
				case waiting <- ready:
				case <-stop:
					return
				}
				go func() {
					var b bytes.Buffer
					for i := range run {
						if err := pageTemplate.ExecuteTemplate(&b, name, &run[i]); err != nil {
							ready <- part{err: err}
							return
						}
						b.WriteByte('\n')
					}
					ready <- part{html: template.HTML(b.String())} //nolint:gosec // drawn by an escaping template
				}()
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
