// Package regime evaluates dated rules: what one authority says of a device,
// for an organisation, as at a day, with the clause and the facts that are
// missing.
//
// The rules are data (kb/regimes); this package holds no name of a maker and no
// date of a law. It decides nothing about who made a device: a claim that is
// only possible is a fact that is not known, and a fact that is not known is
// never taken for compliance. docs/explanation/verdicts.md says how verdicts
// are reached.
package regime

import (
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/maker"
)

// A Device is what is judged.
type Device struct {
	ID string // of the device, copied to its findings
	attribution.Attribution
}

// companies is what this package asks of the makers' part of the knowledge
// base. [*maker.Base] answers it.
type companies interface {
	Company(id maker.ID) (*maker.Company, bool)
	ByName(name string) []*maker.Company
	Parents(id maker.ID, asAt string) []maker.ID // nearest first, on that day YYYY-MM-DD
}

// An Engine holds the compiled rules of one release. It may be used from many
// goroutines.
type Engine struct {
	base    companies
	regimes []*regime // by file name
	model   bool      // some condition reads the model

	memo     *memo                                   // see memo.go
	controls atomic.Pointer[map[controlKey]*control] // see control.go
}

// Info is one regime as a reader sees it.
type Info struct {
	ID           string
	Name         string
	Jurisdiction string
	Force        finding.Force
	Status       string // "" or "proposal"
	Citation     string
	Who          string // whom it binds
	Where        string
	What         string
	NewOrInUse   string // whether it bites on purchases or on what is installed
	Components   string // whether it reaches parts
	Exceptions   string
	Confidence   string // how sure this account of it is
	Disputed     string // the reasoning against
	Later        []string
	Sources      []string
	InForce      string // on the day asked: "since 2019-08-13", "not yet: from 2027-12-11", "proposal …"
	NoVerdict    string // why it says nothing of a single device; "" when it has clauses
}

// Load reads and compiles every regime and listing in fsys. Its error lists
// every problem as file:line: what is wrong and what to do; there is no engine
// with half the rules.
func Load(fsys fs.FS, b *maker.Base) (*Engine, error) { return load(fsys, b) }

func load(fsys fs.FS, base companies) (*Engine, error) {
	regimes, bad := read(fsys, base)
	if len(bad) > 0 {
		p := problems{list: bad}
		return nil, fmt.Errorf("load regimes: %w", p.err())
	}
	if len(regimes) == 0 {
		return nil, errors.New("load regimes: no file in " + Dir)
	}
	return newEngine(base, regimes), nil
}

func newEngine(base companies, regimes []*regime) *Engine {
	e := &Engine{base: base, regimes: regimes, memo: &memo{seed: maphash.MakeSeed()}}
	for _, r := range regimes {
		for _, k := range r.clauses {
			for _, i := range k.uses() {
				e.model = e.model || Facts[i].Name == "model"
			}
		}
	}
	return e
}

// read compiles all files and returns what could be read with every problem.
func read(fsys fs.FS, base companies) ([]*regime, []Problem) {
	env, err := newEnv()
	if err != nil {
		return nil, []Problem{{File: Dir, Says: err.Error()}}
	}
	listings, bad := loadListings(fsys, base)
	names, err := files(fsys, Dir)
	if err != nil {
		return nil, append(bad, Problem{File: Dir, Says: err.Error()})
	}
	c := compiler{env, listings, map[string]*expr{}}
	var out []*regime
	for _, name := range names {
		p := &problems{file: name}
		var f regimeFile
		if err := decode(fsys, name, &f); err != nil {
			p.add(0, "%v", err)
		} else {
			out = append(out, c.regime(&f, p))
		}
		bad = append(bad, p.list...)
	}
	return out, bad
}

// Regimes describes every regime, in the order of file names.
func (e *Engine) Regimes(asAt time.Time) []Info {
	on := day(asAt.Format(time.DateOnly))
	out := make([]Info, 0, len(e.regimes))
	for _, r := range e.regimes {
		f := &r.f
		out = append(out, Info{ID: f.ID, Name: f.Name, Jurisdiction: f.Jurisdiction, Force: r.force, Status: f.Status,
			Citation: f.Citation, Who: oneLine(f.Who), Where: oneLine(f.Where), What: oneLine(f.What), NewOrInUse: oneLine(f.NewOrInUse),
			Components: oneLine(f.Components), Exceptions: oneLine(f.Exceptions), Confidence: f.Confidence, Disputed: oneLine(f.Disputed),
			Later: f.Later, Sources: f.Sources, InForce: r.inForce(on), NoVerdict: oneLine(f.NoVerdict)})
	}
	return out
}

// inForce words whether a regime stands on a day.
func (r *regime) inForce(on span) string {
	begun := on.atOrAfter(r.since)
	switch {
	case r.f.Status == "proposal" && begun != no:
		return "proposal of " + r.f.Since.Value + ", not law"
	case begun == no:
		return "not yet: from " + r.f.Since.Value
	case r.until.known() && on.atOrAfter(r.until) == yes:
		return "ended " + r.f.Until.Value
	case begun == unknown:
		return "since some day in " + r.f.Since.Value
	}
	return "since " + r.f.Since.Value
}
