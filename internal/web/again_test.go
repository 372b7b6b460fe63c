package web

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A wrong value is shown on the page of the form, by its label, beside what else
// was typed; nothing is kept.
func TestWrongValueStays(t *testing.T) {
	x := newTestHub(t)
	x.example()
	device := x.link("/?q=maker:hikvision", `href="(/devices/1/d-[0-9a-f]+)"`)
	rule := x.link(device, `action="`+device+`/findings/([^"]+)"`)
	for _, c := range []struct {
		name, path string
		form       url.Values
		has        []string
	}{
		{"a site", "/sites/1", url.Values{"version": {"1"}, "name": {"Town hall"}, "address": {"1 Market <Square>"}, "installed": {"last year"}, "sensitive.secret": {"yes"}, "zones": {"Cameras; vlan 20\nOffice"}}, []string{
			"Nothing was kept. Installed: &#34;last year&#34; is no date; write 2021, 2021-05 or 2021-05-31.", `value="Town hall"`, `value="1 Market &lt;Square&gt;"`, `value="last year"`, "Cameras; vlan 20\nOffice", `aria-invalid="true"`, "autofocus",
			`name="sensitive.secret" value="yes" checked`}},
		{"a waiver", device + "/findings/" + rule, url.Values{"version": {"0"}, "status": {"in-hand"}, "owner": {"Anna"}, "waiver_why": {"soon"}, "waiver_until": {"2019-01-01"}, "back": {device + "#findings"}}, []string{
			"Accepted until (it ends by itself): 2019-01-01 is over", `value="Anna"`, `value="soon"`, `<option selected="">in-hand`}},
		{"a plan", device + "/plan", url.Values{"action": {"replace"}, "target": {"31.12."}, "note": {"spare"}}, []string{"By: &#34;31.12.&#34; is no day; write it as 2026-12-31.", `value="spare"`}},
		{"tags", device + "/tags", url.Values{"tags": {"a, " + strings.Repeat("b", 50)}}, []string{"Tags, with commas: A tag has at most 40 letters", strings.Repeat("b", 50)}},
		{"many devices", "/devices", url.Values{"do": {"plan"}, "action": {"remove"}, "target": {"2026-02-30"}, "device": {strings.TrimPrefix(device, "/devices/")}, "back": {"/?q=maker:hikvision"}}, []string{
			"By: &#34;2026-02-30&#34; is no day", `value="` + strings.TrimPrefix(device, "/devices/") + `" form="bulk"`, `value="2026-02-30"`}},
		{"a rule that does not say anything of them", "/devices", url.Values{"do": {"decide"}, "regime": {"none"}, "status": {"open"}, "device": {strings.TrimPrefix(device, "/devices/")}, "back": {"/?q=maker:hikvision"}}, []string{"Rule: It says nothing of the devices that were chosen"}},
		{"an organisation", "/organisations", url.Values{"organisation": {"Northshire"}, "country": {"Britain"}}, []string{"Country: &#34;BRITAIN&#34; is no country", `value="Northshire"`}},
		{"a name that is taken", "/organisations", url.Values{"organisation": {"Example organisation"}, "country": {"FR"}}, []string{"Name: Organisation &#34;Example organisation&#34;: the name is taken; choose another.", `value="FR"`}},
		{"findings", "/findings", url.Values{"finding": {"1/x/y"}, "status": {"done"}, "due": {"soon"}}, []string{"Due: &#34;soon&#34; is no day"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := x.do("POST", c.path, c.form)
			want := 422
			if strings.HasPrefix(c.name, "a name") {
				want = 409
			}
			if a.status != want {
				t.Fatalf("status %d, want %d\n%s", a.status, want, a.body)
			}
			for _, want := range c.has {
				if !strings.Contains(a.body, want) {
					t.Errorf("lacks %q", want)
				}
			}
			if strings.Count(a.body, "<html") != 1 || !strings.Contains(a.body, `<meta name="csrf"`) {
				t.Errorf("it is no whole page: %s", a.body)
			}
		})
	}
	if strings.Contains(x.get("/sites/1"), "Market") || strings.Contains(x.get(device), "Anna") {
		t.Error("a part of a wrong form was kept")
	}
	a := x.do("POST", device+"/plan", url.Values{"action": {"replace"}, "target": {time.Now().Format(time.DateOnly)}})
	if a.status != 303 {
		t.Errorf("a right form: %d %s", a.status, a.body)
	}
}

// What is said once when nothing is found is also what to search for instead.
func TestDidYouMean(t *testing.T) {
	x := newTestHub(t)
	x.example()
	for q, want := range map[string]string{
		"makr:hikvision":        "maker:hikvision",
		"maker:hikvison":        "maker:Hikvision",
		"verdict:prohibted":     "verdict:prohibited",
		"hikvison":              "Hikvision",
		"site:\"Exampel site\"": "site:&#34;Example site&#34;",
	} {
		body := x.get("/?" + url.Values{"q": {q}}.Encode())
		if !strings.Contains(body, "Did you mean <a href=") || !strings.Contains(body, "<code>"+want+"</code>") {
			t.Errorf("%q does not propose %q", q, want)
		}
	}
	if n := strings.Count(x.get("/?q=makr:x"), "there is no field"); n != 1 {
		t.Errorf("the error is printed %d times", n)
	}
	if all, some := x.get("/?q=example+site"), x.get("/"); strings.Count(all, `class="pick"`) != strings.Count(some, `class="pick"`) {
		t.Error("words do not find the name of the site")
	}
}

// link is the first group of a pattern in a page.
func (x *testHub) link(path, pattern string) string {
	x.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(x.get(path))
	if m == nil {
		x.Fatalf("%s holds nothing as %s", path, pattern)
	}
	return m[1]
}
