package web

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"
)

var (
	facetLink = regexp.MustCompile(`<li><a href="([^"]*)"( class="on" aria-current="true")?><span>.*?</span><bdi>([^<]*)</bdi><span class="num">([0-9,]+)</span>`)
	totalSaid = regexp.MustCompile(`<span class="soft" role="status">([0-9,]+) finding`)
)

// total is how many findings a queue lists.
func total(page string) string {
	if m := totalSaid.FindStringSubmatch(page); m != nil {
		return m[1]
	}
	return "0"
}

// Each count beside a queue is what its link leads to, whatever filters are set.
func TestFacetsLeadToWhatTheyCount(t *testing.T) {
	x := newTestHub(t)
	x.example()
	paths := []string{"/findings", "/findings?verdict=prohibited", "/findings?verdict=prohibited&status=open", "/findings?all=1", "/findings?waived=no&q=kind:camera", "/rules/uk-pofa-sccop"}
	for _, id := range ids(x.get("/rules"), `href="/rules/`) {
		paths = append(paths, "/rules/"+id)
	}
	paths = append(paths, "/rules/us-889a1B?outcome=cannot+tell")
	walked := 0
	for _, path := range paths {
		page := x.get(path)
		for _, m := range facetLink.FindAllStringSubmatch(page, -1) {
			if m[2] != "" {
				if m[4] != total(page) {
					t.Errorf("%s: %s is chosen and says %s, the page lists %s", path, m[3], m[4], total(page))
				}
				continue
			}
			to := html.UnescapeString(m[1])
			if got := total(x.get(to)); got != m[4] {
				t.Errorf("%s: %s says %s, %s lists %s", path, m[3], m[4], to, got)
			}
			walked++
		}
	}
	if walked < 20 {
		t.Errorf("%d links were followed; the pattern of the test is out of date", walked)
	}
	page := x.get("/rules/uk-pofa-sccop")
	says(t, page, "It says nothing of any device here", "The rule says nothing of any device here.")
	if strings.Contains(page, "Hand in a capture") || facetLink.MatchString(page) {
		t.Error("a rule that says nothing offers facets, or asks for a capture")
	}
}

// A rule's bar is as long for another day as for today: what it does not cover
// is in neither.
func TestBarsOfAnotherDay(t *testing.T) {
	x := newTestHub(t)
	x.example()
	bars := func(path string) map[string]string {
		out := map[string]string{}
		page := x.get(path)
		_, figure, _ := strings.Cut(page, "<figure")
		figure, _, _ = strings.Cut(figure, "</figure>")
		for _, m := range barRow.FindAllStringSubmatch(figure, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	today, then := bars("/rules"), bars("/rules?as-at="+time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
	if len(today) == 0 || len(then) == 0 {
		t.Fatalf("%d bars today, %d yesterday", len(today), len(then))
	}
	for name, n := range then {
		if today[name] != "" && today[name] != n {
			t.Errorf("%s: %s today, %s yesterday", name, today[name], n)
		}
	}
}

var barRow = regexp.MustCompile(`<span class="label"><bdi>([^<]*)</bdi>.*?<span class="words">([^<]*)</span>`)
