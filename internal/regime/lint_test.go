package regime

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lenscap/lenscap/internal/maker"
)

// few is a base of four companies: b is owned by a, until 2023-02.
type few struct{}

func (few) Company(id maker.ID) (*maker.Company, bool) {
	homes := map[maker.ID]string{"a": "CN", "b": "CN", "c": "SE", "d": ""}
	home, ok := homes[id]
	return &maker.Company{ID: id, Names: []string{strings.ToUpper(string(id))}, Home: home, Segment: "cctv"}, ok
}
func (few) ByName(string) []*maker.Company { return nil }
func (few) Parents(id maker.ID, asAt string) []maker.ID {
	if id == "b" && asAt < "2023-02-01" {
		return []maker.ID{"a"}
	}
	return nil
}

const goodListing = `id: list
name: the list
sources: [https://example.org/list]
entries:
  - name: Company A
    company: a
    from: "2019"
    source: https://example.org/list
`

const goodRegime = `id: xx-rule
name: A rule
jurisdiction: X
force: law
citation: Act 1
since: "2020-01-01"
who: agencies
what: cameras
confidence: high
sources: [https://example.org/act]
clauses:
  - clause: s.1
    from: "2020-01-01"
    reaches: use
    listing: list
    applies: org_type == "private"
    covers: video_surveillance && maker_listed
    verdict: prohibited
    why: it is so
    would_apply_to: private organisations
    examples:
      - say: listed
        as_at: "2021-01-01"
        facts: {kind: camera, maker: a, org_type: private}
        verdict: prohibited
      - say: not listed
        as_at: "2021-01-01"
        facts: {kind: camera, maker: c, org_type: private}
        verdict: not-covered
`

func base(regime, listing string) fstest.MapFS {
	return fstest.MapFS{"regimes/xx-rule.yaml": {Data: []byte(regime)}, "listings/list.yaml": {Data: []byte(listing)}}
}

func TestLintAcceptsAGoodFile(t *testing.T) {
	if got := lint(base(goodRegime, goodListing), few{}); len(got) != 0 {
		t.Error(got)
	}
}

func TestLintSaysWhereAndWhat(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"an expression that does not parse", `org_type == "private"`, `org_type == `, "regimes/xx-rule.yaml:16: applies: "},
		{"a fact that does not exist", "video_surveillance && maker_listed", "video_surveillance && maker_evil && maker_listed", "regimes/xx-rule.yaml:17: covers: "},
		{"a condition that is no yes or no", "covers: video_surveillance && maker_listed", "covers: maker", "gives string, a condition gives true or false"},
		{"a date that is none", "from: \"2020-01-01\"\n    reaches", "from: \"2020-13\"\n    reaches", `regimes/xx-rule.yaml:13: from: date "2020-13"`},
		{"an unknown verdict", "verdict: prohibited\n    why", "verdict: banned\n    why", `verdict "banned": one of prohibited, restricted`},
		{"a risk factor that forbids", "force: law", "force: risk factor", "a risk factor forbids nothing"},
		{"no sources", "sources: [https://example.org/act]", "sources: []", "give at least one public address"},
		{"a source that is no address", "https://example.org/act", "a book", `source "a book"`},
		{"a list that does not exist", "listing: list", "listing: other", "there is no listings/other.yaml"},
		{"a list nobody asks", "&& maker_listed", "", "belong together"},
		{"id and file name differ", "id: xx-rule", "id: yy-rule", `it must be the file's name, "xx-rule"`},
		{"a key that does not exist", "    why: it is so", "    wy: it is so", "field wy not found"},
		{"an example that fails", "verdict: not-covered", "verdict: prohibited", `regimes/xx-rule.yaml:26: example "not listed": the clause gives not-covered, the example says prohibited`},
		{"an example with an unknown company", "maker: c,", "maker: zz,", `maker "zz" is not in kb/makers`},
		{"an example with an unknown fact", "maker: c,", "colour: red,", `there is no fact "colour"`},
		{"an example with an unknown organisation", "maker: c, org_type: private", "maker: c, org_type: pirate", `type "pirate": one of`},
		{"a would_be the clause does not give", "facts: {kind: camera, maker: c, org_type: private}\n        verdict: not-covered", "facts: {kind: camera, maker: \"a?\", org_type: private}\n        verdict: cannot-tell\n        would_be: prohibited", `would_be is "", the example says "prohibited" (not known: maker_listed)`},
		{"a would_be that is left out", "facts: {kind: camera, maker: c, org_type: private}\n        verdict: not-covered", "facts: {kind: camera, maker: a}\n        verdict: cannot-tell", `would_be is "prohibited", the example says "" (not known: org_type)`},
		{"an organisation left out that does not exist", "clauses:", "not_bound: [{types: [pirate], says: not them}]\nclauses:", `not_bound: type "pirate": one of`},
		{"an organisation left out without words", "clauses:", "not_bound: [{types: [private]}]\nclauses:", "not_bound: give types and says"},
		{"no example in which the verdict holds", "maker: a, org_type: private}\n        verdict: prohibited", "maker: c, org_type: private}\n        verdict: not-covered", "give an example in which its verdict holds"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(goodRegime, c.old) {
				t.Fatalf("the test's own file has no %q", c.old)
			}
			var all []string
			for _, p := range lint(base(strings.Replace(goodRegime, c.old, c.new, 1), goodListing), few{}) {
				all = append(all, p.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), c.want) {
				t.Errorf("got %q, want … %s …", all, c.want)
			}
		})
	}
}

func TestListingFaults(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"company: a", "company: zz", `listings/list.yaml:5: entry "Company A": company "zz" is not in kb/makers`},
		{`from: "2019"`, `from: soon`, `from "soon"`},
		{"    source: https://example.org/list\n", "", "source is needed"},
	} {
		var all []string
		for _, p := range lint(base(goodRegime, strings.Replace(goodListing, c.old, c.new, 1)), few{}) {
			all = append(all, p.String())
		}
		if !strings.Contains(strings.Join(all, "\n"), c.want) {
			t.Errorf("got %q, want … %s …", all, c.want)
		}
	}
}

func TestLoadRefusesWhatLintRefuses(t *testing.T) {
	if _, err := load(base(strings.Replace(goodRegime, `"private"`, "", 1), goodListing), few{}); err == nil || !strings.Contains(err.Error(), "regimes/xx-rule.yaml:16") {
		t.Errorf("load: %v", err)
	}
	if _, err := load(fstest.MapFS{}, few{}); err == nil {
		t.Error("a knowledge base without rules was loaded")
	}
}

func TestAListingFollowsOwnershipDownwardsAndInTime(t *testing.T) {
	e, err := load(base(goodRegime, goodListing), few{})
	if err != nil {
		t.Fatal(err)
	}
	org := Organisation{Type: "private"}
	for _, c := range []struct{ id, asAt, want string }{
		{"a", "2021-01-01", "prohibited"},
		{"b", "2023-01-31", "prohibited"},  // owned by a then
		{"b", "2023-02-01", "not-covered"}, // sold
		{"c", "2021-01-01", "not-covered"},
	} {
		got := e.Judge(Device{"d", camera(c.id, c.id)}, org, on(t, c.asAt))
		if len(got) != 1 || string(got[0].Verdict) != c.want {
			t.Errorf("%s as at %s: %+v, want %s", c.id, c.asAt, got, c.want)
		}
	}
}

func TestADateKnownOnlyToTheYearIsNotGuessed(t *testing.T) {
	e, err := load(base(goodRegime, strings.Replace(goodListing, `"2019"`, `"2020"`, 1)), few{})
	if err != nil {
		t.Fatal(err)
	}
	got := e.Judge(Device{"d", camera("a", "A")}, Organisation{Type: "private"}, on(t, "2020-06-01"))
	if len(got) != 1 || got[0].Verdict != "cannot-tell" || got[0].Missing[0] != "the day on which Company A was listed" {
		t.Errorf("listed some day in 2020, judged in June: %+v", got)
	}
	got = e.Judge(Device{"d", camera("a", "A")}, Organisation{Type: "private"}, on(t, "2021-01-01"))
	if len(got) != 1 || got[0].Verdict != "prohibited" {
		t.Errorf("judged in 2021: %+v", got)
	}
}

func TestSpan(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want tri
	}{
		{"2020-08-13", "2020-08-13", yes}, {"2020-08-12", "2020-08-13", no}, {"2020", "2020-08-13", unknown}, {"2021", "2020-08", yes},
		{"2019", "2020", no}, {"2020-10-05", "2020-10", unknown}, {"2020-10-31", "2020-10", yes}, {"", "2020", unknown}, {"2024-02-29", "2024-02", yes},
	} {
		a, errA := parseSpan(c.a)
		b, errB := parseSpan(c.b)
		if got := a.atOrAfter(b); got != c.want || errA != nil || errB != nil {
			t.Errorf("%q at or after %q: %v, want %v (%v, %v)", c.a, c.b, got, c.want, errA, errB)
		}
	}
}

// A costly expression must end in "cannot tell", never in "not covered".
func TestAnExpressionOverTheCostLimitIsNotTakenForNotCovered(t *testing.T) {
	list := "[" + strings.Repeat(`"x",`, 60) + `"x"]`
	costly := strings.Replace(goodRegime, "video_surveillance && maker_listed", "maker_listed && "+list+".all(a, "+list+".all(b, a == b))", 1)
	e, err := load(base(costly, goodListing), few{})
	if err != nil {
		t.Fatal(err)
	}
	got := e.Judge(Device{"d", camera("a", "A")}, Organisation{Type: "private"}, on(t, "2021-01-01"))
	if len(got) != 1 || got[0].Verdict != "cannot-tell" {
		t.Errorf("got %+v", got)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodRegime), []byte(goodListing))
	f.Add([]byte("id: xx-rule\nclauses: [{clause: a, covers: '1 +'}]"), []byte("entries: [{}]"))
	f.Fuzz(func(t *testing.T, regime, listing []byte) {
		fsys := fstest.MapFS{"regimes/xx-rule.yaml": {Data: regime}, "listings/list.yaml": {Data: listing}}
		if e, err := load(fsys, few{}); err == nil {
			lint(fsys, few{})
			e.Judge(Device{"d", camera("a", "A")}, Organisation{}, on(t, "2021-01-01"))
		}
	})
}
