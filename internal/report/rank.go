package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// verdicts in the order a reader wants them: what forbids first.
var verdicts = []finding.Verdict{
	finding.Prohibited, finding.Restricted, finding.AdvisedAgainst, finding.CannotTell, finding.NotCovered,
}

// kinds in the order they are listed; a kind that is not here comes last.
var kinds = []string{
	attribution.KindCamera, attribution.KindRecorder, attribution.KindEncoder, attribution.KindANPR,
	attribution.KindDoorbell, attribution.KindBodyWorn, attribution.KindDrone, attribution.KindVMS,
	attribution.KindUnknown, attribution.KindNotCamera,
}

// IsVideo reports whether a kind of equipment makes, carries or keeps video.
// An unknown kind does not count.
func IsVideo(kind string) bool {
	return kind != "" && kind != attribution.KindUnknown && kind != attribution.KindNotCamera
}

// kindOf is the kind of a device, "unknown" when nothing says.
func kindOf(d *Device) string {
	if d.Kind.Value == "" {
		return attribution.KindUnknown
	}
	return d.Kind.Value
}

// kindCounts counts devices by kind.
func (doc *Document) kindCounts() map[string]int {
	by := make(map[string]int)
	for i := range doc.Devices {
		by[kindOf(&doc.Devices[i])]++
	}
	return by
}

// An outcome is a verdict together with what it would be if the missing facts
// were known; the second is empty unless the first is cannot-tell.
type outcome struct{ verdict, would finding.Verdict }

// outcomes from the gravest to the lightest. What would be prohibited comes
// before what is advised against: of a camera that a law forbids to many, "advised
// against" is not the first thing to say.
var outcomes = []outcome{
	{finding.Prohibited, ""}, {finding.Restricted, ""},
	{finding.CannotTell, finding.Prohibited}, {finding.CannotTell, finding.Restricted},
	{finding.AdvisedAgainst, ""}, {finding.CannotTell, finding.AdvisedAgainst},
	{finding.CannotTell, ""}, {finding.NotCovered, ""},
}

func outcomeOf(f *finding.Finding) outcome {
	o := outcome{verdict: f.Verdict}
	switch f.WouldBe {
	case finding.Prohibited, finding.Restricted, finding.AdvisedAgainst:
		if f.Verdict == finding.CannotTell {
			o.would = f.WouldBe
		}
	}
	return o
}

// gravity is 0 for the gravest outcome; len(outcomes) for one that is none of them.
func (o outcome) gravity() int {
	if i := slices.Index(outcomes, o); i >= 0 {
		return i
	}
	return len(outcomes)
}

// String is the outcome in words: "prohibited", "would be prohibited", "cannot tell".
func (o outcome) String() string {
	if o.would != "" {
		return "would be " + verdictWord(o.would)
	}
	return verdictWord(o.verdict)
}

// verdictWord is a verdict as it is read out.
func verdictWord(v finding.Verdict) string {
	switch v {
	case finding.AdvisedAgainst:
		return "advised against"
	case finding.NotCovered:
		return "not covered"
	case finding.CannotTell:
		return "cannot tell"
	case finding.Accepted:
		return "accepted for a while"
	case finding.WouldBeProhibited, finding.WouldBeRestricted:
		return strings.ReplaceAll(string(v), "-", " ")
	}
	return string(v)
}

var forces = []finding.Force{finding.Law, finding.Own, finding.Policy, finding.Guidance, finding.Risk}

// forceRank puts law before the estate's own rules before policy before guidance before risk.
func forceRank(f finding.Force) int {
	if i := slices.Index(forces, f); i >= 0 {
		return i
	}
	return len(forces)
}

// An index finds things in a document.
type index struct {
	devices  map[string]*Device
	findings map[string][]*finding.Finding // by device, gravest first
	regimes  []*Regime                     // law first, then as in the document; one that only findings name comes last
	regime   map[string]*Regime
	units    map[string]string // what evidence counts in an input, where that is not packets
}

func newIndex(doc *Document) *index {
	x := &index{
		devices:  make(map[string]*Device, len(doc.Devices)),
		findings: make(map[string][]*finding.Finding, len(doc.Devices)),
		regime:   make(map[string]*Regime, len(doc.Regimes)),
		units:    map[string]string{},
	}
	for _, in := range doc.Inputs {
		if in.Unit != "" && in.Unit != packetUnit {
			x.units[in.Name] = in.Unit
		}
	}
	for i := range doc.Devices {
		x.devices[doc.Devices[i].ID] = &doc.Devices[i]
	}
	for i := range doc.Regimes {
		x.add(&doc.Regimes[i])
	}
	for i := range doc.Findings {
		f := &doc.Findings[i]
		x.findings[f.Device] = append(x.findings[f.Device], f)
		if x.regime[f.Regime] == nil {
			x.add(&Regime{ID: f.Regime, Name: f.Name, Force: string(f.Force)})
		}
	}
	slices.SortStableFunc(x.regimes, func(a, b *Regime) int {
		return forceRank(finding.Force(a.Force)) - forceRank(finding.Force(b.Force))
	})
	for _, list := range x.findings {
		slices.SortStableFunc(list, byGravity)
	}
	return x
}

func (x *index) add(r *Regime) {
	if x.regime[r.ID] == nil {
		x.regimes = append(x.regimes, r)
		x.regime[r.ID] = r
	}
}

func byGravity(a, b *finding.Finding) int {
	return cmp.Or(outcomeOf(a).gravity()-outcomeOf(b).gravity(), forceRank(a.Force)-forceRank(b.Force))
}

// worst is the gravest finding about a device, nil when there is none.
func (x *index) worst(device string) *finding.Finding {
	if list := x.findings[device]; len(list) > 0 {
		return list[0]
	}
	return nil
}

// inQuestion reports whether a device belongs to the counts of verdicts: it is
// video equipment, or a rule says something else of it than "not covered".
func (x *index) inQuestion(d *Device) bool {
	if IsVideo(kindOf(d)) {
		return true
	}
	w := x.worst(d.ID)
	return w != nil && w.Verdict != finding.NotCovered
}

// tally counts, for each regime, the devices in question by their gravest outcome.
func (x *index) tally(doc *Document) map[string]map[outcome]int {
	t := make(map[string]map[outcome]int, len(x.regimes))
	for i := range doc.Devices {
		d := &doc.Devices[i]
		if !x.inQuestion(d) {
			continue
		}
		for r, o := range x.outcomesOf(d.ID) {
			if t[r] == nil {
				t[r] = make(map[outcome]int)
			}
			t[r][o]++
		}
	}
	return t
}

// outcomesOf is the gravest outcome for a device in each regime that speaks of it.
func (x *index) outcomesOf(device string) map[string]outcome {
	out := make(map[string]outcome)
	for _, f := range x.findings[device] { // gravest first
		if _, ok := out[f.Regime]; !ok {
			out[f.Regime] = outcomeOf(f)
		}
	}
	return out
}
