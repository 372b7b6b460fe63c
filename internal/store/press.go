package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"runtime"
	"sync"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
)

// ahead is how many devices are pressed, or wait for it, while others are made
// and written.
const ahead = 64

// A press makes devices ready to be written, on all processors: it works out
// whether they changed, and packs those that did. It gives them back in the order
// in which they were put in.
type press struct {
	own     presser // of the goroutine that puts in and takes out
	work    chan *pressed
	waiting []*pressed
	wait    sync.WaitGroup
}

// pressed is a device with what is kept of it.
type pressed struct {
	d     *hub.Derived
	kept  kept
	known bool // it was there before

	digest        [sha256.Size]byte
	same          bool // and nothing changed: the rest is empty
	doc, findings []byte
	keys          []Key
	words         string
	err           error
	done          chan struct{}
}

func newPress() *press {
	p := &press{work: make(chan *pressed, ahead+1)}
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		p.wait.Go(func() {
			var w presser
			for m := range p.work {
				w.do(m)
			}
		})
	}
	return p
}

// close ends the work; it must be called.
func (p *press) close() {
	close(p.work)
	p.wait.Wait()
}

// put gives a device to the press. At most ahead may wait when it is called.
func (p *press) put(m *pressed) {
	m.done = make(chan struct{})
	p.waiting = append(p.waiting, m)
	p.work <- m
}

// next is the device that waits longest. Until it is done, this goroutine works
// too.
func (p *press) next() *pressed {
	m := p.waiting[0]
	p.waiting[0] = nil
	p.waiting = p.waiting[1:]
	for {
		select {
		case <-m.done:
			return m
		default:
		}
		select {
		case <-m.done:
			return m
		case x := <-p.work:
			p.own.do(x)
		}
	}
}

// A presser is one worker of a press.
type presser struct {
	shape []byte
	text  bytes.Buffer
	packer
}

func (w *presser) do(m *pressed) {
	m.err = w.press(m)
	close(m.done)
}

func (w *presser) press(m *pressed) error {
	d := m.d
	device := d.Device
	device.ID = 0
	w.shape = appendShape(w.shape[:0], &device)
	for _, v := range []any{&d.Doc, &d.Findings, &d.Reach, &d.Changes} {
		w.shape = appendShape(w.shape, v)
	}
	m.digest = sha256.Sum256(w.shape)
	if m.same = m.known && m.digest == m.kept.digest; m.same {
		return nil
	}
	var err error
	if d.Doc != nil {
		if m.doc, err = w.packed(d.Doc); err != nil {
			return err
		}
	} else {
		m.doc = []byte{}
	}
	list := d.Findings
	if list == nil {
		list = []finding.Finding{}
	}
	if m.findings, err = w.packed(list); err != nil {
		return err
	}
	m.keys = keysOf(d)
	m.words = words(d, m.keys)
	return nil
}

// packed is the JSON of v, packed.
func (w *presser) packed(v any) ([]byte, error) {
	w.text.Reset()
	if err := json.NewEncoder(&w.text).Encode(v); err != nil {
		return nil, err
	}
	return w.pack(bytes.TrimSuffix(w.text.Bytes(), []byte{'\n'})), nil
}
