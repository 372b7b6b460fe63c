package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// JSON writes the whole document, indented by two spaces. Lists are never
// null, maps are written in the order of their keys, and "<", ">" and "&" stay
// as they are: the result is for programs, and not safe inside a script element.
func JSON(w io.Writer, doc *Document) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(rewritten(*doc, nil)); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return flush(b, "JSON")
}

// A Line is what [JSONL] writes of one device: all that [Document] holds of it,
// its findings inside, and what is needed to repeat the judgement.
type Line struct {
	Schema        string        `json:"schema"` // of the whole document; a line is its #/$defs/Line
	AsAt          string        `json:"as_at"`
	KnowledgeBase KnowledgeBase `json:"knowledge_base"`
	Device
	Findings []finding.Finding `json:"findings"`

	Conversations  []egress.Conversation `json:"conversations"`    // those listed under this device
	ReachesOutside bool                  `json:"reaches_outside"`  // it sent something out of the estate, or tried to
	BytesUpOutside uint64                `json:"bytes_up_outside"` //
	Countries      []string              `json:"countries"`        // ISO 3166-1 alpha-2, where servers outside stand, most bytes up first
	Controllers    []string              `json:"controllers"`      // companies that control servers outside, most bytes up first
	VideoLeaving   string                `json:"video_leaving"`    // "yes", "possibly", "no", "too short to tell"; "" for a device that does not reach outside
}

// JSONL writes one [Line] a device, in the order of the document.
func JSONL(w io.Writer, doc *Document) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	x, talks := newIndex(doc), newTalk(doc)
	own := map[string][]egress.Conversation{}
	for _, c := range doc.Conversations {
		own[c.Device] = append(own[c.Device], c)
	}
	for i := range doc.Devices {
		d := &doc.Devices[i]
		s := talks.shareOf(d.ID)
		line := Line{Schema: SchemaURL, AsAt: doc.AsAt, KnowledgeBase: doc.KnowledgeBase, Device: *d,
			Conversations: own[d.ID], ReachesOutside: len(s.servers) > 0, BytesUpOutside: s.up,
			Countries: known(most(s.countries)), Controllers: known(most(s.controllers)), VideoLeaving: s.leaving()}
		for _, f := range x.findings[d.ID] {
			line.Findings = append(line.Findings, *f)
		}
		if err := enc.Encode(rewritten(line, nil)); err != nil {
			return fmt.Errorf("write device %s as JSON: %w", d.ID, err)
		}
	}
	return flush(b, "JSON lines")
}

func flush(b *bufio.Writer, what string) error {
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
