package hub_test

import (
	"testing"

	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// A list that gives the brand as the maker was once said to agree with what was
// seen, which hid every rebadge.
func TestARebadgeDiffersFromItsList(t *testing.T) {
	doc := &report.Device{}
	doc.Brand.Value, doc.Maker.Value, doc.Maker.ID = "LTS", "Hikvision", "hikvision"
	seen := hub.SeenAs(doc)
	if d := asset.Differences(&asset.Declared{Maker: "LTS"}, &seen); len(d) != 1 || d[0].Seen != "Hikvision" {
		t.Errorf("declared as made by LTS: %v, want a difference from Hikvision", d)
	}
	if d := asset.Differences(&asset.Declared{Brand: "LTS", Maker: "HIKVISION Digital"}, &seen); len(d) != 0 {
		t.Errorf("declared as it is: %v", d)
	}
	doc.Maker.Value, doc.Maker.ID = "", ""
	seen = hub.SeenAs(doc)
	for _, c := range asset.Compare(&asset.Declared{Maker: "LTS"}, &seen) {
		if c.Field == asset.Maker && c.Says != asset.NotSeen {
			t.Errorf("of a maker nobody knows: %+v", c)
		}
	}
}
