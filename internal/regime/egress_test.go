package regime

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/kb"
)

func talkTo(name, controller, jurisdiction, country, purpose string) egress.Conversation {
	return egress.Conversation{
		Device: "d-1", Address: "203.0.113.9", Port: 443, Protocol: "tcp", Scope: egress.ScopeOutside, Opened: "device", Name: name,
		ControllerID: controller, Controller: controller, Jurisdiction: jurisdiction, Country: country, Purpose: purpose,
		PacketsUp: 10, BytesUp: 1_200_000, BytesDown: 5_000_000,
		Evidence: []observation.Evidence{{Field: "tls.sni", Value: name, Source: "https://example.org/list"}},
	}
}

func TestJudgeEgress(t *testing.T) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load(kb.FS, base)
	if err != nil {
		t.Fatal(err)
	}
	camera := Device{ID: "d-1", Attribution: attribution.Attribution{Kind: attribution.Claim{Value: attribution.KindCamera, Grade: attribution.Confirmed}}}
	office := Device{ID: "d-1", Attribution: attribution.Attribution{Kind: attribution.Claim{Value: attribution.KindNotCamera, Grade: attribution.Confirmed}}}
	on := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	cloud := talkTo("dev.hik-connect.com", "hikvision", "CN", "IE", egress.PurposeCloud)
	ntp := talkTo("pool.ntp.org", "", "", "GB", egress.PurposeNTP)
	update := talkTo("fw.example.net", "", "", "", egress.PurposeUpdate)
	inside := talkTo("", "", "", "", egress.PurposeRecorder)
	inside.Scope = egress.ScopeInside
	video := cloud
	video.Opened, video.Video.Verdict = "device", egress.VideoYes
	silent := cloud
	silent.PacketsUp = 0

	for _, c := range []struct {
		name   string
		device Device
		talks  []egress.Conversation
		org    Egress
		want   string // id verdict, in order
	}{
		{"nothing outside", camera, []egress.Conversation{inside}, Egress{Closed: true}, ""},
		{"a device that answers nothing sends nothing", camera, []egress.Conversation{silent}, Egress{Closed: true}, ""},
		{"a listed company's cloud", camera, []egress.Conversation{cloud}, Egress{}, "egress-listed advised-against, egress-starts cannot-tell"},
		{"video to a listed company's cloud", camera, []egress.Conversation{video}, Egress{}, "egress-listed advised-against, egress-starts cannot-tell"},
		{"time only", camera, []egress.Conversation{ntp}, Egress{}, ""},
		{"a closed site", camera, []egress.Conversation{ntp}, Egress{Closed: true}, "own-closed prohibited"},
		{"a closed site has no camera only", office, []egress.Conversation{cloud}, Egress{Closed: true}, "own-closed prohibited"},
		{"an update server", camera, []egress.Conversation{update}, Egress{}, "egress-update cannot-tell, egress-starts cannot-tell"},
		{"a forbidden country of the controller", office, []egress.Conversation{cloud}, Egress{Countries: []string{"CN"}}, "own-destinations prohibited"},
		{"a forbidden country of the server", office, []egress.Conversation{cloud}, Egress{Countries: []string{"IE"}}, "own-destinations prohibited"},
		{"a forbidden company", office, []egress.Conversation{cloud}, Egress{Companies: []string{"Hikvision"}}, "own-destinations prohibited"},
		{"another forbidden company", office, []egress.Conversation{cloud}, Egress{Companies: []string{"dahua"}}, ""},
	} {
		var talks []*egress.Conversation
		for i := range c.talks {
			talks = append(talks, &c.talks[i])
		}
		var got []string
		for _, f := range e.JudgeEgress(c.device, talks, &Organisation{Egress: c.org}, on) {
			got = append(got, f.Regime+" "+string(f.Verdict))
			if f.Missing == nil || f.Evidence == nil || f.Sources == nil || f.Why == "" || f.Next == "" || f.Clause == "" || f.Name == "" {
				t.Errorf("%s: incomplete: %+v", c.name, f)
			}
			if strings.HasSuffix(f.Why, ",") {
				t.Errorf("%s: %q ends in a comma", c.name, f.Why)
			}
			if f.Verdict == finding.CannotTell && len(f.Missing) == 0 {
				t.Errorf("%s: cannot tell, and nothing is missing: %+v", c.name, f)
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.name, strings.Join(got, ", "), c.want)
		}
	}
}

func TestListedDestinationsNameTheRule(t *testing.T) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load(kb.FS, base)
	if err != nil {
		t.Fatal(err)
	}
	ezviz := []maker.ID{"ezviz", "hikvision"}
	got := strings.Join(e.naming(ezviz, "CN", "2026-11-22"), "\n")
	for _, want := range []string{"889", "Hikvision", "names the country CN"} {
		if !strings.Contains(got, want) {
			t.Errorf("naming(%v) = %q, want %q in it", ezviz, got, want)
		}
	}
	if early := e.naming(ezviz, "", "2015-01-01"); len(early) != 0 {
		t.Errorf("naming in 2015 = %q, want none: no rule stood then", early)
	}
	if axis := e.naming([]maker.ID{"axis"}, "SE", "2026-11-22"); len(axis) != 0 {
		t.Errorf("naming axis = %q, want none", axis)
	}
}

func TestCheckEgress(t *testing.T) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Load(kb.FS, base)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.CheckEgress(&Egress{Companies: []string{"hikvision", "Dahua"}, Countries: []string{"CN"}}); err != nil {
		t.Error(err)
	}
	err = e.CheckEgress(&Egress{Companies: []string{"hikvison"}, Countries: []string{"China"}})
	if err == nil || !strings.Contains(err.Error(), "hikvison") || !strings.Contains(err.Error(), "China") {
		t.Errorf("CheckEgress = %v, want both faults named", err)
	}
	if err := e.CheckEgress(&Egress{Companies: []string{"cn"}}); err == nil || !strings.Contains(err.Error(), "two capital letters") {
		t.Errorf("CheckEgress = %v, want how a country is written", err)
	}
}

func TestEstateEgress(t *testing.T) {
	org, err := LoadEstate(strings.NewReader("egress:\n  closed: true\n  companies: [hikvision]\n  countries: [CN, NO]\n  inside: [203.0.113.7/24, 192.0.2.1]\n"), "estate.yaml")
	if err != nil {
		t.Fatal(err)
	}
	e := org.Egress
	if !e.Closed || len(e.Companies) != 1 || len(e.Countries) != 2 || e.Countries[1] != "NO" ||
		e.Inside[0] != netip.MustParsePrefix("203.0.113.0/24") || e.Inside[1] != netip.MustParsePrefix("192.0.2.1/32") {
		t.Errorf("got %+v", e)
	}
	for text, want := range map[string]string{
		"egress:\n  closd: true\n":           "estate.yaml:2: egress: there is no key \"closd\"",
		"egress:\n  countries: [China]\n":    "estate.yaml:2: egress.countries",
		"egress:\n  inside: [10.0.0.0/99]\n": "write a network such as",
		"egress: yes\n":                      "egress has keys of its own",
	} {
		if _, err := LoadEstate(strings.NewReader(text), "estate.yaml"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestDestinationsAreCountedOnce(t *testing.T) {
	cloud, again := talkTo("a.example", "hikvision", "CN", "IE", egress.PurposeCloud), talkTo("a.example", "hikvision", "CN", "IE", egress.PurposeP2P)
	elsewhere := talkTo("a.example", "hikvision", "CN", "DE", egress.PurposeCloud)
	unnamed, other, most := talkTo("", "", "", "", ""), talkTo("b.example", "", "", "", ""), talkTo("c.example", "", "NO", "", "")
	most.BytesUp *= 2
	for _, c := range []struct {
		talks []*egress.Conversation
		want  string
	}{
		{[]*egress.Conversation{&cloud, &again}, "a.example (controlled by hikvision of CN, standing in IE)"},
		{[]*egress.Conversation{&unnamed, &most}, "c.example, 203.0.113.9"},
		{[]*egress.Conversation{&cloud, &again, &elsewhere, &unnamed, &other, &most}, "c.example, a.example (controlled by hikvision of CN, standing in IE), a.example (controlled by hikvision of CN, standing in DE) and 2 more"},
	} {
		if got := destinations(c.talks); got != c.want {
			t.Errorf("destinations = %q, want %q", got, c.want)
		}
	}
}

func TestControlIsRememberedForItsDay(t *testing.T) {
	e, _ := release(t)
	c := talkTo("dev.hik-connect.com", "hikvision", "CN", "IE", egress.PurposeCloud)
	late, early := on(t, "2026-11-22"), on(t, "2015-01-01")
	if now, again := e.control(&c, late), e.control(&c, late); now != again || len(now.rules) == 0 || now.chain[0] != "hikvision" {
		t.Errorf("control = %+v, then %+v, want the same with rules", now, again)
	}
	if before := e.control(&c, early); len(before.rules) != 0 {
		t.Errorf("control in 2015 = %+v, want no rules: none stood then", before)
	}
	for i := range 2 * maxControls {
		c.ControllerID = "no-such-" + strings.Repeat("x", i%7) + string(rune('a'+i%26))
		c.Jurisdiction = string(rune('A'+i%26)) + string(rune('A'+i/26%26))
		e.control(&c, late)
	}
	if n := len(*e.controls.Load()); n > maxControls {
		t.Errorf("%d controls remembered, want at most %d", n, maxControls)
	}
}
