package main

import (
	"testing"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/lab"
)

// TestVideoIsToldByShapeAlone holds precision and recall on shaped traffic that
// nothing was tuned on to a floor, in per cent.
func TestVideoIsToldByShapeAlone(t *testing.T) {
	type floor struct{ precision, recall int }
	floors := []struct{ video, possibly, short, sound, no floor }{
		{video: floor{97, 92}, possibly: floor{94, 96}, short: floor{90, 90}, sound: floor{92, 95}, no: floor{95, 90}},
		{video: floor{97, 12}, possibly: floor{85, 96}, short: floor{85, 90}, sound: floor{95, 80}, no: floor{95, 75}},
		{video: floor{97, 0}, possibly: floor{85, 96}, short: floor{85, 90}, sound: floor{95, 80}, no: floor{95, 75}}, // one record shows no evenness: never more than possibly
	}
	for i, r := range renderings {
		t.Run(r.name, func(t *testing.T) {
			v, n := judge(r, heldOut[:3], func(traffic *lab.Traffic, got egress.Video) {
				if isVideo(traffic.Kind) && got.Verdict == egress.VideoNo || !isVideo(traffic.Kind) && got.Verdict == egress.VideoYes {
					t.Logf("%s, %s: %s: %s", traffic.Kind, traffic.Name, got.Verdict, got.Why)
				}
			})
			if n < 300 {
				t.Errorf("only %d conversations", n)
			}
			f := floors[i]
			for _, c := range []struct {
				name string
				m    measure
				floor
			}{{"video", v.video, f.video}, {"possibly", v.possibly, f.possibly}, {"too short", v.short, f.short}, {"sound", v.sound, f.sound}, {"no", v.no, f.no}} {
				t.Logf("%s: %+v", c.name, c.m)
				if c.m.right*100 < c.precision*c.m.said || c.m.found*100 < c.recall*c.m.there || c.m.there == 0 {
					t.Errorf("%s: %d of %d said are right, want %d %%; %d of %d are found, want %d %%", c.name, c.m.right, c.m.said, c.precision, c.m.found, c.m.there, c.recall)
				}
			}
		})
	}
}
