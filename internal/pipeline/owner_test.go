package pipeline

import (
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// TestOwner gives an address to one of those that had it.
func TestOwner(t *testing.T) {
	a, b := observation.MAC{0xb0, 0xc5, 0x54, 1}, observation.MAC{0x44, 0x19, 0xb6, 1}
	list := []holding{
		{"camera of input 0", []observation.MAC{a}, []int{0}, 0, 100},
		{"camera of input 1", []observation.MAC{b}, []int{1}, 0, 100},
		{"earlier in input 1", nil, []int{1}, -1000, -900},
		{"address of input 2", nil, []int{2}, 40, 60},
	}
	for _, c := range []struct {
		name        string
		input       int
		mac         observation.MAC
		first, last int64
		want        string
	}{
		{"the MAC decides", 2, b, 40, 60, "camera of input 1"},
		{"the input's own, though others were there too", 2, observation.MAC{}, 50, 55, "address of input 2"},
		{"the nearest of the input's own", 1, observation.MAC{}, -800, -700, "earlier in input 1"},
		{"the nearest of all, where the input has none", 3, observation.MAC{}, -950, -940, "earlier in input 1"},
	} {
		if got := owner(list, c.input, c.mac, c.first, c.last); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	if got := owner(nil, 0, a, 0, 1); got != "" {
		t.Errorf("an address nobody had: %s", got)
	}
}
