package regime

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/plainyaml"
)

// Dir is the folder of the knowledge base that holds one file a regime.
const Dir = "regimes"

// maxFile bounds a regime or listing file, in bytes.
const maxFile = 1 << 20

// What a clause reaches. A duty on a purchase or an installation bites once, on
// its day; use and supply are judged on the day as at.
const (
	reachPurchase     = "purchase"
	reachInstallation = "installation"
	reachUse          = "use"
	reachSupply       = "supply" // placing on a market: making, importing, selling
)

var (
	reaches  = []string{reachPurchase, reachInstallation, reachUse, reachSupply}
	forces   = []finding.Force{finding.Law, finding.Policy, finding.Guidance, finding.Risk}
	verdicts = []finding.Verdict{finding.Prohibited, finding.Restricted, finding.AdvisedAgainst, finding.NotCovered}
)

// regimeFile is kb/regimes/<id>.yaml as written. kb/regimes/README.md explains
// every key to the person who edits one.
type regimeFile struct {
	ID           string       `yaml:"id"`
	Name         string       `yaml:"name"`
	Jurisdiction string       `yaml:"jurisdiction"`
	Force        yaml.Node    `yaml:"force"`
	Status       string       `yaml:"status"` // "" or "proposal"
	Citation     string       `yaml:"citation"`
	Since        yaml.Node    `yaml:"since"`
	Until        yaml.Node    `yaml:"until"`
	Dates        []datedNote  `yaml:"dates"`
	Who          string       `yaml:"who"`
	Where        string       `yaml:"where"`
	What         string       `yaml:"what"`
	NewOrInUse   string       `yaml:"new_or_in_use"`
	Components   string       `yaml:"components"`
	Exceptions   string       `yaml:"exceptions"`
	Later        []string     `yaml:"later"`
	Confidence   string       `yaml:"confidence"`
	Disputed     string       `yaml:"disputed"`
	Sources      []string     `yaml:"sources"`
	NoVerdict    string       `yaml:"no_verdict"`
	Clauses      []clauseFile `yaml:"clauses"`
	NotBound     []notBound   `yaml:"not_bound"`
}

// notBound is what the authority itself says of organisations it leaves out.
type notBound struct {
	Types []yaml.Node `yaml:"types"` // of organisation
	Says  string      `yaml:"says"`
}

// datedNote is one date of a regime's history, for readers.
type datedNote struct {
	On   yaml.Node `yaml:"on"`
	What string    `yaml:"what"`
}

type clauseFile struct {
	Clause       yaml.Node     `yaml:"clause"`
	From         yaml.Node     `yaml:"from"`
	To           yaml.Node     `yaml:"to"`
	Reaches      yaml.Node     `yaml:"reaches"`
	Listing      string        `yaml:"listing"`   // id of a file in kb/listings
	Part         string        `yaml:"part"`      // which part of the listing; "" for all
	Countries    []string      `yaml:"countries"` // ISO 3166-1 alpha-2, for *_from_country
	Applies      yaml.Node     `yaml:"applies"`
	Covers       yaml.Node     `yaml:"covers"`
	Exception    yaml.Node     `yaml:"exception"`
	Verdict      yaml.Node     `yaml:"verdict"`
	Why          string        `yaml:"why"`
	WhyNot       string        `yaml:"why_not"` // said of a device the clause does not cover; "" for words made from the facts
	Next         string        `yaml:"next"`
	WouldApplyTo string        `yaml:"would_apply_to"`
	Disputed     string        `yaml:"disputed"`
	Sources      []string      `yaml:"sources"`
	Examples     []exampleFile `yaml:"examples"`
}

// exampleFile is one worked case that Lint evaluates, so that a clause can be
// checked by reading its own file.
type exampleFile struct {
	Say       yaml.Node      `yaml:"say"`
	AsAt      string         `yaml:"as_at"`
	Purchased string         `yaml:"purchased"`
	Installed string         `yaml:"installed"`
	Facts     map[string]any `yaml:"facts"`
	Verdict   string         `yaml:"verdict"`
	WouldBe   string         `yaml:"would_be"`
	Missing   []string       `yaml:"missing"` // names of [Facts], any order
}

// A Problem is one fault in a regime or listing file, told as package maker
// tells those of its own files.
type Problem = maker.Problem

// problems collects what is wrong in one file.
type problems struct {
	file string
	list []Problem
}

func (p *problems) add(line int, format string, args ...any) {
	p.list = append(p.list, Problem{File: p.file, Line: line, Says: fmt.Sprintf(format, args...)})
}

// err joins the problems, nil when there are none.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return maker.Problems(p.list)
}

// decode reads one YAML document into v and refuses unknown keys.
func decode(fsys fs.FS, name string, v any) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if len(b) > maxFile {
		return fmt.Errorf("it has %d bytes, a file here has at most %d", len(b), maxFile)
	}
	if plainyaml.Decode(b, v) {
		return nil
	}
	return decodeAny(b, v)
}

// decodeAny reads any form of YAML, and says what is wrong.
func decodeAny(b []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	return d.Decode(v)
}

// files lists the YAML files of a folder, sorted.
func files(fsys fs.FS, dir string) ([]string, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.yaml"))
	slices.Sort(names)
	return names, err
}

// stem is the file name without folder and extension.
func stem(name string) string { return strings.TrimSuffix(path.Base(name), ".yaml") }
