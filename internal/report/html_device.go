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
	Findings       []findingView
	NotCovered     []notCovered
	Streams        []Stream
	Seen           []Seen
	SeenMore       int
}

type identity struct {
	Name, Text, Link string
	Mono             bool
}

type claimView struct {
	Name, Value, Note string
	Grade             attribution.Grade
	Evidence          []evidenceView
	Conflicts         []conflictView
}

type conflictView struct {
	Value    string
	Grade    attribution.Grade
	Evidence []evidenceView
}

// An evidenceView is one numbered piece of evidence. A device shows each piece
// once; where it serves again, Again names the place.
type evidenceView struct {
	observation.Evidence
	Number    int
	ID, Again string
	Links     []link
}

type verdictView struct{ Class, Icon, Text string }

type findingView struct {
	Class, Name, Anchor, Force, Clause, AsAt       string
	Why, WouldFor, Missing, Disputed, Denial, Next string
	Verdict                                        verdictView
	Cites                                          []evidenceView
	More                                           []evidenceView
	Links                                          []link
}

type notCovered struct {
	Rules []regimeLink
	Why   string
}

type regimeLink struct{ Name, Anchor string }

// deviceViews draws devices of one document.
type deviceViews struct {
	x       *index
	streams map[string][]Stream
}

func newDeviceViews(doc *Document, x *index) *deviceViews {
	v := &deviceViews{x: x, streams: map[string][]Stream{}}
	for _, s := range doc.Streams {
		if s.Device != "" {
			v.streams[s.Device] = append(v.streams[s.Device], s)
		}
	}
	return v
}

func (v *deviceViews) view(d *Device) deviceView {
	out := deviceView{ID: anchor("dev", d.ID), Name: d.Name, Lead: lead(d), Streams: v.streams[d.ID], Seen: d.Seen}
	if more := len(d.Seen) - seenShown; more > 0 {
		out.Seen, out.SeenMore = d.Seen[:seenShown], more
	}
	out.Identity = v.identity(d)
	n := numbering{prefix: out.ID, at: map[observation.Evidence]int{}}
	var unknown []string
	for _, c := range claimsOf(d) {
		if c.claim.Value == "" && len(c.claim.Evidence) == 0 && len(c.claim.Conflicts) == 0 && c.claim.Note == "" {
			unknown = append(unknown, strings.ToLower(c.name))
			continue
		}
		out.Claims = append(out.Claims, claimOf(c, &n))
	}
	out.NotKnown = and(unknown)
	v.findings(d, &out, &n)
	return out
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
	add("Id", true, d.ID)
	return out
}

// numbering gives each piece of evidence of a device its number.
type numbering struct {
	prefix string
	at     map[observation.Evidence]int
}

func (n *numbering) id(i int) string { return fmt.Sprintf("%s-e%d", n.prefix, i) }

func (n *numbering) list(evidence []observation.Evidence) []evidenceView {
	var out []evidenceView
	for _, e := range evidence {
		out = append(out, n.one(e))
	}
	return out
}

func (n *numbering) one(e observation.Evidence) evidenceView {
	if i := n.at[e]; i > 0 {
		return evidenceView{Evidence: observation.Evidence{Says: e.Says}, Number: i, Again: n.id(i)}
	}
	i := len(n.at) + 1
	n.at[e] = i
	return evidenceView{Evidence: e, Number: i, ID: n.id(i), Links: links(e.Source)}
}

func claimOf(c named, n *numbering) claimView {
	v := claimView{Name: c.name, Value: c.claim.Value, Note: c.claim.Note, Grade: c.claim.Grade, Evidence: n.list(c.claim.Evidence)}
	for _, a := range c.claim.Conflicts {
		v.Conflicts = append(v.Conflicts, conflictView{a.Value, a.Grade, n.list(a.Evidence)})
	}
	return v
}

func (v *deviceViews) findings(d *Device, out *deviceView, n *numbering) {
	at := map[string]int{}
	question := v.x.inQuestion(d)
	for _, f := range v.x.findings[d.ID] {
		if f.Verdict != finding.NotCovered {
			out.Findings = append(out.Findings, findingOf(f, n))
			continue
		}
		if !question { // a printer needs one line, not one for every rule
			out.NotCovered = []notCovered{{}}
			continue
		}
		i, ok := at[f.Why]
		if !ok {
			i = len(out.NotCovered)
			at[f.Why], out.NotCovered = i, append(out.NotCovered, notCovered{Why: f.Why})
		}
		out.NotCovered[i].Rules = append(out.NotCovered[i].Rules, regimeLink{f.Name, anchor("rule", f.Regime)})
	}
}

func findingOf(f *finding.Finding, n *numbering) findingView {
	o := outcomeOf(f)
	text := verdictWord(f.Verdict)
	if o.would != "" {
		text += ": " + o.String()
	}
	v := findingView{
		Class: "k-" + o.key(), Name: f.Name, Anchor: anchor("rule", f.Regime), Force: string(f.Force), Clause: f.Clause, AsAt: f.AsAt,
		Why: f.Why, WouldFor: f.WouldFor, Missing: strings.Join(f.Missing, "; "), Disputed: f.Disputed, Denial: f.Denial, Next: f.Next,
		Verdict: verdictView{Class: "k-" + o.key(), Icon: string(f.Verdict), Text: text},
		Links:   links(f.Sources...),
	}
	for _, e := range f.Evidence {
		if one := n.one(e); one.Again != "" {
			v.Cites = append(v.Cites, evidenceView{ID: one.Again, Number: one.Number})
		} else {
			v.More = append(v.More, one)
		}
	}
	return v
}
