package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// TerminalOptions say how much room there is and what it can show.
type TerminalOptions struct {
	Width  int  // columns; 0 means 80
	Colour bool // the caller decides, by the terminal and NO_COLOR; words and pips say everything without it
	Wide   bool // every column and no value cut, however long the lines get
	All    bool // list devices that are not cameras or recorders too
}

// Terminal writes the audit for people to read in a terminal: what is here,
// what could not be read, the cameras and recorders, and what follows from that.
func Terminal(w io.Writer, doc *Document, opts TerminalOptions) error {
	clean := rewritten(*doc, visible)
	t := newTerm(w, &clean, opts)
	t.heading()
	t.makers()
	t.rules()
	t.unread()
	t.devices()
	t.findings()
	return flush(t.b, "report")
}

// A term is a report being written. Every string in doc is already harmless.
type term struct {
	b     *bufio.Writer
	doc   *Document
	x     *index
	opts  TerminalOptions
	width int
}

func newTerm(w io.Writer, doc *Document, opts TerminalOptions) *term {
	t := &term{b: bufio.NewWriter(w), doc: doc, x: newIndex(doc), opts: opts, width: opts.Width}
	if t.width <= 0 {
		t.width = 80
	}
	t.width = max(t.width, 40)
	return t
}

const (
	bold   = "1"
	dim    = "2"
	red    = "1;31"
	yellow = "33"
	blue   = "34"
	green  = "32"
)

func (t *term) colour(code, s string) string {
	if !t.opts.Colour || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// prose writes a paragraph; every line after the first is indented by hang more.
func (t *term) prose(indent, hang int, s string) {
	for i, line := range wrap(s, t.width-indent-hang) {
		if i == 1 {
			indent += hang
		}
		fmt.Fprintf(t.b, "%s%s\n", strings.Repeat(" ", indent), line)
	}
}

func (t *term) title(s string) {
	fmt.Fprintln(t.b)
	t.line(0, s, t.colour(bold, s))
}

// line writes a line that is drawn in colours, or the same words in several
// lines without them where there is no room.
func (t *term) line(indent int, plain, drawn string) {
	if indent+columns(plain) > t.width {
		t.prose(indent, 2, plain)
		return
	}
	fmt.Fprintln(t.b, strings.Repeat(" ", indent)+drawn)
}

func (t *term) heading() {
	doc := t.doc
	t.prose(0, 2, answer(doc))
	by := "Judged as at " + doc.AsAt
	if e := estateWords(doc.Estate); e != "" {
		by += " for " + e
	} else {
		by += "; the organisation is not known, so each rule says to whom it would apply"
	}
	t.prose(0, 2, by+".")
	kb := fmt.Sprintf("Knowledge base %s of %s, ", doc.KnowledgeBase.Name, doc.KnowledgeBase.Date)
	fmt.Fprintln(t.b, t.colour(dim, kb+cutMiddle(doc.KnowledgeBase.Digest, t.width-columns(kb)-1)+"."))
}

// answer is the sentence that says what is here.
func answer(doc *Document) string {
	s := plural(len(doc.Devices), "device", "devices") + " in " + plural(len(doc.Inputs), "input", "inputs")
	var parts []string
	for _, k := range kindOrder(doc.Summary.ByKind) {
		parts = append(parts, kindWords(k, doc.Summary.ByKind[k]))
	}
	if len(parts) > 0 {
		s += ": " + and(parts)
	}
	s += "."
	if doc.Summary.FarEnds > 0 {
		s += " " + plural(doc.Summary.FarEnds, "address that spoke is not listed as a device.", "addresses that spoke are not listed as devices.")
	}
	return s
}

// kindOrder sorts kinds as they are read, ones that are not known by name.
func kindOrder(by map[string]int) []string {
	order := slices.Sorted(maps.Keys(by))
	slices.SortStableFunc(order, func(a, b string) int { return kindRank(a) - kindRank(b) })
	return order
}

func kindRank(k string) int {
	if i := slices.Index(kinds, k); i >= 0 {
		return i
	}
	return len(kinds)
}

// estateWords is what was said about the organisation, "" when nothing was.
func estateWords(e Estate) string {
	var parts []string
	for _, s := range []string{e.Organisation, e.OrganisationType, e.Country, e.Site} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// A makerCount is how many cameras and recorders one maker has, by grade.
type makerCount struct {
	name    string
	id      string
	byGrade [4]int
	total   int
}

// makerCounts lists makers of video equipment, the most devices first and
// "unknown" last.
func makerCounts(doc *Document) []makerCount {
	at := map[string]int{}
	var out []makerCount
	for i := range doc.Devices {
		d := &doc.Devices[i]
		if !IsVideo(kindOf(d)) {
			continue
		}
		name := makerOf(d)
		n, ok := at[name]
		if !ok {
			n = len(out)
			at[name], out = n, append(out, makerCount{name: name, id: d.Maker.ID})
		}
		out[n].byGrade[d.Maker.Grade&3]++
		out[n].total++
	}
	slices.SortFunc(out, func(a, b makerCount) int {
		switch {
		case a.name == "unknown" || b.name == "unknown":
			return strings.Compare(fmt.Sprint(a.name == "unknown"), fmt.Sprint(b.name == "unknown"))
		case a.total != b.total:
			return b.total - a.total
		}
		return strings.Compare(a.name, b.name)
	})
	return out
}

func (t *term) makers() {
	list := makerCounts(t.doc)
	if len(list) == 0 {
		t.title("No camera or recorder was recognised")
		return
	}
	t.title("Who made the cameras and recorders")
	wide := 0
	for _, m := range list {
		wide = max(wide, columns(m.name))
	}
	wide = min(wide, t.width/2)
	for _, m := range list {
		fmt.Fprintf(t.b, "  %s  %s", pad(cutMiddle(m.name, wide), wide), padLeft(thousands(int64(m.total)), 4))
		var parts []string
		for g := len(m.byGrade) - 1; g >= 0; g-- {
			if n := m.byGrade[g]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %s %d", pips(attribution.Grade(g)), attribution.Grade(g), n))
			}
		}
		fmt.Fprintln(t.b, "  "+cutEnd(strings.Join(parts, ", "), t.width-wide-10))
	}
}

// rules counts outcomes by regime, with whom each would apply to.
func (t *term) rules() {
	tally := t.x.tally(t.doc)
	if len(tally) == 0 {
		return
	}
	t.title("Which rules they fall under, as at " + t.doc.AsAt)
	var quiet []string
	for _, r := range t.x.regimes {
		n := tally[r.ID]
		if n == nil {
			continue
		}
		if len(n) == 1 && n[outcome{verdict: finding.NotCovered}] > 0 {
			quiet = append(quiet, r.Name)
			continue
		}
		t.prose(2, 2, fmt.Sprintf("%s (%s)", r.Name, r.Force))
		var plain, drawn []string
		for _, o := range outcomes {
			if n[o] > 0 {
				words := fmt.Sprintf("%s %s", o, thousands(int64(n[o])))
				plain, drawn = append(plain, words), append(drawn, t.colour(outcomeColour(o), words))
			}
		}
		t.line(4, strings.Join(plain, ", "), strings.Join(drawn, ", "))
		for _, whom := range t.wouldFor(r.ID) {
			t.prose(4, 2, "would apply to "+whom)
		}
	}
	if len(quiet) > 0 {
		t.prose(2, 2, "None of them is covered by: "+strings.Join(quiet, "; ")+".")
	}
}

// wouldFor lists whom a regime would bind, each once.
func (t *term) wouldFor(regime string) []string {
	var out []string
	for i := range t.doc.Findings {
		f := &t.doc.Findings[i]
		if f.Regime == regime && outcomeOf(f).would != "" && f.WouldFor != "" && !slices.Contains(out, f.WouldFor) {
			out = append(out, f.WouldFor)
		}
	}
	return out
}

func outcomeColour(o outcome) string {
	switch {
	case o.verdict == finding.Prohibited:
		return red
	case o.verdict == finding.Restricted || o.would == finding.Prohibited:
		return yellow
	case o.verdict == finding.AdvisedAgainst || o.would != "":
		return blue
	case o.verdict == finding.NotCovered:
		return green
	}
	return dim
}

// unread says what could not be read, input by input.
func (t *term) unread() {
	if !anyUnread(t.doc) {
		return
	}
	t.title("What could not be read")
	for i := range t.doc.Inputs {
		in := &t.doc.Inputs[i]
		if in.Error == "" && len(in.NotUnderstood) == 0 {
			continue
		}
		t.prose(2, 2, fmt.Sprintf("%s (%s, %s, %s)", in.Name, in.Format, plural(int(in.Packets), "packet", "packets"), size(in.Bytes)))
		if in.Error != "" {
			t.prose(4, 2, "Reading ended early: "+in.Error)
		}
		for _, g := range in.NotUnderstood {
			t.prose(4, 2, gapWords(g))
		}
	}
}

func anyUnread(doc *Document) bool {
	return slices.ContainsFunc(doc.Inputs, func(in Input) bool { return in.Error != "" || len(in.NotUnderstood) > 0 })
}

// gapWords is one gap as a sentence.
func gapWords(g Gap) string {
	var parts []string
	if g.Packets > 0 {
		parts = append(parts, plural(int(g.Packets), "packet", "packets"))
	}
	if g.Bytes > 0 {
		parts = append(parts, plural(int(g.Bytes), "byte", "bytes"))
	}
	s := g.Why
	if len(parts) > 0 {
		s += ": " + strings.Join(parts, ", ")
	}
	if g.Offset >= 0 {
		s += ", first at offset " + thousands(g.Offset)
	}
	return s
}
