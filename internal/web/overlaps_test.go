package web

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// What two inputs show twice is said on the later one's page and beside the figures
// of who talks to whom, with the way to the input that is to go.
func TestInputsThatShowTheSame(t *testing.T) {
	x := newTestHub(t)
	if page := x.get("/egress"); strings.Contains(page, "show the same traffic") {
		t.Error("one input is said to repeat another")
	}
	var ids []int64
	site := &hub.Site{Name: "Depot"}
	if err := x.db.Do(t.Context(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		o := &hub.Organisation{Name: "Council"}
		if err := tx.AddOrganisation(o); err != nil {
			return err
		}
		site.Organisation = o.ID
		if err := tx.AddSite(site); err != nil {
			return err
		}
		for _, name := range []string{"first.pcap", "sec<ond.pcap", "third.pcap"} {
			in := &hub.Ingest{Site: site.ID, Name: name, Source: "upload", State: hub.Done}
			if err := tx.AddIngest(in); err != nil {
				return err
			}
			ids = append(ids, in.ID)
		}
		return tx.ReplaceOverlaps(site.ID, []hub.Overlap{
			{Ingest: ids[1], Other: ids[0], Same: 1200, Part: 3, Of: 4000, Bytes: 5e9},
			{Ingest: ids[2], Other: ids[1], Part: 7, Of: 9},
		})
	}); err != nil {
		t.Fatal(err)
	}
	says(t, x.get("/egress"), "Some inputs show the same traffic", "5.0 GB", "count once", "10 conversations by the hour", inputPage(ids[1]), inputPage(ids[2]))
	says(t, x.get(fmt.Sprintf("/egress?site=%d", site.ID)), "Some inputs show the same traffic")
	says(t, x.get(inputPage(ids[1])), "It shows the same traffic as first.pcap", "with 5.0 GB, are in both, and count once", "3 more are in both only in part", `href="`+inputPage(ids[0])+`"`)
	says(t, x.get(inputPage(ids[2])), "It seems to show the same traffic as sec&lt;ond.pcap: flows and bytes are counted in each", "Take one of the two out")
	if page := x.get(inputPage(ids[0])); strings.Contains(page, "show the same") {
		t.Error("the earlier one is said to repeat the later")
	}
}

func inputPage(id int64) string { return fmt.Sprintf("/inputs/%d", id) }

// With few failed inputs among many, those before the last thousand can be reached.
func TestOldInputsOfAStateAreReached(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	if err := x.db.Do(t.Context(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		for i := range inputsRead + 2 {
			in := &hub.Ingest{Site: 1, Name: fmt.Sprintf("%d.pcap", i), Source: "upload", State: hub.Done}
			if i == 0 {
				in.State, in.Error = hub.Failed, "no capture"
			}
			if err := tx.AddIngest(in); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	next := x.link("/inputs?state=failed", `rel="next" href="([^"]+)"`)
	says(t, x.get(html.UnescapeString(next)), ">0.pcap<")
}
