package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// evil is in every field that a device, a file or a person can fill.
const evil = "<script>pwned()</script>\"'><img src=x onerror=pwned()>\u202etxt.exe\x1b[31m{{.}}"

// evilName is what of evil the store takes of people: their names have nothing in
// them that cannot be seen.
const evilName = "<script>pwned()</script>\"'><img src=x onerror=pwned()>{{.}}"

// evilSite puts a device with hostile text everywhere into the store.
func (x *testHub) evilSite() {
	x.Helper()
	ctx := context.Background()
	claim := attribution.Claim{Value: evil, ID: "hikvision", Grade: attribution.Probable, Note: evil}
	doc := &report.Device{ID: "d-evil", Name: evil, MACs: []string{evil}, Serials: []string{evil}, UUIDs: []string{evil}, Hostnames: []string{evil}, Certs: []string{evil}, FirstSeen: evil, LastSeen: evil,
		Inputs: []string{evil}, Protocols: []string{evil}, Addresses: []report.Address{{IP: evil, First: evil, Last: evil}}, Channel: evil,
		Seen: []report.Seen{{Input: evil, Packet: 1, Time: evil, Count: 2, Protocol: evil, Fields: [][2]string{{evil, evil}}}}}
	doc.Kind, doc.Brand, doc.Maker, doc.Model, doc.Firmware, doc.Platform, doc.Chip, doc.ChipMaker, doc.NetworkPart = claim, claim, claim, claim, claim, claim, claim, claim, claim
	now := time.Now()
	d := &hub.Derived{
		Device: hub.Device{Site: 1, Device: "d-evil", Presence: hub.SeenOnly, Name: evil, Kind: evil, Brand: evil, Maker: evil, MakerID: evil, MakerGrade: "probable", Platform: evil, Chip: evil, ChipMaker: evil, Model: evil, Firmware: evil,
			Address: "10.0.0.9", MAC: evil, Serial: evil, Hostname: evil, Zone: evil, Severity: 4, Verdict: "prohibited", Video: "video", Outside: true, BytesUp: 5, First: now, Last: now},
		Doc: doc,
		Findings: []finding.Finding{{Regime: "us-889a1B", Name: evil, Force: finding.Law, Clause: evil, Device: "d-evil", Verdict: finding.Prohibited, AsAt: "2026-11-23", Why: evil, Also: []string{evil}, Next: evil, Missing: []string{evil}, Disputed: evil,
			Denial: evil, Sources: []string{"javascript:pwned()", "https://example.org/" + evil}}},
		Reach:   []hub.Reach{{Country: evil, Controller: evil, ControllerID: evil, Jurisdiction: evil, Network: evil, Purpose: evil, Name: evil, Address: evil, Protocol: evil, Encrypted: evil, Video: "video", BytesUp: 5, First: now, Last: now}},
		Changes: []hub.Change{{At: now, What: evil, Before: evil, After: evil, Says: evil}},
	}
	org := &hub.Organisation{Name: "Evil " + evilName, Type: "uk-council", Country: "GB"}
	site := &hub.Site{Organisation: 1, Name: "Evil " + evilName, Facts: hub.SiteFacts{Address: evil, Owner: evil, Landlord: evil, DataController: evil, Lead: evil, Closed: true, Companies: []string{evil}, Tags: []string{evil}}}
	in := &hub.Ingest{Site: 1, Name: evil, Source: "upload", State: hub.Done, Error: evil, By: evil, Input: report.Input{Name: evil, Format: evil, Lacks: []string{evil}, Repeats: []string{evil}, Error: evil, NotUnderstood: []report.Gap{{Why: evil, Packets: 3}}}}
	err := x.db.Do(ctx, hub.Deed{Actor: evil, Organisation: 1, Action: evil, Object: evil, Detail: evil}, func(tx hub.Tx) error {
		for _, fn := range []func() error{
			func() error { return tx.AddOrganisation(org) },
			func() error { return tx.AddSite(site) },
			func() error { return tx.SetZones(1, []hub.Zone{{Site: 1, Name: evilName}}) },
			func() error { return tx.AddIngest(in) },
			func() error { return tx.ReplaceSite(1, nil, slices.Values([]*hub.Derived{d})) },
			func() error { return tx.SetTags(1, "d-evil", []string{"=evil"}) },
			func() error { return tx.AddNote(&hub.Note{Site: 1, Device: "d-evil", Text: evilName, By: evil}) },
			func() error {
				return tx.SetStep(&hub.Step{Site: 1, Device: "d-evil", Action: "remove", Target: "2027-01-01", Note: evilName})
			},
			func() error {
				return tx.SetDecision(&hub.Decision{Site: 1, Device: "d-evil", Regime: "us-889a1B", Status: "accepted", Owner: evil, Waiver: hub.Waiver{Why: evilName, By: evil, Until: "2099-01-01"}})
			},
			func() error {
				return tx.AddDeclared(1, evilName, []byte("{}"), evil, []hub.Declared{{Line: 1, Fields: []byte(fmt.Sprintf(`{"name":%q,"kind":%q}`, "evil", "camera"))}})
			},
		} {
			if err := fn(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		x.Fatal(err)
	}
}

// pages are all that can be read of the evil site.
var pages = []string{"/", "/?q=" + url.QueryEscape(evil), "/?q=maker:hikvision", "/devices/1/d-evil", "/egress", "/egress?site=2", "/findings", "/findings?owner=" + url.QueryEscape(evil), "/rules", "/rules/us-889a1B", "/plan", "/sites", "/sites/1", "/sites/2",
	"/organisations/2", "/inputs", "/inputs/1", "/inputs/new", "/audit", "/board", "/board?organisation=2", "/knowledge?q=" + url.QueryEscape(evil), "/settings", "/sites/1/lists", "/nothing/" + url.PathEscape(evil), "/?sort=" + url.QueryEscape(evil)}

func TestStoredTextIsInert(t *testing.T) {
	x := newTestHub(t)
	x.db.Do(context.Background(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		o := &hub.Organisation{Name: "First"}
		if err := tx.AddOrganisation(o); err != nil {
			return err
		}
		return tx.AddSite(&hub.Site{Organisation: o.ID, Name: "Town hall"})
	})
	x.evilSite()
	link := regexp.MustCompile(`^(/|#|https?://)`)
	for _, path := range pages {
		a := x.do("GET", path, nil)
		page := a.body
		if a.status >= 500 {
			t.Errorf("%s: status %d", path, a.status)
		}
		if !strings.Contains(page, "<main") {
			t.Fatalf("%s: no page: %.300s", path, page)
		}
		for _, raw := range []string{"<script>pwned", "<img", "\u202e", "\x1b", "ZgotmplZ", "panic"} {
			if strings.Contains(page, raw) {
				i := strings.Index(page, raw)
				t.Errorf("%s holds %q: …%s…", path, raw, page[max(0, i-200):min(len(page), i+100)])
			}
		}
		root, err := html.Parse(strings.NewReader(page))
		if err != nil {
			t.Fatal(err)
		}
		for n := range root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" && !strings.HasPrefix(a.Val, "/assets/") {
					t.Errorf("%s: <%s> has %s=%q", path, n.Data, a.Key, a.Val)
				}
				if a.Key == "href" && n.Data == "a" && !link.MatchString(a.Val) {
					t.Errorf("%s: a link leads to %q", path, a.Val)
				}
			}
			if n.Data == "script" && n.FirstChild != nil {
				t.Errorf("%s: a script stands in the page", path)
			}
		}
	}
}

// A spreadsheet must not run what a device is called.
func TestCSVIsDefused(t *testing.T) {
	x := newTestHub(t)
	x.example()
	x.post("/devices/1/"+x.device()+"/tags", "tags", "=cmd|' /C calc'!A0, +1, @SUM(A1)")
	csv := x.get("/estate.csv")
	says(t, csv, "'+1; =cmd")
	for line := range strings.Lines(csv) {
		for cell := range strings.SplitSeq(line, ",") {
			if cell = strings.TrimPrefix(cell, `"`); cell != "" && strings.ContainsAny(cell[:1], "=+@") {
				t.Errorf("a cell begins with %q: %s", cell[:1], line)
			}
		}
	}
}

// device is the id of the first device of the estate.
func (x *testHub) device() string {
	x.Helper()
	list := ids(x.get("/"), `href="/devices/1/`)
	if len(list) == 0 {
		x.Fatal("no device")
	}
	return list[0]
}

// Every route, for nobody and for each role, of an organisation of theirs and of
// another's.
func TestEveryRouteByRole(t *testing.T) {
	x := newTestHub(t)
	x.example()
	device, second := x.device(), int64(0)
	err := x.db.Do(context.Background(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		o := &hub.Organisation{Name: "Somebody else"}
		if err := tx.AddOrganisation(o); err != nil {
			return err
		}
		second = o.ID
		return tx.AddSite(&hub.Site{Organisation: o.ID, Name: "Elsewhere"})
	})
	if err != nil {
		t.Fatal(err)
	}
	fill := strings.NewReplacer("{$}", "", "{site}", "1", "{device}", device, "{regime}", "us-889a1B", "{ingest}", "1", "{organisation}", "1", "{upload}", strings.Repeat("a", 32), "{list}", strings.Repeat("a", 24), "{company}", "hikvision", "{query}", "1")
	for _, role := range append([]access.Role{""}, access.Roles...) {
		for _, org := range []int64{1, second} {
			x.who = &access.Person{Account: 7, Name: "role", Roles: map[int64]access.Role{org: role}}
			if role == "" {
				x.who = nil
			}
			for _, rt := range Routes() {
				path := fill.Replace(rt.Pattern)
				if path == "/events" {
					continue // it has no end
				}
				if rt.Pattern == "/inputs/{ingest}/drop" && org == 1 && role.Allows(rt.Action) {
					continue // what is asked for next would be gone; see TestWhatWasTakenByMistakeIsTakenOut
				}
				form := url.Values{}
				if rt.Method == http.MethodGet {
					form = nil
				}
				got := x.do(rt.Method, path, form).status
				allowed, one := role.Allows(rt.Action), strings.Contains(rt.Pattern, "{site}") || strings.Contains(rt.Pattern, "{organisation}") || strings.Contains(rt.Pattern, "{ingest}")
				switch {
				case role == "" && got != 303 && got != 401:
					t.Errorf("nobody: %s %s: %d, want to be sent to sign in", rt.Method, path, got)
				case rt.Pattern == "/care":
					if got != 403 && role != "" {
						t.Errorf("%s of one organisation: %s /care: %d, want 403", role, rt.Method, got)
					}
				case role == access.Watchdog && path == "/":
					if got != 303 {
						t.Errorf("watchdog: GET /: %d, want to be sent to the figures", got)
					}
				case role != "" && !allowed && got != 403 && got != 404:
					t.Errorf("%s: %s %s: %d, want 403", role, rt.Method, path, got)
				case role != "" && allowed && org != 1 && one && got != 404 && got != 403:
					t.Errorf("%s of another organisation: %s %s: %d, want 404", role, rt.Method, path, got)
				case role != "" && allowed && org == 1 && rt.Method == http.MethodGet && got != 200 && !strings.Contains(rt.Pattern, "{list}") && path != "/complete":
					t.Errorf("%s: GET %s: %d, want 200", role, path, got)
				case got >= 500:
					t.Errorf("%s: %s %s: %d", role, rt.Method, path, got)
				}
			}
		}
	}
	x.who = &access.Person{Account: 8, Name: "other", Roles: map[int64]access.Role{second: access.Admin}}
	for _, path := range []string{"/estate.csv", "/estate.json", "/findings", "/audit", "/egress", "/board", "/sites", "/inputs", "/plan", "/complete?q=maker:h&at=7"} {
		if page := x.get(path); strings.Contains(page, device) || strings.Contains(page, "Hikvision") || strings.Contains(page, "Example site") {
			t.Errorf("%s shows another organisation's estate", path)
		}
	}
	if a := x.do("POST", "/devices", url.Values{"do": {"tag"}, "tags": {"mine"}, "device": {rowKey(1, device)}}); a.status != 404 && a.status != 403 {
		t.Errorf("tagging another's device: %d", a.status)
	}
}

// A watchdog sees sums, and no name of a site or device in them.
func TestFiguresNameNoSiteAndNoDevice(t *testing.T) {
	x := newTestHub(t)
	x.example()
	devices := ids(x.get("/estate.json"), `"device":"`)
	x.who = &access.Person{Account: 7, Name: "watchdog", Roles: map[int64]access.Role{1: access.Watchdog}}
	page := x.get("/figures")
	says(t, page, "of 1 organisation", "Hikvision", "1 of 1")
	if len(devices) == 0 {
		t.Fatal("no device in the example")
	}
	for _, id := range devices {
		if strings.Contains(page, id) {
			t.Errorf("device %s is named", id)
		}
	}
	if strings.Contains(page, "/sites/") || strings.Contains(page, "/devices/") {
		t.Error("the figures link to a site or a device")
	}
}

// What a form says of where to go next must not lead elsewhere, however a browser
// reads it.
func TestLocalIsAPathOfOurs(t *testing.T) {
	for to, want := range map[string]string{"/plan?x=1": "/plan?x=1", "": "/", "plan": "/", "//evil.example": "/", `/\evil.example`: "/", "/\t/evil.example": "/", "/\n/evil.example": "/", "https://evil.example": "/"} {
		if got := local(to); got != want {
			t.Errorf("local(%q) is %q, want %q", to, got, want)
		}
	}
}

// A form that ends too early is the browser's fault.
func TestACutFormIsNoFaultOfTheHub(t *testing.T) {
	x := newTestHub(t)
	x.example()
	for _, path := range []string{"/inputs", "/sites/1/lists"} {
		r, err := http.NewRequest(http.MethodPost, x.url+path, strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\x1b\"\r\n\r\nx"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d, want 422", path, a.StatusCode)
		}
	}
}
