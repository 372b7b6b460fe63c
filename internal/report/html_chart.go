package report

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
)

// A chart is a picture of bars and the table it was drawn from.
type chart struct {
	Legend  []key
	Drawn   []chartRow
	Rows    []chartRow
	Caption string
}

// A key explains a shade.
type key struct{ Class, Pattern, Text string }

type chartRow struct {
	Label    string
	Note     string
	Anchor   string
	Force    string
	Words    string // the figures beside the bar
	Segments []segment
	Cells    []cell
}

// A segment of a bar; X and W in percent of the width.
type segment struct{ Class, Pattern, X, W string }

// barsShown bounds a picture; the table below it holds every row.
const barsShown = 12

var gradeKeys = []key{
	{Class: "g3", Text: "confirmed"},
	{Class: "g2", Pattern: "p-probable", Text: "probable"},
	{Class: "g1", Pattern: "p-possible", Text: "possible"},
	{Class: "g0", Text: "unknown"},
}

// key is the letter of an outcome in the page's data: small for a verdict,
// capital for cannot-tell that would be that verdict, "-" for none.
func (o outcome) key() string {
	if g := o.gravity(); g < len(outcomes) {
		return "prPRaAcn"[g : g+1]
	}
	return "-"
}

var outcomeKeys = []key{
	{Class: "vp"}, {Class: "vr", Pattern: "p-restricted"},
	{Class: "vp", Pattern: "p-would-prohibited"}, {Class: "vr", Pattern: "p-would-restricted"},
	{Class: "va", Pattern: "p-advised-against"}, {Class: "va", Pattern: "p-would-advised-against"},
	{Class: "vc", Pattern: "p-cannot-tell"}, {Class: "vn"},
}

// outcomeLegend explains the shades that are drawn.
func outcomeLegend(rows []chartRow) []key {
	var out []key
	for i, o := range outcomes {
		for _, r := range rows {
			if r.Cells[i].N > 0 {
				k := outcomeKeys[i]
				k.Text = o.String()
				out = append(out, k)
				break
			}
		}
	}
	return out
}

// bar draws counts side by side; full is the count that fills the width.
func bar(counts []int, full int, keys []key) []segment {
	var out []segment
	at := 0
	for i, n := range counts {
		if n == 0 {
			continue
		}
		out = append(out, segment{Class: keys[i].Class, Pattern: keys[i].Pattern, X: percent(at, full), W: percent(n, full)})
		at += n
	}
	return out
}

func percent(n, of int) string {
	return strconv.FormatFloat(100*float64(n)/float64(max(of, 1)), 'f', 3, 64)
}

func makerChart(doc *Document) chart {
	video := ""
	for _, k := range kindOrder(doc.kindCounts()) {
		if IsVideo(k) {
			video += "&kind=" + url.QueryEscape(k)
		}
	}
	var rows []gradeRow
	for _, m := range makerCounts(doc) {
		rows = append(rows, gradeRow{label: m.name, set: "maker=" + url.QueryEscape(m.name) + video, byGrade: m.byGrade, total: m.total, gradeKey: "grade"})
	}
	return gradeChart(rows, "Shaded by how sure the maker is.")
}

func kindChart(doc *Document) chart {
	by := map[string]*gradeRow{}
	for i := range doc.Devices {
		d := &doc.Devices[i]
		k := kindOf(d)
		if by[k] == nil {
			by[k] = &gradeRow{label: kindName(k), set: "kind=" + url.QueryEscape(k)}
		}
		by[k].byGrade[d.Kind.Grade&3]++
		by[k].total++
	}
	var rows []gradeRow
	for _, k := range kindOrder(doc.kindCounts()) {
		rows = append(rows, *by[k])
	}
	return gradeChart(rows, "Shaded by how sure the kind is.")
}

type gradeRow struct {
	label, set string
	byGrade    [4]int
	total      int
	gradeKey   string // filter that takes the grade counted here, "" when there is none
}

func gradeChart(rows []gradeRow, caption string) chart {
	c := chart{Legend: gradeKeys, Caption: caption}
	full := 0
	for _, r := range rows {
		full = max(full, r.total)
	}
	for _, r := range rows {
		row := chartRow{Label: r.label, Words: thousands(int64(r.total))}
		var counts []int
		for g := int(attribution.Confirmed); g >= 0; g-- {
			counts = append(counts, r.byGrade[g])
			set := ""
			if r.gradeKey != "" {
				set = r.set + "&" + r.gradeKey + "=" + attribution.Grade(g).String()
			}
			row.Cells = append(row.Cells, cell{r.byGrade[g], set})
		}
		row.Cells = append(row.Cells, cell{r.total, r.set})
		row.Segments = bar(counts, full, gradeKeys)
		c.Rows = append(c.Rows, row)
	}
	c.Drawn = c.Rows
	if len(rows) > barsShown {
		c.Drawn = c.Rows[:barsShown]
		c.Caption = fmt.Sprintf("The first %d of %d. %s", barsShown, len(rows), caption)
	}
	return c
}

// ruleSet names the devices with one outcome under the regime of that number.
func ruleSet(regime int, o outcome) string {
	return fmt.Sprintf("rule=%d&verdict=%s", regime, o.key())
}

// ruleRow is the bar of one rule. inQuestion is its whole length: where only
// traffic is judged, the rest of it are devices of which nothing was seen.
func ruleRow(i int, r *Regime, tally map[outcome]int, inQuestion int) chartRow {
	row := chartRow{Label: r.Name, Note: r.Force, Force: r.Force, Anchor: anchor("rule", r.ID)}
	counts := make([]int, len(outcomes))
	full := 0
	var words []string
	for j, o := range outcomes {
		counts[j] = tally[o]
		full += tally[o]
		row.Cells = append(row.Cells, cell{tally[o], ruleSet(i, o)})
		if tally[o] > 0 {
			words = append(words, fmt.Sprintf("%s %s", thousands(int64(tally[o])), o))
		}
	}
	row.Segments, row.Words = bar(counts, max(full, inQuestion), outcomeKeys), strings.Join(words, ", ")
	return row
}
