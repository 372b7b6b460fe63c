package regime

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cel.dev/cel-go/cel"
	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// claim is one statement with a piece of evidence that names it.
func claim(g attribution.Grade, id, value string) attribution.Claim {
	return attribution.Claim{ID: id, Value: value, Grade: g, Evidence: []observation.Evidence{{Input: "t.pcap", Packet: 7, Field: "test.field", Value: value}}}
}

func sureOf(id, value string) attribution.Claim { return claim(attribution.Confirmed, id, value) }

// camera is a confirmed camera of a confirmed maker.
func camera(id, value string) attribution.Attribution {
	return attribution.Attribution{Kind: sureOf("", attribution.KindCamera), Maker: sureOf(id, value)}
}

func on(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var safety = map[string]bool{"public-safety": true}

func contractor() Organisation { return Organisation{Type: "us-federal-contractor", Purpose: safety} }

// of returns the finding of one regime; the zero Finding when there is none.
func of(list []finding.Finding, id string) finding.Finding {
	i := slices.IndexFunc(list, func(f finding.Finding) bool { return f.Regime == id })
	if i < 0 {
		return finding.Finding{}
	}
	return list[i]
}

func TestJudge(t *testing.T) {
	e, _ := release(t)
	badged := camera("dahua", "Dahua")
	badged.Brand = sureOf("honeywell", "Honeywell")
	chip := camera("wyze", "Wyze")
	chip.ChipMaker = sureOf("hisilicon", "HiSilicon")
	perhapsChip := camera("wyze", "Wyze")
	perhapsChip.ChipMaker = claim(attribution.Possible, "hisilicon", "HiSilicon")
	perhaps := camera("", "")
	perhaps.Maker = claim(attribution.Possible, "hikvision", "Hikvision")
	probable := camera("", "")
	probable.Maker = claim(attribution.Probable, "hikvision", "Hikvision")
	torn := camera("axis", "Axis")
	torn.Maker.Conflicts = []attribution.Alternative{{ID: "dahua", Value: "Dahua", Grade: attribution.Confirmed}}
	department := Organisation{Type: "uk-central-government", Sensitive: map[string]bool{"secret": true}}
	plain := Organisation{Type: "uk-central-government", Sensitive: map[string]bool{"secret": false, "developed-vetting": false, "ministers": false, "socpa": false}}
	newlyFitted := department
	newlyFitted.Installed = "2023-02"

	for _, c := range []struct {
		name   string
		device attribution.Attribution
		org    Organisation
		asAt   string
		regime string
		want   finding.Verdict
		would  finding.Verdict
		says   string // part of Why
	}{
		{"Hikvision, contractor, today", camera("hikvision", "Hikvision"), contractor(), "2026-11-22", "us-889a1B", "prohibited", "", "anywhere in its operations"},
		{"the day part B took effect", camera("hikvision", "Hikvision"), contractor(), "2020-08-13", "us-889a1B", "prohibited", "", ""},
		{"the day before", camera("hikvision", "Hikvision"), contractor(), "2020-08-12", "us-889a1B", "not-covered", "", "not in force until 2020-08-13"},
		{"part A on its first day", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-agency", Purpose: safety, Purchased: "2019-08-13"}, "2019-08-13", "us-889a1A", "prohibited", "", ""},
		{"part A the day before", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-agency", Purpose: safety, Purchased: "2019-08-12"}, "2019-08-12", "us-889a1A", "not-covered", "", "not in force until 2019-08-13"},
		{"bought before part A, judged today", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-agency", Purpose: safety, Purchased: "2019-08-12"}, "2026-11-22", "us-889a1A", "not-covered", "", "this was before"},
		{"installed before part A, so bought before it", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-agency", Purpose: safety, Installed: "2018"}, "2026-11-22", "us-889a1A", "not-covered", "", "this was before"},
		{"installed after part A says nothing of the purchase", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-agency", Purpose: safety, Installed: "2022"}, "2026-11-22", "us-889a1A", "cannot-tell", "prohibited", "the date of purchase"},
		{"bought in the year it took effect", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-agency", Purpose: safety, Purchased: "2019"}, "2026-11-22", "us-889a1A", "cannot-tell", "prohibited", "the date of purchase to the day"},
		{"purpose not given", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-contractor"}, "2026-11-22", "us-889a1B", "cannot-tell", "prohibited", "what the equipment is for"},
		{"organisation not given", camera("hikvision", "Hikvision"), Organisation{}, "2026-11-22", "us-889a1B", "cannot-tell", "prohibited", "would be prohibited for companies with a US federal contract"},
		{"the maker is only probable", probable, contractor(), "2026-11-22", "us-889a1B", "prohibited", "", ""},
		{"the maker is only possible", perhaps, contractor(), "2026-11-22", "us-889a1B", "cannot-tell", "", "(possible: Hikvision, which the rule names; confirm the maker)"},
		{"evidence for two makers", torn, contractor(), "2026-11-22", "us-889a1B", "cannot-tell", "", "evidence conflicts (Axis or Dahua; the rule names Dahua; confirm the maker)"},
		{"nothing known of the maker", camera("", ""), contractor(), "2026-11-22", "us-889a1B", "cannot-tell", "", "cannot tell: who made it is not known"},
		{"a maker that is not in the knowledge base", camera("", "Nobody's Cameras"), contractor(), "2026-11-22", "us-889a1B", "cannot-tell", "", "it is not in the knowledge base"},
		{"Axis", camera("axis", "Axis"), contractor(), "2026-11-22", "us-889a1B", "not-covered", "", "neither it nor an owner of it"},
		{"a Dahua sold as Honeywell", badged, contractor(), "2026-11-22", "us-889a1B", "prohibited", "", "made by Dahua, sold as Honeywell"},
		{"an American camera with a HiSilicon chip", chip, contractor(), "2026-11-22", "us-889a1B", "prohibited", "", "its system-on-chip by HiSilicon, which Huawei owns"},
		{"the same, the chip only possible", perhapsChip, contractor(), "2026-11-22", "us-889a1B", "cannot-tell", "", "who made its system-on-chip is not known well enough (possible: HiSilicon, which the rule reaches"},
		{"Uniview at a sensitive site", camera("uniview", "Uniview"), department, "2026-11-22", "uk-wms-2022", "advised-against", "", "departments were advised"},
		{"Uniview put up there in 2023", camera("uniview", "Uniview"), newlyFitted, "2026-11-22", "uk-wms-2022", "prohibited", "", ""},
		{"Uniview at a site that is not", camera("uniview", "Uniview"), plain, "2026-11-22", "uk-wms-2022", "not-covered", "", "not a sensitive site"},
		{"Uniview, site unknown", camera("uniview", "Uniview"), Organisation{Type: "uk-central-government"}, "2026-11-22", "uk-wms-2022", "cannot-tell", "prohibited", "whether the site is sensitive"},
		{"Uniview at a council", camera("uniview", "Uniview"), Organisation{Type: "uk-council"}, "2026-11-22", "uk-wms-2022", "not-covered", "", "under no obligation"},
		{"before the statement", camera("uniview", "Uniview"), department, "2022-11-23", "uk-wms-2022", "not-covered", "", "not in force until 2022-11-24"},
		{"Canada on the day before the order", camera("hikvision", "Hikvision"), Organisation{Type: "ca-federal"}, "2023-02-15", "ca-2025-hikvision", "not-covered", "", "not in force until 2025-06-27"},
		{"a proposal is never a prohibition", camera("hikvision", "Hikvision"), Organisation{Type: "eu-essential-entity"}, "2026-11-22", "eu-csa2", "not-covered", "", "not law yet"},
		{"an export rule forbids no use", camera("hikvision", "Hikvision"), contractor(), "2026-11-22", "us-entity-list", "not-covered", "", "export rule"},
		{"an operator of installed cameras and the maker's duties", camera("hikvision", "Hikvision"), Organisation{Type: "uk-council"}, "2026-11-22", "uk-psti-2022", "not-covered", "", "not an operator of installed cameras"},
		{"India asks for the origin of the chip", chip, Organisation{Type: "manufacturer-importer", Facts: map[string]bool{"conformity-shown": true}}, "2026-11-22", "in-cctv-er", "restricted", "", "origin of critical parts"},
		{"the 2026 list of names was not read", camera("hikvision", "Hikvision"), Organisation{Type: "us-dod", Purchased: "2026-08-01"}, "2026-11-22", "us-1260h", "cannot-tell", "", "whether the list in force names it"},
		{"DJI before the FCC listed it", attribution.Attribution{Kind: sureOf("", "drone"), Maker: sureOf("dji", "DJI")}, Organisation{Type: "us-usf-recipient", Purchased: "2025-01-01"}, "2026-11-22", "us-fcc-covered-list", "not-covered", "", "only from 2025-12-22"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.org.Check(); err != nil {
				t.Fatal(err)
			}
			f := of(e.Judge(Device{"d-1", c.device}, c.org, on(t, c.asAt)), c.regime)
			if f.Verdict != c.want || f.WouldBe != c.would || !strings.Contains(f.Why, c.says) {
				t.Errorf("%s as at %s: got %s (would be %q): %s\nwant %s (would be %q): … %s …", c.regime, c.asAt, f.Verdict, f.WouldBe, f.Why, c.want, c.would, c.says)
			}
			if f.Verdict == finding.CannotTell && (len(f.Missing) == 0 || f.Next == "") || f.Verdict != finding.CannotTell && f.WouldBe != "" {
				t.Errorf("cannot-tell, would_be and missing do not agree: %+v", f)
			}
			if f.Clause == "" || len(f.Sources) == 0 || f.AsAt != c.asAt || f.Missing == nil || f.Evidence == nil {
				t.Errorf("clause, sources, as_at, missing and evidence must be there: %+v", f)
			}
		})
	}
}

func TestVerdictCarriesDeviceEvidenceThenTheKnowledgeBase(t *testing.T) {
	e, _ := release(t)
	f := of(e.Judge(Device{"d-1", camera("ezviz", "EZVIZ")}, contractor(), on(t, "2026-11-22")), "us-889a1B")
	var got []string
	for _, ev := range f.Evidence {
		got = append(got, ev.Field+"|"+ev.Says)
	}
	want := []string{"test.field|", "test.field|", "|Hangzhou Hikvision Digital Technology Company is among the companies named in NDAA FY2019 s.889 since 2018-08-13", "|EZVIZ is owned by Hikvision"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, ev := range f.Evidence[2:] {
		if ev.Source == "" || ev.Rule == "" {
			t.Errorf("knowledge base evidence without rule or source: %+v", ev)
		}
	}
	if f.Denial == "" || f.Disputed == "" {
		t.Errorf("denial %q, disputed %q: both stand beside the verdict", f.Denial, f.Disputed)
	}
}

func TestEquipmentThatIsNoCamera(t *testing.T) {
	e, _ := release(t)
	bulb := attribution.Attribution{Kind: sureOf("", attribution.KindNotCamera), Maker: sureOf("axis", "Axis")}
	if got := e.Judge(Device{"d-1", bulb}, contractor(), on(t, "2026-11-22")); len(got) != 0 {
		t.Errorf("a light bulb has findings: %v", got)
	}
	if got := e.Judge(Device{"d-1", attribution.Attribution{}}, contractor(), on(t, "2026-11-22")); len(got) != 0 {
		t.Errorf("a device of which nothing is known has findings: %v", got)
	}
	xiaomi := attribution.Attribution{Maker: sureOf("tplink-cn", "TP-LINK")}
	if got := e.Judge(Device{"d-1", xiaomi}, Organisation{Type: "tw-agency"}, on(t, "2026-11-22")); len(got) != 0 {
		t.Errorf("a network device of unknown kind has findings about cameras: %v", got)
	}
	router := attribution.Attribution{Kind: sureOf("", attribution.KindNotCamera), Maker: sureOf("huawei", "Huawei")}
	org := Organisation{Type: "us-federal-contractor"}
	got := e.Judge(Device{"d-1", router}, org, on(t, "2026-11-22"))
	if f := of(got, "us-889a1B"); f.Verdict != finding.CannotTell || !slices.Equal(f.Missing, []string{"whether this is telecommunications equipment"}) {
		t.Errorf("a Huawei device: %+v", f)
	}
	org.Facts = map[string]bool{"telecom-equipment": true}
	if f := of(e.Judge(Device{"d-1", router}, org, on(t, "2026-11-22")), "us-889a1B"); f.Verdict != finding.Prohibited {
		t.Errorf("Huawei telecommunications equipment: %+v", f)
	}
	for _, f := range got {
		if !strings.HasPrefix(f.Regime, "us-889") {
			t.Errorf("a router is told of %s: %s", f.Regime, f.Why)
		}
	}
}

func TestUnknownMakerIsNeverCompliantWithARuleAboutMakers(t *testing.T) {
	e, _ := release(t)
	device := attribution.Attribution{Kind: sureOf("", attribution.KindCamera)}
	for _, typ := range OrganisationTypes {
		org := Organisation{Type: typ.ID, Purpose: safety, Sensitive: map[string]bool{"secret": true}}
		for _, r := range e.regimes {
			for _, k := range r.clauses {
				if !k.reads("maker") || k.verdict == finding.NotCovered {
					continue
				}
				s := e.situate(&device, &org, day("2026-11-22"))
				o := e.judge(s, k)
				if known, _, _ := k.covers.eval(mustVars(t, o.view)); known == no && k.reads("video_surveillance") && r.f.ID != "uk-huawei-dvd" {
					t.Errorf("%s, %s: a camera of unknown maker is outside", r.f.ID, k.id)
				}
			}
		}
	}
}

func mustVars(t *testing.T, v *view) cel.PartialActivation {
	t.Helper()
	vars, err := v.vars(false)
	if err != nil {
		t.Fatal(err)
	}
	return vars
}

func TestRiskFactorsAndProposalsNeverForbid(t *testing.T) {
	e, _ := release(t)
	for _, typ := range OrganisationTypes {
		for _, f := range e.Judge(Device{"d-1", camera("hikvision", "Hikvision")}, Organisation{Type: typ.ID}, on(t, "2030-01-01")) {
			severe := f.Verdict == finding.Prohibited || f.Verdict == finding.Restricted
			if f.Force == finding.Risk && severe {
				t.Errorf("%s: %s", f.Regime, f.Verdict)
			}
			if f.Regime == "cn-nil" && f.Disputed == "" {
				t.Error("the National Intelligence Law without its disputed reasoning")
			}
		}
	}
}

func TestEveryRegimeHasAFindingForACameraOrSaysWhyNot(t *testing.T) {
	e, _ := release(t)
	found := e.Judge(Device{"d-1", camera("hikvision", "Hikvision")}, Organisation{}, on(t, "2026-11-22"))
	for _, r := range e.Regimes(on(t, "2026-11-22")) {
		if (of(found, r.ID).Regime == "") == (r.NoVerdict == "") {
			t.Errorf("%s: a finding or a reason, one of the two", r.ID)
		}
	}
	if !slices.IsSortedFunc(found, func(a, b finding.Finding) int { return strings.Compare(a.Regime, b.Regime) }) {
		t.Error("findings are not in the order of file names")
	}
}

func TestInForce(t *testing.T) {
	e, _ := release(t)
	want := map[string]string{"us-889a1A": "not yet: from 2019-08-13", "uk-pofa-sccop": "since 2013-06", "eu-csa2": "not yet: from 2026-01-20", "cn-nil": "since 2017-06-28"}
	for _, r := range e.Regimes(on(t, "2019-08-12")) {
		if w, ok := want[r.ID]; ok && r.InForce != w {
			t.Errorf("%s on 2019-08-12: %q, want %q", r.ID, r.InForce, w)
		}
	}
	want = map[string]string{"us-889a1A": "since 2019-08-13", "eu-csa2": "proposal of 2026-01-20, not law", "us-asda-2023": "ended 2028-12-22"}
	for _, r := range e.Regimes(on(t, "2029-01-01")) {
		if w, ok := want[r.ID]; ok && r.InForce != w {
			t.Errorf("%s on 2029-01-01: %q, want %q", r.ID, r.InForce, w)
		}
	}
}

func TestMemoGivesTheSameAnswerAndTheDevicesOwnEvidence(t *testing.T) {
	e, _ := release(t)
	first := e.Judge(Device{"d-1", camera("hikvision", "Hikvision")}, contractor(), on(t, "2026-11-22"))
	other := camera("hikvision", "Hikvision")
	other.Maker.Evidence[0].Packet = 99
	second := e.Judge(Device{"d-2", other}, contractor(), on(t, "2026-11-22"))
	if e.memo.len() != 1 {
		t.Errorf("%d situations remembered, want 1", e.memo.len())
	}
	for i := range first {
		if first[i].Device != "d-1" || second[i].Device != "d-2" || first[i].Why != second[i].Why || first[i].Verdict != second[i].Verdict {
			t.Errorf("%s: the two devices differ in more than evidence", first[i].Regime)
		}
	}
	if f := of(second, "us-889a1B"); !slices.ContainsFunc(f.Evidence, func(ev observation.Evidence) bool { return ev.Packet == 99 }) {
		t.Error("the second device shows the first one's evidence")
	}
}

// BenchmarkJudge is one device against all regimes, in an estate of 200 makers
// and chips as ten thousand devices would have them.
func BenchmarkJudge(b *testing.B) {
	e, base := release(b)
	var devices []Device
	for i, c := range base.Companies() {
		if i == 200 {
			break
		}
		d := Device{fmt.Sprint("d-", i), camera(string(c.ID), string(c.ID))}
		d.Brand, d.ChipMaker = sureOf("", "brand"), sureOf("hisilicon", "HiSilicon")
		devices = append(devices, d)
	}
	org, day := contractor(), on(b, "2026-11-22")
	for _, d := range devices {
		e.Judge(d, org, day) // a situation is worked out once; BenchmarkJudgeWithoutMemo has the price
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		e.Judge(devices[n%len(devices)], org, day)
		n++
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "devices/s")
}

// BenchmarkJudgeWithoutMemo is the price of a situation that is new.
func BenchmarkJudgeWithoutMemo(b *testing.B) {
	e, _ := release(b)
	a, org, day := camera("hikvision", "Hikvision"), contractor(), on(b, "2026-11-22")
	for b.Loop() {
		e.work(&a, &org, day)
	}
}
