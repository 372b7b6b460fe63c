package web

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// Of many closed sites the page lists a few devices each, those that leak first,
// and leads to the others.
func TestClosedSitesOfTheEgressPage(t *testing.T) {
	x := newTestHub(t)
	var sites []*hub.Site
	if err := x.db.Do(context.Background(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		o := &hub.Organisation{Name: "Large"}
		if err := tx.AddOrganisation(o); err != nil {
			return err
		}
		for s, n := range []int{0, 250, 2} {
			site := &hub.Site{Organisation: o.ID, Name: fmt.Sprintf("Closed %d", s), Facts: hub.SiteFacts{Closed: true}}
			if err := tx.AddSite(site); err != nil {
				return err
			}
			sites = append(sites, site)
			list := make([]*hub.Derived, n)
			for i := range list {
				at := time.Unix(int64(1.79e9), 0)
				list[i] = &hub.Derived{Device: hub.Device{Site: site.ID, Device: fmt.Sprintf("d-%d", i), Name: fmt.Sprintf("cam-%d-%03d", s, i), Presence: hub.SeenOnly, Kind: "camera", First: at, Last: at, Outside: true, BytesUp: int64(i)},
					Reach: []hub.Reach{{Country: "DE", Address: "192.0.2.1", Protocol: "tcp", BytesUp: int64(i), First: at, Last: at}}}
			}
			if err := tx.ReplaceSite(site.ID, nil, slices.Values(list)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	page := x.get("/egress")
	says(t, page, "cam-1-249", "cam-1-150", "And 150 more", "cam-2-000", "192.0.2.1 in Germany (DE)", "Nothing of it was seen to reach outside")
	if strings.Contains(page, "cam-1-149") {
		t.Error("of three closed sites, more than a third of what is listed is of one")
	}
	if a, b := strings.Index(page, "cam-1-249"), strings.Index(page, "cam-2-001"); a > b {
		t.Error("the site that leaks most is not first")
	}
	more := fmt.Sprintf("/egress?site=%d", sites[1].ID)
	if !strings.Contains(page, `href="`+more+`#closed"`) {
		t.Error("nothing leads to the other devices")
	}
	page = x.get(more)
	says(t, page, "cam-1-050", "And 50 more")
	if strings.Contains(page, "cam-2-") || strings.Contains(page, "cam-1-049") || !strings.Contains(page, "sort=bytes_up") {
		t.Error("the page of one site is not of it alone, or leads nowhere")
	}
}
