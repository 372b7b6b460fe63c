package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// People are called by their full names, and things by theirs, each with a link.
func TestNamesInThePlaceOfIDs(t *testing.T) {
	x := newTestHub(t)
	x.example()
	who := "tester"
	if log, err := x.db.AuditLog(context.Background(), nil, true, 0, 1000); err != nil {
		t.Fatal(err)
	} else {
		for _, e := range log {
			if e.Action == "ingest.add" {
				who = e.Actor
			}
		}
	}
	device := x.device()
	x.post("/devices/1/"+device+"/notes", "text", "Look at this one")
	err := x.db.Change(context.Background(), hub.Deed{Actor: who + " token ci", Organisation: 1, Action: "device.say", Object: "device " + device + " of site 1"}, func(tx *store.Tx) error {
		return tx.AddAccount(&access.Account{Name: who, Shown: "Anna <Example>"})
	})
	if err != nil {
		t.Fatal(err)
	}
	row, err := x.db.Device(context.Background(), 1, device)
	if err != nil {
		t.Fatal(err)
	}
	name := row.Name
	if name == "" {
		name = device
	}
	const full = "Anna &lt;Example&gt;"
	says(t, x.get("/inputs"), "<bdi>"+full+"</bdi>")
	says(t, x.get("/inputs/1"), "by <bdi>"+full+"</bdi>")
	says(t, x.get("/devices/1/"+device), "<bdi>"+full+"</bdi>, ")
	c := &call{Request: httptest.NewRequest(http.MethodGet, "/", nil), s: &Server{Config: Config{Store: x.db}}}
	if got := c.inputNames([]hub.Change{{Ingest: 1}, {}, {Ingest: 99}}); len(got) != 2 || got[1] != "lab-station.pcapng" || got[99] != "input 99" {
		t.Errorf("inputs of a timeline: %v", got)
	}
	says(t, x.get("/audit"), full+"</bdi> <span", "<bdi>"+full+", token ci</bdi>", `<a href="/sites/1"><bdi>site Example site</bdi></a>`, `<a href="/inputs/1"><bdi>input lab-station.pcapng of Example site</bdi></a>`,
		`<a href="/devices/1/`+device+`"><bdi>device `+name+` of Example site</bdi></a>`)
}

// What is gone, or of another organisation, stays as the log has it.
func TestNoNameOfWhatIsNotToBeSeen(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	s := &hub.Site{Name: "Hidden", Organisation: 1}
	if err := x.db.Do(context.Background(), hub.Deed{Actor: "test", Action: "x"}, func(tx hub.Tx) error { return tx.AddSite(s) }); err != nil {
		t.Fatal(err)
	}
	n := namer{&call{s: &Server{Config: Config{Store: x.db}}}, map[int64]siteOf{}, map[int64]string{1: "Council"}, map[string]linked{}}
	got := n.name("site 2 and site 99 of organisation 1")
	if len(got) != 3 || got[0].Text != "site 2 and site 99 of " || got[1].Href != "/organisations/1" || got[1].Text != "organisation Council" {
		t.Errorf("%+v", got)
	}
}
