package maker

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/plainyaml"
)

const companiesFile = "makers/companies.yaml"

// Shapes of companies.yaml. Each keeps its line for the faults it may have.
type (
	companyEntry struct {
		line        int
		ID          string           `yaml:"id"`
		LegalName   string           `yaml:"legal_name"`
		Names       []string         `yaml:"names"`
		Lines       []string         `yaml:"lines"`
		WholeName   bool             `yaml:"whole_name"`
		Home        string           `yaml:"home"`
		Parent      string           `yaml:"parent"`
		Kind        string           `yaml:"kind"`
		Segment     string           `yaml:"segment"`
		Ownership   []ownershipEntry `yaml:"ownership"`
		Denial      *denialEntry     `yaml:"denial"`
		Note        string           `yaml:"note"`
		sourceEntry `yaml:",inline"`
	}
	ownershipEntry struct {
		line        int
		Owner       string `yaml:"owner"`
		Control     bool   `yaml:"control"`
		Text        string `yaml:"text"`
		From        string `yaml:"from"`
		To          string `yaml:"to"`
		sourceEntry `yaml:",inline"`
	}
	denialEntry struct {
		line        int
		Text        string `yaml:"text"`
		Date        string `yaml:"date"`
		sourceEntry `yaml:",inline"`
	}
	sourceEntry struct {
		Source   []string `yaml:"source"`
		Basis    string   `yaml:"basis"`
		Verified string   `yaml:"verified"`
	}
)

func (e *companyEntry) UnmarshalYAML(n *yaml.Node) error {
	type plain companyEntry
	e.line = n.Line
	if err := knownKeys(n, "id", "legal_name", "names", "lines", "whole_name", "home", "parent", "kind", "segment", "ownership", "denial", "note", "source", "basis", "verified"); err != nil {
		return err
	}
	return n.Decode((*plain)(e))
}

func (e *ownershipEntry) UnmarshalYAML(n *yaml.Node) error {
	type plain ownershipEntry
	e.line = n.Line
	if err := knownKeys(n, "owner", "control", "text", "from", "to", "source", "basis", "verified"); err != nil {
		return err
	}
	return n.Decode((*plain)(e))
}

func (e *denialEntry) UnmarshalYAML(n *yaml.Node) error {
	type plain denialEntry
	e.line = n.Line
	if err := knownKeys(n, "text", "date", "source", "basis", "verified"); err != nil {
		return err
	}
	return n.Decode((*plain)(e))
}

// knownKeys refuses a mapping with a key that nobody reads: a misspelt key
// would otherwise lose its fact in silence.
func knownKeys(n *yaml.Node, keys ...string) error {
	if n.Kind != yaml.MappingNode {
		return nil // Decode reports it
	}
	for i := 0; i < len(n.Content); i += 2 {
		if k := n.Content[i]; !slices.Contains(keys, k.Value) {
			return fmt.Errorf("line %d: no such key %q (known: %s)", k.Line, k.Value, strings.Join(keys, ", "))
		}
	}
	return nil
}

// StartsAt tells the line of an entry, for package plainyaml.
func (e *companyEntry) StartsAt(line int)   { e.line = line }
func (e *ownershipEntry) StartsAt(line int) { e.line = line }
func (e *denialEntry) StartsAt(line int)    { e.line = line }

// loadCompanies reads companies.yaml.
func (l *loader) loadCompanies() {
	b, ok := l.read(companiesFile)
	if !ok {
		return
	}
	var entries []companyEntry
	if !plainyaml.Decode(b, &entries) {
		var ok bool
		if entries, ok = l.decodeCompanies(b); !ok {
			return
		}
	}
	companies := make([]Company, len(entries))
	for i := range entries {
		// Taken first, so that entries may name each other in any order.
		companies[i].ID = ID(entries[i].ID)
		l.base.companies[companies[i].ID] = &companies[i]
	}
	for i, e := range entries {
		l.company(e)
		if i > 0 && entries[i-1].ID > e.ID {
			l.fault(companiesFile, e.line, e.ID, "stands out of order", "sort entries by id, so that changes are easy to see")
		}
	}
	l.base.sorted = sortCompanies(l.base.companies)
	for _, e := range entries {
		if l.ownsItself(ID(e.ID)) {
			l.fault(companiesFile, e.line, e.ID, "is its own parent through the chain of parents", "correct one of the parents")
		}
	}
}

// decodeCompanies reads the list in any form of YAML. Entries are decoded one by
// one, so that a fault in one hides none in the others.
func (l *loader) decodeCompanies(b []byte) ([]companyEntry, bool) {
	var nodes []yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(b)).Decode(&nodes); err != nil {
		l.fault(companiesFile, 0, "", fmt.Sprintf("does not parse: %v", err), `it is a list of entries, each starting with "- id:"`)
		return nil, false
	}
	entries := make([]companyEntry, 0, len(nodes))
	for i := range nodes {
		var e companyEntry
		if err := nodes[i].Decode(&e); err != nil {
			l.fault(companiesFile, nodes[i].Line, "", fmt.Sprintf("does not parse: %v", err), "compare with the entries around it")
			continue
		}
		entries = append(entries, e)
	}
	return entries, true
}

var (
	companyID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	country   = regexp.MustCompile(`^[A-Z]{2}$`)
)

func (l *loader) company(e companyEntry) {
	at := place{l, companiesFile, e.line, e.ID}
	if !companyID.MatchString(e.ID) {
		at.fault(fmt.Sprintf("id %q", e.ID), "use lower-case letters, digits and hyphens")
	}
	at.claim()
	if e.LegalName == "" {
		at.fault("has no legal_name", "write the name the company is registered under, or \"X (brand of Y)\"")
	}
	if len(e.Names) == 0 {
		at.fault("has no names", "list at least the name people use")
	}
	if !country.MatchString(e.Home) {
		at.fault(fmt.Sprintf("home %q", e.Home), "write the country's two letters by ISO 3166-1, such as CN")
	}
	c := l.base.companies[ID(e.ID)]
	*c = Company{
		ID:        ID(e.ID),
		LegalName: e.LegalName,
		Names:     e.Names,
		Lines:     e.Lines,
		WholeName: e.WholeName,
		Home:      e.Home,
		Parent:    at.company("parent", e.Parent),
		Kind:      at.oneOf("kind", e.Kind, "manufacturer", "brand", "chip-maker", "holding", "cloud", "integrator", "drone-maker"),
		Segment:   e.Segment,
		Note:      e.Note,
		Source:    l.source(at, e.Source, e.Basis, e.Verified),
	}
	for _, o := range e.Ownership {
		c.Ownership = append(c.Ownership, l.ownership(at, o))
	}
	if owners := l.base.owners(c.ID, ""); c.Parent != "" && !slices.Contains(owners, c.Parent) || c.Parent == "" && len(owners) > 0 {
		at.fault(fmt.Sprintf("parent %q is not who controls it today by its ownership: %q", c.Parent, owners), "make the two agree")
	}
	if d := e.Denial; d != nil {
		at.line = d.line
		if d.Text == "" {
			at.fault("denial has no text", "say in a sentence what the company says")
		}
		c.Denial = &Denial{Text: d.Text, Date: at.date("denial date", d.Date), Source: l.source(at, d.Source, d.Basis, d.Verified)}
	}
}

func (l *loader) ownership(at place, o ownershipEntry) Ownership {
	at.line = o.line
	if o.Text == "" {
		at.fault("ownership has no text", "say in a few words what is owned")
	}
	if o.Control && o.Owner == "" {
		at.fault("control by nobody", "name the owner, or drop control")
	}
	if o.From != "" && o.To != "" && o.From > o.To {
		at.fault(fmt.Sprintf("ownership from %s to %s ends before it starts", o.From, o.To), "correct the dates")
	}
	return Ownership{
		Owner:   at.company("owner", o.Owner),
		Control: o.Control,
		Text:    o.Text,
		From:    at.date("from", o.From),
		To:      at.date("to", o.To),
		Source:  l.source(at, o.Source, o.Basis, o.Verified),
	}
}

// ownsItself reports a cycle of parents that goes through id.
func (l *loader) ownsItself(id ID) bool {
	seen := map[ID]bool{}
	for c := l.base.companies[id]; c != nil && c.Parent != "" && !seen[c.Parent]; c = l.base.companies[c.Parent] {
		if c.Parent == id {
			return true
		}
		seen[c.Parent] = true
	}
	return false
}
