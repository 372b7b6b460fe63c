package store

import (
	"fmt"
	"slices"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// Pages give each item once, count the whole, and show what was asked for only.
func TestPages(t *testing.T) {
	db := newDB(t)
	var orgs, sites []int64
	err := db.Do(t.Context(), hub.Deed{Actor: "test", Action: "test"}, func(tx hub.Tx) error {
		for i := range 7 {
			o := &hub.Organisation{Name: fmt.Sprintf("Organisation %d", 9-i)}
			if err := tx.AddOrganisation(o); err != nil {
				return err
			}
			orgs = append(orgs, o.ID)
			for j := range 3 {
				s := &hub.Site{Organisation: o.ID, Name: fmt.Sprintf("Site %d of %d", 9-j, i)}
				if err := tx.AddSite(s); err != nil {
					return err
				}
				sites = append(sites, s.ID)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	walk := func(limit int, read func(Page) ([]int64, int64, error)) (all []int64, total int64) {
		t.Helper()
		for after := int64(0); ; {
			part, n, err := read(Page{After: after, Limit: limit})
			if err != nil {
				t.Fatal(err)
			}
			total = n
			if len(part) == 0 {
				return all, total
			}
			if len(part) > limit {
				t.Fatalf("a page of %d has %d items", limit, len(part))
			}
			all = append(all, part...)
			after = part[len(part)-1]
		}
	}
	for _, c := range []struct {
		ids  []int64
		all  bool
		want []int64 // organisations
	}{{nil, true, orgs}, {orgs[2:4], false, orgs[2:4]}, {nil, false, nil}, {[]int64{orgs[0], 999}, false, orgs[:1]}} {
		got, total := walk(2, func(p Page) (ids []int64, n int64, err error) {
			list, n, err := db.OrganisationPage(t.Context(), c.ids, c.all, p)
			for i := range list {
				ids = append(ids, list[i].ID)
			}
			return ids, n, err
		})
		if !slices.Equal(got, c.want) || total != int64(len(c.want)) {
			t.Errorf("organisations of %v, all %t: %v of %d, want %v", c.ids, c.all, got, total, c.want)
		}
		var want []int64
		for i, s := range sites {
			if slices.Contains(c.want, orgs[i/3]) {
				want = append(want, s)
			}
		}
		got, total = walk(4, func(p Page) (ids []int64, n int64, err error) {
			list, n, err := db.SitePage(t.Context(), c.ids, c.all, p)
			for i := range list {
				ids = append(ids, list[i].ID)
			}
			return ids, n, err
		})
		if !slices.Equal(got, want) || total != int64(len(want)) {
			t.Errorf("sites of %v, all %t: %v of %d, want %v", c.ids, c.all, got, total, want)
		}
	}
}
