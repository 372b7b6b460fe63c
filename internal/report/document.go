package report

import (
	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// SchemaVersion is the version of the JSON document. A field may be added under
// the same number; one that is taken away or changes its meaning raises it.
const SchemaVersion = 1

// A Document is a whole audit, ready to be written in any format. The same
// inputs, knowledge base and options give the same Document: it holds no time of
// day and no path that the user did not type.
type Document struct {
	Schema        string            `json:"schema"` // URL of the published schema
	SchemaVersion int               `json:"schema_version"`
	Lenscap       string            `json:"lenscap"` // program version
	AsAt          string            `json:"as_at"`   // day the rules are judged as at, YYYY-MM-DD
	KnowledgeBase KnowledgeBase     `json:"knowledge_base"`
	Estate        Estate            `json:"estate"`
	Inputs        []Input           `json:"inputs"`
	Passed        []Passed          `json:"passed_over,omitempty"` // files in the folders named that were not read
	Summary       Summary           `json:"summary"`
	Devices       []Device          `json:"devices"`
	Findings      []finding.Finding `json:"findings"`
	Regimes       []Regime          `json:"regimes"`
	Streams       []Stream          `json:"streams"`

	Conversations []egress.Conversation `json:"conversations"`   // never nil; by device in the order of Devices
	Asked         []Asked               `json:"asked,omitempty"` // what the organisation asked of where its devices reach, with the answer
	Places        []string              `json:"places"`          // data sets that gave country and network, with date and licence
}

// KnowledgeBase names the release that was used.
type KnowledgeBase struct {
	Name   string `json:"name"`
	Date   string `json:"date"`   // YYYY-MM-DD
	Digest string `json:"digest"` // "sha256:…"
}

// Estate is what was said about the organisation, empty where nothing was.
type Estate struct {
	Organisation     string          `json:"organisation,omitempty"`      // name
	OrganisationType string          `json:"organisation_type,omitempty"` // id, see kb/regimes
	Country          string          `json:"country,omitempty"`           // ISO 3166-1 alpha-2
	Site             string          `json:"site,omitempty"`
	Sensitive        map[string]bool `json:"sensitive,omitempty"` // limb → answer; absent limb is not known
	Purchased        string          `json:"purchased,omitempty"` // YYYY-MM-DD
	Installed        string          `json:"installed,omitempty"` // YYYY-MM-DD

	Closed             bool     `json:"closed,omitempty"`              // the site is said to reach nothing outside
	ForbiddenCompanies []string `json:"forbidden_companies,omitempty"` // its devices may not talk to, as they were given
	ForbiddenCountries []string `json:"forbidden_countries,omitempty"` // ISO 3166-1 alpha-2
	Inside             []string `json:"inside,omitempty"`              // networks that count as inside beside private addresses
}

// Input is one file or stream and how much of it could be read.
type Input struct {
	Name          string   `json:"name"`
	Format        string   `json:"format"`            // "pcap", "pcapng", with " + gzip" or " + zstd"
	Unit          string   `json:"unit,omitempty"`    // what evidence counts in this input: "packet" when absent, "line", "record"
	Packets       int64    `json:"packets"`           // or lines or records, see Unit
	Bytes         int64    `json:"bytes"`             // captured bytes of those packets, or of the records
	Lacks         []string `json:"lacks,omitempty"`   // what packets would have shown and this format does not hold
	Repeats       []string `json:"repeats,omitempty"` // inputs that seem to show the same traffic, which is counted in each
	First         string   `json:"first,omitempty"`
	Last          string   `json:"last,omitempty"`  // RFC 3339, UTC
	NotUnderstood []Gap    `json:"not_understood"`  // never nil
	Error         string   `json:"error,omitempty"` // why reading ended early, with offset
}

// Passed is a file of a folder that was not read.
type Passed struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Gap is a part of an input that was not understood.
type Gap struct {
	Offset  int64  `json:"offset"` // of its first occurrence, bytes into the (uncompressed) input; -1 when unknown
	Bytes   int64  `json:"bytes"`
	Packets int64  `json:"packets"`
	Why     string `json:"why"`
}

// Summary counts. Every number is the length of a list in the document.
type Summary struct {
	Devices   int                       `json:"devices"`
	FarEnds   int                       `json:"far_ends"` // addresses that spoke but are not listed as devices
	ByKind    map[string]int            `json:"by_kind"`
	ByMaker   map[string]map[string]int `json:"by_maker"`   // maker of cameras and recorders → grade → count
	ByVerdict map[string]map[string]int `json:"by_verdict"` // regime → verdict → count of devices in question, see Summarise
	WouldBe   map[string]map[string]int `json:"would_be"`   // regime → verdict that cannot-tell would become → count

	Outside      int            `json:"outside"`       // devices that reach outside the estate
	ByCountry    map[string]int `json:"by_country"`    // where a server stands, or "unknown" → devices that reach one there
	ByController map[string]int `json:"by_controller"` // company that controls a server, or "unknown" → devices that reach one of its
	ByVideo      map[string]int `json:"by_video"`      // gravest verdict on video outside → devices
}

// Device is one device, and all that is claimed of it.
type Device struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"` // what to call it in a table: hostname, model or address
	MACs      []string  `json:"macs"`
	Addresses []Address `json:"addresses"`
	Serials   []string  `json:"serials"`
	UUIDs     []string  `json:"uuids"`
	Hostnames []string  `json:"hostnames"`
	Certs     []string  `json:"certificates"` // SPKI SHA-256
	FirstSeen string    `json:"first_seen"`   // RFC 3339, UTC
	LastSeen  string    `json:"last_seen"`
	Inputs    []string  `json:"inputs"`
	Protocols []string  `json:"protocols"`
	Behind    string    `json:"behind,omitempty"` // id of the recorder whose channel it is
	Channel   string    `json:"channel,omitempty"`
	Alike     []Alike   `json:"alike,omitempty"` // hardware addresses chosen by software that are taken for one device over several inputs

	attribution.Attribution

	Seen    []Seen           `json:"seen"`              // what it said, for the evidence drawer
	Traffic *egress.Timeline `json:"traffic,omitempty"` // with the outside, over time; absent when there was none
}

// Address is an IP address a device held, and when.
type Address struct {
	IP    string `json:"ip"`
	First string `json:"first"`
	Last  string `json:"last"`
}

// Alike is why a locally administered hardware address is taken for one device in
// several inputs: it had that address in each.
type Alike struct {
	MAC string `json:"mac"`
	IP  string `json:"ip"`
}

// Says is that in a sentence.
func (a Alike) Says() string {
	return a.MAC + " was chosen by software. It is taken for one device in several inputs, because it had " + a.IP + " in each, a day apart at most."
}

// Seen is one observation of a device, as printed.
type Seen struct {
	Input    string      `json:"input"`
	Packet   int64       `json:"packet"`
	Time     string      `json:"time"`
	Count    int64       `json:"count"`
	Protocol string      `json:"protocol"`
	Fields   [][2]string `json:"fields"`
}

// Regime is one regime that was judged, for the rules part of a report.
type Regime struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Jurisdiction string   `json:"jurisdiction"`
	Force        string   `json:"force"`
	Citation     string   `json:"citation"`
	Who          string   `json:"who"`
	What         string   `json:"what"`
	Exceptions   string   `json:"exceptions,omitempty"`
	Confidence   string   `json:"confidence"`
	InForce      string   `json:"in_force"` // "since 2019-08-13", "not yet: from 2027-12-11", "proposal" …
	Sources      []string `json:"sources"`
}

// Stream is video or audio from one address to another, without decoding it.
type Stream struct {
	Device  string `json:"device"` // id of the sender; "" when it is not a device
	From    string `json:"from"`
	To      string `json:"to"`
	Media   string `json:"media"` // video, audio, unknown
	Codec   string `json:"codec"`
	Packets int64  `json:"packets"`
	Bytes   int64  `json:"bytes"`
	First   string `json:"first"`
	Last    string `json:"last"`
}
