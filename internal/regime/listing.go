package regime

import (
	"fmt"
	"io/fs"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/maker"
)

// ListingDir is the folder of the knowledge base that holds dated lists.
const ListingDir = "listings"

// listingFile is kb/listings/<id>.yaml as written.
type listingFile struct {
	ID         string       `yaml:"id"`
	Name       string       `yaml:"name"`
	About      string       `yaml:"about"`
	Incomplete string       `yaml:"incomplete"` // why a company not found here may still be on the real list; "" when the list is closed
	Sources    []string     `yaml:"sources"`
	Entries    []listedFile `yaml:"entries"`
}

type listedFile struct {
	Name     yaml.Node `yaml:"name"`     // as the list writes it
	Company  string    `yaml:"company"`  // id in kb/makers, "" when none or a category
	Category bool      `yaml:"category"` // names no company but a class of goods
	Part     string    `yaml:"part"`     // for a clause that reads only some entries
	From     yaml.Node `yaml:"from"`
	To       yaml.Node `yaml:"to"`
	Unsure   string    `yaml:"unsure"` // why it is not known whether the entry stands today; "" when it is
	Scope    string    `yaml:"scope"`
	Basis    string    `yaml:"basis"`
	Note     string    `yaml:"note"`
	Source   string    `yaml:"source"`
}

// A listing is a dated public list of companies.
type listing struct {
	id, name, incomplete string
	entries              []listed
}

type listed struct {
	name, part, unsure, source string
	company                    maker.ID
	from, to                   span
	line                       int
}

// loadListings reads every list and reports all that is wrong in them.
func loadListings(fsys fs.FS, base companies) (map[string]*listing, []Problem) {
	names, err := files(fsys, ListingDir)
	if err != nil {
		return nil, []Problem{{File: ListingDir, Says: err.Error()}}
	}
	all := map[string]*listing{}
	var bad []Problem
	for _, name := range names {
		p := &problems{file: name}
		var f listingFile
		if err := decode(fsys, name, &f); err != nil {
			p.add(0, "%v", err)
		} else {
			all[f.ID] = f.read(p, base)
		}
		bad = append(bad, p.list...)
	}
	return all, bad
}

func (f *listingFile) read(p *problems, base companies) *listing {
	if f.ID != stem(p.file) {
		p.add(1, "id %q: it must be the file's name, %q", f.ID, stem(p.file))
	}
	if f.Name == "" || len(f.Sources) == 0 {
		p.add(1, "name and sources are needed")
	}
	l := &listing{id: f.ID, name: f.Name, incomplete: f.Incomplete}
	for _, e := range f.Entries {
		line := e.Name.Line
		from, err := parseSpan(e.From.Value)
		if err != nil || !from.known() {
			p.add(line, "entry %q: from %q: write it as YYYY-MM-DD, YYYY-MM or YYYY", e.Name.Value, e.From.Value)
		}
		to, err := parseSpan(e.To.Value)
		if err != nil {
			p.add(line, "entry %q: to: %v", e.Name.Value, err)
		}
		if e.Source == "" {
			p.add(line, "entry %q: source is needed", e.Name.Value)
		}
		if _, ok := base.Company(maker.ID(e.Company)); e.Company != "" && !ok {
			p.add(line, "entry %q: company %q is not in kb/makers", e.Name.Value, e.Company)
		}
		if e.Category && e.Company != "" {
			p.add(line, "entry %q: a category names no company", e.Name.Value)
		}
		l.entries = append(l.entries, listed{e.Name.Value, e.Part, e.Unsure, e.Source, maker.ID(e.Company), from, to, line})
	}
	return l
}

// hasPart reports whether some entry is of that part.
func (l *listing) hasPart(part string) bool {
	for i := range l.entries {
		if l.entries[i].part == part {
			return true
		}
	}
	return false
}

// on words being an entry: "named in the FCC Covered List".
func (l *listing) on() string {
	if strings.HasPrefix(l.name, "companies ") {
		return "among the " + l.name
	}
	return "named in the " + l.name
}

// A membership says whether a company is on a list on a day, and through whom.
type membership struct {
	is    tri
	says  string   // when unknown: what is not known
	entry *listed  // the entry that hit, nil when none
	via   maker.ID // the company the entry names
	later string   // when not yet listed: the day it will be
}

// find looks a company and then its owners up. A company is on a list if it,
// or a company that owns it, is named on that day: subsidiaries are reached
// downwards only. A company that merely has the same owner is not.
func (l *listing) find(part string, chain []maker.ID, on span) membership {
	var m membership
	for _, id := range chain {
		for i := range l.entries {
			e := &l.entries[i]
			if e.company != id || part != "" && e.part != part {
				continue
			}
			if got := e.on(on); got.is != no {
				got.via = id
				return got
			} else if m.later == "" {
				m.later = got.later
			}
		}
	}
	m.is = no
	if l.incomplete != "" && len(chain) > 0 {
		m.is, m.says = unknown, fmt.Sprintf("whether the %s names the maker", l.name)
	}
	return m
}

func (e *listed) on(day span) membership {
	begun, over := day.atOrAfter(e.from), day.atOrAfter(e.to)
	switch {
	case begun == no:
		return membership{is: no, later: e.from.first}
	case over == yes:
		return membership{is: no}
	case e.unsure != "":
		return membership{is: unknown, entry: e, says: e.unsure}
	case begun == unknown || over == unknown && e.to.known():
		return membership{is: unknown, entry: e, says: "the day on which " + e.name + " was listed"}
	}
	return membership{is: yes, entry: e}
}
