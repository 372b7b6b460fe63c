package store

import (
	"slices"
	"testing"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
)

// What would be prohibited stands between what is restricted and what is advised
// against: in the queue, in what is counted, and for who asks for a severity.
func TestWouldBeIsNotSortedWithCannotTell(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	d := sampleDerived(site, 1)
	d.Findings = nil
	for _, f := range []finding.Finding{
		{Regime: "c-cannot", Verdict: finding.CannotTell}, {Regime: "a-advised", Verdict: finding.AdvisedAgainst}, {Regime: "w-would", Verdict: finding.CannotTell, WouldBe: finding.Prohibited},
		{Regime: "p-prohibited", Verdict: finding.Prohibited}, {Regime: "b-would-advise", Verdict: finding.CannotTell, WouldBe: finding.AdvisedAgainst},
	} {
		f.Device, f.Name, f.AsAt = d.Device.Device, f.Regime, "2026-11-20"
		d.Findings = append(d.Findings, f)
	}
	must(t, db, func(tx *Tx) error {
		return tx.ReplaceSite(site, []byte("{}"), func(yield func(*hub.Derived) bool) { yield(d) })
	})
	asked := func(q FindingQuery) (out []string) {
		t.Helper()
		q.All = true
		page, err := db.Findings(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Findings {
			out = append(out, f.Regime)
		}
		if int(page.Total) != len(out) {
			t.Errorf("%+v: %d counted, %d shown", q, page.Total, len(out))
		}
		return out
	}
	for _, c := range []struct {
		q    FindingQuery
		want []string
	}{
		{FindingQuery{}, []string{"p-prohibited", "w-would", "a-advised", "c-cannot", "b-would-advise"}},
		{FindingQuery{Severity: 3}, []string{"p-prohibited", "w-would"}},
		{FindingQuery{Severity: 3, Status: "open"}, []string{"p-prohibited", "w-would"}},
		{FindingQuery{Verdict: string(finding.WouldBeProhibited)}, []string{"w-would"}},
		{FindingQuery{Verdict: string(finding.WouldBeProhibited), Status: "open"}, []string{"w-would"}},
		{FindingQuery{Verdict: string(finding.CannotTell), Status: "open"}, []string{"c-cannot", "b-would-advise"}},
	} {
		if got := asked(c.q); !slices.Equal(got, c.want) {
			t.Errorf("severity %d, verdict %q, status %q: %v, want %v", c.q.Severity, c.q.Verdict, c.q.Status, got, c.want)
		}
	}
}
