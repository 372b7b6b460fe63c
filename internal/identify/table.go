package identify

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/lenscap/lenscap/internal/attribution"
)

// A Table writes results for people: one line each, in columns that are fixed
// before the first, since lines are written while others are still read.
type Table struct {
	Width int  // columns of the terminal; the last column takes what is left
	Input bool // name the input too
}

type column struct {
	head  string
	width int
	cell  func(r *Result) string
}

var columns = []column{
	{"LINE", 7, func(r *Result) string { return lineOf(r) }},
	{"ID", 16, func(r *Result) string { return r.ID }},
	{"KIND", 12, func(r *Result) string { return r.Attribution.Kind.Value }},
	{"BRAND", 14, func(r *Result) string { return r.Attribution.Brand.Value }},
	{"MAKER", 16, func(r *Result) string { return r.Attribution.Maker.Value }},
	{"GRADE", 9, func(r *Result) string { return r.Attribution.Maker.Grade.String() }},
	{"MODEL", 22, func(r *Result) string { return r.Attribution.Model.Value }},
	{"FIRMWARE", 18, func(r *Result) string { return r.Attribution.Firmware.Value }},
	{"WHY", 0, why},
}

func lineOf(r *Result) string {
	if r.Line == 0 {
		return "-"
	}
	return fmt.Sprint(r.Line)
}

// why is the strongest evidence for the maker, or else for what is known.
func why(r *Result) string {
	a := &r.Attribution
	for _, c := range []*attribution.Claim{&a.Maker, &a.Platform, &a.Brand, &a.Kind, &a.Model, &a.NetworkPart} {
		if len(c.Evidence) > 0 {
			e := &c.Evidence[0]
			return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Says)
		}
	}
	if len(r.Unread) > 0 {
		return "not read: " + r.Unread[0].Kind + ": " + r.Unread[0].Why
	}
	return "nothing in it is known"
}

// Head is the heading, with its line end.
func (t Table) Head() string {
	var b strings.Builder
	for _, c := range t.columns() {
		b.WriteString(fit(c.head, c.width))
		if c.width > 0 {
			b.WriteString("  ")
		}
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

// Append appends one result as a line.
func (t Table) Append(dst []byte, r *Result) []byte {
	left := max(t.Width, 80)
	start := len(dst)
	for _, c := range t.columns() {
		text := c.cell(r)
		switch {
		case r.Bad != "" && c.head == "KIND":
			dst = append(dst, "cannot read this line: "+r.Bad...)
			return append(dst, '\n')
		case c.width == 0:
			text = fit(text, max(left, 20))
		default:
			text = fit(text, c.width) + "  "
			left -= c.width + 2
		}
		dst = append(dst, text...)
	}
	for len(dst) > start && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, '\n')
}

func (t Table) columns() []column {
	if !t.Input {
		return columns
	}
	return append([]column{{"INPUT", 20, func(r *Result) string { return r.Input }}}, columns...)
}

// fit cuts or fills text to a width in columns; 0 leaves it.
func fit(text string, width int) string {
	if width == 0 {
		return text
	}
	return runewidth.FillRight(runewidth.Truncate(text, width, "…"), width)
}
