package query

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// estate are the fields the tests ask of.
var estate = []Field{
	{Name: "maker", Says: "who produced it"},
	{Name: "model"},
	{Name: "name"},
	{Name: "verdict", Type: Choice, Values: []string{"prohibited", "restricted", "advised-against", "not-covered", "cannot-tell"}},
	{Name: "grade", Type: Choice, Ranked: true, Values: []string{"confirmed", "probable", "possible", "unknown"}},
	{Name: "site.sensitive", Type: Bool},
	{Name: "egress.country", Says: "where its far ends stand"},
	{Name: "vlan", Type: Number},
	{Name: "bytes", Type: Number},
	{Name: "up", Type: Number},
	{Name: "waiver", Type: Time},
	{Name: "first", Type: Time},
	{Name: "last", Type: Time},
	{Name: "support.ends", Type: Time},
	{Name: "ip", Type: Address},
	{Name: "mac", Type: MAC},
}

func TestCanonicalText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"  ", ""},
		{"maker:hikvision AND site.sensitive:true AND egress.country!=GB", "maker:hikvision AND site.sensitive:true AND egress.country!=GB"},
		{"MAKER=Hikvision site.sensitive:YES", "maker:Hikvision AND site.sensitive:true"},
		{"a or b and not c", "a OR b AND NOT c"},
		{"grade>=probable", "grade:confirmed,probable"},
		{"grade<Probable", "grade:possible,unknown"},
		{"-grade>possible", "grade!=confirmed,probable"},
		{"(a OR b) c", "(a OR b) AND c"},
		{"(a b) c", "a AND b AND c"},
		{"-(a OR b)", "NOT (a OR b)"},
		{"--a", "a"},
		{"NOT maker:axis", "maker!=axis"},
		{"-maker!=axis", "maker:axis"},
		{"egress.country:!GB,IE", "egress.country:!GB,IE"},
		{"-egress.country:!GB", "NOT egress.country:!GB"},
		{`model:"DS 2CD"*`, `model:"DS 2CD"*`},
		{`model:"DS*"`, `model:"DS*"`},
		{`model:DS**2CD*`, `model:DS*2CD*`},
		{"maker:*", "maker:*"},
		{"maker : axis", "maker:axis"},
		{"last<2026-11-01 first>7d", "last<2026-11-01 AND first>7d"},
		{"last:2026-11-01..2026-11-07", "last:2026-11-01..2026-11-07"},
		{"support.ends<+90d", "support.ends<+90d"},
		{"last >= 2026-11-01t10:30z", "last>=2026-11-01T10:30Z"},
		{"bytes>=10k bytes<2.5M", "bytes>=10000 AND bytes<2500000"},
		{"vlan:10..20,30", "vlan:10..20,30"},
		{"ip:10.1.2.3/8 ip:fe80::1", "ip:10.0.0.0/8 AND ip:fe80::1"},
		{"mac:44-19-B6-*", "mac:44:19:b6*"},
		{"mac:4419.b600.0001", "mac:44:19:b6:00:00:01"},
		{"44:19:b6:00:00:01", `"44:19:b6:00:00:01"`},
		{"c0:56:e3", `"c0:56:e3"`},
		{"fe80::1", `"fe80::1"`},
		{"http://10.0.0.1/x", `"http://10.0.0.1/x"`},
		{`"AND" "or"`, `"AND" AND "or"`},
		{`“front door” x`, `"front door" AND x`},
		{`"a \"b\" \\ c"`, `"a \"b\" \\ c"`},
		{"verdict:PROHIBITED,cannot*", "verdict:PROHIBITED,cannot*"},
		{"DS-2CD", "DS-2CD"},
		{"hik*cam*", "hik*cam*"},
		{"überwachung", "überwachung"},
	} {
		q, err := Parse(c.in, estate)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.in, err)
			continue
		}
		if got := q.String(); got != c.want {
			t.Errorf("Parse(%q) = %q, want %q", c.in, got, c.want)
		}
		if again, err := Parse(q.String(), estate); err != nil || again.String() != q.String() {
			t.Errorf("canonical %q reads as %v, %v", q, again, err)
		}
	}
}

func TestErrorsNamePlaceAndNearest(t *testing.T) {
	for _, c := range []struct {
		in   string
		char int
		near string
		says string
	}{
		{"makr:axis", 1, "maker", `no field "makr"`},
		{"ü sensitive:true", 3, "site.sensitive", "no field"},
		{"site.sensitve:true", 1, "site.sensitive", "no field"},
		{"maker:", 7, "", "lacks its value"},
		{"maker: AND x", 8, "", "lacks its value"},
		{"maker:axis, bosch", 12, "", "lacks a value"},
		{`maker:""`, 7, "", "-maker:* finds"},
		{"verdict:prohibted", 9, "prohibited", "none of its values"},
		{"maker>5", 1, "maker:", "has no order"},
		{"verdict>=restricted", 1, "verdict:", "has no order"},
		{"grade>=probabel", 8, "probable", "none of its values"},
		{"grade>confirmed", 7, "", "nothing is beyond"},
		{"(a OR b", 1, "", "not closed"},
		{"a)", 2, "", "closes nothing"},
		{"a OR", 5, "", "text ends"},
		{"()", 2, "", "parenthesis closes"},
		{"a AND OR b", 7, "", "OR stands where"},
		{`"abc`, 1, "", "not closed"},
		{"last:soon", 6, "", "no time"},
		{"last>6m", 6, "", "6min or 6mo"},
		{"last>1..2", 6, "", "no order"},
		{"bytes>many", 7, "", "no number"},
		{"bytes>1,2", 9, "", "one value"},
		{"ip:10.0.0.300", 4, "", "address or a network"},
		{"mac:zz*", 5, "", "hexadecimal"},
		{"maker:(a OR b)", 7, "", "maker:a,b"},
		{"vlan:1*", 6, "", "star"},
		{"- x", 1, "", "nothing stands behind"},
		{"a\x00b", 2, "", "control"},
		{"site.sensitive:maybe", 16, "", "true, false or unknown"},
		{strings.Repeat("(", 60) + "a", 51, "", "more than 50"},
		{strings.Repeat("a ", 401), 801, "", "more than 400"},
	} {
		_, err := Parse(c.in, estate)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("Parse(%q): %v, want an *Error", c.in, err)
			continue
		}
		if e.Char != c.char || e.Near != c.near || !strings.Contains(e.Says, c.says) {
			t.Errorf("Parse(%q): %q (at %d, near %q), want %q at %d, near %q", c.in, e, e.Char, e.Near, c.says, c.char, c.near)
		}
	}
}

func TestTimes(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		in, at string
		want   bool
	}{
		{"last<2026-11-01", "2026-10-31T23:59:59Z", true},
		{"last<2026-11-01", "2026-11-01T00:00:00Z", false},
		{"last>2026-11-01", "2026-11-01T23:59:59Z", false},
		{"last>2026-11-01", "2026-11-02", true},
		{"last<=2026-11-01", "2026-11-01T23:59:59Z", true},
		{"last:2026-11", "2026-11-30T10:00:00Z", true},
		{"last:2026", "2027-01-01", false},
		{"last>7d", "2026-11-17T00:00:00Z", true},
		{"last>7d", "2026-11-16T11:00:00Z", false},
		{"last:7d", "2026-11-23T11:00:00Z", true},
		{"last:7d", "2026-11-24", false},
		{"last<30d", "2026-10-01", true},
		{"last:today", "2026-11-23T01:00:00Z", true},
		{"last:yesterday", "2026-11-23T01:00:00Z", false},
		{"last<+90d", "2027-02-01", true},
		{"last:+90d", "2026-12-01", true},
		{"last:+90d", "2026-11-01", false},
		{"last:2026-11-01..2026-11-03", "2026-11-03T23:00:00Z", true},
		{"last:2026-11-01T10:30", "2026-11-01T10:30:59Z", true},
		{"last!=today", "", true},
		{"last:!today", "", false},
	} {
		q, err := Parse(c.in, estate)
		if err != nil {
			t.Fatal(err)
		}
		q.Now = now
		if got := q.Match(func(string) []string { return []string{c.at} }); got != c.want {
			t.Errorf("%s of %s: %v, want %v", c.in, c.at, got, c.want)
		}
	}
}

func TestDatesAreOfTheQuerysZone(t *testing.T) {
	q, err := Parse("last:2026-11-01", estate)
	if err != nil {
		t.Fatal(err)
	}
	q.Zone = time.FixedZone("+10", 36000)
	if !q.Match(func(string) []string { return []string{"2026-10-31T14:00:00Z"} }) {
		t.Error("midnight in the zone is not of its day")
	}
}

func TestAskIsNeverAnythingElse(t *testing.T) {
	q, err := Parse("a OR b", estate)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := q.And(Ask("maker", `x" OR *`)), `(a OR b) AND maker:"x\" OR *"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (&Query{}).And(Ask("maker", "axis")); got != "maker:axis" {
		t.Errorf("got %s", got)
	}
	// A name can hold what a text cannot; a page that asks for it must not fail.
	for name, want := range map[string]string{"Hall\x1b[31m": `maker:*Hall*"[31m"*`, "\x00": "maker:*", "a\xffb": "maker:*a*b*"} {
		got := Ask("maker", name)
		if _, err := Parse(got, estate); got != want || err != nil {
			t.Errorf("Ask of %q is %s, %v; want %s", name, got, err, want)
		}
	}
}

func TestUses(t *testing.T) {
	q, err := Parse("x maker:a -(maker:b OR vlan:1)", estate)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"", "maker", "vlan"}, q.Uses()); diff != "" {
		t.Error(diff)
	}
}

func TestComplete(t *testing.T) {
	in := func(field, prefix string) []string {
		if field != "maker" {
			return nil
		}
		return []string{"hikvision", "Hanwha Vision"}
	}
	for _, c := range []struct {
		text string // | is the cursor
		want []Suggestion
	}{
		{"mak|", []Suggestion{{"maker:", 0, 3, "who produced it"}}},
		{"a coun|", []Suggestion{{"egress.country:", 2, 6, "where its far ends stand"}}},
		{"maker:h|", []Suggestion{{"hikvision", 6, 7, ""}, {`"Hanwha Vision"`, 6, 7, ""}}},
		{`maker:axis,"h|`, []Suggestion{{"hikvision", 11, 13, ""}, {`"Hanwha Vision"`, 11, 13, ""}}},
		{"-(verdict:!pro| OR b)", []Suggestion{{"prohibited", 11, 14, ""}}},
		{"site.sensitive:u|", []Suggestion{{"unknown", 15, 16, ""}}},
		{"a O|", []Suggestion{{"OR ", 2, 3, "one must be true"}}},
		{`"a mak|`, nil},
	} {
		text, rest, _ := strings.Cut(c.text, "|")
		if got := Complete(text+rest, len(text), estate, in); !cmp.Equal(got, c.want) {
			t.Errorf("Complete(%q): %s", c.text, cmp.Diff(c.want, got))
		}
	}
	if got := Complete("", 0, estate, in); len(got) != len(estate) {
		t.Errorf("an empty text proposes %d of %d fields", len(got), len(estate))
	}
}

// What the page shows must be as it says.
func TestReferenceShowsWhatParses(t *testing.T) {
	page := Reference(estate)
	for _, f := range estate {
		if !strings.Contains(page, "| `"+f.Name+"` |") {
			t.Errorf("the page lacks %s", f.Name)
		}
	}
	n := 0
	for line := range strings.Lines(page) {
		cell, ok := strings.CutPrefix(line, "| ")
		if !ok || strings.HasPrefix(cell, "write") {
			continue
		}
		if strings.HasPrefix(cell, "field") {
			break
		}
		cell, _, _ = strings.Cut(cell, " | ")
		for i, text := range strings.Split(cell, "`") {
			if i%2 == 1 && text != "(…)" {
				n++
				if _, err := Parse(text, estate); err != nil {
					t.Errorf("%s: %v", text, err)
				}
			}
		}
	}
	if n < 20 {
		t.Errorf("%d examples found", n)
	}
}

func TestMended(t *testing.T) {
	for text, want := range map[string]string{
		"makr:axis AND x": "maker:axis AND x", "maker>axis": "maker:axis", "x verdict:prohibted y": "x verdict:prohibited y", "maker:": "",
	} {
		_, err := Parse(text, estate)
		var e *Error
		if !errors.As(err, &e) || e.Mended(text) != want {
			t.Errorf("%q is mended to %q, want %q (%v)", text, e.Mended(text), want, err)
		}
	}
}
