// Package fingerprint holds the rules that match a field's text and suggest
// maker, product kind, model or version, and compiles them.
//
// It draws no conclusion from a match and adds none up: a match is one piece of
// evidence, and weighing it is the work of package attribution.
package fingerprint

import "github.com/lenscap/lenscap/internal/maker"

// Dir is the folder of the knowledge base that holds one file a kind.
const Dir = "fingerprints"

// A Row is one fingerprint of the knowledge base.
type Row struct {
	ID         string       // "http-server/hikvision-webs": kind, slash, name; unique and stable
	Kind       string       // one of [Kinds]
	Pattern    string       // RE2
	Company    maker.ID     // whose platform answers so; "" when no maker can be told from it
	Product    string       // one of [Products]; "" says nothing of the kind of equipment
	Examples   []string     // text a device sent, or as the note says
	Confidence string       // high, medium or low: how sure Company is
	Note       string       // what a reader must know before relying on it
	Source     maker.Source // Verified is false for a row that supports at most a possible statement
	Overlaps   []string     // rows of other makers that match this one's examples, or the reverse
	NoLiteral  string       // why the pattern has no literal of four bytes; "" when it has one
}

// A Match is a row whose pattern matched, with the text of its named groups.
type Match struct {
	Row      *Row
	Model    string // each is "" when the pattern has no such group
	Firmware string
	Hardware string
	Serial   string
	MAC      string
	Brand    string
}
