package web

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A device all of whose findings somebody accepted for a while is not called
// "not covered", which is a statement about rules.
func TestWhatIsAcceptedIsNotCalledNotCovered(t *testing.T) {
	x := newTestHub(t)
	x.example()
	page, err := x.db.Findings(context.Background(), store.FindingQuery{All: true, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	device := page.Findings[0].Device
	const until = "2030-01-01"
	for i := range page.Findings {
		if f := &page.Findings[i]; f.Device == device && f.Verdict != string(finding.NotCovered) {
			if a := x.do("POST", "/devices/1/"+device+"/findings/"+f.Regime, url.Values{"version": {"0"}, "status": {"accepted"}, "waiver_why": {"to be replaced"}, "waiver_until": {until}}); a.status != 303 {
				t.Fatalf("a waiver: %d", a.status)
			}
		}
	}
	x.idle()
	row, err := x.db.Device(context.Background(), 1, device)
	if err != nil || row.Verdict != string(finding.Accepted) || row.Severity != 0 {
		t.Fatalf("the device is %q, severity %d (%v)", row.Verdict, row.Severity, err)
	}
	says(t, x.get("/?q="+url.QueryEscape("verdict:accepted")), row.Name, "Accepted for a while: ", "#i-accepted")
	o, err := x.db.Organisation(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := x.db.Figures(context.Background(), o)
	if err != nil || f.Verdicts[string(finding.Accepted)] != 1 {
		t.Fatalf("figures %+v, %v", f, err)
	}
	sum := int64(0)
	for _, n := range f.Verdicts {
		sum += n
	}
	if sum != f.Video || f.Video == 0 {
		t.Errorf("verdicts are of %d devices, video equipment is %d", sum, f.Video)
	}
	says(t, x.get("/figures"), "accepted for a while")
}

// The estate, the board and the findings of an organisation of which nobody said
// what it is count what would be prohibited alike.
func TestWouldBeProhibitedIsSaidTheSameEverywhere(t *testing.T) {
	x := newTestHub(t)
	x.example()
	found := map[string]string{} // gravest outcome of a device by its findings
	for _, v := range finding.Outcomes {
		page, err := x.db.Findings(context.Background(), store.FindingQuery{All: true, Verdict: string(v), Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for i := range page.Findings {
			f := &page.Findings[i]
			if f.Outcome != string(v) {
				t.Errorf("%s of %s is %q among those that are %q", f.Regime, f.Device, f.Outcome, v)
			}
			if found[f.Device] == "" { // the gravest come first
				found[f.Device] = string(v)
			}
		}
		list := x.get("/findings?verdict=" + string(v))
		if got := total(list); got != report.Thousands(page.Total) {
			t.Errorf("the page lists %s findings that are %s, the store %d", got, v, page.Total)
		}
		if v != finding.NotCovered {
			word := report.VerdictWord(v)
			if v == finding.Prohibited {
				word = "findings say " + word
			}
			says(t, list, report.Thousands(page.Total)+" "+word+"</a>")
		}
	}
	devices := map[string]int64{}
	for _, v := range found {
		devices[v]++
	}
	if devices[string(finding.WouldBeProhibited)] == 0 || devices[string(finding.Prohibited)] > 0 {
		t.Fatalf("the example shows nothing: %v", devices)
	}
	for v, n := range devices {
		q, err := query.Parse("verdict:"+v, store.Fields())
		if err != nil {
			t.Fatal(err)
		}
		page, err := x.db.Devices(context.Background(), store.DeviceQuery{All: true, Query: q, Limit: 1})
		if err != nil || page.Total != n {
			t.Errorf("%d devices are %s, by their findings %d; %v", page.Total, v, n, err)
		}
	}
	estate := x.get("/")
	says(t, estate, report.Thousands(devices[string(finding.WouldBeProhibited)])+" would be prohibited")
	if rule := x.get("/rules/us-889a1B?outcome=" + url.QueryEscape("would be prohibited")); total(rule) == "0" || !strings.Contains(rule, `class="on" aria-current="true"`) {
		t.Error("the page of a rule finds nothing that would be prohibited, or does not say that it is chosen")
	}
}
