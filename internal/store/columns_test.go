package store

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	q.Query, q.All = parsed, true
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
			sameInTables(t, db, f.Name+v)
		}
	}
}

// sameInTables asks the sheets and, by a condition of SQL, the tables.
func sameInTables(t *testing.T, db *DB, text string) {
	t.Helper()
	a := ask(t, text, DeviceQuery{Limit: 1000})
	b := DeviceQuery{All: true, Limit: 1000}
	var err error
	if b.Where, b.Args, err = a.Query.SQL(Columns()); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	x, err1 := db.Devices(t.Context(), a)
	y, err2 := db.Devices(t.Context(), b)
	if diff := cmp.Diff(x, y, comparable); diff != "" || err1 != nil || err2 != nil {
		t.Errorf("%s: %v, %v (-sheets +tables):\n%s", text, err1, err2, diff)
	}
}

// What sheets find is what tables hold, also where conditions are joined.
func TestSheetsFindWhatTablesHold(t *testing.T) {
	db := newDB(t)
	sites := newEstate(t, db, 4, 60)
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(sites[1], nil, sampleSite(sites[1], 25)) })
	for _, text := range []string{
		"maker:hikvision AND site.sensitive:true AND egress.country!=GB", "maker:hikvision OR kind:router", "NOT (maker:axis OR egress.country:CN)", "maker:*s AND NOT hik", "site:\"site 1\" OR model:axis-m1*",
		"NOT site:\"site 1\" AND up>=1000 AND up<500k", "rule:regime-3 -rule:regime-4", "rule:regime-3 AND rule.unclear:regime-2", "tag:lobby AND NOT owner:Anna", "first:2026-10 OR last:today", "change:firmware AND vlan:0",
		"NOT vlan:*", "vlan!=10", "egress.port:443 AND egress.purpose!=cloud", "organisation:nosuch", "plan:replace OR status:done", "verdict:prohibited,restricted AND severity>3", "behind:*", "egress.controller:!hikvision",
	} {
		sameInTables(t, db, text)
	}
	for _, site := range sites {
		read := func() map[int64]string {
			type row struct {
				id   int64
				data string
			}
			list, err := collect(t.Context(), db.conn, func(r scanner) (v row, err error) {
				var b []byte
				err = r.Scan(&v.id, &b)
				v.data = string(b)
				return v, err
			}, "SELECT id, data FROM sheet WHERE id >> 8 = ?", site)
			if err != nil {
				t.Fatal(err)
			}
			out := map[int64]string{}
			for _, v := range list {
				out[v.id] = v.data
			}
			return out
		}
		was := read()
		must(t, db, func(tx *Tx) error {
			if _, err := tx.exec("DELETE FROM sheet WHERE id >> 8 = ?", site); err != nil {
				return err
			}
			return tx.makeSheet(site)
		})
		if diff := cmp.Diff(was, read()); diff != "" || len(was) != len(sheetColumns)+1 {
			t.Errorf("%d columns of site %d; (-as written +as made of the tables):\n%.2000s", len(was), site, diff)
		}
	}
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(sites[2], nil, sampleSite(sites[2], 0)) })
	var left int
	if err := db.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM sheet WHERE id >> 8 = ?", sites[2]).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d columns left of a site without devices, %v", left, err)
	}
}

// Every order gives every device once, page by page, and says when it is over.
func TestPagesOfEveryOrder(t *testing.T) {
	db := newDB(t)
	newEstate(t, db, 3, 50)
	for _, sort := range Sorts() {
		for _, desc := range []bool{false, true} {
			for _, text := range []string{"", "NOT maker:axis"} {
				all := ask(t, text, DeviceQuery{Sort: sort, Descending: desc, Limit: 1000})
				whole, err := db.Devices(t.Context(), all)
				if err != nil || whole.Next != "" || int64(len(whole.Devices)) != whole.Total {
					t.Fatalf("by %s: %d of %d devices, next %q, %v", sort, len(whole.Devices), whole.Total, whole.Next, err)
				}
				q := all
				q.Limit = 7
				var got []DeviceRow
				for {
					page, err := db.Devices(t.Context(), q)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, page.Devices...)
					if q.After = page.Next; q.After == "" || len(got) > 1000 {
						break
					}
				}
				if diff := cmp.Diff(whole.Devices, got, comparable); diff != "" {
					t.Errorf("%q by %s, %v: pages hold something else (-whole +pages):\n%.1000s", text, sort, desc, diff)
				}
			}
		}
	}
	page, err := db.Devices(t.Context(), DeviceQuery{All: true, Sort: "name", Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Devices(t.Context(), DeviceQuery{All: true, Sort: "first", After: page.Next}); !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("the page after one of another order: %v", err)
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
	for _, q := range []DeviceQuery{{All: true}, {Organisations: []int64{1}}} {
		where, args := q.where()
		if p := plan("SELECT d.id, d.severity FROM device AS d WHERE "+where+" ORDER BY d.severity DESC, d.id DESC LIMIT 50", args...); q.All && strings.Contains(p, "TEMP B-TREE") || !strings.Contains(p, "USING") {
			t.Errorf("the first page sorts every device:\n%s", p)
		}
	}
	for text, want := range map[string]string{
		"ip:10.0.0.0/24": "device_address_place",
		"serial:SN1-1":   "device_key_value",
		"tag:lobby":      "tag_tag",
		"hikvision":      "VIRTUAL TABLE INDEX",
	} {
		where, args, err := ask(t, text, DeviceQuery{}).Query.SQL(Columns())
		if err != nil {
			t.Fatal(err)
		}
		if p := plan("SELECT d.id"+joins(where)+" WHERE ("+where+")", args...); !strings.Contains(p, want) {
			t.Errorf("%s: no %s:\n%s", text, want, p)
		}
	}
	for text, want := range map[string]string{
		"SELECT count FROM tally t WHERE t.field = 'maker' AND t.site = 0":                                           "PRIMARY KEY",
		"SELECT 1 FROM observation WHERE id BETWEEN 1 AND 9 ORDER BY id":                                             "INTEGER PRIMARY KEY",
		"SELECT max(last) FROM sighted WHERE observation BETWEEN 1 AND 2 GROUP BY observation":                       "PRIMARY KEY",
		"SELECT * FROM ingest WHERE state IN ('waiting', 'reading', 'judging', 'dropping') ORDER BY id":              "ingest_state",
		"SELECT * FROM ingest WHERE state = 'failed' AND ended > 5 ORDER BY ended, id":                               "ingest_failed",
		"SELECT * FROM ingest WHERE site = 1 AND sha256 = 'x' AND state <> 'failed' ORDER BY let_go > 0, id LIMIT 1": "ingest_same",
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
