package web

import "testing"

func TestPlanAnswer(t *testing.T) {
	for _, c := range []struct {
		open, late, done int
		want             string
	}{
		{0, 0, 0, "No device is to be dealt with."},
		{0, 0, 1, "No device is still to be dealt with; 1 is done."},
		{0, 0, 2, "No device is still to be dealt with; 2 are done."},
		{1, 0, 0, "1 device is still to be dealt with, none past the target day; none are done."},
		{1, 1, 0, "1 device is still to be dealt with, and is past the target day; none are done."},
		{3, 0, 1, "3 devices are still to be dealt with, none past the target day; 1 is done."},
		{3, 1, 1, "3 devices are still to be dealt with, 1 of them past the target day; 1 is done."},
		{1200, 3, 40, "1,200 devices are still to be dealt with, 3 of them past the target day; 40 are done."},
	} {
		got := ""
		for _, l := range planAnswer("maker:hikvision", c.open, c.late, c.done) {
			got += l.Text
		}
		if got != c.want {
			t.Errorf("%d, %d, %d: %q, want %q", c.open, c.late, c.done, got, c.want)
		}
	}
}
