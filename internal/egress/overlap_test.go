package egress

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOverlaps(t *testing.T) {
	type flows struct{ input, first, n, second, up int } // n cameras' flows
	for _, c := range []struct {
		name string
		in   []flows
		want []Overlap
	}{
		{"one input", []flows{{0, 0, 9, 0, 40_000}}, nil},
		{"the same twice", []flows{{0, 0, 9, 0, 40_000}, {1, 0, 9, 0, 40_000}}, []Overlap{{1, 0}}},
		{"a capture and what a tool counted of it", []flows{{0, 0, 9, 0, 40_000}, {1, 0, 9, 1, 42_000}}, []Overlap{{1, 0}}},
		{"three times", []flows{{0, 0, 9, 0, 40_000}, {1, 0, 9, 0, 40_000}, {2, 0, 9, 0, 40_000}}, []Overlap{{1, 0}, {2, 1}}},
		{"the next file of a recording", []flows{{0, 0, 9, 0, 40_000}, {1, 0, 9, 11, 40_000}}, nil},
		{"other traffic of the same ends", []flows{{0, 0, 9, 0, 40_000}, {1, 0, 9, 2, 90_000}}, nil},
		{"other devices", []flows{{0, 0, 9, 0, 40_000}, {1, 20, 9, 0, 40_000}}, nil},
		{"a few by chance", []flows{{0, 0, 2, 0, 40_000}, {1, 0, 2, 0, 40_000}}, nil},
	} {
		b := NewBook(0)
		for _, f := range c.in {
			for i := range f.n {
				s := sum(fmt.Sprintf("10.0.0.%d:40000", f.first+i+1), "52.58.1.1:443", protoTCP, f.second, f.up, 2000)
				s.Input = f.input
				b.Add(&s)
			}
		}
		if d := cmp.Diff(c.want, b.Overlaps()); d != "" {
			t.Errorf("%s: -want +got\n%s", c.name, d)
		}
	}
}
