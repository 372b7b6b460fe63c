package report

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
)

// A Run is a run of the devices of one site, with the findings and conversations of
// these devices and all that a document says of the whole. First is set in the first
// of a site, which alone has the site's inputs, streams and far ends.
type Run struct {
	*Document
	First bool
}

// Runs are a document that is too large to be held: those of a site together, and its
// devices in order. They are gone through once, and a run is gone when the next is
// asked for. An error is the last of them.
type Runs = iter.Seq2[Run, error]

// Whole is a document that is held, as its only run.
func Whole(doc *Document) Runs {
	return func(yield func(Run, error) bool) { yield(Run{doc, true}, nil) }
}

// A List writes a JSON list, one element at a time, as [json.Encoder] would write it
// within a document that is indented by two spaces.
type List struct {
	w      io.Writer
	prefix string // of the line that the list begins in
	begun  bool
	text   bytes.Buffer
}

// NewList begins a list on a line that is indented by prefix.
func NewList(w io.Writer, prefix string) *List { return &List{w: w, prefix: prefix} }

// RestOfList goes on with a list of which an element was written.
func RestOfList(w io.Writer, prefix string) *List { return &List{w: w, prefix: prefix, begun: true} }

// Add writes one element. "<", ">" and "&" stay as they are.
func (l *List) Add(v any) error {
	l.text.Reset()
	between := "[\n"
	if l.begun {
		between = ",\n"
	}
	l.begun = true
	l.text.WriteString(between + l.prefix + "  ")
	enc := json.NewEncoder(&l.text)
	enc.SetEscapeHTML(false)
	enc.SetIndent(l.prefix+"  ", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := l.w.Write(bytes.TrimSuffix(l.text.Bytes(), []byte("\n")))
	return err
}

// Empty reports whether nothing was written.
func (l *List) Empty() bool { return !l.begun }

// End closes the list.
func (l *List) End() error {
	end := "\n" + l.prefix + "]"
	if !l.begun {
		end = "[]"
	}
	_, err := io.WriteString(l.w, end)
	return err
}
