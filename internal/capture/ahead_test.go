package capture

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"
	"time"
)

// TestReadAheadShowsTheSame reads frames from a few bytes to larger than a slab,
// given in reads of any size: each comes whole, whichever memory it is put in.
func TestReadAheadShowsTheSame(t *testing.T) {
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

func TestCloseEndsReadingAhead(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		r, err := NewReader(io.MultiReader(bytes.NewReader(little.header(0xa1b2c3d4, 1<<16, LinkEthernet)), zeros{}))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
