package regime

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// plainly joins the evidence of the claims in rests, each piece once, and own:
// what a shared list must read like.
func plainly(a *attribution.Attribution, rests uint16, own []observation.Evidence) []observation.Evidence {
	out := []observation.Evidence{}
	for i, c := range claims(a) {
		for _, ev := range c.Evidence {
			if rests>>i&1 != 0 && !slices.Contains(out, ev) {
				out = append(out, ev)
			}
		}
	}
	return append(out, own...)
}

func TestSharedEvidenceReadsAsIfEachFindingHadItsOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	some := func(kinds, most int) []observation.Evidence {
		var out []observation.Evidence
		for range r.IntN(most + 1) {
			out = append(out, observation.Evidence{Packet: int64(r.IntN(kinds))})
		}
		return out
	}
	for range 3000 {
		var d Device
		for _, c := range claims(&d.Attribution) {
			c.Evidence = some(1+r.IntN(20), 5)
		}
		own := some(1000, 3)
		var found []judged
		for range r.IntN(30) {
			j := judged{rests: uint16(r.IntN(64))}
			if r.IntN(2) == 0 {
				j.Evidence = own[:r.IntN(len(own)+1)]
			}
			found = append(found, j)
		}
		s := newStamp(found)
		out := make([]finding.Finding, len(found))
		s.fill(out, &d)
		for i, j := range found {
			want := plainly(&d.Attribution, j.rests, j.Evidence)
			if got := out[i].Evidence; got == nil || cap(got) != len(got) || !slices.Equal(got, want) {
				t.Fatalf("claims %06b and %v of %+v:\n got %v, capacity %d\nwant %v", j.rests, j.Evidence, d.Attribution, got, cap(got), want)
			}
		}
	}
}

func TestFindingsOfOneDeviceShareTheirEvidence(t *testing.T) {
	e, devices := estate(t, 1)
	arrays := map[*observation.Evidence]bool{}
	list := e.Judge(devices[0], contractor(), on(t, "2026-11-22"))
	for _, f := range list {
		if len(f.Evidence) > 0 {
			arrays[&f.Evidence[0]] = true
		}
	}
	if len(arrays) == 0 || len(arrays) > 8 {
		t.Errorf("%d findings rest on %d slices of evidence, want 1 to 8", len(list), len(arrays))
	}
}

func TestVerdictsFillWhatJudgeReturns(t *testing.T) {
	e, devices := estate(t, 20)
	org, day := contractor(), on(t, "2026-11-22")
	for i := range devices {
		v := e.Verdicts(&devices[i], &org, day)
		got := make([]finding.Finding, v.Len())
		v.Fill(got, &devices[i])
		if diff := cmp.Diff(e.Judge(devices[i], org, day), got); diff != "" {
			t.Errorf("%s (-judge +fill):\n%s", devices[i].ID, diff)
		}
	}
}

// Each of these differs from the first in one thing a verdict reads.
func TestSituationsThatDifferAreNotMixedUp(t *testing.T) {
	e, _ := release(t)
	base := camera("hikvision", "Hikvision")
	base.Maker.Conflicts = []attribution.Alternative{{ID: "dahua", Value: "Dahua", Grade: attribution.Possible}}
	org := contractor()
	late := on(t, "2026-11-22")
	e.Judge(Device{"d-1", base}, org, late)
	for name, change := range map[string]func(a *attribution.Attribution, o *Organisation){
		"value":            func(a *attribution.Attribution, _ *Organisation) { a.Maker.Value = "Hik" },
		"grade":            func(a *attribution.Attribution, _ *Organisation) { a.Maker.Grade = attribution.Possible },
		"conflict's value": func(a *attribution.Attribution, _ *Organisation) { a.Maker.Conflicts[0].Value = "D" },
		"conflict's grade": func(a *attribution.Attribution, _ *Organisation) { a.Maker.Conflicts[0].Grade = attribution.Probable },
		"no conflict":      func(a *attribution.Attribution, _ *Organisation) { a.Maker.Conflicts = nil },
		"a chip":           func(a *attribution.Attribution, _ *Organisation) { a.ChipMaker = sureOf("hisilicon", "HiSilicon") },
		"date of purchase": func(_ *attribution.Attribution, o *Organisation) { o.Purchased = "2018" },
		"date of install":  func(_ *attribution.Attribution, o *Organisation) { o.Installed = "2018" },
		"country":          func(_ *attribution.Attribution, o *Organisation) { o.Country = "US" },
		"a purpose denied": func(_ *attribution.Attribution, o *Organisation) { o.Purpose = map[string]bool{"public-safety": false} },
		"a further fact":   func(_ *attribution.Attribution, o *Organisation) { o.Facts = map[string]bool{"core-network": true} },
	} {
		a, o := base, org
		a.Maker.Conflicts = slices.Clone(base.Maker.Conflicts)
		change(&a, &o)
		before := e.memo.len()
		got := e.Judge(Device{"d-1", a}, o, late)
		if e.memo.len() != before+1 {
			t.Errorf("%s: taken for another situation", name)
		}
		fresh, _ := release(t)
		if diff := cmp.Diff(fresh.Judge(Device{"d-1", a}, o, late), got); diff != "" {
			t.Errorf("%s (-alone +after another):\n%s", name, diff)
		}
	}
	if n := len(Facts); n > 64 {
		t.Errorf("%d facts, and the memo tells 64 apart", n)
	}
}
