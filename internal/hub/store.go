package hub

import (
	"context"
	"iter"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/report"
)

// A Deed says who does what, for the audit log. Its row is written in the same
// transaction as what it speaks of.
type Deed struct {
	Actor        string // name of the account, or "hub"
	Organisation int64  // 0 for what concerns none or all
	Action       string // "site.create", "finding.waive" …
	Object       string // "site 3", "device d-1234567890 of site 3"
	Detail       any    // written as JSON; without secrets. nil: nothing
}

// A Store keeps the estate. What a method of a [Tx] did is there when Do
// returned nil, after a crash too, and nothing of it is there otherwise.
// Readers are never made to wait by a writer.
type Store interface {
	// Do runs fn in one transaction and writes the deed to the audit log with
	// it. There is one at a time. It fails with the error of fn, or one that
	// says what is wrong with the disk and what to do.
	Do(ctx context.Context, d Deed, fn func(Tx) error) error

	Organisations(ctx context.Context) ([]Organisation, error) // by name
	Organisation(ctx context.Context, id int64) (*Organisation, error)
	Sites(ctx context.Context, organisation int64) ([]Site, error) // by name; 0: all
	Site(ctx context.Context, id int64) (*Site, error)
	Zones(ctx context.Context, site int64) ([]Zone, error)
	// Behind gives the sites that were worked out before a time, never, or not since
	// somebody changed what they are judged by.
	Behind(ctx context.Context, since time.Time) ([]int64, error)

	Ingest(ctx context.Context, id int64) (*Ingest, error)
	Ingests(ctx context.Context, site int64, before int64, n int) ([]Ingest, error) // newest first, with smaller ids than before (0: all)
	SameIngest(ctx context.Context, site int64, sha256 string) (*Ingest, error)     // of the same bytes, neither failed, cancelled nor taken out, rather one of which nothing was let go; ErrNotFound
	HandedIn(ctx context.Context, before time.Time) (int64, error)                  // the last of the ingests that, as all with smaller ids, were handed in before; 0: none
	Unfinished(ctx context.Context) ([]Ingest, error)                               // waiting, reading, judging or dropping, oldest first
	Dropping(ctx context.Context) ([]int64, error)                                  // sites that are to be taken out
	DroppingOrganisations(ctx context.Context) ([]int64, error)                     // likewise

	// Evidence gives all observations and sightings of a site in the order of
	// their ids. Input of each is the id of the ingest that saw it first; Count
	// and Last are of all ingests.
	Evidence(ctx context.Context, site int64) (Evidence, error)

	Doc(ctx context.Context, site int64, device string) (*report.Device, error)
	DeviceFindings(ctx context.Context, site int64, device string) ([]finding.Finding, error) // in the order of finding.Compare
	Decisions(ctx context.Context, site int64) ([]Decision, error)
	Declared(ctx context.Context, site int64) ([]Declared, error)

	Spoken(ctx context.Context, site int64) ([]string, error)                      // ids of devices that people said something of: decisions, notes, tags, steps
	Former(ctx context.Context, site int64, device string) (*report.Device, error) // as it was when it was there last; ErrNotFound
}

// Evidence is what a site's devices are worked out from.
type Evidence struct {
	Observations []*observation.Observation
	Sightings    []device.Sighting
}

// A Tx changes the store. Names of methods that derive begin with Replace.
type Tx interface {
	AddOrganisation(o *Organisation) error // sets ID, Created and Version; ErrExists
	SetOrganisation(o *Organisation) error // ErrChanged when Version is not the stored one; raises it
	AddSite(s *Site) error                 // ErrNotNow when its organisation is being taken out
	SetSite(s *Site) error
	SetDropping(site int64) error // it is to be taken out
	// DropSite takes a site out with all that is kept of it but the audit log.
	// Neither its number nor those of its ingests are given again.
	DropSite(id int64) error
	// SetDroppingOrganisation says that an organisation is to be taken out, with all
	// of its sites. It takes no new site from then on.
	SetDroppingOrganisation(id int64) error
	// DropOrganisation takes out an organisation that has no site any more: roles in
	// it, tokens of accounts that have no role then, searches that were saved there,
	// subscriptions with what waits for them. The audit log stays, and its number is
	// not given again.
	DropOrganisation(id int64) error
	SetZones(site int64, zones []Zone) error // all of them

	AddIngest(in *Ingest) error
	SetIngest(in *Ingest) error
	// LetGo notes that conversations of ingests were let go, those of before a day.
	LetGo(ingests []int64, at, before time.Time) error
	// AddEvidence keeps what one ingest saw. An observation the site has already
	// is counted for this ingest and not stored again.
	AddEvidence(site, ingest int64, e Evidence) error
	// DropEvidence takes out what an ingest saw, before it is read again.
	DropEvidence(ingest int64) error

	// ReplaceSite puts what was worked out in the place of what was there. seq
	// yields each device once.
	ReplaceSite(site int64, summary []byte, seq iter.Seq[*Derived]) error
	SetDerived(site int64, at time.Time) error
	// ReplaceOverlaps puts those of a site, by ingest and other, in the place of what
	// was there.
	ReplaceOverlaps(site int64, list []Overlap) error

	SetDecision(d *Decision) error // version as SetOrganisation; 0 for a new one
	SetTags(site int64, device string, tags []string) error
	AddNote(n *Note) error
	SetStep(s *Step) error
	// Follow takes what people said of devices that are no more to what they are
	// now, and remembers those that nobody knows. Where both have a decision on one
	// rule, or a step, the later decision and the step of the present one stay, and a
	// note says what the other was.
	Follow(site int64, moved []Moved) error
	AddDeclared(site int64, list string, mapping []byte, by string, rows []Declared) error
	DropAssetList(site, list int64) error
	// SaveLine adds a line to a list, which is made when there is none, and sets
	// the line's ID and Line. One that has an ID takes the place of what was there,
	// or is ErrChanged when that is not what was says.
	SaveLine(site int64, by string, d *Declared, was []byte) error
	DropLine(site int64, list string, id int64) error
}

// Declared is one line of an asset list.
type Declared struct {
	ID     int64
	List   string // its name
	Line   int
	Fields []byte // JSON of asset.Declared
	Device string // that it is; "" none
}

// Derived is one device as worked out, with all that hangs on it.
type Derived struct {
	Device   Device
	Doc      *report.Device // nil for what is declared only
	Findings []finding.Finding
	Reach    []Reach
	Changes  []Change
	Declared []int64 // ids of the lines of asset lists that are it
}
