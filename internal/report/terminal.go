package report

import (
	"bufio"
	"fmt"
	"io"
)

// TerminalOptions say how much room there is and what it can show.
type TerminalOptions struct {
	Width  int  // columns; 0 means 80
	Colour bool // the caller decides, by the terminal and NO_COLOR; words and pips say everything without it
	Wide   bool // every column and no value cut, however long the lines get
	All    bool // list devices that are not cameras or recorders too
}

// Terminal writes the audit for people to read in a terminal.
func Terminal(w io.Writer, doc *Document, opts TerminalOptions) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, visible(doc.AsAt))
	return flush(b, "report")
}

// Explain writes the reasoning about one device of doc, step by step.
func Explain(w io.Writer, d *Device, doc *Document, opts TerminalOptions) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, visible(d.Name))
	return flush(b, "explanation")
}
