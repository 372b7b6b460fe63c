package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

// newEstate fills sites with n devices each, and decides on some of the findings.
func newEstate(t testing.TB, db *DB, sites, n int) (list []int64) {
	t.Helper()
	for i := range sites {
		site, _ := newSite(t, db, fmt.Sprintf("site %d", i))
		list = append(list, site)
		must(t, db, func(tx *Tx) error {
			if err := tx.ReplaceSite(site, nil, sampleSite(site, n)); err != nil {
				return err
			}
			for j := range min(n, 12) {
				d := sampleDerived(site, j)
				f := d.Findings[j%len(d.Findings)]
				c := hub.Decision{Site: site, Device: f.Device, Regime: f.Regime, Status: []string{"open", "accepted", "in-hand", "done"}[j%4], Owner: []string{"", "Anna", "Ben"}[j%3], Due: []string{"", "2026-11-01", "2026-12-24"}[j%3]}
				if j%4 == 1 {
					c.Waiver = hub.Waiver{Why: "it is being replaced", By: "Anna", Until: []string{"2026-11-10", "2027-01-31"}[j%2]}
				}
				if err := tx.SetDecision(&c); err != nil {
					return err
				}
				if err := tx.SetTags(site, d.Device.Device, []string{"lobby", fmt.Sprint("t", j%3)}); err != nil {
					return err
				}
				if err := tx.SetStep(&hub.Step{Site: site, Device: d.Device.Device, Action: "replace", Target: fmt.Sprintf("2026-%02d-15", 1+j%12), Done: []string{"", "2026-03-02"}[j%2]}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return list
}

// TestSumsAreCounts compares what the tallies say with what counting one by one
// says.
func TestSumsAreCounts(t *testing.T) {
	db := newDB(t)
	sites := newEstate(t, db, 4, 80)
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(sites[1], nil, sampleSite(sites[1], 60)) }) // some are gone
	site, err := db.Site(t.Context(), sites[2])
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]DeviceQuery{"all": {All: true}, "two sites": {All: true, Sites: sites[1:3]}, "one organisation": {Organisations: []int64{site.Organisation}}, "nobody": {}} {
		t.Run(name, func(t *testing.T) {
			one := q
			one.Where = "1 = 1"
			same := func(what string, sum, counted any, err1, err2 error) {
				t.Helper()
				if diff := cmp.Diff(sum, counted, comparable); diff != "" || err1 != nil || err2 != nil {
					t.Errorf("%s: %v, %v (-sums +counted):\n%s", what, err1, err2, diff)
				}
			}
			for _, f := range FacetFields() {
				a, err1 := db.Facets(t.Context(), q, []string{f})
				b, err2 := db.Facets(t.Context(), one, []string{f})
				same("facet "+f, a, b, err1, err2)
				if name == "all" && len(a[f]) == 0 && f != "protocol" {
					t.Errorf("facet %s is empty", f)
				}
			}
			per, err1 := db.SiteDevices(t.Context(), q)
			var all int64
			for _, n := range per {
				all += n
			}
			page, err2 := db.Devices(t.Context(), one)
			same("devices of sites", all, page.Total, err1, err2)
			a, err1 := db.Flows(t.Context(), q)
			b, err2 := db.Flows(t.Context(), one)
			same("flows", len(a), len(b), err1, err2)
			sum := func(list []Flow) (n [4]int64) {
				for _, f := range list {
					n[0] += f.BytesUp
					n[1] += f.BytesDown
					n[2] += f.Devices
					n[3] += f.Video
				}
				return n
			}
			same("flows", sum(a), sum(b), nil, nil)
			c, err1 := db.Countries(t.Context(), q)
			d, err2 := db.Countries(t.Context(), one)
			same("countries", c, d, err1, err2)
			p, err1 := db.Devices(t.Context(), q)
			r, err2 := db.Devices(t.Context(), one)
			same("devices", p, r, err1, err2)
			fq := FindingQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Day: "2026-11-20"}
			fone := fq
			fone.Where = "1 = 1"
			m, err1 := db.FindingCounts(t.Context(), fq)
			n, err2 := db.FindingCounts(t.Context(), fone)
			same("finding counts", m, n, err1, err2)
			check := func(what string, want int64, more FindingQuery) {
				t.Helper()
				more.Organisations, more.All, more.Sites, more.Day, more.Limit = q.Organisations, q.All, q.Sites, fq.Day, 97
				var got int64
				seen := map[string]bool{}
				for {
					page, err := db.Findings(t.Context(), more)
					if err != nil {
						t.Fatalf("%s: %v", what, err)
					}
					if page.Total != want {
						t.Fatalf("%s: %d findings, the counts say %d", what, page.Total, want)
					}
					for _, f := range page.Findings {
						got++
						seen[fmt.Sprint(f.Site, f.Device, f.Regime)] = true
					}
					if more.After = page.Next; more.After == "" {
						break
					}
				}
				if got != want || int64(len(seen)) != want {
					t.Errorf("%s: %d rows, %d different, want %d", what, got, len(seen), want)
				}
			}
			for _, s := range FindingSorts() {
				check("by "+s, m.Total, FindingQuery{Sort: s})
				check("by "+s+", descending", m.Total, FindingQuery{Sort: s, Descending: true})
			}
			for _, s := range []string{"open", "accepted", "in-hand", "done"} {
				check(s, m.ByStatus[s], FindingQuery{Status: s})
			}
			check("waived", m.Waived, FindingQuery{Waived: "yes"})
			check("not waived", m.Total-m.Waived, FindingQuery{Waived: "no"})
			for _, o := range m.Owners {
				done, err := db.Findings(t.Context(), FindingQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Owner: o.Value, Status: "done"})
				if err != nil {
					t.Fatal(err)
				}
				check(o.Value, o.Count+done.Total, FindingQuery{Owner: o.Value})
			}
			outcomes := map[string]int64{}
			for _, r := range m.Regimes[:min(4, len(m.Regimes))] {
				outcomes[r.Regime+" "+string(r.Outcome())] += r.Count
			}
			for k, n := range outcomes {
				rule, verdict, _ := strings.Cut(k, " ")
				check(k, n, FindingQuery{Regime: rule, Verdict: verdict})
				check(k+", by its devices", n, FindingQuery{Regime: rule, Verdict: verdict, Where: "d.id > 0"})
			}
		})
	}
}

func TestPlan(t *testing.T) {
	now := time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)
	db := reopen(t, t.TempDir()+"/estate.db", Options{Now: func() time.Time { return now }})
	sites := newEstate(t, db, 2, 20)
	must(t, db, func(tx *Tx) error {
		if err := tx.SetStep(&hub.Step{Site: sites[0], Device: "d-gone", Action: "remove"}); err != nil {
			return err
		}
		return tx.SetStep(&hub.Step{Site: sites[1], Device: sampleDerived(sites[1], 3).Device.Device}) // out of the plan
	})
	list, err := db.Plan(t.Context(), DeviceQuery{All: true})
	if err != nil || len(list) != 24 {
		t.Fatalf("%d steps, %v; want 24", len(list), err)
	}
	gone := 0
	for i, p := range list {
		if !p.Known {
			gone++
		} else if p.Row.Name == "" {
			t.Errorf("step %d has no device: %+v", i, p)
		}
		if i > 0 && list[i-1].Done != "" && p.Done == "" {
			t.Error("what is done stands before what is not")
		}
	}
	if gone != 1 {
		t.Errorf("%d steps for devices that are gone, want 1", gone)
	}
	months, err := db.BurnDown(t.Context(), DeviceQuery{All: true, Sites: sites[:1]})
	if err != nil || len(months) != 13 || months[0] != (Month{"2025-12", 13, 13, 0}) || months[12] != (Month{"2026-12", 1, 7, 0}) || months[3].Done != 6 {
		t.Errorf("burn-down %+v, %v", months, err)
	}

	// Of a search, the burn-down is of the same steps as the list.
	name := ""
	for _, p := range list {
		if p.Known && p.Action != "keep" {
			name = p.Row.Name
		}
	}
	some := ask(t, query.Ask("name", name), DeviceQuery{All: true})
	few, err := db.Plan(t.Context(), some)
	if err != nil || len(few) == 0 || len(few) > 4 {
		t.Fatalf("%d steps for devices called %q, %v", len(few), name, err)
	}
	if months, err = db.BurnDown(t.Context(), some); err != nil || len(months) == 0 || months[0].Planned > int64(len(few)) {
		t.Errorf("burn-down of %d steps: %+v, %v", len(few), months, err)
	}

	// Steps that are all due in one month are a line too, from now until then.
	must(t, db, func(tx *Tx) error {
		d := sampleDerived(sites[1], 1).Device.Device
		return tx.SetStep(&hub.Step{Site: sites[1], Device: d, Action: "replace", Target: "2026-05-31"})
	})
	if months, err = db.BurnDown(t.Context(), DeviceQuery{All: true, Sites: sites[1:2]}); err != nil || len(months) < 4 || months[0].Left != months[0].Planned {
		t.Errorf("burn-down of the other site %+v, %v", months, err)
	}
}

func TestQueriesAndWebhooks(t *testing.T) {
	now := day
	db := reopen(t, t.TempDir()+"/estate.db", Options{Now: func() time.Time { return now }})
	site, _ := newSite(t, db, "north")
	s, err := db.Site(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	q := hub.Query{Organisation: s.Organisation, Name: "Hikvision", Text: "maker:hikvision", Alert: true, By: "Anna"}
	w := Webhook{Organisation: s.Organisation, URL: "https://example.org/hook", Secret: "s", Events: []string{"device.changed", "finding.new"}, Active: true}
	must(t, db, func(tx *Tx) error {
		if err := tx.SaveQuery(&q); err != nil {
			return err
		}
		if err := tx.SetMatching(q.ID, []byte("d-1 d-2")); err != nil {
			return err
		}
		if err := tx.SetWebhook(&w); err != nil {
			return err
		}
		for _, e := range []string{"device.changed", "device.change", "finding.new"} {
			if err := tx.Tell(s.Organisation, e, `{"x":1}`); err != nil {
				return err
			}
		}
		return nil
	})
	if got, err := db.SavedQuery(t.Context(), q.ID); err != nil || *got != q {
		t.Errorf("saved query %+v, %v; want %+v", got, err, q)
	}
	if b, err := db.Matching(t.Context(), q.ID); err != nil || string(b) != "d-1 d-2" {
		t.Errorf("matching %q, %v", b, err)
	}
	if err := db.Change(t.Context(), deed, func(tx *Tx) error {
		return tx.SaveQuery(&hub.Query{Organisation: s.Organisation, Name: "Hikvision"})
	}); !errors.Is(err, hub.ErrExists) {
		t.Errorf("a name that is taken: %v", err)
	}
	syslog := Webhook{Organisation: s.Organisation, URL: "syslog:", Events: []string{"*"}}
	must(t, db, func(tx *Tx) error { return tx.SetWebhook(&syslog) })
	must(t, db, func(tx *Tx) error { return tx.SetWebhook(&syslog) }) // a change of it
	second := Webhook{Organisation: s.Organisation, URL: "syslog:", Events: []string{"finding.new"}}
	if err := db.Change(t.Context(), deed, func(tx *Tx) error { return tx.SetWebhook(&second) }); !errors.Is(err, hub.ErrNotNow) {
		t.Errorf("a second subscription to syslog: %v", err)
	}
	due, err := db.DueDeliveries(t.Context(), 10)
	if err != nil || len(due) != 2 {
		t.Fatalf("due: %+v, %v; want two", due, err)
	}
	due[0].Tries, due[0].Error, due[0].Next = 1, "status 500", now.Add(time.Minute)
	if err := db.Keep(t.Context(), func(tx *Tx) error { return tx.SetDelivery(&due[0]) }); err != nil {
		t.Fatal(err)
	}
	if due, err := db.DueDeliveries(t.Context(), 10); err != nil || len(due) != 1 {
		t.Errorf("after one try: %+v, %v; want one", due, err)
	}
	now = now.Add(time.Hour)
	if due, err := db.DueDeliveries(t.Context(), 10); err != nil || len(due) != 2 {
		t.Errorf("an hour later: %+v, %v; want two", due, err)
	}
	must(t, db, func(tx *Tx) error {
		if err := tx.DropQuery(s.Organisation, q.ID); err != nil {
			return err
		}
		return tx.DropWebhook(s.Organisation, w.ID)
	})
	if _, err := db.Webhook(t.Context(), w.ID); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a webhook that is gone: %v", err)
	}
}
