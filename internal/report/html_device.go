package report

import (
	"fmt"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// seenShown bounds how many observations of one device a page holds; a page of
// 5,000 devices must still open quickly, and the JSON report holds them all.
const seenShown = 40

// A deviceView is a device's own part of the page.
type deviceView struct {
	ID, Name, Lead string
	Identity       []identity
	Claims         []claimView
	NotKnown       string
	Judgement      *judgementView     // nil when no rule says anything
	Rests          string             // the numbers of the evidence that the verdicts rest on: "1 to 7"
	Talks          *conversationsView // nil when it was not heard to talk
	Streams        []Stream
	Seen           []seenView
	SeenMore       int
}

type identity struct {
	Name, Text, Link string
	Mono             bool
	Fold             string // what stands for a long text until it is opened; "" shows it
}

type claimView struct {
	Name, Value, Note string
	NoteLinks         []link // sources of the note
	Grade             attribution.Grade
	Evidence          []evidenceView // seen here for the first time
	Again             []evidenceView // shown at an earlier claim
	Conflicts         []conflictView
}

type conflictView struct {
	Value           string
	Grade           attribution.Grade
	Evidence, Again []evidenceView
}

// An evidenceView is one numbered piece of evidence. A device shows each piece
// once; where it serves again, only its number is shown.
type evidenceView struct {
	observation.Evidence
	Number int
	ID     string
	Place  string   // "packet 12", "line 3"; "" when it is none
	Row    *rowView // of the knowledge base, nil when no row is named
}

// A seenView is one observation in the words of the page. They are put together
// here, for a page has a hundred thousand fields and the template takes each
// for itself.
type seenView struct {
	Input  string
	When   string // ", packet 12, dhcp, 3 times, 2026-11-03 08:00:01 UTC"
	Fields string // a line each
}

// A rowView is one row of the knowledge base that matched somewhere; its source
// stands once in the page.
type rowView struct {
	ID, Rule   string
	Links      []link
	Unverified bool
}

type verdictView struct{ Class, Icon, Text string }

type findingView struct {
	Class, Name, Href, Force, Clause, AsAt string
	Why, WouldFor, Missing, Also, Disputed string
	Next                                   string
	DisputedAbove                          bool // the same text stands at an earlier rule of the judgement
	Verdict                                verdictView
	Rows                                   []evidenceView // rows of the knowledge base: a list's entry, an ownership
	Links                                  []link
}

// A judgementView is what all rules say of devices that they say the same of.
type judgementView struct {
	Number     int
	ID         string
	Of         string // "360 devices"
	Summary    string // "would be prohibited by 12 rules, …"
	Findings   []findingView
	Denials    []string // the companies' own statements
	NotCovered []notCovered
	names      []phrase
	devices    int
}

type notCovered struct {
	Rules []regimeLink
	Why   string
}

type regimeLink struct{ Name, Anchor string }

// deviceViews draws devices of one document, and keeps what they share: rows of
// the knowledge base and judgements.
type deviceViews struct {
	x          *index
	streams    map[string][]Stream
	rows       map[rowKey]*rowView
	Rows       []*rowView
	judged     map[string]*judgementView
	Judgements []*judgementView
	talk       *talk
	ration     rations                // of each device
	left       rations                // of the whole page
	rule       func(id string) string // where the text of a regime is
	next       func(*finding.Finding) string
}

type rowKey struct {
	rule, source string
	unverified   bool
}

func newDeviceViews(doc *Document, x *index, t *talk) *deviceViews {
	v := &deviceViews{x: x, talk: t, ration: newRations(t), left: rations{outsideRows, insideRows, chartsShown}, next: next, streams: map[string][]Stream{}, rows: map[rowKey]*rowView{}, judged: map[string]*judgementView{}}
	v.rule = func(id string) string { return "#" + anchor("rule", id) }
	for _, s := range doc.Streams {
		if s.Device != "" {
			v.streams[s.Device] = append(v.streams[s.Device], s)
		}
	}
	return v
}

// row gives a row of the knowledge base its place in the page.
func (v *deviceViews) row(e *observation.Evidence) *rowView {
	if e.Rule == "" && e.Source == "" {
		return nil
	}
	k := rowKey{e.Rule, e.Source, e.Unverified}
	r := v.rows[k]
	if r == nil {
		r = &rowView{ID: fmt.Sprintf("row-%d", len(v.Rows)+1), Rule: e.Rule, Links: links(e.Source), Unverified: e.Unverified}
		if r.Rule == "" {
			r.Rule = "source"
		}
		v.rows[k], v.Rows = r, append(v.Rows, r)
	}
	return r
}

func (v *deviceViews) view(d *Device) deviceView {
	out := deviceView{ID: anchor("dev", d.ID), Name: d.Name, Lead: lead(d), Streams: v.streams[d.ID], SeenMore: max(0, len(d.Seen)-seenShown)}
	for _, s := range d.Seen[:min(len(d.Seen), seenShown)] {
		out.Seen = append(out.Seen, v.seen(&s))
	}
	out.Identity = v.identity(d)
	n := numbering{views: v, prefix: out.ID, at: map[observation.Evidence]int{}, oneInput: len(d.Inputs) == 1}
	var unknown []string
	for _, c := range claimsOf(d) {
		if c.claim.Value == "" && len(c.claim.Evidence) == 0 && len(c.claim.Conflicts) == 0 && c.claim.Note == "" {
			unknown = append(unknown, strings.ToLower(c.name))
			continue
		}
		out.Claims = append(out.Claims, claimOf(c, &n))
	}
	out.NotKnown = and(unknown)
	out.Talks = v.conversations(d, &n)
	out.Judgement = v.judgement(d)
	out.Rests = n.rests(v.x.findings[d.ID])
	return out
}

func (v *deviceViews) seen(s *Seen) seenView {
	when := ", " + v.x.place(s.Input, s.Packet) + ", " + s.Protocol
	if s.Count > 1 {
		when += ", " + thousands(s.Count) + " times"
	}
	var b strings.Builder
	for _, f := range s.Fields {
		b.WriteString(f[0] + " = " + f[1] + "\n")
	}
	return seenView{Input: s.Input, When: when + ", " + clock(s.Time), Fields: b.String()}
}

// lead is the sentence under the device's name.
func lead(d *Device) string {
	s := "A device of unknown kind"
	if k := kindOf(d); k != attribution.KindUnknown {
		s = strings.ToUpper(k[:1]) + kindName(k)[1:]
		if k == attribution.KindANPR || k == attribution.KindVMS {
			s = kindName(k)
			s = strings.ToUpper(s[:1]) + s[1:]
		}
	}
	switch {
	case d.Maker.Value == "":
		s += "; who made it is not known"
	case d.Brand.Value != "" && d.Brand.Value != d.Maker.Value && d.Brand.ID != d.Maker.ID:
		s += ", sold as " + d.Brand.Value + " and made by " + d.Maker.Value + " (" + d.Maker.Grade.String() + ")"
	default:
		s += ", made by " + d.Maker.Value + " (" + d.Maker.Grade.String() + ")"
	}
	return s + "."
}

func (v *deviceViews) identity(d *Device) []identity {
	var out []identity
	add := func(name string, mono bool, values ...string) {
		if len(values) > 0 && values[0] != "" {
			out = append(out, identity{Name: name, Text: strings.Join(values, ", "), Mono: mono})
		}
	}
	var addresses []string
	for _, a := range d.Addresses {
		s := a.IP
		if len(d.Addresses) > 1 && a.First != "" {
			s += " (" + clock(a.First) + " to " + clock(a.Last) + ")"
		}
		addresses = append(addresses, s)
	}
	add("Address", true, addresses...)
	add("MAC", true, d.MACs...)
	add("Serial", true, d.Serials...)
	add("Hostname", true, d.Hostnames...)
	add("UUID", true, d.UUIDs...)
	add("Certificate", true, d.Certs...)
	if d.FirstSeen != "" {
		add("Seen", false, clock(d.FirstSeen)+" to "+clock(d.LastSeen))
	}
	add("In", false, d.Inputs...)
	var spoke []string
	for _, p := range d.Protocols {
		spoke = append(spoke, protocolName(p))
	}
	add("Spoke", false, spoke...)
	if d.Behind != "" {
		name, target := d.Behind, ""
		if r := v.x.devices[d.Behind]; r != nil {
			name, target = r.Name, anchor("dev", r.ID)
		}
		text := name
		if d.Channel != "" {
			text = "channel " + d.Channel + " of " + name
		}
		out = append(out, identity{Name: "Behind", Text: text, Link: target})
	}
	for _, a := range d.Alike {
		add("One device", false, a.Says())
	}
	add("Id", true, d.ID)
	return out
}

// numbering gives each piece of evidence of a device its number.
type numbering struct {
	views    *deviceViews
	prefix   string
	oneInput bool // its name stands once, at the head of the device
	at       map[observation.Evidence]int
}

func (n *numbering) id(i int) string { return fmt.Sprintf("%s-e%d", n.prefix, i) }

// list draws evidence: what is new, and the numbers of what was shown before.
func (n *numbering) list(evidence []observation.Evidence) (fresh, again []evidenceView) {
	for _, e := range evidence {
		if i := n.at[e]; i > 0 {
			again = append(again, evidenceView{Number: i, ID: n.id(i)})
			continue
		}
		i := len(n.at) + 1
		n.at[e] = i
		row, place := n.views.row(&e), n.views.x.place(e.Input, e.Packet)
		if n.oneInput {
			e.Input = ""
		}
		fresh = append(fresh, evidenceView{Evidence: e, Number: i, ID: n.id(i), Place: place, Row: row})
	}
	return fresh, again
}

// rests says which numbered evidence the verdicts on a device rest on, runs
// joined: "1 to 5 and 8".
func (n *numbering) rests(findings []*finding.Finding) string {
	used := map[int]bool{}
	for _, f := range findings {
		for _, e := range f.Evidence {
			if i := n.at[e]; i > 0 {
				used[i] = true
			}
		}
	}
	var runs []string
	for i := 1; i <= len(n.at); i++ {
		if !used[i] {
			continue
		}
		to := i
		for used[to+1] {
			to++
		}
		run := fmt.Sprint(i)
		if to > i {
			run += fmt.Sprintf(" to %d", to)
		}
		runs = append(runs, run)
		i = to
	}
	return and(runs)
}

func claimOf(c named, n *numbering) claimView {
	word := func(value string) string { return value }
	if c.name == "Kind" {
		word = kindName
	}
	v := claimView{Name: c.name, Value: word(c.claim.Value), Note: c.claim.Note, Grade: c.claim.Grade}
	v.Evidence, v.Again = n.list(c.claim.Evidence)
	for _, a := range c.claim.Conflicts {
		w := conflictView{Value: word(a.Value), Grade: a.Grade}
		w.Evidence, w.Again = n.list(a.Evidence)
		v.Conflicts = append(v.Conflicts, w)
	}
	return v
}
