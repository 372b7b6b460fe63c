package asset

import (
	"fmt"
	"slices"
	"strings"
)

// A grid turns rows of cells into a list.
type grid struct {
	list     *List
	header   []string
	fields   []Field
	keys     []string
	mapping  Mapping
	days     []string // order of day and month, by column
	excel    bool     // numbers in date columns are days of a spreadsheet
	from1904 bool
	width    int // cells that a row of text has: those of the header, or of most rows
}

const (
	headRows   = 20  // among which the header is looked for
	sampleRows = 200 // by which columns are judged
)

// A line is a row and its number in the file.
type line struct {
	cells []string
	row   int
}

// read takes rows, one after the other, until next is false.
func (g *grid) read(next func() ([]string, int, bool), m *Mapping) {
	var head []line
	more := true
	for more && len(head) < sampleRows {
		var cells []string
		var row int
		if cells, row, more = next(); more && !empty(cells) {
			head = append(head, line{cells, row})
		}
	}
	at := g.begin(head, m)
	for _, h := range head[at:] {
		if !g.row(h) {
			return
		}
	}
	for more {
		var cells []string
		var row int
		if cells, row, more = next(); !more || empty(cells) {
			continue
		}
		if !g.row(line{cells, row}) {
			return
		}
	}
}

func empty(cells []string) bool {
	return !slices.ContainsFunc(cells, func(s string) bool { return strings.TrimSpace(s) != "" })
}

// begin finds the header, and settles what the columns mean. It returns how
// many of the first rows are no data.
func (g *grid) begin(head []line, m *Mapping) int {
	at := -1
	if m != nil && m.Header > 0 {
		at = slices.IndexFunc(head, func(l line) bool { return l.row == m.Header })
	} else if m == nil || m.Header == 0 {
		at = headerRow(head)
	}
	width := 0
	for _, l := range head {
		width = max(width, len(l.cells))
	}
	g.header = make([]string, min(width, maxCols))
	if at >= 0 {
		copy(g.header, head[at].cells)
	}
	for i := range g.header {
		g.header[i] = cut(clean(g.header[i]), maxCell)
	}
	sample := make([][]string, 0, len(head))
	for _, l := range head[at+1:] {
		sample = append(sample, l.cells)
	}
	g.width = widthOf(head, at)
	g.keys = keysOf(g.header)
	if m != nil {
		g.mapping = g.given(m, sample)
	} else if g.mapping = Guess(g.header, sample); at < 0 {
		g.mapping.Header = -1
	}
	g.list.Mapping = g.mapping
	g.columns(sample)
	return at + 1
}

// given is the mapping that was asked for. A column it does not name is guessed;
// one is Secret where its header says so: no mapping brings passwords in.
func (g *grid) given(m *Mapping, sample [][]string) Mapping {
	out := *m
	out.Columns = guess(g.header, sample, m.Columns).Columns
	for i, k := range g.keys {
		if headerWord(g.header[i]).field == Secret {
			out.Columns[k] = Secret
		}
	}
	for k, f := range m.Columns {
		if _, here := out.Columns[k]; !here && f != Extra && f != Ignore && f != Secret {
			g.list.fault(Fault{Row: 1, Column: k, Says: "the mapping names a column that the file does not have"})
			out.Columns[k] = f
		}
	}
	return out
}

// columns lists the columns, and looks how their dates are written.
func (g *grid) columns(sample [][]string) {
	g.fields = make([]Field, len(g.keys))
	g.days = make([]string, len(g.keys))
	for i, k := range g.keys {
		f := g.mapping.Columns[k]
		g.fields[i] = f
		c := Column{Key: k, Header: g.header[i], Field: f}
		if c.Header == "" {
			c.Header = letters(i)
		}
		var days []string
		for _, cells := range sample {
			if i >= len(cells) {
				continue
			}
			v := cut(clean(cells[i]), 80)
			days = append(days, v)
			if v != "" && f != Secret && len(c.Samples) < 3 && !slices.Contains(c.Samples, v) {
				c.Samples = append(c.Samples, v)
			}
		}
		if g.days[i] = g.mapping.Dates; g.days[i] == "" {
			g.days[i] = dayOrder(days)
		}
		g.list.Columns = append(g.list.Columns, c)
	}
}

// headerRow is the first row most of whose words are those of headers; -1 when
// there is none.
func headerRow(head []line) int {
	best, score := -1, 0
	for i, l := range head[:min(len(head), headRows)] {
		n, filled := 0, 0
		for _, c := range l.cells {
			if strings.TrimSpace(c) == "" {
				continue
			}
			filled++
			if headerWord(clean(c)).field != "" {
				n++
			}
		}
		if n > score && n*3 >= filled && (n > 1 || filled == 1) {
			best, score = i, n
		}
	}
	return best
}

// widthOf is how many cells the rows of a table have: up to the last that the
// header names, or, where there is none, as most of the first rows.
func widthOf(head []line, at int) int {
	if at >= 0 {
		n := 0
		for i, c := range head[at].cells {
			if strings.TrimSpace(c) != "" {
				n = i + 1
			}
		}
		return min(n, maxCols)
	}
	times, best := map[int]int{}, 0
	for _, l := range head {
		n := len(l.cells)
		if times[n]++; times[n] > times[best] {
			best = n
		}
	}
	return min(best, maxCols)
}

// cutShort says why a row of text that ends before its table does cannot be
// taken; "" when it can. A spreadsheet may leave the empty cells at the end of a
// row away, and nothing is lost then. But what ends before a column by which a
// device is known may be the beginning of a line that was cut, or no device at all.
// A row of an Excel file has only the cells that hold something, and is never cut.
func (g *grid) cutShort(cells []string) string {
	if g.excel || len(cells) >= g.width {
		return ""
	}
	var missing []string
	known := false
	for i, f := range g.fields[:min(g.width, len(g.fields))] {
		switch f {
		case Serial, MAC, IP, Hostname:
			if known = true; i >= len(cells) {
				missing = append(missing, g.list.Columns[i].Header)
			}
		}
	}
	if !known { // a table of what no network shows
		for i, f := range g.fields[:min(g.width, len(g.fields))] {
			if (f == Name || f == Model) && i >= len(cells) {
				missing = append(missing, g.list.Columns[i].Header)
			}
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d cells in this line of %s: it ends before %s, by which a device is known; the row was left out. If the rest is empty, write its separators", len(cells), g.width, cut(clean(g.list.file), 80), strings.Join(missing, ", "))
}

// row takes one row; it is false when the list is full.
func (g *grid) row(l line) bool {
	if says := g.cutShort(l.cells); says != "" {
		g.list.fault(Fault{Row: l.row, Says: says})
		return true
	}
	d := Declared{Line: l.row}
	for i, raw := range l.cells {
		if i >= len(g.fields) {
			if strings.TrimSpace(raw) != "" {
				g.list.fault(Fault{Row: l.row, Column: letters(i), Value: raw, Says: "the row has more cells than the header; they were not kept"})
				break
			}
			continue
		}
		f := g.fields[i]
		if f == Secret || f == Ignore {
			continue
		}
		value := clean(raw)
		if blank(value) {
			continue
		}
		column := g.list.Columns[i].Header
		if n := len([]rune(value)); n > maxCell {
			g.list.fault(Fault{Row: l.row, Column: column, Value: value, Says: fmt.Sprintf("%d characters; the first %d were kept", n, maxCell)})
			value = string([]rune(value)[:maxCell])
		}
		c := cell{field: f, value: value, column: column, days: g.days[i], excel: g.excel, from1904: g.from1904}
		if says := d.set(c); says != "" {
			g.list.fault(Fault{Row: l.row, Column: column, Value: value, Says: says})
		}
	}
	if !d.named() {
		g.list.fault(Fault{Row: l.row, Says: "no name, serial number, address or model by which the device could be known; the row was left out"})
		return true
	}
	if d.Kind == "" {
		d.Kind = g.mapping.Kind
	}
	return g.list.add(d)
}
