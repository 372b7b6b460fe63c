package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
)

// tableColumns are the columns of the table of devices. The stylesheet and the
// script know them by their place.
var tableColumns = []string{
	"Device", "Address", "Kind", "Brand", "Maker", "How sure", "Model", "Firmware", "Chip", "Gravest verdict", "Why that maker",
}

// A row is one device's line.
type row struct {
	ID, Name, NameCut  string // NameCut is "" when the name fits
	Kind, Maker, Grade string
	Key                string // letter of the gravest outcome
	Keys               string // one letter a regime, in the order of the index
	Extra              string // what search finds though no cell shows it
	Cells              []tableCell

	Talks, Countries, Companies string // what it talks to, "" where nothing in the page does
}

type tableCell struct{ Text, Title string }

func cut(s string, width int) tableCell {
	if short := cutMiddle(s, width); short != s {
		return tableCell{short, s}
	}
	return tableCell{Text: s}
}

func tableRows(x *index, list []*Device) []row {
	rows := make([]row, 0, len(list))
	for _, d := range list {
		r := row{
			ID: anchor("dev", d.ID), Name: d.Name, Kind: kindOf(d), Maker: makerOf(d), Grade: d.Maker.Grade.String(),
			Key: "-", Keys: x.keys(d),
			Extra: strings.Join(slices.Concat(d.MACs, d.Serials, d.Hostnames, d.UUIDs, addressesOf(d), []string{d.ID}), " "),
		}
		if c := cut(d.Name, 26); c.Title != "" {
			r.NameCut = c.Text
		}
		verdict := ""
		if w := x.worst(d.ID); w != nil {
			verdict = outcomeOf(w).String()
			if x.inQuestion(d) { // the others are in no count of verdicts, and so in no list of them
				r.Key = outcomeOf(w).key()
			}
		}
		r.Cells = []tableCell{
			cut(addressCell(d), 26), {Text: kindName(kindOf(d))}, claimText(&d.Brand, 16), claimText(&d.Maker, 22),
			{Text: pips(d.Maker.Grade) + " " + d.Maker.Grade.String()}, claimText(&d.Model, 24), claimText(&d.Firmware, 22), claimText(&d.Chip, 16),
			{Text: verdict}, {Text: shortWhy(&d.Maker)},
		}
		rows = append(rows, r)
	}
	return rows
}

// claimText is a claim as a cell. An unknown value is empty: the column beside
// it, or the device's own part, says why.
func claimText(c *attribution.Claim, width int) tableCell {
	t := cut(c.Value, width)
	if len(c.Conflicts) > 0 {
		t.Title = "Evidence disagrees: " + strings.Trim(c.Value+", "+alternatives(c), ", ")
		if t.Text == "" {
			t.Text = "in conflict"
		} else {
			t.Text += " (in conflict)"
		}
	}
	return t
}

func alternatives(c *attribution.Claim) string {
	var out []string
	for _, a := range c.Conflicts {
		out = append(out, a.Value)
	}
	return strings.Join(out, ", ")
}

// keys has one letter a regime: the gravest outcome for d, "-" for none. A
// device that is not in question has none, so that a number and the list behind
// it count the same.
func (x *index) keys(d *Device) string {
	b := []byte(strings.Repeat("-", len(x.regimes)))
	if x.inQuestion(d) {
		of := x.outcomesOf(d.ID)
		for i, r := range x.regimes {
			if o, ok := of[r.ID]; ok {
				b[i] = o.key()[0]
			}
		}
	}
	return string(b)
}

// A facet narrows the table by one property.
type facet struct {
	Key, Title string
	Options    []option
}

type option struct {
	Type, Value, Text string
	Count             int
}

func facets(x *index, list []*Device) []facet {
	kinds, makers, grades := map[string]int{}, map[string]int{}, map[string]int{}
	worst, rules := map[outcome]int{}, make([]int, len(x.regimes))
	for _, d := range list {
		kinds[kindOf(d)]++
		makers[makerOf(d)]++
		grades[d.Maker.Grade.String()]++
		if w := x.worst(d.ID); w != nil && x.inQuestion(d) {
			worst[outcomeOf(w)]++
		}
		for i, c := range []byte(x.keys(d)) {
			if c != '-' && c != 'n' {
				rules[i]++
			}
		}
	}
	out := []facet{{Key: "kind", Title: "Kind"}, {Key: "maker", Title: "Maker"}, {Key: "grade", Title: "How sure"}, {Key: "rule", Title: "Rule"}, {Key: "verdict", Title: "Verdict"}}
	for _, k := range kindOrder(kinds) {
		out[0].Options = append(out[0].Options, option{"checkbox", k, kindName(k), kinds[k]})
	}
	for m, n := range makers {
		out[1].Options = append(out[1].Options, option{"checkbox", m, cutMiddle(m, 34), n})
	}
	slices.SortFunc(out[1].Options, func(a, b option) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(a.Value, b.Value))
	})
	for g := int(attribution.Confirmed); g >= 0; g-- {
		w := attribution.Grade(g).String()
		out[2].Options = append(out[2].Options, option{"checkbox", w, pips(attribution.Grade(g)) + " " + w, grades[w]})
	}
	out[3].Options = append(out[3].Options, option{"radio", "", "any rule, the gravest verdict", len(list)})
	for i, r := range x.regimes {
		out[3].Options = append(out[3].Options, option{"radio", fmt.Sprint(i), cutMiddle(r.Name, 46), rules[i]})
	}
	for _, o := range outcomes {
		out[4].Options = append(out[4].Options, option{"checkbox", o.key(), o.String(), worst[o]})
	}
	return out
}
