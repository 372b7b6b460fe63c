package web

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/lenscap/lenscap/internal/hub"
)

// keepList hands in a list and keeps it.
func (x *testHub) keepList(name, text string) {
	x.Helper()
	where, _, _ := strings.Cut(x.upload(1, name, text), "?")
	x.post(where, "name", name, "do", "keep")
}

// seenMAC is a hardware address of a device that was seen.
func (x *testHub) seenMAC() string {
	x.Helper()
	row, err := x.db.Device(context.Background(), 1, x.device())
	if err != nil || row.MAC == "" {
		x.Fatal(row, err)
	}
	return row.MAC
}

// What a page counts and what the file beside it lists are the same devices, also
// where two lists have one and where a list waits to be compared.
func TestComparisonHasTheFiguresOfThePage(t *testing.T) {
	x := newTestHub(t)
	x.example()
	mac := x.seenMAC()
	x.keepList("one.csv", "name,mac,serial\nGate,"+mac+",\nLost,,SN-00001\n")
	x.keepList("two.csv", "name,mac,serial\nGate again,"+mac+",\nLost too,,SN-00001\nGone,,SN-00002\n")
	x.idle()
	check := func(state string, lines map[string]int, says ...string) {
		t.Helper()
		var list []compared
		if err := json.Unmarshal([]byte(x.get("/sites/1/comparison.json")), &list); err != nil {
			t.Fatal(err)
		}
		devices, on := map[string]int64{}, map[string]int{}
		for _, c := range list {
			devices[c.Presence]++
			on[c.Presence] += len(c.Lines)
		}
		counts, err := x.db.Presences(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range counts {
			if n.Presence != "" && devices[n.Presence] != n.Devices {
				t.Errorf("%s: %d %s in the file, %d counted", state, devices[n.Presence], n.Presence, n.Devices)
			}
		}
		for presence, want := range lines {
			if on[presence] != want {
				t.Errorf("%s: %d lines are %s, want %d", state, on[presence], presence, want)
			}
		}
		page := x.get("/sites/1/lists")
		for _, p := range []string{hub.Both, hub.SeenOnly, hub.DeclaredOnly} {
			if n := devices[p]; !strings.Contains(page, fmt.Sprintf(">%d</a>", n)) && n > 0 {
				t.Errorf("%s: the page does not say %d %s", state, n, p)
			}
		}
		for _, s := range says {
			if !strings.Contains(page, s) {
				t.Errorf("%s: the page does not say %q", state, s)
			}
		}
	}
	check("compared", map[string]int{hub.Both: 2, hub.DeclaredOnly: 3, waitingLine: 0}, "2 lines are what was seen, 3 not")
	err := x.db.Do(context.Background(), hub.Deed{Actor: "test", Action: "x"}, func(tx hub.Tx) error {
		return tx.AddDeclared(1, "three.csv", []byte("{}"), "test", []hub.Declared{{List: "three.csv", Line: 2, Fields: []byte(`{"name":"Late"}`)}})
	})
	if err != nil {
		t.Fatal(err)
	}
	check("one more waits", map[string]int{hub.Both: 2, hub.DeclaredOnly: 3, waitingLine: 1}, "1 line is being compared", `data-live="site 1"`)
}

// A dry run says which rows count once, and which line is none.
func TestListSaysWhatItLeavesOut(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	page := x.get(x.upload(1, "cams.csv", "name,ip,mac,model\nA,10.0.0.1,44:19:b6:00:00:01,M\nB,10.0.0.2\nA,10.0.0.1,44-19-B6-00-00-01,M\n"))
	says(t, page, "1 line of CSV", "Row 4 is the same as row 2.", "rows that repeat another", "2 of 4 cells in this line of cams.csv")
}

// The page of lists shows what became of one without being loaded again.
func TestBrowserListFiguresFollow(t *testing.T) {
	x := newTestHub(t)
	x.example()
	b := newBrowser(t)
	b.do(chromedp.EmulateViewport(1440, 900), chromedp.Navigate(x.url+"/sites/1/lists"), shown("#figures"))
	b.until(`performance.getEntriesByType("resource").some(e => e.name.endsWith("/sites/1/lists"))`) // it asked again when its events were open
	eval[bool](b, `(() => { window.same = true; return true })()`)
	x.keepList("two.csv", "name,serial\nLost,SN-00001\nGone,SN-00002\n")
	b.until(`/\b2\s+declared only/.test(document.querySelector("#figures .answer").textContent)`)
	if !eval[bool](b, `window.same === true && document.querySelector("#figures table") !== null`) {
		t.Error("the page was loaded anew, or shows no list")
	}
	b.silent()
}
