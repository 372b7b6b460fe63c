package attribution

import "github.com/lenscap/lenscap/internal/observation"

// Grade says how well a statement stands. What each grade requires is written
// in docs/explanation/grades.md.
type Grade uint8

const (
	Unknown Grade = iota
	Possible
	Probable
	Confirmed
)

// String is "unknown", "possible", "probable" or "confirmed".
func (g Grade) String() string {
	return [...]string{"unknown", "possible", "probable", "confirmed"}[g]
}

// MarshalText makes a grade its word in JSON.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }

// UnmarshalText reads the word; anything else is unknown.
func (g *Grade) UnmarshalText(b []byte) error {
	*g = Unknown
	for c := Possible; c <= Confirmed; c++ {
		if c.String() == string(b) {
			*g = c
		}
	}
	return nil
}

// A Claim is one statement about a device. The zero Claim is "unknown".
type Claim struct {
	Value     string                 `json:"value"`               // as shown: "Hikvision", "DS-2CD2143G0-I"; "" when unknown
	ID        string                 `json:"id"`                  // knowledge-base id of Value ("hikvision"), "" when it has none
	Grade     Grade                  `json:"grade"`               //
	Evidence  []observation.Evidence `json:"evidence"`            // strongest first, never nil in JSON
	Conflicts []Alternative          `json:"conflicts,omitempty"` // what other evidence says instead
	Note      string                 `json:"note,omitempty"`      // one sentence a reader must know: why not graded higher, a placeholder, a denial
}

// An Alternative is what evidence against the chosen value says.
type Alternative struct {
	Value    string                 `json:"value"`
	ID       string                 `json:"id"`
	Grade    Grade                  `json:"grade"`
	Evidence []observation.Evidence `json:"evidence"`
}

// Kinds of equipment, the values of [Attribution.Kind].
const (
	KindCamera    = "camera"
	KindRecorder  = "recorder"
	KindEncoder   = "encoder"
	KindANPR      = "anpr"
	KindDoorbell  = "doorbell"
	KindBodyWorn  = "body-worn dock"
	KindDrone     = "drone"
	KindVMS       = "vms server"
	KindNotCamera = "not a camera"
	KindUnknown   = "unknown"
)

// An Attribution is everything said about one device: who made it and what is
// in it. It knows of no rule that follows from that.
type Attribution struct {
	Kind        Claim `json:"kind"`         // one of the Kind constants
	Brand       Claim `json:"brand"`        // name on the box
	Maker       Claim `json:"maker"`        // legal entity that produced it
	Platform    Claim `json:"platform"`     // whose firmware family runs on it
	Model       Claim `json:"model"`        //
	Firmware    Claim `json:"firmware"`     // version
	Chip        Claim `json:"chip"`         // system-on-chip, "Hi3516CV500"
	ChipMaker   Claim `json:"chip_maker"`   //
	NetworkPart Claim `json:"network_part"` // maker of the network interface

	Steps []Step `json:"-"` // the reasoning, in order, for --explain
}

// A Step is one step of the reasoning, in words a person can check.
type Step struct {
	Claim  string                 // "maker", "kind" …
	Says   string                 // "SADP answers are sent by Hikvision firmware only"
	Weight string                 // "strong", "good", "weak", "against", "conclusion"
	From   []observation.Evidence // what it rests on; may be empty for a conclusion
}
