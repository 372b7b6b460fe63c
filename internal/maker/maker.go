// Package maker holds what is publicly known of the companies behind cameras:
// who they are and where, who owns them and since when, whose brand is built
// by whom, which chip is in which model, and which network prefix, cloud name
// or port belongs to whom.
//
// It reads those facts from a knowledge base, refuses a knowledge base with a
// fault in it, and answers look-ups. It never looks at a device: what a fact
// means for one belongs to package attribution, and what a rule makes of it
// to package regime.
package maker

import (
	"io/fs"
	"sort"
	"strings"
)

// ID names a company for good: "hikvision". Lower case, digits and hyphens.
type ID string

// A Source says where a fact was read and how far to trust that.
type Source struct {
	URLs     []string // addresses, or "github-index:NNN" where no address was found
	Basis    string   // "read", "registry" or "recalled"
	Verified bool     // false: recalled, or only an unresolved index number; print it as unverified
}

// String joins the addresses with "; ".
func (s Source) String() string { return strings.Join(s.URLs, "; ") }

// A Company is a legal entity, or a brand treated as one because rules and
// people name it so.
type Company struct {
	ID        ID
	LegalName string
	Names     []string    // as people and devices write it; ByName finds it under each
	Lines     []string    // product lines and model stems; no name of the company
	Home      string      // ISO 3166-1 alpha-2 of the seat
	Parent    ID          // owner today, "" when none or not known
	Ownership []Ownership // oldest first
	Denial    *Denial     // what the company says against a claim about it
	Kind      string      // manufacturer, brand, chip-maker, holding, cloud, integrator, drone-maker
	Segment   string      // what it sells, in a few words
	Note      string
	WholeName bool // its names are everyday words: ByName wants them alone, with nothing around them
	Source    Source
}

// Ownership is one owner's hold over a company for a time.
type Ownership struct {
	Owner    ID     // "" when the owner is no company of ours (a founder, the public)
	Control  bool   // majority or controlling holder: a parent for [Base.Parents]
	Text     string // what is known, in words
	From, To string // YYYY[-MM[-DD]], both inclusive; "" open or not known
	Source   Source
}

// A Denial is a company's own answer to what is said of it.
type Denial struct {
	Text   string
	Date   string // YYYY[-MM[-DD]], "" when the page bears none
	Source Source
}

// A Relation says that goods under a brand are built by a maker. It is about
// goods named in Scope in the time named, never about a brand for ever.
type Relation struct {
	Row        string // id of the row, "oem/lorex-dahua"
	Brand      string
	BrandID    ID // "" when the brand is no company of ours
	Maker      ID
	Kind       string // OEM, former OEM, partial, rebrand, subsidiary-brand
	Scope      string // which goods; "" not said
	From, To   string // YYYY[-MM[-DD]], "" open or not known
	Period     string // the time in the source's words
	Confidence string // high, medium, low
	Note       string
	Source     Source
}

// A Prefix is a block of MAC addresses and who registered it.
type Prefix struct {
	Row          string
	Prefix       string // "00:40:8c", or "70:b3:d5:12:3" for 36 bits
	Bits         int    // 24, 28 or 36
	Organisation string // as registered
	Company      ID
	Specificity  string // camera-only, mixed, soc, wifi-module
	Source       Source
}

// A Chip says which parts are in a model.
type Chip struct {
	Row        string
	Company    ID     // whose model it is; "" when nobody is named
	Brand      string // as the source writes it
	Model      string // one model; a list in the file becomes several Chips
	SoC        string // "Hi3516CV500"; "" when only another part is known
	SoCMaker   ID
	Sensor     string
	WiFi       string
	Evidence   string // how the source knows: teardown, board marking, firmware …
	Confidence string // high, medium, low
	Note       string
	Source     Source
}

// A Domain is a name suffix that devices or apps of a company use.
type Domain struct {
	Row          string
	Suffix       string // lower case, no dot at either end
	Company      ID     // "" when the operator is not known
	Purpose      string
	Jurisdiction string // ISO 3166-1 alpha-2 of the operator; "" not stated
	Specificity  string // vendor-only, shared-platform, mixed-corporate, infrastructure (clouds, public DNS and time: no company's device service)
	Note         string
	Source       Source
}

// A Network is an autonomous system whose holder matters to who controls a
// server in it.
type Network struct {
	Row     string
	ASN     uint32
	Holder  string // as the routing registry writes it
	Kind    string // cloud and cdn: rented out, says nothing of who controls a server; dns: public resolver; company: the holder's own
	Company ID     // of kind company; "" when it makes nothing for cameras
	Note    string
	Source  Source
}

// A Port is a service that is usual on a port.
type Port struct {
	Row      string
	Proto    string // udp, tcp, ethertype
	Port     int
	Service  string
	Company  ID     // "" when the service is no company's own
	Strength string // strong, medium, weak: how far the open port alone points to the company
	Note     string
	Source   Source
}

// InCloud reports a port of servers that devices and programs connect to, not one
// of devices.
func (p *Port) InCloud() bool { return strings.Contains(p.Service, "cloud side") }

// A Capability is a question whose answer shows what a device can do.
type Capability struct {
	Row          string
	Name         string // "face-capture"
	Protocol     string
	Company      ID
	Request      string
	ElementPath  string
	PositiveWhen string
	Example      string
	Note         string
	Source       Source
}

// An Advisory is a published weakness.
type Advisory struct {
	Row           string
	CVE           string
	Company       ID
	Affected      string
	FirmwareRange string
	Weakness      string
	CVSS          string // base score as published, "" when none was seen
	CVSSBasis     string
	Exploited     bool   // listed as known exploited by CISA
	ExploitedDate string // YYYY-MM-DD, day of that listing
	Spread        string // whether goods under other badges share it
	Source        Source
}

// A Base is a loaded knowledge base. It is never changed after Load and may
// be read from many goroutines.
type Base struct {
	companies map[ID]*Company
	sorted    []*Company
	names     map[string][]*Company

	relations    []Relation
	byBrand      map[string][]int
	byMaker      map[ID][]int
	unattributed map[string]unattributed
	prefixes     map[uint64]int32
	prefixRows   []Prefix
	serials      map[string]SerialCode
	blocks       map[uint32]block
	chips        []Chip
	byModel      map[string][]int
	domains      map[string]Domain
	ports        map[portKey][]Port
	networks     map[uint32]Network
	capabilities []Capability
	advisories   []Advisory
}

type unattributed struct {
	family string
	source Source
}

type portKey struct {
	proto string
	port  int
}

// Load reads every file of the knowledge base that concerns companies. It
// returns [Problems] naming every fault found, not the first only.
func Load(fsys fs.FS) (*Base, error) {
	b, problems := load(fsys)
	if len(problems) > 0 {
		return nil, problems
	}
	return b, nil
}

// Lint reports every fault of the companies' files of a knowledge base, in
// order of file and line. It is nil when there is none.
func Lint(fsys fs.FS) []Problem {
	_, problems := load(fsys)
	return problems
}

// Company gives the company of that id.
func (b *Base) Company(id ID) (*Company, bool) {
	c, ok := b.companies[id]
	return c, ok
}

// Companies lists all, sorted by id.
func (b *Base) Companies() []*Company { return b.sorted }

// Advisories lists all, in order of the file.
func (b *Base) Advisories() []Advisory { return b.advisories }

// Capabilities lists all, in order of the file.
func (b *Base) Capabilities() []Capability { return b.capabilities }

func sortCompanies(m map[ID]*Company) []*Company {
	s := make([]*Company, 0, len(m))
	for _, c := range m {
		s = append(s, c)
	}
	sort.Slice(s, func(i, j int) bool { return s[i].ID < s[j].ID })
	return s
}
