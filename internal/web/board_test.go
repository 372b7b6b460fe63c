package web

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// What a board counts says of what it is, in words that fit one and many.
func TestBoardSaysWhatItCounts(t *testing.T) {
	x := newTestHub(t)
	x.example()
	device := ids(x.get("/?q="+url.QueryEscape("verdict>=advised-against")), `href="/devices/1/`)[0]
	regime := ids(x.get("/devices/1/"+device), "/devices/1/"+device+"/findings/")[0]
	if a := x.do("POST", "/devices/1/"+device+"/findings/"+regime, url.Values{"version": {"0"}, "status": {"accepted"}, "waiver_why": {"budget"}, "waiver_until": {time.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}); a.status != 303 {
		t.Fatalf("a waiver: %d", a.status)
	}
	x.idle()
	board := x.get("/board")
	says(t, board, "what is accepted for a while is not counted", "those accepted for a while among them", `A waiver holds for: <a href="/findings?all=1&amp;waived=yes">1</a>`)
	for _, not := range []string{"of all for a while", ">1</a> are", "1 sites"} {
		if strings.Contains(board, not) {
			t.Errorf("the board says %q", not)
		}
	}
	// The chart has each rule that says something.
	_, chart, _ := strings.Cut(board, "Which rules do they fall under?")
	chart, _, _ = strings.Cut(chart, "</figure>")
	drawn := len(barRow.FindAllString(chart, -1))
	want := 0
	if m := regexp.MustCompile(`(\d+) of \d+ rules say something`).FindStringSubmatch(x.get("/rules")); m != nil {
		fmt.Sscan(m[1], &want)
	}
	if drawn != want || want < 15 {
		t.Errorf("%d rules are drawn, %d say something", drawn, want)
	}
}

// A declared device without a kind is said, and the number is that of its list.
func TestDeclaredWithoutKindIsSaid(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	a := x.file("/sites/1/lists", "file", "list.csv", []byte("name,maker,serial\nGate,Axis,S1\nRoof,Axis,S2\n"), "csrf", "")
	path, _, _ := strings.Cut(a.header.Get("Location"), "?")
	x.post(path, "name", "list.csv", "do", "keep")
	x.shows("/?q="+url.QueryEscape(store.KindUnknown), "Roof")
	says(t, x.get("/board"), "2 devices have", "not counted as such")
	figures := x.get("/figures")
	says(t, figures, "2 devices have no known kind", "advised against", "cannot tell")
	if strings.Contains(figures, ">cannot-tell<") || strings.Contains(figures, ">advised-against<") {
		t.Error("the figures name verdicts by their ids")
	}
}

func TestWelcomeSaysHowToTakeOut(t *testing.T) {
	x := newTestHub(t)
	page := x.get("/")
	says(t, page, "can be taken out again")
	if strings.Contains(page, "hub's folder") {
		t.Error("the first page tells to delete everything")
	}
}

func TestCareKnowsEveryTask(t *testing.T) {
	for _, kind := range []string{"backup", "rebuild", "vacuum", "verify-audit", "verify-history"} {
		if choreText(kind) == kind {
			t.Errorf("the page of care has no words for %s", kind)
		}
	}
}

// The column of countries adds up to what the sentence above it says.
func TestCountriesOfTheBoardAddUp(t *testing.T) {
	x := newTestHub(t)
	if err := x.db.Do(context.Background(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		o := &hub.Organisation{Name: "Large"}
		if err := tx.AddOrganisation(o); err != nil {
			return err
		}
		site := &hub.Site{Organisation: o.ID, Name: "Hall"}
		if err := tx.AddSite(site); err != nil {
			return err
		}
		at := time.Unix(int64(1.79e9), 0)
		d := &hub.Derived{Device: hub.Device{Site: site.ID, Device: "d-1", Name: "cam", Presence: hub.SeenOnly, Kind: "camera", First: at, Last: at, Outside: true}}
		for i, country := range []string{"", "AT", "AU", "BE", "BR", "CA", "CH", "CN", "CZ", "DE", "DK", "ES", "FI", "FR", "GR", "HU", "IE"} {
			up := int64(1000 + i)
			d.Device.BytesUp += up
			d.Reach = append(d.Reach, hub.Reach{Country: country, Address: fmt.Sprintf("192.0.2.%d", i), Protocol: "tcp", BytesUp: up, First: at, Last: at})
		}
		return tx.ReplaceSite(site.ID, nil, slices.Values([]*hub.Derived{d}))
	}); err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(x.get("/board"), "Where does the data go?")
	says(t, page, "1 other country", "1.0 kB</a></td></tr></tfoot>", "not known", "17.1 kB")
	if n := strings.Count(page, "<tr><th scope=\"row\">"); n < countriesShown {
		t.Errorf("%d countries are listed", n)
	}
}
