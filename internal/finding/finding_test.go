package finding

import (
	"slices"
	"testing"
)

func TestCompareOrdersByDeviceSeverityForceAndRegime(t *testing.T) {
	want := []Finding{
		{Device: "d-1", Verdict: Prohibited, Force: Law, Regime: "b"},
		{Device: "d-1", Verdict: Prohibited, Force: Policy, Regime: "a"},
		{Device: "d-1", Verdict: Restricted, Force: Law, Regime: "a"},
		{Device: "d-1", Verdict: CannotTell, WouldBe: Prohibited, Force: Law, Regime: "a"},
		{Device: "d-1", Verdict: CannotTell, WouldBe: Restricted, Force: Law, Regime: "a"},
		{Device: "d-1", Verdict: AdvisedAgainst, Force: Risk, Regime: "a"},
		{Device: "d-1", Verdict: CannotTell, WouldBe: AdvisedAgainst, Force: Law, Regime: ""},
		{Device: "d-1", Verdict: CannotTell, Force: Law, Regime: "a"},
		{Device: "d-1", Verdict: CannotTell, Force: Law, Regime: "b"},
		{Device: "d-1", Verdict: NotCovered, Force: Guidance, Regime: "a"},
		{Device: "d-2", Verdict: Prohibited, Force: Law, Regime: "a"},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Compare)
	for i := range want {
		if Compare(got[i], want[i]) != 0 || got[i].Device != want[i].Device || got[i].Regime != want[i].Regime {
			t.Errorf("place %d: got %+v, want %+v", i, got[i], want[i])
		}
	}
}

func TestSeverityOfAWordThatIsNoVerdictIsZero(t *testing.T) {
	if Severity("banned") != 0 || Severity(NotCovered) != 0 || Severity(CannotTell) != 1 || Severity(Prohibited) != 4 {
		t.Error("severity: cannot-tell 1 … prohibited 4, the rest 0")
	}
}

// A device that a law would forbid, were the organisation known, was once listed
// as "advised against".
func TestOutcomeOfADevice(t *testing.T) {
	for _, c := range []struct {
		f    Finding
		want Verdict
	}{
		{Finding{Verdict: Prohibited}, Prohibited}, {Finding{Verdict: CannotTell, WouldBe: Prohibited}, WouldBeProhibited},
		{Finding{Verdict: CannotTell, WouldBe: Restricted}, WouldBeRestricted}, {Finding{Verdict: CannotTell, WouldBe: AdvisedAgainst}, CannotTell},
		{Finding{Verdict: CannotTell}, CannotTell}, {Finding{Verdict: NotCovered, WouldBe: Prohibited}, NotCovered},
	} {
		if got := c.f.Severity(); got != Severity(c.want) {
			t.Errorf("%s that would be %q: severity %d, want %d", c.f.Verdict, c.f.WouldBe, got, Severity(c.want))
		}
		if got := c.f.Outcome(); got != c.want {
			t.Errorf("%s that would be %q: %s, want %s", c.f.Verdict, c.f.WouldBe, got, c.want)
		}
	}
	if !Graver(WouldBeProhibited, AdvisedAgainst) || Graver(WouldBeProhibited, Restricted) || Graver(CannotTell, CannotTell) || !Graver(NotCovered, "banned") {
		t.Error("what would be prohibited stands between restricted and advised against")
	}
	for i, v := range Outcomes[1:] {
		if Severity(v) > Severity(Outcomes[i]) {
			t.Errorf("%s is severer than %s, which stands before it", v, Outcomes[i])
		}
	}
}
