// Package observation holds what was seen: one message, its fields, and
// pointers back to them.
//
// It draws no conclusion. Nothing here names a maker, a device or a rule.
package observation

import (
	"net/netip"
	"time"
)

// An Observation is one message one input carried. It is never edited; when the
// same speaker says the same thing again, Count and Last of the first sighting
// move and nothing else does.
type Observation struct {
	ID       int64          // from 1, in the order of the audit; 0 until added to a [Log]
	Input    int            // index of the input, from 0
	Packet   int64          // number of the packet in that input that completed the message, from 1
	Seen     time.Time      // UTC, capture time of Packet
	Last     time.Time      // UTC, capture time of the latest identical message
	Count    int64          // how often it was seen, at least 1
	Protocol string         // lower case, the prefix of its field names: "dhcp", "mdns", "sadp" …
	MAC      MAC            // link address of the frame's sender; zero when the link has none
	VLAN     uint16         // outermost 802.1Q VLAN; 0 for none
	From     netip.AddrPort // who spoke; port 0 where the protocol has none, zero when no IP
	To       netip.AddrPort // who was spoken to
	ToMAC    MAC            // link address of the frame's receiver; zero when the link has none
	TTL      uint8          // IPv4 TTL or IPv6 hop limit; 0 when no IP
	About    About          // whom Fields describe
	Fields   []Field        // in the order seen; names may repeat
}

// About says whom the fields of an observation describe.
type About uint8

const (
	Sender   About = iota // the device that sent the message (the usual case)
	Receiver              // the device it was sent to: a DHCP server's answer describes the client
	Named                 // only the device its own fields name (MAC, serial …): a relayed or listed device
)

// A Field is one name and value of a message. Name is one of the constants in
// field.go; Value is text as the device sent it, valid UTF-8, at most
// [MaxValue] bytes, control characters replaced by spaces.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// MaxValue bounds a field's value, in bytes.
const MaxValue = 1024

// Get returns the first value of the field called name, and "" if there is none.
func (o *Observation) Get(name string) string {
	for i := range o.Fields {
		if o.Fields[i].Name == name {
			return o.Fields[i].Value
		}
	}
	return ""
}

// Evidence points from a statement to the field it rests on, and to the row of
// the knowledge base that gives the field its meaning.
type Evidence struct {
	Input      string `json:"input"`                // name of the input
	Packet     int64  `json:"packet"`               // packet number in it, from 1; 0 when not from a packet
	Protocol   string `json:"protocol"`             // as [Observation.Protocol]
	Field      string `json:"field"`                // as [Field.Name]
	Value      string `json:"value"`                // as [Field.Value]
	Rule       string `json:"rule"`                 // knowledge-base row or named rule that matched
	Source     string `json:"source"`               // public source of that row: URLs, "; " between them
	Says       string `json:"says"`                 // one sentence in plain words
	Unverified bool   `json:"unverified,omitempty"` // the row was recalled, not read; supports at most possible
}
