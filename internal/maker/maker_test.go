package maker_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/kb"
)

func embedded(t testing.TB) *maker.Base {
	t.Helper()
	b, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEmbeddedKnowledgeBaseHasNoFault(t *testing.T) {
	for _, p := range maker.Lint(kb.FS) {
		t.Error(p)
	}
}

func TestByName(t *testing.T) {
	b := embedded(t)
	for name, want := range map[string]string{
		"Hikvision": "hikvision",
		"HIKVISION": "hikvision",
		"Hangzhou Hikvision Digital Technology Co.,Ltd.": "hikvision",
		"Hangzhou Hikvision Digital Technology":          "hikvision",
		"Hikvision.China":                                "hikvision",
		"hikvision digital technology":                   "hikvision",
		"海康威视":                                           "hikvision",
		"Zhejiang Dahua Technology Co., Ltd.":            "dahua",
		"ZHEJIANG DAHUA TECHNOLOGY CO.,LTD.":             "dahua",
		"Dahua Technology USA Inc.":                      "dahua",
		"Axis Communications AB":                         "axis",
		"TP-LINK TECHNOLOGIES CO.,LTD.":                  "tplink-cn",
		"TP-Link":                                        "tplink",
		"Videotec S.p.A.":                                "videotec",
		"Geutebrück GmbH":                                "geutebrueck",
		"D-Link Corporation":                             "dlink",
		"DLINK":                                          "dlink",
		"Milestone Systems A/S":                          "milestone",
		"Robert Bosch GmbH":                              "bosch",
		"Bosch Security Systems BV":                      "bosch",
		"Ring LLC":                                       "ring",
		"Ring Technologies":                              "", // an everyday word with others around it
		"Delta Digital":                                  "",
		"Delta Electronics, Inc.":                        "delta",
		"Prama Hikvision India Private Limited":          "prama",
		// placeholders, and words that only look like names
		"General": "", "Private": "", "IPC": "", "IP Camera": "", "ip-camera": "", "ONVIF": "", "NVR": "",
		"General Electronics": "", "Private Limited": "", "Camera Technology Co., Ltd.": "", "DVC": "", "H.264": "",
		"": "", "...": "", "Co., Ltd.": "", "Technology": "", "Shenzhen": "", "Hik": "", "Hikvisionary": "", "\xff\xfe": "",
		strings.Repeat("hikvision ", 1000): "",
	} {
		var got []string
		for _, c := range b.ByName(name) {
			got = append(got, string(c.ID))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("ByName(%.60q) = %q, want %q", name, got, want)
		}
	}
}

func TestEveryNameFindsItsCompany(t *testing.T) {
	b := embedded(t)
	for _, c := range b.Companies() {
		for _, name := range append([]string{string(c.ID), c.LegalName}, c.Names...) {
			if !slices.Contains(b.ByName(name), c) {
				t.Errorf("ByName(%q) does not hold %s", name, c.ID)
			}
		}
	}
}

func TestParentsDependOnTheDay(t *testing.T) {
	b := embedded(t)
	for _, c := range []struct {
		id, day, want string
	}{
		{"hikvision", "2026-11-22", "[cethik cetc]"},
		{"ezviz", "", "[hikvision cethik cetc]"},
		{"hisilicon", "2026-11-22", "[huawei]"},
		{"dahua", "2026-11-22", "[]"}, // China Mobile holds a minority
		{"imou", "2024-06-01", "[dahua]"},
		{"lorex", "2013-01-01", "[flir]"},
		{"lorex", "2019-05-05", "[dahua]"},
		{"lorex", "2023-02-10", "[dahua skywatch]"}, // the month leaves it open
		{"lorex", "2023-03-01", "[skywatch]"},
		{"lorex", "", "[skywatch]"},
		{"pelco", "2020-07-31", "[]"},
		{"pelco", "2020-08-03", "[motorola]"},
		{"no-such-company", "", "[]"},
	} {
		if got := fmt.Sprint(b.Parents(maker.ID(c.id), c.day)); got != c.want {
			t.Errorf("Parents(%q, %q) = %s, want %s", c.id, c.day, got, c.want)
		}
	}
}

func TestPrefix(t *testing.T) {
	b := embedded(t)
	for mac, want := range map[string]string{
		"44:47:cc:00:00:01": "hikvision 24",
		"b8:a4:4f:12:34:56": "axis 24",
		"46:47:cc:00:00:01": " 0", // locally administered
		"45:47:cc:00:00:01": " 0", // group
		"ff:ff:ff:ff:ff:ff": " 0",
		"00:00:00:00:00:00": " 0",
		"8c:1f:64:90:e0:01": "xacti 36",
		"8c:1f:64:00:00:01": " 0", // shared block, this part not ours
	} {
		m, _ := observation.ParseMAC(mac)
		p, ok := b.Prefix(m)
		if got := fmt.Sprintf("%s %d", p.Company, p.Bits); got != want || ok != (p.Bits > 0) {
			t.Errorf("Prefix(%s) = %q %v, want %q", mac, got, ok, want)
		}
	}
}

func TestPrefixAllocatesNothing(t *testing.T) {
	b := embedded(t)
	m, _ := observation.ParseMAC("44:47:cc:00:00:01")
	if n := testing.AllocsPerRun(100, func() { b.Prefix(m) }); n != 0 {
		t.Errorf("Prefix allocates %v times", n)
	}
}

func BenchmarkPrefix(b *testing.B) {
	base := embedded(b)
	hit, _ := observation.ParseMAC("44:47:cc:00:00:01")
	miss, _ := observation.ParseMAC("00:02:b3:00:00:01")
	for b.Loop() {
		base.Prefix(hit)
		base.Prefix(miss)
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		embedded(b)
	}
}

func TestOEMIsFoundByNameAndID(t *testing.T) {
	b := embedded(t)
	for brand, want := range map[string]maker.ID{
		"Amcrest": "dahua", "amcrest": "dahua", "LTS": "hikvision", "LT Security Inc.": "hikvision",
		"Luma": "hikvision", "OMNY": "tiandy", "CP PLUS": "dahua", "Uniarch": "uniview", "EZVIZ": "hikvision",
	} {
		r := b.OEM(brand)
		if len(r) == 0 || r[0].Maker != want {
			t.Errorf("OEM(%q) = %v, want %s first", brand, r, want)
		}
	}
	for _, brand := range []string{"", "General", "Private", "Vitek", "DVC", "IPC"} {
		if r := b.OEM(brand); len(r) > 0 {
			t.Errorf("OEM(%q) = %v, want none", brand, r)
		}
	}
	if n := len(b.BrandsOf("dahua")); n < 80 {
		t.Errorf("Dahua builds for %d brands, want the 80 and more of the directory", n)
	}
}

func TestOEMOrdersByConfidence(t *testing.T) {
	order := map[string]int{"high": 0, "medium": 1, "low": 2}
	for _, r := range [][]maker.Relation{embedded(t).OEM("Lorex"), embedded(t).OEM("Annke")} {
		if !slices.IsSortedFunc(r, func(a, b maker.Relation) int { return order[a.Confidence] - order[b.Confidence] }) {
			t.Errorf("not by confidence: %v", r)
		}
	}
}

func TestXiongmaiListSupportsLittle(t *testing.T) {
	for _, r := range embedded(t).BrandsOf("xiongmai") {
		if r.Brand != "Lutec" && strings.Contains(r.Source.String(), "rickster8888") && r.Confidence != "low" {
			t.Errorf("%s has confidence %s: the list's author could not verify it", r.Row, r.Confidence)
		}
	}
}

func TestChipsWantTheWholeModel(t *testing.T) {
	b := embedded(t)
	for _, c := range []struct{ company, model, want string }{
		{"amcrest", "ASH43", "NT98323"}, // second of a list
		{"", "ash43", "NT98323"},
		{"", "ASH43(EU)", "NT98323"},
		{"", "Amcrest ASH43", "NT98323"},
		{"dahua", "ASH43", ""},
		{"", "ASH4", ""},
		{"", "ASH433", ""},
		{"", "CS-C6N-A0-1C2WFR", "FH8630"},
		{"", "EZVIZ CS-C6N-A0-1C2WFR", "FH8630"},
		{"", "", ""},
	} {
		got := ""
		if chips := b.Chips(maker.ID(c.company), c.model); len(chips) > 0 {
			got = chips[0].SoC
		}
		if got != c.want {
			t.Errorf("Chips(%q, %q) = %q, want %q", c.company, c.model, got, c.want)
		}
	}
}

func TestDomainMatchesOnLabels(t *testing.T) {
	b := embedded(t)
	for name, want := range map[string]string{
		"hik-connect.com": "hik-connect.com", "dev.EU.hik-connect.com.": "hik-connect.com", "api.hik-connect.com": "api.hik-connect.com",
		"myhik-connect.com": "", "hik-connect.com.evil.example": "", "com": "", "": "", ".": "", "...": "",
		strings.Repeat("a.", 300) + "hik-connect.com": "",
	} {
		if d, _ := b.Domain(name); d.Suffix != want {
			t.Errorf("Domain(%.40q) = %q, want %q", name, d.Suffix, want)
		}
	}
}

func TestServicesOfMakersOfOtherThingsHaveAController(t *testing.T) {
	b := embedded(t)
	for name, want := range map[string]maker.ID{
		"api.dch.dlink.com": "dlink", "r0801.dch.dlink.com": "dlink", "wrpd.dlink.com": "dlink", "www.myedimax.com": "edimax", "bridge.meethue.com": "signify",
		"meethue.com": "signify", "api.xbcs.net": "belkin", "dcp.cpp.philips.com": "philips",
	} {
		d, _ := b.Domain(name)
		if d.Company != want || d.Specificity != "mixed-corporate" { // which attribution draws nothing from
			t.Errorf("%s belongs to %q, %s; want %q", name, d.Company, d.Specificity, want)
		}
		if _, ok := b.Company(want); !ok {
			t.Errorf("no company %q", want)
		}
	}
}

func TestPortByNumber(t *testing.T) {
	b := embedded(t)
	for _, c := range []struct {
		proto string
		port  int
		want  maker.ID
	}{{"udp", 37020, "hikvision"}, {"udp", 37810, "dahua"}, {"ethertype", 0x8033, "hikvision"}} {
		if p := b.Port(c.proto, c.port); len(p) == 0 || p[0].Company != c.want {
			t.Errorf("Port(%s, %d) = %v, want %s", c.proto, c.port, p, c.want)
		}
	}
}

func TestUnattributedNamesAFamilyAndNoMaker(t *testing.T) {
	if family, src, ok := embedded(t).Unattributed("HUATU"); !ok || !strings.HasPrefix(family, "nsd") || len(src.URLs) == 0 {
		t.Errorf("Unattributed(HUATU) = %q %v %v", family, src, ok)
	}
}

func TestChipMakersAreCompanies(t *testing.T) {
	b := embedded(t)
	c, ok := b.Company("hisilicon")
	if !ok || c.Kind != "chip-maker" || c.Parent != "huawei" || c.Home != "CN" {
		t.Errorf("hisilicon = %+v", c)
	}
}

func TestDenialsStandBesideTheClaim(t *testing.T) {
	b := embedded(t)
	for _, id := range []maker.ID{"hikvision", "dahua", "huawei", "dji"} {
		if c, _ := b.Company(id); c == nil || c.Denial == nil || len(c.Denial.Source.URLs) == 0 {
			t.Errorf("%s: no denial with a source", id)
		}
	}
	for _, c := range b.Companies() {
		if c.Denial != nil && !slices.ContainsFunc(c.Names, func(name string) bool { return strings.HasPrefix(c.Denial.Text, name+" ") }) {
			t.Errorf("%s: the denial does not begin with a name of the company: %q", c.ID, c.Denial.Text)
		}
	}
}

func TestShowSaysWhatIsKnownAndFromWhere(t *testing.T) {
	b := embedded(t)
	var s strings.Builder
	if err := b.Show(&s, "HIKVISION"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"home CN", "cethik (CN) < cetc (CN)", "What the company says", "  EZVIZ: ", "Network prefixes", "hik-connect.com", "CVE-2021-36260", "(unverified)", "\nSources\n  [1]  https://"} {
		if !strings.Contains(s.String(), want) {
			t.Errorf("no %q in:\n%s", want, s.String())
		}
	}
	if err := b.Show(&s, "nobody at all"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Show of a stranger: %v", err)
	}
}

func TestEveryCompanyCanBeShown(t *testing.T) {
	b := embedded(t)
	for _, c := range b.Companies() {
		var s strings.Builder
		if err := b.Show(&s, string(c.ID)); err != nil || !strings.HasPrefix(s.String(), c.LegalName) {
			t.Errorf("Show(%s): %v", c.ID, err)
		}
	}
}

func TestExplainModelFindsGoodsNamedInARelation(t *testing.T) {
	b := embedded(t)
	k := b.ExplainModel("TRENDnet TV-IP321PI")
	if len(k.Relations) != 1 || k.Relations[0].Maker != "hikvision" || len(k.Companies) != 1 || k.Companies[0].ID != "trendnet" {
		t.Errorf("got %+v", k)
	}
	if k := b.ExplainModel("OET-213H-NB-WH"); len(k.Relations) == 0 || k.Relations[0].BrandID != "digital-ally" {
		t.Errorf("a model named in the scope of a relation was not found: %+v", k)
	}
	if k := b.ExplainModel(""); k.Chips != nil || k.Relations != nil || k.Companies != nil {
		t.Errorf("nothing explains as %+v", k)
	}
}

func FuzzLookups(f *testing.F) {
	b := embedded(f)
	for _, s := range []string{"Hangzhou Hikvision Digital Technology Co.,Ltd.", "S.p.A.", "DS-2CD2143G0-I(EU)", "dev.hik-connect.com.", "...", "\xff", "((((", "海康威视"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 256 {
			return // so that a million can be run
		}
		for _, c := range b.ByName(s) {
			if c == nil {
				t.Errorf("ByName(%q) holds nil", s)
			}
		}
		b.OEM(s)
		b.Unattributed(s)
		b.Chips("", s)
		if d, ok := b.Domain(s); ok && !strings.HasSuffix(strings.ToLower(strings.TrimSuffix(s, ".")), d.Suffix) {
			t.Errorf("Domain(%q) = %q", s, d.Suffix)
		}
		if len(s)%16 == 15 { // it reads every relation: too slow for each input
			b.ExplainModel(s)
		}
	})
}
