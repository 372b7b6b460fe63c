package web

import (
	"strings"
	"testing"
)

// What is cited without an address is said in words: nobody can open a number of a
// catalogue.
func TestNoSourceIsANumberOnly(t *testing.T) {
	x := newTestHub(t)
	worded := 0
	for _, co := range x.Server.Knowledge.Base.Companies() {
		page := x.get("/knowledge/" + string(co.ID))
		if strings.Contains(page, "github-index:") {
			t.Errorf("the page of %s cites a number of a catalogue", co.ID)
		}
		worded += strings.Count(page, "a file in a public repository on GitHub, whose address was not noted (no. ")
	}
	if worded == 0 {
		t.Error("no page has such a source: the test shows nothing")
	}
	for _, r := range x.Server.regimes(x.Server.Now()) {
		if page := x.get("/rules/" + r.ID); strings.Contains(page, "github-index:") {
			t.Errorf("the page of %s cites a number of a catalogue", r.ID)
		}
	}
}
