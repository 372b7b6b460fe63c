package store

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fuzzDevices is how many devices the sheets of the fuzz targets have at most.
const fuzzDevices = 1000

func FuzzReadNumbers(f *testing.F) {
	for _, list := range [][]int64{{}, {7}, {1, 1, 1}, {-1, 0, 255}, {math.MinInt64, math.MaxInt64}, {1 << 40, 1<<40 + 70_000}} {
		f.Add(appendNumbers(nil, list))
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 3, 0, 0}) // a thousand million equal numbers
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := readNumbers(nil, b, fuzzDevices)
		if err != nil {
			if !errors.Is(err, errSheet) || len(list) > 0 {
				t.Errorf("%x: %d numbers and %v", b, len(list), err)
			}
			return
		}
		if len(list) > fuzzDevices {
			t.Fatalf("%x: %d numbers", b, len(list))
		}
		if again, err := readNumbers(nil, appendNumbers(nil, list), fuzzDevices); err != nil || !slices.Equal(again, list) {
			t.Errorf("%x: %v, then %v, %v", b, list, again, err)
		}
	})
}

func FuzzReadCodes(f *testing.F) {
	f.Add(appendCodes(nil, nil, nil), false)
	f.Add(appendCodes(nil, [][]byte{[]byte("Axis")}, []uint32{0, 0, 0}), false)
	f.Add(appendCodes(nil, [][]byte{[]byte(""), []byte("Axis")}, []uint32{1, 0, 1}), false)
	f.Add(appendCodes(nil, [][]byte{{}, []byte("\x02gb\x02de")}, []uint32{1, 0, 1}), true)
	f.Add([]byte{1, 0, 0xff, 0xff, 0xff, 0xff, 3, 0}, false)
	f.Fuzz(func(t *testing.T, b []byte, lists bool) {
		c, err := readCodes(b, lists, fuzzDevices)
		if err != nil {
			if !errors.Is(err, errSheet) || c != nil {
				t.Errorf("%x: %v and %v", b, c, err)
			}
			return
		}
		if len(c.codes) > fuzzDevices {
			t.Fatalf("%x: %d codes", b, len(c.codes))
		}
		for _, code := range c.codes {
			if int(code) >= max(len(c.values), len(c.lists)) {
				t.Fatalf("%x: code %d of %d values and %d lists", b, code, len(c.values), len(c.lists))
			}
		}
		if lists {
			return
		}
		values := make([][]byte, len(c.values))
		for i, v := range c.values {
			values[i] = []byte(v)
		}
		again, err := readCodes(appendCodes(nil, values, c.codes), false, fuzzDevices)
		if diff := cmp.Diff(c, again, cmp.AllowUnexported(codedColumn{})); err != nil || diff != "" {
			t.Errorf("%x: %v (-want +got):\n%s", b, err, diff)
		}
	})
}
