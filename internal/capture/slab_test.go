package capture

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// TestSlabsShowTheSame reads frames from a few bytes to larger than a slab,
// given in reads of any size: each comes whole, whichever memory it is put in.
func TestSlabsShowTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	in := little.header(0xa1b2c3d4, 1<<20, LinkEthernet)
	var want [][]byte
	for i := range 400 {
		size := 40 + rng.IntN(1500)
		if i%40 == 7 {
			size = 10_000 + rng.IntN(700_000)
		}
		b := make([]byte, size)
		for j := range b {
			b[j] = byte(rng.Uint32())
		}
		want = append(want, b)
		in = append(in, little.record(1_700_000_000, uint32(i), string(b), 0)...)
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"whole":            func(r io.Reader) io.Reader { return struct{ io.Reader }{r} },
		"halves":           iotest.HalfReader,
		"error with bytes": iotest.DataErrReader,
		"random":           func(r io.Reader) io.Reader { return &randomly{r, rng} },
	} {
		t.Run(name, func(t *testing.T) {
			r, err := NewReader(wrap(bytes.NewReader(in)))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var f Frame
			offset := int64(pcapFileHeader)
			for i, b := range want {
				if err := r.Next(&f); err != nil || !bytes.Equal(f.Data, b) || f.Offset != offset {
					t.Fatalf("frame %d: %d bytes at %d, %v; want %d at %d", i, len(f.Data), f.Offset, err, len(b), offset)
				}
				offset += int64(16 + len(b))
			}
			if err := r.Next(&f); !errors.Is(err, io.EOF) {
				t.Errorf("behind the last frame: %v", err)
			}
			if s := r.Stats(); s.Bytes != int64(len(in)) || len(s.Gaps) != 0 {
				t.Errorf("%d bytes of %d, gaps %v", s.Bytes, len(in), s.Gaps)
			}
		})
	}
}

// randomly gives as many bytes as it likes, and sometimes none.
type randomly struct {
	r   io.Reader
	rng *rand.Rand
}

func (r *randomly) Read(b []byte) (int, error) { return r.r.Read(b[:r.rng.IntN(len(b)+1)]) }

// TestLentFramesStay keeps the frames of the last few runs, as long as their
// memory was not given back: they stay as they were, and the memory is used again.
func TestLentFramesStay(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	in := little.header(0xa1b2c3d4, 1<<20, LinkEthernet)
	const count = 20_000
	size := func(i int) int {
		if i%700 == 7 {
			return 100_000
		}
		return 40 + i*7919%1500
	}
	fill := func(i int, b []byte) []byte {
		for j := range b {
			b[j] = byte(i + j)
		}
		return b
	}
	for i := range count {
		in = append(in, little.record(1_700_000_000, uint32(i), string(fill(i, make([]byte, size(i)))), 0)...)
	}
	r, err := NewReader(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // nothing to lose
	r.Lend()
	type run struct {
		frames []Frame
		spent  [][]byte
	}
	var runs []run
	seen, buf := 0, make([]byte, 100_000)
	settle := func() {
		for _, f := range runs[0].frames {
			if want := fill(seen, buf[:size(seen)]); !bytes.Equal(f.Data, want) {
				t.Fatalf("frame %d changed", seen)
			}
			seen++
		}
		r.GiveBack(runs[0].spent)
		runs = runs[1:]
	}
	var f Frame
	for {
		err := r.Next(&f)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		now := run{spent: r.Spent(nil), frames: []Frame{f}}
		for most := 1 + rng.IntN(300); len(now.frames) < most && r.More(&f); {
			now.frames = append(now.frames, f)
		}
		if runs = append(runs, now); len(runs) > 4 {
			settle()
		}
	}
	for len(runs) > 0 {
		settle()
	}
	if seen != count {
		t.Errorf("%d frames of %d", seen, count)
	}
	if n := len(r.in.free); n > 8 {
		t.Errorf("%d slabs for %d bytes: what was given back is not used", n, len(in))
	}
}
