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
		{Device: "d-1", Verdict: AdvisedAgainst, Force: Risk, Regime: "a"},
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
