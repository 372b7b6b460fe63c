package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// JSON writes the whole document, indented by two spaces. Lists are never
// null, maps are written in the order of their keys, and "<", ">" and "&" stay
// as they are: the result is for programs, and not safe inside a script element.
func JSON(w io.Writer, doc *Document) error { return writeMembers(w, doc, writeMember) }

// writeMembers writes an object with the members of a document, each by write, which
// is given the name of the field.
func writeMembers(w io.Writer, doc *Document, write func(b *bufio.Writer, field string, v reflect.Value) error) error {
	b := bufio.NewWriter(w)
	v := reflect.ValueOf(*doc)
	between := "{\n"
	for i := range v.NumField() {
		name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		f := v.Field(i)
		if option == "omitempty" && (f.IsZero() || f.Kind() == reflect.Slice && f.Len() == 0) {
			continue
		}
		_, _ = b.WriteString(between + "  " + strconv.Quote(name) + ": ") // flush tells
		between = ",\n"
		if err := write(b, v.Type().Field(i).Name, f); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	}
	_, _ = b.WriteString("\n}\n")
	return flush(b, "JSON")
}

// writeMember writes a member of the document, a list one element at a time: a
// report of a large estate is many times as large as the estate in memory.
func writeMember(b *bufio.Writer, _ string, v reflect.Value) error {
	if v.Kind() == reflect.Slice {
		l := NewList(b, "  ")
		if err := addAll(l, v); err != nil {
			return err
		}
		return l.End()
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("  ", "  ")
	if err := enc.Encode(complete(v)); err != nil {
		return err
	}
	_, _ = b.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n"))) // flush tells
	return nil
}

// complete is a copy of v without nil lists and maps.
func complete(v reflect.Value) any {
	whole := reflect.New(v.Type())
	rewrite(whole.Elem(), v, nil)
	return whole.Interface()
}

func addAll(l *List, v reflect.Value) error {
	for i := range v.Len() {
		if err := l.Add(complete(v.Index(i))); err != nil {
			return err
		}
	}
	return nil
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
func JSONL(w io.Writer, doc *Document) error { return JSONLRuns(w, Whole(doc)) }

// JSONLRuns is [JSONL] of a document in runs. It holds one of them.
func JSONLRuns(w io.Writer, runs Runs) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for run, err := range runs {
		if err != nil {
			return err
		}
		doc := run.Document
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
	}
	return flush(b, "JSON lines")
}

func flush(b *bufio.Writer, what string) error {
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
