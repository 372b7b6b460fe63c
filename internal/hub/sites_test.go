package hub_test

import "testing"

// TestASiteIsFoundWhateverItsCapitals names one as somebody else would write it.
func TestASiteIsFoundWhateverItsCapitals(t *testing.T) {
	b := newBench(t)
	for _, name := range [][2]string{{"Council", "Town hall"}, {"council", "TOWN HALL"}, {" COUNCIL", "town Hall "}} {
		if s, err := b.hub.FindSite(t.Context(), "test", name[0], name[1]); err != nil || s.ID != b.site.ID {
			t.Errorf("%q: %+v, %v; want site %d", name, s, err, b.site.ID)
		}
	}
}
