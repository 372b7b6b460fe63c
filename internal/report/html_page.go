package report

import (
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// A page is what the template draws.
type page struct {
	Policy       string
	Style        template.CSS
	Boot, Script template.JS
	Icons        template.HTML

	Doc          *Document
	Title        string
	Answer       []phrase
	Gravest      []phrase
	Estate       string
	Period       string
	Unread       int    // inputs that were not read whole
	Partial      string // the same in a sentence, "" when all was read
	UnreadAnswer string
	Grades       []string
	Outcomes     []string
	Makers       chart
	Kinds        chart
	Rules        chart // rules that say something
	AllRules     []chartRow
	Quiet        string
	InQuestion   string
	Talk         talkView
	Facets       []facet
	Columns      []string
	Count        string
	Rows         []row
	Loose        []Stream  // of senders that are no device
	order        []*Device // as in the table
	views        *deviceViews
	err          error // the first of drawing a part
	Forces       []forceView
}

// A phrase is part of a sentence; Set names the list behind it.
type phrase struct{ Text, Set string }

// A cell is a number, and the list it counts.
type cell struct {
	N   int
	Set string
}

// newPage works out what the page shows. Strings in doc are already harmless.
func newPage(doc *Document) *page {
	x := newIndex(doc)
	order := tableOrder(doc, x)
	p := &page{
		Policy: policy, Style: template.CSS(style), Boot: template.JS(boot), Script: template.JS(script), Icons: template.HTML(icons), //nolint:gosec // our own embedded files
		Doc: doc, Title: title(doc), Estate: estateWords(doc.Estate), Period: period(doc.Inputs),
		Grades: gradeWords(), Columns: tableColumns,
	}
	for _, o := range outcomes {
		p.Outcomes = append(p.Outcomes, o.String())
	}
	p.Answer, p.Gravest = answerPhrases(doc, order), gravestPhrases(x, order)
	p.unread()
	p.Makers, p.Kinds = makerChart(doc), kindChart(doc)
	p.rules(x)
	t := newTalk(doc)
	companies := most(t.total.controllers)
	p.Talk = newTalkView(doc, t, companies)
	p.Rows = tableRows(x, order)
	p.rowsTalk(t, order, companies)
	p.Facets = append(facets(x, order), talkFacets(t, order, companies)...)
	p.Count = plural(len(order), "device", "devices")
	p.Loose = loose(doc)
	p.order, p.views = order, newDeviceViews(doc, x, t)
	return p
}

// rowsTalk gives the lines of the table what the filters by talk need.
func (p *page) rowsTalk(t *talk, order []*Device, companies []string) {
	if len(t.reaching) == 0 {
		return
	}
	number := make(map[string]int, len(companies))
	for i, c := range companies {
		number[c] = i
	}
	for i, d := range order {
		r := &p.Rows[i]
		r.Talks = t.talksKey(d.ID)
		r.Countries, r.Companies = talkKeys(t.shareOf(d.ID), number)
	}
}

// title says what was audited, for the window and the printed page.
func title(doc *Document) string {
	if doc.Estate.Organisation != "" {
		return doc.Estate.Organisation + ", as at " + doc.AsAt
	}
	if len(doc.Inputs) > 0 {
		s := cutMiddle(doc.Inputs[0].Name, 60)
		if n := len(doc.Inputs) - 1; n > 0 {
			s += fmt.Sprintf(" and %d more", n)
		}
		return s + ", as at " + doc.AsAt
	}
	return "as at " + doc.AsAt
}

// tableOrder sorts devices as a reader wants them: those in question first, by
// gravest verdict, then kind, maker, model and id.
func tableOrder(doc *Document, x *index) []*Device {
	list := make([]*Device, len(doc.Devices))
	for i := range doc.Devices {
		list[i] = &doc.Devices[i]
	}
	t := &term{x: x}
	slices.SortStableFunc(list, func(a, b *Device) int {
		switch qa, qb := x.inQuestion(a), x.inQuestion(b); {
		case qa && !qb:
			return -1
		case qb && !qa:
			return 1
		}
		return t.byTable(a, b)
	})
	return list
}

func answerPhrases(doc *Document, list []*Device) []phrase {
	by := doc.kindCounts()
	out := []phrase{
		{Text: plural(len(list), "device", "devices"), Set: "all"},
		{Text: " " + be(len(list)) + " in " + plural(len(doc.Inputs), "input", "inputs")},
	}
	var parts []phrase
	for _, k := range kindOrder(by) {
		parts = append(parts, phrase{kindWords(k, by[k]), "kind=" + url.QueryEscape(k)})
	}
	out = append(out, joined(": ", parts)...)
	out = append(out, phrase{Text: "."})
	if n := doc.Summary.FarEnds; n > 0 {
		out = append(out, phrase{Text: " " + plural(n, "address that spoke is not listed as a device.", "addresses that spoke are not listed as devices.")})
	}
	return out
}

func be(n int) string {
	if n == 1 {
		return "was seen"
	}
	return "were seen"
}

// gravestPhrases counts the devices in question by their gravest verdict.
func gravestPhrases(x *index, list []*Device) []phrase {
	by := map[outcome]int{}
	n := 0
	for _, d := range list {
		if w := x.worst(d.ID); w != nil && x.inQuestion(d) {
			by[outcomeOf(w)]++
			n++
		}
	}
	if n == 0 {
		return nil
	}
	var parts []phrase
	for _, o := range outcomes {
		if by[o] > 0 {
			parts = append(parts, phrase{fmt.Sprintf("%s %s", thousands(int64(by[o])), o), "verdict=" + o.key()})
		}
	}
	out := []phrase{{Text: "By the gravest verdict of any rule, of the " + plural(n, "device", "devices") + " in question"}}
	return append(append(out, joined(": ", parts)...), phrase{Text: "."})
}

// joined puts words between phrases: lead, commas and "and".
func joined(lead string, parts []phrase) []phrase {
	var out []phrase
	for i, p := range parts {
		between := ", "
		switch {
		case i == 0:
			between = lead
		case i == len(parts)-1:
			between = " and "
		}
		out = append(out, phrase{Text: between}, p)
	}
	return out
}

func (p *page) unread() {
	var packets, bytes int64
	var partial []Input
	ended := 0
	for _, in := range p.Doc.Inputs {
		if in.Error != "" || len(in.NotUnderstood) > 0 {
			partial = append(partial, in)
			p.Unread++
		}
		if in.Error != "" {
			ended++
		}
		for _, g := range in.NotUnderstood {
			packets += g.Packets
			bytes += g.Bytes
		}
	}
	if p.Unread == 0 {
		p.UnreadAnswer = "Everything in the inputs was read and understood as far as its headers."
		return
	}
	p.Partial = fmt.Sprintf("%s of %s held parts that were not understood: %s in all.", plural(p.Unread, "input", "inputs"),
		thousands(int64(len(p.Doc.Inputs))), amount(partial, packets, bytes))
	if ended > 0 {
		p.Partial += " Reading of " + thousands(int64(ended)) + " ended early."
	}
	p.UnreadAnswer = p.Partial + " A device that spoke only there is not in this report."
}

// rules fills the picture, the table and the texts of the rules.
func (p *page) rules(x *index) {
	tally := x.tally(p.Doc)
	n := 0
	for i := range p.Doc.Devices {
		if x.inQuestion(&p.Doc.Devices[i]) {
			n++
		}
	}
	p.InQuestion = plural(n, "device is", "devices are") + " in question: video equipment of any kind, and any other device of which a rule says more than “not covered”. Gravest verdict of each rule on each device, as at " + day(p.Doc.AsAt) + "."
	var quiet []string
	for i, r := range x.regimes {
		if tally[r.ID] == nil {
			continue
		}
		row := ruleRow(i, r, tally[r.ID], n)
		p.AllRules = append(p.AllRules, row)
		if len(tally[r.ID]) == 1 && tally[r.ID][outcome{verdict: finding.NotCovered}] > 0 {
			quiet = append(quiet, r.Name)
			continue
		}
		p.Rules.Drawn = append(p.Rules.Drawn, row)
	}
	p.Rules.Rows, p.Rules.Legend = p.AllRules, outcomeLegend(p.Rules.Drawn)
	p.Rules.Caption = "The whole width is all the devices in question. Where a bar is shorter, nothing was seen of the others that the rule speaks of."
	p.Quiet = and(quiet)
	p.Forces = forceViews(x, tally)
}

// A forceView is the rules of one force.
type forceView struct {
	Title   string
	Regimes []regimeView
}

type regimeView struct {
	*Regime
	Anchor string
	Links  []link
	Here   []phrase
}

var forceTitles = map[finding.Force]string{
	finding.Law: "Law", finding.Own: "The estate's own rules", finding.Policy: "Policy", finding.Guidance: "Guidance", finding.Risk: "Risk factors",
}

func forceViews(x *index, tally map[string]map[outcome]int) []forceView {
	var out []forceView
	for i, r := range x.regimes { // sorted by force
		name := forceTitles[finding.Force(r.Force)]
		if name == "" {
			name = "Of another force"
		}
		if len(out) == 0 || out[len(out)-1].Title != name {
			out = append(out, forceView{Title: name})
		}
		v := regimeView{Regime: r, Anchor: anchor("rule", r.ID), Links: links(r.Sources...)}
		for _, o := range outcomes {
			if n := tally[r.ID][o]; n > 0 {
				v.Here = append(v.Here, phrase{fmt.Sprintf("%s %s", thousands(int64(n)), o), ruleSet(i, o)})
			}
		}
		last := &out[len(out)-1]
		last.Regimes = append(last.Regimes, v)
	}
	return out
}

// anchor makes an id out of a name from the document.
func anchor(prefix, id string) string {
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteByte('-')
	for _, r := range id {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "_%x_", r)
		}
	}
	return b.String()
}

// loose are the streams of senders that are not listed as devices.
func loose(doc *Document) []Stream {
	var out []Stream
	for _, s := range doc.Streams {
		if s.Device == "" {
			out = append(out, s)
		}
	}
	return out
}

func gradeWords() []string {
	var out []string
	for g := int(attribution.Confirmed); g >= 0; g-- {
		out = append(out, attribution.Grade(g).String())
	}
	return out
}
