package regime

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
)

// perhaps is a confirmed camera whose maker is only possible.
func perhaps(id, value string) attribution.Attribution {
	a := attribution.Attribution{Kind: sureOf("", attribution.KindCamera)}
	a.Maker = claim(attribution.Possible, id, value)
	return a
}

// perhapsCamera is of a known maker, and only possibly a camera.
func perhapsCamera(id, value string) attribution.Attribution {
	a := camera(id, value)
	a.Kind = claim(attribution.Possible, "", attribution.KindCamera)
	return a
}

func TestAPossibleMakerIsNeverToldWhatItWouldBe(t *testing.T) {
	e, _ := release(t)
	const find = "Find out who made it: read its label or web page, or capture its discovery traffic."
	for _, c := range []struct {
		name    string
		device  attribution.Attribution
		org     Organisation
		regime  string
		why     string
		missing string // the first
		next    string
	}{
		{"D-Link under a bar that names Hikvision", perhaps("dlink", "D-Link"), Organisation{Type: "uk-dhsc"}, "uk-dhsc-2022",
			"cannot tell: who made it is not known well enough (possible: D-Link)", "the maker (only possible: D-Link)", find},
		{"the same, nothing said of the organisation", perhaps("dlink", "D-Link"), Organisation{}, "uk-dhsc-2022",
			"cannot tell: who made it is not known well enough (possible: D-Link)", "the maker (only possible: D-Link)", find},
		{"D-Link under a rule on a country", perhaps("dlink", "D-Link"), Organisation{Type: "tw-agency"}, "tw-2020",
			"cannot tell: who made it is not known well enough (possible: D-Link)", "the maker (only possible: D-Link)", find},
		{"Hikvision under a bar that names it", perhaps("hikvision", "Hikvision"), Organisation{Type: "uk-dhsc"}, "uk-dhsc-2022",
			"cannot tell: who made it is not known well enough (possible: Hikvision, which the rule names; confirm the maker)", "the maker (only possible: Hikvision)", find},
		{"Hikvision under a list", perhaps("hikvision", "Hikvision"), Organisation{}, "us-889a1B",
			"cannot tell: who made it is not known well enough (possible: Hikvision, which the rule names; confirm the maker)", "the maker (only possible: Hikvision)", find},
		{"a subsidiary of a listed company", perhaps("ezviz", "EZVIZ"), contractor(), "us-889a1B",
			"cannot tell: who made it is not known well enough (possible: EZVIZ, which the rule reaches; confirm the maker)", "the maker (only possible: EZVIZ)", find},
		{"a subsidiary of a company a condition names", perhaps("ezviz", "EZVIZ"), Organisation{Type: "ca-federal"}, "ca-2025-hikvision",
			"cannot tell: who made it is not known well enough (possible: EZVIZ, which the rule reaches; confirm the maker)", "the maker (only possible: EZVIZ)", find},
		{"Uniview under a rule on a country", perhaps("uniview", "Uniview"), Organisation{Type: "tw-agency"}, "tw-2020",
			"cannot tell: who made it is not known well enough (possible: Uniview, whose country the rule names; confirm the maker)", "the maker (only possible: Uniview)", find},
		{"no maker at all", camera("", ""), contractor(), "us-889a1B", "cannot tell: who made it is not known", "the maker", find},
		{"possibly a camera, of a listed maker", perhapsCamera("hikvision", "Hikvision"), contractor(), "us-889a1B",
			"made by Hikvision; cannot tell: that it is a camera is only possible", "whether this is a camera (only possible)",
			"Find out what kind of equipment it is: read its label or web page, or capture its discovery traffic."},
		{"possibly a camera, of a possible maker", attribution.Attribution{Kind: claim(attribution.Possible, "", "camera"), Maker: claim(attribution.Possible, "yi", "YI")}, Organisation{}, "tw-2020",
			"cannot tell: who made it is not known well enough (possible: YI, whose country the rule names; confirm the maker), and that it is a camera is only possible", "whether this is a camera (only possible)",
			"Find out what it is and who made it: read its label or web page, or capture its discovery traffic."},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := of(e.Judge(Device{"d-1", c.device}, c.org, on(t, "2026-11-22")), c.regime)
			if f.Verdict != finding.CannotTell || f.WouldBe != "" || f.Why != c.why || len(f.Missing) == 0 || f.Missing[0] != c.missing || f.Next != c.next {
				t.Errorf("got %s (would be %q)\n why %s\n missing %q\n next %s\nwant cannot-tell, would be nothing\n why %s\n missing %q\n next %s", f.Verdict, f.WouldBe, f.Why, f.Missing, f.Next, c.why, c.missing, c.next)
			}
		})
	}
}

// Whatever is said of the organisation, a device of which too little is known
// is told the same thing to do by every rule, so that a report says it once.
func TestOneDeviceOneThingToFindOut(t *testing.T) {
	e, _ := release(t)
	yi := perhaps("yi", "YI")
	yi.Kind = claim(attribution.Possible, "", "camera")
	for _, d := range []attribution.Attribution{perhaps("dlink", "D-Link"), perhaps("hikvision", "Hikvision"), perhapsCamera("hikvision", "Hikvision"), yi, camera("", "")} {
		for _, typ := range append([]OrganisationType{{}}, OrganisationTypes...) {
			next := ""
			for _, f := range e.Judge(Device{"d-1", d}, Organisation{Type: typ.ID}, on(t, "2026-11-22")) {
				if f.Verdict != finding.CannotTell || !strings.HasPrefix(f.Next, "Find out") {
					continue
				}
				if f.WouldBe != "" || next != "" && f.Next != next {
					t.Errorf("%s for %q: would be %q, %q after %q", f.Regime, typ.ID, f.WouldBe, f.Next, next)
				}
				next = f.Next
			}
		}
	}
}

func TestWouldBeNeedsADeviceThatTheClauseCovers(t *testing.T) {
	e, base := release(t)
	var devices []attribution.Attribution
	for i, c := range base.Companies() {
		if i%8 != 0 && !slices.Contains([]maker.ID{"hikvision", "dahua", "huawei", "dji", "uniview", "axis"}, c.ID) {
			continue
		}
		id, name := string(c.ID), displayName(c)
		devices = append(devices, camera(id, name), perhaps(id, name), perhapsCamera(id, name))
	}
	for _, org := range []Organisation{{}, {Type: "us-federal-contractor"}, {Type: "uk-central-government"}, {Type: "manufacturer-importer"}, {Type: "us-dod"}} {
		s := 0
		for i := range devices {
			d := &devices[i]
			for _, f := range e.Judge(Device{"d", *d}, org, on(t, "2026-11-22")) {
				if f.WouldBe == "" {
					continue
				}
				s++
				if !sure(&d.Maker) || !sure(&d.Kind) {
					t.Fatalf("%s of %s: would be %s, with %s %s and %s %s", f.Regime, d.Maker.Value, f.WouldBe, d.Maker.Grade, d.Maker.Value, d.Kind.Grade, d.Kind.Value)
				}
				for _, m := range f.Missing {
					if strings.HasPrefix(m, "the maker") || strings.HasPrefix(m, "whether this is") {
						t.Fatalf("%s of %s: would be %s, missing %q", f.Regime, d.Maker.Value, f.WouldBe, f.Missing)
					}
				}
			}
		}
		if s == 0 && org.Type != "manufacturer-importer" {
			t.Errorf("%q: nothing would be anything", org.Type)
		}
	}
}

func TestNextNamesTheKeysThatAnswer(t *testing.T) {
	e, _ := release(t)
	none := map[string]bool{"secret": false, "developed-vetting": false, "ministers": false}
	for _, c := range []struct {
		name   string
		device attribution.Attribution
		org    Organisation
		regime string
		next   string
		asks   string
	}{
		{"no organisation", camera("hikvision", "Hikvision"), Organisation{}, "us-889a1B", "Say what kind of organisation you are.", "type"},
		{"no purposes", camera("hikvision", "Hikvision"), Organisation{Type: "us-federal-contractor"}, "us-889a1B", "Say what the equipment is for.", "purpose.public-safety purpose.government-facility purpose.critical-infrastructure purpose.national-security"},
		{"nothing of the site", camera("uniview", "Uniview"), Organisation{Type: "uk-central-government"}, "uk-wms-2022", "Say what makes the site sensitive", "sensitive.secret sensitive.developed-vetting sensitive.ministers sensitive.socpa"},
		{"one limb of the site", camera("uniview", "Uniview"), Organisation{Type: "uk-central-government", Sensitive: none}, "uk-wms-2022", "Say whether", "sensitive.socpa"},
		{"no date of purchase", camera("hikvision", "Hikvision"), Organisation{Type: "uk-dhsc"}, "uk-dhsc-2022", "Say when it was bought.", "purchased"},
		{"own decision", camera("hikvision", "Hikvision"), Organisation{Type: "uk-police", Purchased: "2024"}, "wales-2023", "Say whether", "facts.took-decision"},
		{"papers of the product", camera("axis", "Axis"), Organisation{Type: "manufacturer-importer"}, "in-cctv-er", "Say whether", "facts.conformity-shown"},
		{"a list that was not read", camera("hikvision", "Hikvision"), Organisation{Type: "us-dod", Purchased: "2026-08-01"}, "us-1260h", "Look up whether the Section 1260H list names Hikvision.", ""},
		{"a possible chip", func() attribution.Attribution {
			a := camera("wyze", "Wyze")
			a.ChipMaker = claim(attribution.Possible, "hisilicon", "HiSilicon")
			return a
		}(), contractor(), "us-889a1B", "Ask the maker in writing whose system-on-chip is in this model.", ""},
		{"a firm verdict", camera("hikvision", "Hikvision"), contractor(), "us-889a1B", "Stop using it or ask for a waiver (FAR 4.2104); if found during contract performance, report it within 1 business day (FAR 52.204-25(d)).", ""},
	} {
		f := of(e.Judge(Device{"d-1", c.device}, c.org, on(t, "2026-11-22")), c.regime)
		if !strings.Contains(f.Next, c.next) {
			t.Errorf("%s: %s\n got %q\nwant … %s …", c.name, f.Why, f.Next, c.next)
		}
		if got := strings.Join(f.Asks, " "); got != c.asks || strings.Contains(f.Next, "--") {
			t.Errorf("%s: %q asks %q, want %q", c.name, f.Next, got, c.asks)
		}
	}
}

// readings are the devices and organisations whose sentences were read.
func readings() map[string][]finding.Finding {
	badged := camera("dahua", "Dahua")
	badged.Brand = sureOf("honeywell", "Honeywell")
	chip := camera("wyze", "Wyze")
	chip.ChipMaker = sureOf("hisilicon", "HiSilicon")
	none := map[string]bool{"secret": false, "developed-vetting": false, "ministers": false, "socpa": false}
	devices := []struct {
		name string
		a    attribution.Attribution
	}{{"Hikvision", camera("hikvision", "Hikvision")}, {"Dahua as Honeywell", badged}, {"Uniview", camera("uniview", "Uniview")}, {"Axis", camera("axis", "Axis")},
		{"perhaps D-Link", perhaps("dlink", "D-Link")}, {"perhaps Hikvision", perhaps("hikvision", "Hikvision")}, {"perhaps a camera of YI", perhapsCamera("yi", "YI")}, {"HiSilicon in Wyze", chip},
		{"a drone of DJI", attribution.Attribution{Kind: sureOf("", "drone"), Maker: sureOf("dji", "DJI")}}}
	orgs := []struct {
		name string
		o    Organisation
	}{{"no organisation", Organisation{}}, {"contractor", Organisation{Type: "us-federal-contractor"}}, {"contractor, public safety", contractor()},
		{"department, secret", Organisation{Type: "uk-central-government", Sensitive: map[string]bool{"secret": true, "developed-vetting": false, "ministers": false, "socpa": false}}},
		{"department, not sensitive", Organisation{Type: "uk-central-government", Sensitive: none}},
		{"police", Organisation{Type: "uk-police"}}, {"council", Organisation{Type: "uk-council"}}, {"lt", Organisation{Type: "lt-public-body"}}, {"tw", Organisation{Type: "tw-agency"}},
		{"private", Organisation{Type: "private", Country: "FR"}}, {"maker", Organisation{Type: "manufacturer-importer"}}}
	out := map[string][]finding.Finding{}
	_, e, err := published()
	if err != nil {
		panic(err)
	}
	for _, d := range devices {
		for _, o := range orgs {
			asAt, _ := time.Parse(time.DateOnly, "2026-11-22")
			for _, j := range e.work(&d.a, &o.o, asAt) {
				out[d.name+", "+o.name] = append(out[d.name+", "+o.name], j.Finding)
			}
		}
	}
	return out
}

var (
	wrongArticle = regexp.MustCompile(`(?i)\b(a [aeio]|an [bcdfgjklmnpqrstvwxyz])`)
	sentences    = regexp.MustCompile(`[a-z)]\. [A-Z]`)
)

func TestSentencesReadWell(t *testing.T) {
	all := readings()
	for _, name := range sorted(all) {
		for _, f := range all[name] {
			where := fmt.Sprintf("%s, %s", name, f.Regime)
			for _, s := range append([]string{f.Why, f.Next, f.WouldFor}, append(f.Also, f.Missing...)...) {
				switch {
				case wrongArticle.MatchString(s):
					t.Errorf("%s: article in %q", where, s)
				case strings.Contains(s, "  "), strings.Contains(s, ";;"), strings.Contains(s, "()"), strings.Contains(s, "named in the companies"), strings.Count(s, ": ") > 2:
					t.Errorf("%s: reads badly: %q", where, s)
				}
			}
			if len(f.Why) > 220 || sentences.MatchString(f.Why) || strings.Contains(f.Why, "see also") || f.Why == "" {
				t.Errorf("%s: %d bytes, one sentence of about 200: %s", where, len(f.Why), f.Why)
			}
			if f.Next != "" && !strings.HasSuffix(f.Next, ".") || f.Next == "" && f.Verdict != finding.NotCovered {
				t.Errorf("%s: %s: next %q", where, f.Verdict, f.Next)
			}
		}
	}
}

func TestOtherClausesAreToldApart(t *testing.T) {
	e, _ := release(t)
	org := Organisation{Type: "uk-central-government", Sensitive: map[string]bool{"secret": true}}
	f := of(e.Judge(Device{"d-1", camera("uniview", "Uniview")}, org, on(t, "2026-11-22")), "uk-wms-2022")
	want := []string{
		"Statement of 24 November 2022, deployment at sensitive sites: an installation on or after 2022-11-24 would be prohibited; not known: the date of installation",
		"Statement of 24 November 2022, core networks: would be prohibited; not known: whether the equipment is connected to a departmental core network"}
	if f.Verdict != finding.AdvisedAgainst || !slices.Equal(f.Also, want) {
		t.Errorf("%s, also %q\nwant %q", f.Verdict, f.Also, want)
	}
}

func TestThoseTheStatementLeavesOutAreToldSo(t *testing.T) {
	e, _ := release(t)
	for _, typ := range []string{"uk-police", "uk-council"} {
		f := of(e.Judge(Device{"d-1", camera("hikvision", "Hikvision")}, Organisation{Type: typ}, on(t, "2026-11-22")), "uk-wms-2022")
		if f.Verdict != finding.NotCovered || f.Why != "it binds UK central government departments; police forces and local authorities are under no obligation by it" {
			t.Errorf("%s: %s, %s", typ, f.Verdict, f.Why)
		}
	}
}

func TestTheIntelligenceLawIsARiskFactorWithItsDispute(t *testing.T) {
	e, _ := release(t)
	probable := camera("", "")
	probable.Maker = claim(attribution.Probable, "uniview", "Uniview")
	for _, typ := range append([]OrganisationType{{}}, OrganisationTypes...) {
		f := of(e.Judge(Device{"d-1", probable}, Organisation{Type: typ.ID}, on(t, "2026-11-22")), "cn-nil")
		if f.Verdict != finding.AdvisedAgainst || f.Force != finding.Risk || f.Disputed == "" {
			t.Errorf("%q: %+v", typ.ID, f)
		}
	}
	if f := of(e.Judge(Device{"d-1", perhaps("uniview", "Uniview")}, Organisation{}, on(t, "2026-11-22")), "cn-nil"); f.Verdict != finding.CannotTell || f.WouldBe != "" || f.Disputed == "" {
		t.Errorf("a possible Uniview: %+v", f)
	}
}

// A device may give itself any name: no sentence grows with it.
func TestALongNameDoesNotMakeALongSentence(t *testing.T) {
	e, _ := release(t)
	for _, a := range []attribution.Attribution{camera("", strings.Repeat("é", 5000)), perhaps("", strings.Repeat("x", 5000))} {
		a.Brand = sureOf("", strings.Repeat("y", 5000))
		for _, f := range e.Judge(Device{"d-1", a}, contractor(), on(t, "2026-11-22")) {
			if len(f.Why) > 400 || len(strings.Join(f.Missing, "")) > 1000 || len(f.Next) > 300 {
				t.Errorf("%s: %d bytes of why, %d of missing, %d of next", f.Regime, len(f.Why), len(strings.Join(f.Missing, "")), len(f.Next))
			}
		}
	}
}

func sorted(m map[string][]finding.Finding) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Read them all: go test -run Sentences -v ./internal/regime | less
func TestSentencesForTheReader(t *testing.T) {
	if !testing.Verbose() {
		t.Skip("only printed with -v")
	}
	all := readings()
	for _, name := range sorted(all) {
		for _, f := range all[name] {
			t.Logf("%s | %s | %s/%s | %s | NEXT %s | ALSO %q | MISSING %q", name, f.Regime, f.Verdict, f.WouldBe, f.Why, f.Next, f.Also, f.Missing)
		}
	}
}

// TestPartsNobodySawAreNamed holds docs/explanation/verdicts.md to its word: a
// not-covered verdict of a rule that reaches components says which were not seen.
func TestPartsNobodySawAreNamed(t *testing.T) {
	all := readings()
	n := 0
	for _, f := range all["Axis, contractor, public safety"] {
		if f.Regime != "us-889a1A" && f.Regime != "us-889a1B" {
			continue
		}
		n++
		if f.Verdict != finding.NotCovered || len(f.Missing) == 0 || !strings.Contains(f.Why, "not seen") {
			t.Errorf("%s: %s, missing %q, why %q: want not-covered with the parts that were not seen", f.Regime, f.Verdict, f.Missing, f.Why)
		}
	}
	if n != 2 {
		t.Errorf("judged %d of the two rules that reach parts", n)
	}
}
