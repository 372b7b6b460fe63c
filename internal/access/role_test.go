package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
)

// may is written out by hand: whoever changes the table changes this too.
var may = map[access.Role]string{
	access.Watchdog: "figures",
	access.Viewer:   "figures view",
	access.Analyst:  "figures view judge ingest",
	access.Operator: "figures view judge ingest operate",
	access.Admin:    "figures view judge ingest operate administer",
	"":              "",
	"root":          "",
}

func TestEveryRoleAndAction(t *testing.T) {
	for role, want := range may {
		for _, action := range append(slices.Clone(access.Actions), "fly") {
			allowed := slices.Contains(strings.Fields(want), string(action))
			here := &access.Person{Name: "ana", Roles: map[int64]access.Role{7: role}}
			all := &access.Person{Name: "ana", Roles: map[int64]access.Role{0: role}}
			for _, c := range []struct {
				name string
				got  bool
				want bool
			}{
				{"in the organisation of the role", here.May(action, 7), allowed},
				{"in another organisation", here.May(action, 8), false},
				{"in what concerns all", here.May(action, 0), false},
				{"anywhere, with a role everywhere", all.May(action, 8), allowed},
				{"in what concerns all, with a role everywhere", all.May(action, 0), allowed},
				{"somewhere", here.MaySomewhere(action), allowed},
			} {
				if c.got != c.want {
					t.Errorf("%q may %s %s: %v, want %v", role, action, c.name, c.got, c.want)
				}
			}
		}
	}
	for _, role := range access.Roles {
		if _, ok := may[role]; !ok {
			t.Errorf("role %s is not in this test", role)
		}
	}
	var nobody *access.Person
	if nobody.May(access.Figures, 0) || nobody.MaySomewhere(access.View) {
		t.Error("nobody may something")
	}
}

func TestOrganisationsOfAnAction(t *testing.T) {
	p := &access.Person{Roles: map[int64]access.Role{9: access.Operator, 3: access.Viewer, 5: access.Watchdog}}
	for action, want := range map[access.Action][]int64{
		access.Figures: {3, 5, 9}, access.View: {3, 9}, access.Operate: {9}, access.Administer: nil,
	} {
		if ids, all := p.Organisations(action); all || !slices.Equal(ids, want) {
			t.Errorf("%s: got %v, all %v; want %v", action, ids, all, want)
		}
	}
	p.Roles[0] = access.Viewer
	if ids, all := p.Organisations(access.View); !all || ids != nil {
		t.Errorf("a viewer of everything: got %v, all %v", ids, all)
	}
	if ids, all := p.Organisations(access.Operate); all || !slices.Equal(ids, []int64{9}) {
		t.Errorf("a viewer of everything that operates one: got %v, all %v", ids, all)
	}
}
