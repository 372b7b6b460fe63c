package web

import (
	"net/url"
	"strings"
	"testing"
)

// TestWhatWasTakenByMistakeIsTakenOut goes by the forms of the pages.
func TestWhatWasTakenByMistakeIsTakenOut(t *testing.T) {
	x := newTestHub(t)
	x.example()
	device := x.device()
	if page := x.get("/inputs/1"); !strings.Contains(page, `action="/inputs/1/drop"`) {
		t.Error("the page of an input does not offer to take it out")
	}
	if got := x.do("POST", "/inputs/1/drop", url.Values{}).status; got != 303 {
		t.Fatalf("take the input out: %d, want 303", got)
	}
	x.idle()
	if got := x.do("GET", "/devices/1/"+device, nil).status; got != 404 {
		t.Errorf("the input's device: %d, want 404", got)
	}
	if page := x.get("/inputs/1"); !strings.Contains(page, "was taken out") {
		t.Error("the page of the input does not say that it was taken out")
	}
	if got := x.do("POST", "/sites/1/drop", url.Values{"name": {"Another"}}).status; got != 422 {
		t.Errorf("take the site out by another's name: %d, want 422", got)
	}
	if got := x.do("POST", "/sites/1/drop", url.Values{"name": {"Example site"}}).status; got != 303 {
		t.Errorf("take the site out: %d, want 303", got)
	}
	x.idle()
	if got := x.do("GET", "/sites/1", nil).status; got != 404 {
		t.Errorf("the site: %d, want 404", got)
	}
}

// TestAnOrganisationIsTakenOut by its page, which says what goes with it.
func TestAnOrganisationIsTakenOut(t *testing.T) {
	x := newTestHub(t)
	x.example()
	page := x.get("/organisations/1")
	says(t, page, `action="/organisations/1/drop"`, "With <bdi>Example organisation</bdi> go 1 site, ", " devices, 1 input")
	if got := x.do("POST", "/organisations/1/drop", url.Values{"drop": {"Another"}}); got.status != 422 || !strings.Contains(got.body, "rite the organisation") {
		t.Errorf("by another's name: %d %s", got.status, got.body)
	}
	if got := x.do("POST", "/organisations/1/drop", url.Values{"drop": {"Example organisation"}}).status; got != 303 {
		t.Errorf("take it out: %d, want 303", got)
	}
	x.idle()
	if got := x.do("GET", "/organisations/1", nil).status; got != 404 {
		t.Errorf("the organisation: %d, want 404", got)
	}
	if page := x.get("/sites"); strings.Contains(page, "Example organisation") {
		t.Error("the list of sites still names it")
	}
}
