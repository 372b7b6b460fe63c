package web

import (
	"strings"
	"testing"
)

// The findings of one organisation are of its devices, and what they ask is asked
// of its sites.
func TestFindingsOfOneOrganisation(t *testing.T) {
	x := newTestHub(t)
	x.example()
	x.post("/organisations", "organisation", "Other council")
	x.post("/sites", "organisation", "2", "name", "Far depot")
	both, first, other := x.get("/findings"), x.get("/findings?organisation=1"), x.get("/findings?organisation=2")
	says(t, both, "Other council", "Example organisation")
	for page, not := range map[string]string{first: "Other council", other: "Example organisation"} {
		_, asked, is := strings.Cut(page, "What is not known")
		asked, _, _ = strings.Cut(asked, "</p>")
		if !is || strings.Contains(asked, not) || strings.Contains(asked, "Far depot") && not == "Other council" {
			t.Errorf("the findings of one organisation ask of another, %s: %s", not, asked)
		}
	}
	if total(first) != total(both) || total(first) == "0" || total(other) != "0" {
		t.Errorf("%s findings in all, %s of the first organisation and %s of the second", total(both), total(first), total(other))
	}
	if a := x.do("GET", "/findings?organisation=9", nil); a.status == 200 {
		t.Error("an organisation that is not there has findings")
	}
}
