// Package hub keeps an estate over time: it takes in what was seen and what was
// declared, lets the pipeline work out devices and findings a site at a time,
// and keeps what people decide about them.
//
// It knows no SQL, no HTTP and no page. It declares the storage it needs in
// store.go; package store is one that fulfils it. Whatever it derives can be
// thrown away and worked out again from the observations.
package hub

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// Errors that callers tell apart. They wrap the standard ones, which package web
// turns into status codes.
var (
	ErrNotFound = fmt.Errorf("hub: %w", fs.ErrNotExist)   // there is no such thing, or not for this person
	ErrExists   = fmt.Errorf("hub: %w", fs.ErrExist)      // the name is taken
	ErrDenied   = fmt.Errorf("hub: %w", fs.ErrPermission) // the role does not allow it
	ErrChanged  = errors.New("hub: it was changed by somebody else meanwhile")
	ErrInvalid  = errors.New("hub: not valid") // wrapped with what is wrong and what would be right
)

// An Organisation answers for sites.
type Organisation struct {
	ID      int64     `json:"id"`
	Name    string    `json:"name"`
	Type    string    `json:"type,omitempty"`    // one of [regime.OrganisationTypes]
	Country string    `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Created time.Time `json:"created"`
	Version int64     `json:"version"`
}

// A Site is one place with networks of its own: the same private address at two
// sites is two devices. Devices are worked out a site at a time.
type Site struct {
	ID           int64     `json:"id"`
	Organisation int64     `json:"organisation"`
	Name         string    `json:"name"`
	Facts        SiteFacts `json:"facts"`
	Created      time.Time `json:"created"`
	Derived      time.Time `json:"derived,omitzero"` // when its devices were last worked out
	Version      int64     `json:"version"`
}

// SiteFacts is what people say of a site. What is absent is not known, which is
// not "no".
type SiteFacts struct {
	Address        string          `json:"address,omitempty"`
	Owner          string          `json:"owner,omitempty"`           // of the equipment
	Landlord       string          `json:"landlord,omitempty"`        // of the building
	DataController string          `json:"data_controller,omitempty"` // in the sense of data protection law
	Lead           string          `json:"lead,omitempty"`            // organisation that leads a shared system
	Sensitive      map[string]bool `json:"sensitive,omitempty"`       // limbs, as [regime.Organisation.Sensitive]
	Purpose        map[string]bool `json:"purpose,omitempty"`
	Facts          map[string]bool `json:"facts,omitempty"`
	Purchased      string          `json:"purchased,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD
	Installed      string          `json:"installed,omitempty"`
	Closed         bool            `json:"closed,omitempty"`    // said to reach nothing outside
	Companies      []string        `json:"companies,omitempty"` // that its devices may not talk to
	Countries      []string        `json:"countries,omitempty"`
	Inside         []netip.Prefix  `json:"inside,omitempty"` // networks that count as inside, beside private ones
	Tags           []string        `json:"tags,omitempty"`
}

// Sensitivity says whether the site is sensitive: "yes" when a limb is answered
// yes, "no" when all of [SensitiveLimbs] are answered no, else "unknown".
func (f *SiteFacts) Sensitivity() string {
	no := 0
	for _, limb := range SensitiveLimbs {
		switch yes, said := f.Sensitive[limb]; {
		case yes:
			return "yes"
		case said:
			no++
		}
	}
	if no == len(SensitiveLimbs) {
		return "no"
	}
	return "unknown"
}

// SensitiveLimbs are the four questions of the UK definition of a sensitive site.
var SensitiveLimbs = []string{"secret", "developed-vetting", "ministers", "socpa"}

// Judged is the organisation and site as rules see them.
func (s *Site) Judged(o *Organisation) regime.Organisation {
	f := &s.Facts
	return regime.Organisation{
		Name: o.Name, Type: o.Type, Country: o.Country, Site: s.Name, Sensitive: f.Sensitive, Purpose: f.Purpose, Facts: f.Facts,
		Purchased: f.Purchased, Installed: f.Installed,
		Egress: regime.Egress{Closed: f.Closed, Companies: f.Companies, Countries: f.Countries, Inside: f.Inside},
	}
}

// A Zone is a part of a site's network.
type Zone struct {
	ID       int64          `json:"id"`
	Site     int64          `json:"site"`
	Name     string         `json:"name"`
	VLAN     uint16         `json:"vlan,omitempty"` // 0: any
	Networks []netip.Prefix `json:"networks,omitempty"`
}

// States of an [Ingest], in order.
const (
	Waiting   = "waiting"
	Reading   = "reading"
	Judging   = "judging"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
	Dropping  = "dropping" // what it told is being taken out
	Dropped   = "dropped"  // what it told was taken out
)

// An Ingest is one input of one site: a file, or an hour of a listener.
type Ingest struct {
	ID      int64        `json:"id"`
	Site    int64        `json:"site"`
	Name    string       `json:"name"`
	Source  string       `json:"source"` // upload, command, watch, api, listener
	Path    string       `json:"-"`      // where the file waits
	Size    int64        `json:"size"`
	SHA256  string       `json:"sha256,omitempty"`
	State   string       `json:"state"`
	Error   string       `json:"error,omitempty"`
	Input   report.Input `json:"input"`
	By      string       `json:"by,omitempty"`
	Queued  time.Time    `json:"queued"`
	Started time.Time    `json:"started,omitzero"`
	Ended   time.Time    `json:"ended,omitzero"`
	Again   bool         `json:"again,omitempty"` // given back by [Hub.Take] for a file that was here already

	LetGo       time.Time `json:"let_go,omitzero"`        // when conversations of it were let go last, because they had been kept long enough
	LetGoBefore time.Time `json:"let_go_before,omitzero"` // those of before this day
}

// A Device is one line of the estate: what the table shows and queries ask.
type Device struct {
	ID         int64     `json:"-"` // row; changes with a rebuild, Site and Device do not
	Site       int64     `json:"site"`
	Device     string    `json:"device"`
	Presence   string    `json:"presence"` // both, seen, declared
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	Brand      string    `json:"brand"`
	Maker      string    `json:"maker"`
	MakerID    string    `json:"maker_id"`
	MakerGrade string    `json:"maker_grade"`
	Platform   string    `json:"platform"`
	Chip       string    `json:"chip"`
	ChipMaker  string    `json:"chip_maker"`
	Model      string    `json:"model"`
	Firmware   string    `json:"firmware"`
	Address    string    `json:"address"`
	MAC        string    `json:"mac"`
	Serial     string    `json:"serial"`
	Hostname   string    `json:"hostname"`
	VLAN       uint16    `json:"vlan,omitempty"`
	Zone       string    `json:"zone,omitempty"`
	Behind     string    `json:"behind,omitempty"`
	Severity   int       `json:"severity"`
	Verdict    string    `json:"verdict"`
	Video      string    `json:"video"`
	Outside    bool      `json:"outside"`
	BytesUp    int64     `json:"bytes_up"`
	BytesDown  int64     `json:"bytes_down"`
	First      time.Time `json:"first,omitzero"`
	Last       time.Time `json:"last,omitzero"`
	Changed    time.Time `json:"changed,omitzero"`
}

// Values of [Device.Presence].
const (
	Both         = "both"
	SeenOnly     = "seen"
	DeclaredOnly = "declared"
)

// A Change is one entry of a device's timeline.
type Change struct {
	At     time.Time `json:"at"`
	What   string    `json:"what"` // one of Changes
	Before string    `json:"before,omitempty"`
	After  string    `json:"after"`
	Says   string    `json:"says"` // one sentence
	Ingest int64     `json:"ingest,omitempty"`
}

// A Reach is one service of one far end outside that a device talks to, over all
// of its history.
type Reach struct {
	Country      string    `json:"country"` // ISO 3166-1 alpha-2; "" unknown
	Controller   string    `json:"controller"`
	ControllerID string    `json:"controller_id"`
	Jurisdiction string    `json:"jurisdiction"`
	Network      string    `json:"network"`
	Purpose      string    `json:"purpose"`
	Name         string    `json:"name"`
	Address      string    `json:"address"`
	Port         uint16    `json:"port"`
	Protocol     string    `json:"protocol"`
	Encrypted    string    `json:"encrypted"`
	Video        string    `json:"video"`
	BytesUp      int64     `json:"bytes_up"`
	BytesDown    int64     `json:"bytes_down"`
	First        time.Time `json:"first"`
	Last         time.Time `json:"last"`
}

// A Decision is what people made of one finding. Without one it is open.
type Decision struct {
	Site    int64     `json:"site"`
	Device  string    `json:"device"`
	Regime  string    `json:"regime"`
	Status  string    `json:"status"` // open, accepted, in-hand, done
	Owner   string    `json:"owner,omitempty"`
	Due     string    `json:"due,omitempty"` // YYYY-MM-DD
	Waiver  Waiver    `json:"waiver,omitzero"`
	Updated time.Time `json:"updated,omitzero"`
	Version int64     `json:"version"`
}

// A Waiver accepts a finding for a while. It counts through the day Until, and
// ends by itself.
type Waiver struct {
	Why   string `json:"why"`
	By    string `json:"by"`
	Until string `json:"until"` // YYYY-MM-DD
}

// Holds reports whether the waiver counts on a day, YYYY-MM-DD.
func (w *Waiver) Holds(day string) bool { return w.Until != "" && day <= w.Until }

// A Note is a remark on a device.
type Note struct {
	ID     int64     `json:"id"`
	Site   int64     `json:"site"`
	Device string    `json:"device"`
	Text   string    `json:"text"`
	By     string    `json:"by"`
	At     time.Time `json:"at"`
}

// A Step is what is planned for a device.
type Step struct {
	Site   int64  `json:"site"`
	Device string `json:"device"`
	Action string `json:"action"` // remove, replace, isolate, keep
	Target string `json:"target,omitempty"`
	Done   string `json:"done,omitempty"`
	Note   string `json:"note,omitempty"`
}

// A Query is a saved search of an organisation's estate.
type Query struct {
	ID           int64     `json:"id"`
	Organisation int64     `json:"organisation"`
	Name         string    `json:"name"`
	Text         string    `json:"query"`
	Columns      string    `json:"columns,omitempty"`
	Alert        bool      `json:"alert,omitempty"` // tell when a device begins to match
	By           string    `json:"by"`
	At           time.Time `json:"at"`
}

// A Digest is a hash, written in hexadecimal digits.
type Digest []byte

// MarshalText writes the digits. It never fails.
func (d Digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d), nil }

// An Entry is one row of the audit log.
type Entry struct {
	ID           int64     `json:"id"`
	At           time.Time `json:"at"`
	Actor        string    `json:"actor"`
	Organisation int64     `json:"organisation,omitempty"`
	Action       string    `json:"action"`
	Object       string    `json:"object"`
	Detail       string    `json:"detail"` // JSON, without secrets
	Hash         Digest    `json:"hash"`   // of this row and the hash before it, hexadecimal
}
