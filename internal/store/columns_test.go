package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

// ask runs a text of the query language.
func ask(t testing.TB, text string, q DeviceQuery) DeviceQuery {
	t.Helper()
	parsed, err := query.Parse(text, Fields())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	parsed.Now = day
	if q.Where, q.Args, err = parsed.SQL(Columns()); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	q.All = true
	return q
}

func TestEveryFieldCanBeAsked(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(site, nil, sampleSite(site, 50)) })
	for _, f := range Fields() {
		tests := map[query.Type][]string{
			query.Text: {":x", ":x*", ":*x*", "!=x", ":!x", ":*", "!=*", ":a,b"}, query.Choice: {":*"}, query.Number: {":5", ">5", "<=5"}, query.Time: {">7d", "<2026-11-01", ":2026-11"},
			query.Bool: {":true", ":false", "!=true"}, query.Address: {":10.0.0.0/8", ":10.1.0.7", ":2001:db8::/32"}, query.MAC: {":44:19:*", ":00-11-22-33-44-55"},
		}[f.Type]
		for _, v := range f.Values {
			tests = append(tests, ":"+`"`+v+`"`, "!="+`"`+v+`"`)
		}
		if len(tests) == 0 {
			t.Errorf("field %s has a type without tests", f.Name)
		}
		for _, v := range tests {
			if _, err := db.Devices(t.Context(), ask(t, f.Name+v, DeviceQuery{})); err != nil {
				t.Errorf("%s%s: %v", f.Name, v, err)
			}
		}
	}
}

func TestWhatIsFound(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	other, _ := newSite(t, db, "South")
	a := &hub.Derived{Device: hub.Device{Device: "d-1", Presence: hub.SeenOnly, Name: "Überwachung", Maker: "Hikvision", MakerID: "hik", MakerGrade: "confirmed", Address: "10.1.2.3", MAC: "44:19:b6:00:00:01", VLAN: 7, Verdict: "prohibited", Severity: 4, Outside: true, BytesUp: 5000, Last: day.AddDate(0, 0, -3)},
		Reach: []hub.Reach{{Country: "CN", Controller: "Hikvision Cloud", ControllerID: "hik", Name: "dev.hik-connect.com", Port: 443}, {Country: "GB", Controller: "BBC"}}}
	b := &hub.Derived{Device: hub.Device{Device: "d-2", Presence: hub.Both, Name: "100%_sure", Maker: "Axis", MakerID: "axis", Address: "2001:db8::1"}, Reach: []hub.Reach{{Country: "GB", Controller: "BBC"}}}
	c := &hub.Derived{Device: hub.Device{Device: "a-3", Presence: hub.DeclaredOnly, Name: "Drone"}}
	replaceSite(t, db, site, a, b)
	replaceSite(t, db, other, c)
	must(t, db, func(tx *Tx) error {
		s, err := db.Site(t.Context(), site)
		if err != nil {
			return err
		}
		s.Facts = hub.SiteFacts{Sensitive: map[string]bool{"socpa": true}, Tags: []string{"Court"}}
		if err := tx.SetSite(s); err != nil {
			return err
		}
		if err := tx.SetTags(site, "d-2", []string{"Lobby"}); err != nil {
			return err
		}
		if err := tx.SetStep(&hub.Step{Site: site, Device: "d-1", Action: "replace", Target: "2026-12-01"}); err != nil {
			return err
		}
		return tx.SetDecision(&hub.Decision{Site: site, Device: "d-1", Regime: "r", Status: "in-hand", Owner: "Anna"})
	})
	for text, want := range map[string]string{
		"":                "a-3 d-1 d-2",
		"maker:hikvision": "d-1",
		"maker:HIK":       "d-1",
		"maker:hikvision AND site.sensitive:true AND egress.country!=DE": "d-1",
		"egress.country!=gb":         "a-3",
		"egress.country:!GB":         "d-1",
		"egress.controller:hik*":     "d-1",
		"site.sensitive!=true":       "a-3",
		"site.tag:court":             "d-1 d-2",
		"ip:10.1.0.0/16":             "d-1",
		"ip:2001:db8::/32":           "d-2",
		"mac:4419b6*":                "d-1",
		"vlan:7":                     "d-1",
		"tag:lobby":                  "d-2",
		"plan:replace":               "d-1",
		"plan.target<2027-01-01":     "d-1",
		"owner:anna":                 "d-1",
		"status:in-hand":             "d-1",
		"last>7d":                    "d-1",
		"up>=5k":                     "d-1",
		"überwach":                   "d-1",
		"ÜBERWACH":                   "d-1",
		"hik-connect":                "d-1",
		"bbc":                        "d-1 d-2",
		`"100%"`:                     "d-2",
		`%`:                          "d-2",
		`10`:                         "d-1 d-2",
		"wach*connect":               "",
		"grade:confirmed site:NORTH": "d-1",
		"outside:false":              "a-3 d-2",
		"organisation:*south":        "a-3",
		"outh":                       "a-3",
		"north":                      "d-1 d-2",
		"NORTH -hik":                 "d-2",
		"grade>=probable":            "d-1",
		"verdict>=restricted":        "d-1",
		"NOT hik":                    "a-3 d-2",
	} {
		page, err := db.Devices(t.Context(), ask(t, text, DeviceQuery{}))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, d := range page.Devices {
			got = append(got, d.Device.Device)
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%q finds %q, want %q", text, strings.Join(got, " "), want)
		}
	}
}

// TestPlans holds what SQLite makes of the statements behind pages: those that
// would read every device or sort them all are found by the index they need.
func TestPlans(t *testing.T) {
	db := newDB(t)
	newEstate(t, db, 3, 40)
	plan := func(text string, args ...any) string {
		t.Helper()
		list, err := collect(t.Context(), db.readers, func(r scanner) (s string, err error) {
			var id, parent, x int
			err = r.Scan(&id, &parent, &x, &s)
			return s, err
		}, "EXPLAIN QUERY PLAN "+text, args...)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return strings.Join(list, "\n")
	}
	list := func(sort string, q DeviceQuery) (string, []any) {
		where, args := q.where()
		by := sorts[sort]
		return "SELECT d.id, " + by + joins(where+by) + " WHERE " + where + " ORDER BY " + by + " DESC, d.id DESC LIMIT ?", append(args, 50)
	}
	for _, sort := range []string{"severity", "name", "kind", "maker", "model", "firmware", "address", "bytes_up", "first", "last", "changed"} {
		text, args := list(sort, DeviceQuery{All: true})
		if p := plan(text, args...); strings.Contains(p, "TEMP B-TREE") || !strings.Contains(p, "USING") {
			t.Errorf("by %s: every device is sorted:\n%s", sort, p)
		}
	}
	for text, want := range map[string]string{
		"maker:hikvision":        "device_maker_id",
		"ip:10.0.0.0/24":         "device_address_place",
		"serial:SN1-1":           "device_key_value",
		"egress.country:CN":      "reach_country",
		"egress.controller:axis": "reach_controller_id",
		"rule:regime-1":          "finding_regime",
		"tag:lobby":              "tag_tag",
		"hikvision":              "VIRTUAL TABLE INDEX",
		"firmware:V5.1*":         "device_firmware",
	} {
		q, args := list("severity", ask(t, text, DeviceQuery{}))
		if p := plan(q, args...); !strings.Contains(p, want) {
			t.Errorf("%s: no %s:\n%s", text, want, p)
		}
	}
	for text, want := range map[string]string{
		"SELECT count FROM tally t WHERE t.field = 'maker' AND t.site = 0":                                           "PRIMARY KEY",
		"SELECT 1 FROM observation WHERE id BETWEEN 1 AND 9 ORDER BY id":                                             "INTEGER PRIMARY KEY",
		"SELECT max(last) FROM sighted WHERE observation BETWEEN 1 AND 2 GROUP BY observation":                       "PRIMARY KEY",
		"SELECT 1 FROM ingest WHERE state IN ('waiting', 'reading', 'judging') ORDER BY id":                          "ingest_state",
		"SELECT 1 FROM audit WHERE organisation = 5 AND id < 9 ORDER BY id DESC":                                     "audit_organisation",
		"SELECT 1 FROM delivery WHERE next > 0 AND next <= 5 ORDER BY next, id":                                      "delivery_next",
		"SELECT 1" + findingFrom + " WHERE f.regime = 'r' AND f.verdict = 'prohibited'":                              "finding_regime",
		"SELECT f.device" + findingFrom + " WHERE 1 ORDER BY f.severity DESC, f.device DESC, f.regime DESC LIMIT 50": "finding_severity",
	} {
		if p := plan(text); !strings.Contains(p, want) || strings.Contains(p, "TEMP B-TREE") && want == "finding_severity" {
			t.Errorf("%s: no %s:\n%s", text, want, p)
		}
	}
}
