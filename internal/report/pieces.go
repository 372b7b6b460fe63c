package report

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// Pieces of the page for those who show one device or one picture at a time, so
// that the hub and the report draw the same things in the same way.

// A DevicePiece is what a page shows of one device.
type DevicePiece struct {
	Name, Lead string
	Identity   template.HTML // names, addresses, when it was seen
	Claims     template.HTML // with grades and numbered evidence
	Rests      string        // numbers of the evidence the verdicts rest on: "1 to 7"
	Findings   []FindingPiece
	Denials    []NotePiece // the companies' own statements, where no claim has them beside it
	Chart      template.HTML
	Outside    template.HTML // table of conversations outside
	Inside     template.HTML
	Answer     string        // who it talks to, in a sentence; "" when it was not heard
	Streams    template.HTML // "" when it sent none
	Seen       template.HTML // what it said
	SeenMore   int
	Rows       []RowPiece // of the knowledge base that matched
}

// A FindingPiece is one regime's verdict on the device.
type FindingPiece struct {
	*finding.Finding
	Chip Chip
	HTML template.HTML
}

// A NotePiece is a sentence with its public sources.
type NotePiece struct {
	Text    string
	Sources template.HTML
}

// A RowPiece is a row of the knowledge base that the evidence leads to.
type RowPiece struct {
	ID, Rule   string
	Sources    template.HTML
	Unverified bool
}

// talkShown bounds the conversations of one device on a page of its own.
const talkShown = 200

// PieceOf draws the one device of doc. Its conversations, findings, streams and
// inputs are those of doc; rule says where the text of a regime is. doc is not
// changed, and no string of it keeps power over a page.
func PieceOf(doc *Document, rule func(regime string) string) (*DevicePiece, error) {
	if len(doc.Devices) != 1 {
		return nil, fmt.Errorf("draw a device: %d devices", len(doc.Devices))
	}
	clean := harmless(doc)
	d := &clean.Devices[0]
	v := newDeviceViews(&clean, newIndex(&clean), newTalk(&clean))
	v.rule = rule
	v.next = func(f *finding.Finding) string { return f.Next }
	v.ration, v.left = rations{talkShown, talkShown, 1}, rations{talkShown, talkShown, 1}
	view := v.view(d)
	var w drawer
	denials := view.withSources(v.x.findings[d.ID])
	for i := range view.Identity {
		if e := &view.Identity[i]; e.Name == "In" && len(d.Inputs) > 2 {
			e.Fold = plural(len(d.Inputs), "input", "inputs")
		}
	}
	out := &DevicePiece{
		Name: view.Name, Lead: view.Lead, Rests: view.Rests, SeenMore: view.SeenMore,
		Identity: w.draw("identity", view), Claims: w.draw("claims-folded", view),
	}
	if len(view.Streams) > 0 {
		out.Streams = w.draw("streams", view.Streams)
	}
	if len(view.Seen) > 0 {
		out.Seen = w.draw("seen", view.Seen)
	}
	if t := view.Talks; t != nil {
		out.Answer = t.Answer
		if t.Chart != nil {
			out.Chart = w.draw("time", t.Chart)
		}
		if len(t.Rows) > 0 {
			out.Outside = w.draw("outside", t.Rows)
		}
		if len(t.Inside.Rows) > 0 {
			out.Inside = w.draw("inside", t.Inside)
		}
	}
	disputed := map[string]bool{}
	for _, f := range v.x.findings[d.ID] {
		view := v.findingOf(f)
		view.DisputedAbove, disputed[f.Disputed] = f.Disputed != "" && disputed[f.Disputed], true
		out.Findings = append(out.Findings, FindingPiece{f, ChipOf(f.Verdict, f.WouldBe), w.draw("finding", view)})
	}
	for _, n := range denials {
		out.Denials = append(out.Denials, NotePiece{n.Note, w.draw("links", n.NoteLinks)})
	}
	for _, r := range v.Rows {
		out.Rows = append(out.Rows, RowPiece{r.ID, r.Rule, w.draw("links", r.Links), r.Unverified})
	}
	return out, w.err
}

// A drawer keeps the first error of many drawings.
type drawer struct{ err error }

func (w *drawer) draw(name string, data any) template.HTML {
	var b bytes.Buffer
	if err := pageTemplate().ExecuteTemplate(&b, name, data); err != nil {
		w.err = cmp.Or(w.err, fmt.Errorf("draw %s: %w", name, err))
	}
	return template.HTML(b.String()) //nolint:gosec // drawn by an escaping template
}

// A Passage is what went from somewhere (a site, a kind of device) to servers
// of one company in one country.
type Passage struct {
	From                              string
	Controller, Jurisdiction, Country string // company as shown, ISO 3166-1 alpha-2; "" not known
	Up, Down                          uint64 // bytes
}

// SankeyOf draws passages as ribbons from where they come over who controls the
// servers to where those stand; "" when nothing went up.
func SankeyOf(list []Passage) (template.HTML, error) {
	type key struct{ controller, jurisdiction, country string }
	at := map[key]*route{}
	var routes []*route
	for _, p := range list {
		if p.Up == 0 {
			continue
		}
		p = rewritten(p, visible)
		k := key{p.Controller, p.Jurisdiction, p.Country}
		r := at[k]
		if r == nil {
			r = &route{controller: p.Controller, jurisdiction: p.Jurisdiction, country: p.Country, from: map[string]uint64{}}
			at[k], routes = r, append(routes, r)
		}
		r.up, r.down = r.up+p.Up, r.down+p.Down
		r.from[p.From] += p.Up
	}
	if len(routes) == 0 {
		return "", nil
	}
	slices.SortStableFunc(routes, func(a, b *route) int { return cmp.Compare(b.up, a.up) })
	var w drawer
	s := newSankey(routes, func(from string) (string, string) { return from, "" })
	return w.draw("sankey", s), w.err
}

// MapOf draws what went up to each country, ISO 3166-1 alpha-2, "" for not known.
func MapOf(up map[string]uint64) (template.HTML, error) {
	var rows []mapRow
	for _, c := range most(up) {
		rows = append(rows, mapRow{visible(c), up[c]})
	}
	var w drawer
	return w.draw("map", newMap(rows)), w.err
}

// TimeChartOf draws traffic with the outside over time; "" when there was none.
func TimeChartOf(t *egress.Timeline) (template.HTML, error) {
	c := newTimeChart(t)
	if c == nil {
		return "", nil
	}
	var w drawer
	return w.draw("time", c), w.err
}

// A Bar is one bar of a chart; N is a count a grade, the surest first, or a
// count an outcome in the order of [Outcomes].
type Bar struct {
	Label, Note string
	N           []int
}

// GradeBars draws bars shaded by grade: confirmed, probable, possible, unknown.
func GradeBars(caption string, list []Bar) (template.HTML, error) {
	return barsOf(caption, list, gradeKeys)
}

// VerdictBars draws bars shaded by outcome, see [Outcomes].
func VerdictBars(caption string, list []Bar) (template.HTML, error) {
	keys := slices.Clone(outcomeKeys)
	for i, o := range outcomes {
		keys[i].Text = o.String()
	}
	return barsOf(caption, list, keys)
}

func barsOf(caption string, list []Bar, keys []key) (template.HTML, error) {
	c := chart{Caption: caption}
	full, used := 0, make([]bool, len(keys))
	for _, b := range list {
		total := 0
		for i, n := range b.N {
			total += n
			used[i] = used[i] || n > 0
		}
		full = max(full, total)
	}
	for i, k := range keys {
		if used[i] {
			c.Legend = append(c.Legend, k)
		}
	}
	for _, b := range list {
		total := 0
		for _, n := range b.N {
			total += n
		}
		c.Drawn = append(c.Drawn, chartRow{Label: visible(b.Label), Note: visible(b.Note), Words: thousands(int64(total)), Segments: bar(b.N, full, keys)})
	}
	var w drawer
	return w.draw("figure", c), w.err
}

// Outcomes are the words of what a regime can say of a device, the gravest
// first; "would be" goes with cannot-tell.
func Outcomes() []string {
	out := make([]string, len(outcomes))
	for i, o := range outcomes {
		out[i] = o.String()
	}
	return out
}

// OutcomeOf is the place in [Outcomes] of a verdict and what it would be.
func OutcomeOf(v, wouldBe finding.Verdict) int {
	return outcomeOf(&finding.Finding{Verdict: v, WouldBe: wouldBe}).gravity()
}

// A Chip is a verdict with its word, icon and colour class.
type Chip struct{ Class, Icon, Text string }

// ChipOf is how a verdict is shown, as the template "verdict" takes it.
func ChipOf(v, wouldBe finding.Verdict) Chip {
	switch v { // of a device as a whole
	case finding.Accepted:
		return Chip{"k-n", "accepted", verdictWord(v)}
	case finding.WouldBeProhibited:
		v, wouldBe = finding.CannotTell, finding.Prohibited
	case finding.WouldBeRestricted:
		v, wouldBe = finding.CannotTell, finding.Restricted
	}
	o := outcomeOf(&finding.Finding{Verdict: v, WouldBe: wouldBe})
	text := verdictWord(v)
	if o.would != "" {
		text = o.String()
	}
	return Chip{"k-" + o.key(), string(v), text}
}

// Parts is the template source of what report and hub draw alike. It needs [Funcs].
func Parts() string { return asset("parts.html") }

// Icons are the symbols and patterns that the parts refer to; they stand once in a page.
func Icons() template.HTML { return template.HTML(icons) } //nolint:gosec // our own embedded file

// Visible returns s with what is not plainly seen written out: control
// characters, marks that turn the direction of text, zero-width characters.
func Visible(s string) string { return visible(s) }

// VisibleIn is [Visible] for a whole page, whose line breaks and tabs stay. A
// page that needs nothing done is returned as it is.
func VisibleIn(page []byte) []byte {
	bad := func(r rune) bool { return (r < ' ' || r >= 0x7f) && r != '\n' && r != '\t' && r != '\r' && hidden(r) }
	clean := true
	for i := 0; i < len(page) && clean; i++ {
		if c := page[i]; ' ' <= c && c < 0x7f { // nearly all of a page
			continue
		}
		r, n := utf8.DecodeRune(page[i:])
		clean = !bad(r)
		i += n - 1
	}
	if clean {
		return page
	}
	var b bytes.Buffer
	for _, r := range string(page) {
		if bad(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.Bytes()
}

// Tame returns a deep copy of v in which every string has gone through [Visible].
func Tame[T any](v T) T { return rewritten(v, visible) }

// CutMiddle shortens s to at most width columns with "…" in the middle.
func CutMiddle(s string, width int) string { return cutMiddle(s, width) }

// CountryName is a country by name with the code beside it: "China (CN)".
func CountryName(code string) string { return countryName(code) }

// PurposeName is what a conversation is for as a cell of a table: "time (NTP)".
func PurposeName(purpose string) string { return purposeName(purpose) }

// KindName is a kind as a cell of a table.
func KindName(kind string) string { return kindName(kind) }

// Size writes bytes as "1.2 GB".
func Size(n int64) string { return size(n) }

// Thousands writes 12345 as "12,345".
func Thousands(n int64) string { return thousands(n) }

// Plural is "1 device", "2,000 devices".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// And joins words: "a, b and c".
func And(words []string) string { return and(words) }

// Pips draws a grade's word in four steps.
func Pips(grade string) string {
	var g attribution.Grade
	_ = g.UnmarshalText([]byte(grade)) // a word that is none is unknown
	return pips(g)
}

// VerdictWord is a verdict as it is printed: "advised against".
func VerdictWord(v finding.Verdict) string { return verdictWord(v) }
