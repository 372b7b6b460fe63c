package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// TerminalOptions say how much room there is and what it can show.
type TerminalOptions struct {
	Width  int  // columns; 0 means 80
	Colour bool // the caller decides, by the terminal and NO_COLOR; words and pips say everything without it
	Wide   bool // every column and no value cut, however long the lines get
	All    bool // list devices that are not cameras or recorders too, however many there are
	Rules  bool // after the short form, each rule with its clause, reasons, objections and sources
}

// Terminal writes the audit for people to read in a terminal, on a screen or
// two: what is here, the cameras and recorders, who they talk to, by whom they
// were made, one line a rule, what to do next. The long form of the rules follows where it was asked
// for.
func Terminal(w io.Writer, doc *Document, opts TerminalOptions) error {
	clean := harmless(tabled(doc))
	var k *talk
	var wait sync.WaitGroup
	wait.Go(func() { k = newTalk(&clean) })
	t := newTerm(w, &clean, opts)
	t.prose(0, 2, answer(t.doc))
	t.unread()
	t.repeats()
	t.lacks()
	t.devices()
	wait.Wait()
	t.talks(k)
	t.makers()
	t.rules()
	if opts.Rules {
		t.clauses()
	}
	t.next()
	t.footer()
	return flush(t.b, "report")
}

// tabled is doc without what only a single device's page prints: most of its text.
func tabled(doc *Document) *Document {
	out := *doc
	out.Devices = slices.Clone(doc.Devices)
	for i := range out.Devices {
		out.Devices[i].Seen, out.Devices[i].Steps, out.Devices[i].Traffic = nil, nil, nil
	}
	return &out
}

// A term is a report being written. Every string in doc is already harmless.
type term struct {
	b     *bufio.Writer
	doc   *Document
	x     *index
	opts  TerminalOptions
	width int

	listed int             // devices the table is about
	said   map[string]bool // long texts that need not be printed again
}

func newTerm(w io.Writer, doc *Document, opts TerminalOptions) *term {
	t := &term{b: bufio.NewWriter(w), doc: doc, x: newIndex(doc), opts: opts, width: opts.Width, said: map[string]bool{}}
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

// footer says what the answers rest on, and where the rest is.
func (t *term) footer() {
	kb := t.doc.KnowledgeBase
	by := "as at " + t.doc.AsAt
	if e := estateWords(t.doc.Estate); e != "" {
		by += " for " + e
	}
	fmt.Fprintln(t.b)
	t.note(fmt.Sprintf("Judged %s by knowledge base %s of %s (%s).", by, kb.Name, kb.Date, shortDigest(kb.Digest)))
	more := "Full clauses, evidence and sources: -o report.html, --json, --rules or --explain DEVICE."
	if t.opts.Rules {
		more = "Evidence and sources of each device: -o report.html, --json or --explain DEVICE."
	}
	t.note(more)
}

// note writes a paragraph that is read last.
func (t *term) note(s string) {
	for _, line := range wrap(s, t.width) {
		fmt.Fprintln(t.b, t.colour(dim, line))
	}
}

// shortDigest keeps as much of a digest as tells two releases apart.
func shortDigest(s string) string {
	if name, hex, ok := strings.Cut(s, ":"); ok && len(hex) > 12 {
		return name + ":" + hex[:12] + "…"
	}
	return s
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

// makers counts cameras and recorders by maker and grade, one line a maker.
func (t *term) makers() {
	list := makerCounts(t.doc)
	if len(list) == 0 {
		t.title("No camera or recorder was recognised")
		t.prose(2, 2, "One that was silent, or spoke only encrypted, cannot be told from here: capture while it starts up.")
		return
	}
	t.title("Who made the cameras and recorders")
	wide := 0
	for _, m := range list {
		wide = max(wide, columns(m.name))
	}
	wide = min(wide, t.width/2)
	for i, m := range list {
		if i == makersShown && len(list) > makersShown+1 {
			t.prose(2, 2, fmt.Sprintf("… %s more: -o report.html, or --json", plural(len(list)-i, "maker", "makers")))
			break
		}
		var parts []string
		for g := len(m.byGrade) - 1; g >= 0; g-- {
			if n := m.byGrade[g]; n > 0 {
				parts = append(parts, fmt.Sprintf("%s %s %s", pips(attribution.Grade(g)), attribution.Grade(g), thousands(int64(n))))
			}
		}
		grades := strings.Join(parts, ", ")
		if !t.opts.All && t.listed > rowsShown {
			grades += t.models(m.name)
		}
		fmt.Fprintf(t.b, "  %s  %s  %s\n", pad(cutMiddle(m.name, wide), wide), padLeft(thousands(int64(m.total)), 4), t.fitEnd(grades, wide+10))
	}
}

// makersShown bounds the list of makers.
const makersShown = 20

// models names the commonest models of a maker, for a list too long to be shown.
func (t *term) models(maker string) string {
	count := map[string]int{}
	for i := range t.doc.Devices {
		if d := &t.doc.Devices[i]; IsVideo(kindOf(d)) && makerOf(d) == maker && d.Model.Value != "" {
			count[d.Model.Value]++
		}
	}
	names := slices.Sorted(maps.Keys(count))
	slices.SortStableFunc(names, func(a, b string) int { return count[b] - count[a] })
	for i, n := range names {
		names[i] = cutMiddle(n, 24)
		if count[n] > 1 {
			names[i] += fmt.Sprintf(" (%d)", count[n])
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "; " + plural(len(names), "model", "models") + ": " + strings.Join(names[:min(len(names), 8)], ", ")
}

// fitEnd cuts s to what is left of a line after taken columns.
func (t *term) fitEnd(s string, taken int) string {
	if t.opts.Wide {
		return s
	}
	return cutEnd(s, t.width-taken)
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

// unread says in a line or two that something could not be read; with
// everything asked for, input by input what.
func (t *term) unread() {
	if !anyUnread(t.doc) {
		return
	}
	partial, ended := unreadWords(t.doc.Inputs)
	t.prose(0, 2, partial)
	for i, in := range ended {
		if i == 3 && len(ended) > 4 {
			t.prose(2, 2, fmt.Sprintf("… and %d more: --all", len(ended)-i))
			break
		}
		t.prose(2, 2, in.Name+": reading ended early: "+in.Error)
	}
	if !t.opts.All {
		return
	}
	for i := range t.doc.Inputs {
		in := &t.doc.Inputs[i]
		if len(in.NotUnderstood) == 0 {
			continue
		}
		t.prose(2, 2, fmt.Sprintf("%s (%s, %s, %s)", in.Name, in.Format, unitsOf(in.Unit, in.Packets), size(in.Bytes)))
		for _, g := range in.NotUnderstood {
			t.prose(4, 2, gapWords(g, in.Unit))
		}
	}
}

// unreadWords says how much was not understood and why for the most part, and
// lists the inputs of which the end is missing.
func unreadWords(inputs []Input) (string, []Input) {
	var ended, partial []Input
	var packets, bytes int64
	n, why := 0, map[string]int64{}
	for _, in := range inputs {
		if in.Error != "" {
			ended = append(ended, in)
		}
		if in.Error != "" || len(in.NotUnderstood) > 0 {
			partial = append(partial, in)
			n++
		}
		for _, g := range in.NotUnderstood {
			packets, bytes = packets+g.Packets, bytes+g.Bytes
			why[g.Why] += max(g.Packets, 1)
		}
	}
	s := fmt.Sprintf("Not understood: %s in %s of %s", amount(partial, packets, bytes), thousands(int64(n)), plural(len(inputs), "input", "inputs"))
	reasons := slices.Sorted(maps.Keys(why))
	slices.SortStableFunc(reasons, func(a, b string) int { return cmp.Compare(why[b], why[a]) })
	if len(reasons) > 0 {
		s += " (" + cutEnd(reasons[0], 60)
		if len(reasons) > 1 {
			s += fmt.Sprintf(", and %d more reasons", len(reasons)-1)
		}
		s += ")"
	}
	return strings.Replace(s, "and 1 more reasons", "and 1 more reason", 1) + ".", ended
}

func anyUnread(doc *Document) bool {
	return slices.ContainsFunc(doc.Inputs, func(in Input) bool { return in.Error != "" || len(in.NotUnderstood) > 0 })
}

// gapWords is one gap as a sentence, of an input that counts in unit.
func gapWords(g Gap, unit string) string {
	var parts []string
	if g.Packets > 0 {
		parts = append(parts, unitsOf(unit, g.Packets))
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
