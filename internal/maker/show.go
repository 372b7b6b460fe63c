package maker

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// ErrNotFound is returned for a name that no company has. It is also
// [fs.ErrNotExist].
var ErrNotFound = fmt.Errorf("no such company: %w", fs.ErrNotExist)

// Show writes what is known of a company, given by id or name, one fact a
// line: the fact, the number of its source in the list that follows, and
// "unverified" where so.
func (b *Base) Show(w io.Writer, id string) error {
	c, ok := b.companies[ID(id)]
	if !ok {
		found := b.ByName(id)
		if len(found) == 0 {
			return fmt.Errorf("show %q: %w", id, ErrNotFound)
		}
		if len(found) > 1 {
			return fmt.Errorf("show %q: several companies have that name (%s): give the id", id, joinIDs(found))
		}
		c = found[0]
	}
	p := &printer{w: bufio.NewWriter(w)}
	b.showCompany(p, c)
	b.showRelations(p, c.ID)
	b.showTraces(p, c.ID)
	b.showChips(p, c.ID)
	b.showAdvisories(p, c.ID)
	p.sources()
	return p.w.Flush()
}

func joinIDs(companies []*Company) string {
	ids := make([]string, len(companies))
	for i, c := range companies {
		ids[i] = string(c.ID)
	}
	return strings.Join(ids, ", ")
}

// printer writes headed lists. Errors stay in the bufio.Writer until Flush.
type printer struct {
	w     *bufio.Writer
	head  string         // printed before the next fact
	cited map[string]int // source as printed → its number, from 1
	order []string
}

func (p *printer) section(head string) { p.head = head }

// fact writes one line with its source.
func (p *printer) fact(s Source, format string, args ...any) {
	if p.head != "" {
		fmt.Fprintf(p.w, "\n%s\n", p.head)
		p.head = ""
	}
	fmt.Fprintf(p.w, "  "+format, args...)
	if !s.Verified {
		p.w.WriteString(" (unverified)")
	}
	if len(s.URLs) > 0 {
		fmt.Fprintf(p.w, " [%d]", p.cite(strings.Join(s.URLs, "\n       ")))
	}
	p.w.WriteByte('\n')
}

// cite gives a source its number.
func (p *printer) cite(text string) int {
	if n, ok := p.cited[text]; ok {
		return n
	}
	if p.cited == nil {
		p.cited = map[string]int{}
	}
	p.order = append(p.order, text)
	p.cited[text] = len(p.order)
	return len(p.order)
}

// sources lists what was cited.
func (p *printer) sources() {
	fmt.Fprint(p.w, "\nSources\n")
	for i, text := range p.order {
		fmt.Fprintf(p.w, "  [%d] %s%s\n", i+1, strings.Repeat(" ", max(0, 2-len(strconv.Itoa(i+1)))), text)
	}
}

func (b *Base) showCompany(p *printer, c *Company) {
	fmt.Fprintf(p.w, "%s (%s)\n", c.LegalName, c.ID)
	p.fact(c.Source, "%s, home %s%s", c.Kind, c.Home, after(": ", c.Segment))
	fmt.Fprintf(p.w, "  names: %s\n", strings.Join(c.Names, ", "))
	if len(c.Lines) > 0 {
		fmt.Fprintf(p.w, "  lines: %s\n", strings.Join(c.Lines, ", "))
	}
	if c.Note != "" {
		fmt.Fprintf(p.w, "  note: %s\n", c.Note)
	}
	p.section("Owned by")
	for _, o := range c.Ownership {
		who := "others"
		if o.Owner != "" {
			who = string(o.Owner)
		}
		hold := "minority"
		switch {
		case o.Control:
			hold = "control"
		case o.Owner == "":
			hold = "holders"
		}
		p.fact(o.Source, "%s, %s%s: %s", who, hold, period(o.From, o.To), o.Text)
	}
	if chain := b.Parents(c.ID, ""); len(chain) > 0 {
		var words []string
		for _, id := range chain {
			words = append(words, fmt.Sprintf("%s (%s)", id, b.companies[id].Home))
		}
		fmt.Fprintf(p.w, "  in the end: %s\n", strings.Join(words, " < "))
	}
	if d := c.Denial; d != nil {
		p.section("What the company says")
		p.fact(d.Source, "%s%s", d.Text, after(" ", d.Date))
	}
}

func after(sep, s string) string {
	if s == "" {
		return ""
	}
	return sep + s
}

// period is " from 2018-02 to 2023-02", with open ends left out.
func period(from, to string) string { return after(" from ", from) + after(" to ", to) }

func (b *Base) showRelations(p *printer, id ID) {
	p.section("Its brand is built by")
	for _, r := range b.pick(b.byBrand[nameKey(string(id))]) {
		p.fact(r.Source, "%s", r)
	}
	p.section("Builds for")
	for _, r := range b.BrandsOf(id) {
		when := period(r.From, r.To)
		if when == "" {
			when = after(", ", r.Period)
		}
		p.fact(r.Source, "%s: %s%s%s, confidence %s", r.Brand, r.Kind, after(", ", r.Scope), when, r.Confidence)
	}
}

// String is one line: brand, maker, kind, goods, time, confidence.
func (r Relation) String() string {
	s := fmt.Sprintf("%s <- %s: %s%s", r.Brand, r.Maker, r.Kind, after(", ", r.Scope))
	when := period(r.From, r.To)
	if when == "" {
		when = after(", ", r.Period)
	}
	note := ""
	if r.Note != "" {
		note = " (" + r.Note + ")"
	}
	return s + when + ", confidence " + r.Confidence + note
}

func (b *Base) showTraces(p *printer, id ID) {
	counts := map[string]int{}
	var kinds []string
	var source Source
	for i := range b.prefixRows {
		if x := &b.prefixRows[i]; x.Company == id {
			if counts[x.Specificity]++; counts[x.Specificity] == 1 {
				kinds = append(kinds, x.Specificity)
			}
			source = x.Source
		}
	}
	slices.Sort(kinds)
	p.section("Network prefixes")
	for _, k := range kinds {
		p.fact(source, "%d %s", counts[k], k)
	}
	p.section("Domains")
	for _, d := range b.domainsOf(id) {
		p.fact(d.Source, "%s: %s, %s%s", d.Suffix, d.Purpose, d.Specificity, after(", under ", d.Jurisdiction))
	}
}

// domainsOf lists a company's domains by name.
func (b *Base) domainsOf(id ID) []Domain {
	var found []Domain
	for _, d := range b.domains {
		if d.Company == id {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(x, y Domain) int { return strings.Compare(x.Suffix, y.Suffix) })
	return found
}

// showChips counts: how many models of the company have whose chip, and for a
// chip maker in whose models its chips are.
func (b *Base) showChips(p *printer, id ID) {
	b.countChips(p, "Chips in its models", func(c *Chip) (ID, bool) { return c.SoCMaker, c.Company == id })
	b.countChips(p, "Its chips are in models of", func(c *Chip) (ID, bool) { return c.Company, c.SoCMaker == id })
}

func (b *Base) countChips(p *printer, head string, pick func(*Chip) (ID, bool)) {
	counts := map[ID]int{}
	for i := range b.chips {
		if id, ok := pick(&b.chips[i]); ok {
			counts[id]++
		}
	}
	var ids []ID
	for id := range counts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	p.section(head)
	for _, id := range ids {
		name := string(id)
		if id == "" {
			name = "not named"
		}
		p.fact(Source{Verified: true}, "%s: %d models (chips/chips.csv)", name, counts[id])
	}
}

func (b *Base) showAdvisories(p *printer, id ID) {
	p.section("Advisories")
	for _, a := range b.advisories {
		if a.Company != id {
			continue
		}
		used := ""
		if a.Exploited {
			used = ", known exploited, listed " + a.ExploitedDate
		}
		p.fact(a.Source, "%s: %s; %s%s%s", a.CVE, a.Weakness, a.Affected, after("; ", a.FirmwareRange), used)
	}
}

// Known is what the knowledge base holds on a model's text.
type Known struct {
	Chips     []Chip     // of exactly that model
	Relations []Relation // whose goods name the model, or whose brand stands in front of it
	Companies []*Company // whose name stands in front of it
}

// ExplainModel gives what is known of a model as written on a box or sent by
// a device: "DS-2CD2143G0-I", "TRENDnet TV-IP321PI".
func (b *Base) ExplainModel(model string) Known {
	k := Known{Chips: b.Chips("", model)}
	words := strings.Fields(model)
	for n := min(len(words), 4); n > 0 && k.Companies == nil; n-- {
		if name := strings.Join(words[:n], " "); len(nameKey(name)) > 1 {
			k.Companies = b.ByName(name)
		}
	}
	keys := b.modelKeys(model)
	for _, r := range b.relations {
		text := strings.FieldsFunc(r.Brand+" "+r.Scope, func(c rune) bool { return strings.ContainsRune(" ,;()/", c) })
		if slices.ContainsFunc(text, func(w string) bool { return hasDigit(w) && slices.Contains(keys, modelKey(w)) }) {
			k.Relations = append(k.Relations, r)
		}
	}
	return k
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }
