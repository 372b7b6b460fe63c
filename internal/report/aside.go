package report

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
)

// An Aside keeps what is known early and stands late in a file: compressed, and on
// the disk once it is large. It is used by one goroutine.
type Aside struct {
	dir   string
	large int // bytes that are kept in memory of each; 0: 1 MB
	all   []*Kept
}

// NewAside keeps what is large in files of the folder, "" for the system's own for such
// files. Their names begin with "in-", as those of a hub that wait to be read: what a
// crash leaves goes with theirs.
func NewAside(dir string) *Aside { return &Aside{dir: dir} }

// Keep begins one text.
func (a *Aside) Keep() (*Kept, error) {
	k := &Kept{packed: packed{dir: a.dir, large: cmp.Or(a.large, 1<<20)}}
	var err error
	k.z, err = zstd.NewWriter(&k.packed, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<17))
	if err != nil {
		return nil, fmt.Errorf("keep aside: %w", err)
	}
	a.all = append(a.all, k)
	return k, nil
}

// Close forgets everything.
func (a *Aside) Close() error {
	var errs []error
	for _, k := range a.all {
		errs = append(errs, k.packed.close())
	}
	a.all = nil
	return errors.Join(errs...)
}

// A Kept is one text that is kept.
type Kept struct {
	z      *zstd.Encoder
	packed packed
}

// Write adds to the text.
func (k *Kept) Write(b []byte) (int, error) { return k.z.Write(b) }

// WriteTo writes the whole text, once: nothing is added afterwards.
func (k *Kept) WriteTo(w io.Writer) (int64, error) {
	if err := k.z.Close(); err != nil {
		return 0, err
	}
	r, err := k.packed.reader()
	if err != nil {
		return 0, err
	}
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		return 0, err
	}
	defer z.Close()
	return z.WriteTo(w)
}

// packed is compressed text, in memory until it is large.
type packed struct {
	dir   string
	large int
	b     bytes.Buffer
	f     *os.File
}

func (p *packed) Write(b []byte) (int, error) {
	if p.f == nil && p.b.Len()+len(b) <= p.large {
		return p.b.Write(b)
	}
	if p.f == nil {
		f, err := os.CreateTemp(p.dir, "in-aside-*")
		if err != nil {
			return 0, fmt.Errorf("keep aside: %w", err)
		}
		p.f = f
		if _, err := p.b.WriteTo(f); err != nil {
			return 0, err
		}
		p.b = bytes.Buffer{}
	}
	return p.f.Write(b)
}

func (p *packed) reader() (io.Reader, error) {
	if p.f == nil {
		return &p.b, nil
	}
	_, err := p.f.Seek(0, io.SeekStart)
	return p.f, err
}

func (p *packed) close() error {
	p.b = bytes.Buffer{}
	if p.f == nil {
		return nil
	}
	f := p.f
	p.f = nil
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
