package asset

import (
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decode turns the bytes of a text file into UTF-8, and names what they were in.
// A mark at the beginning decides; without one, zeros at every other place are
// UTF-16, and what is not UTF-8 is Windows-1252, which every byte is.
func decode(b string) (text, encoding string) {
	switch {
	case strings.HasPrefix(b, "\xef\xbb\xbf"):
		return strings.ToValidUTF8(b[3:], "\ufffd"), "UTF-8"
	case strings.HasPrefix(b, "\xff\xfe"):
		return utf16(b[2:], unicode.LittleEndian), "UTF-16"
	case strings.HasPrefix(b, "\xfe\xff"):
		return utf16(b[2:], unicode.BigEndian), "UTF-16"
	}
	head := b[:min(len(b), 512)&^1]
	zeros := [2]int{}
	for i := range len(head) {
		if head[i] == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[1]*4 > len(head) && zeros[0] == 0:
		return utf16(b, unicode.LittleEndian), "UTF-16"
	case zeros[0]*4 > len(head) && zeros[1] == 0:
		return utf16(b, unicode.BigEndian), "UTF-16"
	case utf8.ValidString(b):
		return b, "UTF-8"
	}
	return decoded(b, charmap.Windows1252.NewDecoder()), "Windows-1252"
}

func utf16(b string, order unicode.Endianness) string {
	return decoded(b, unicode.UTF16(order, unicode.IgnoreBOM).NewDecoder())
}

// decoded does not fail: what is no character becomes the one that says so.
func decoded(b string, d *encoding.Decoder) string {
	var out strings.Builder
	out.Grow(len(b))
	_, _ = io.Copy(&out, d.Reader(strings.NewReader(b)))
	return out.String()
}

var delimiters = []struct {
	mark byte
	name string
}{{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}, {'|', "bar"}}

// delimiter is what separates the cells: the mark that stands equally often in
// the most of the first lines. Excel may say so in a line of its own, "sep=;".
func delimiter(text string) (mark byte, name, rest string) {
	if line, after, ok := strings.Cut(text, "\n"); ok && len(line) >= 5 && strings.EqualFold(line[:4], "sep=") && len(strings.TrimRight(line[5:], "\r")) == 0 {
		for _, d := range delimiters {
			if d.mark == line[4] {
				return d.mark, d.name, after
			}
		}
	}
	best := 0
	mark, name = ',', "comma"
	for _, d := range delimiters {
		times := map[int]int{}
		t := tabler{text: text[:min(len(text), 64<<10)], mark: d.mark}
		for range 30 {
			cells, ok := t.next()
			if !ok {
				break
			}
			times[len(cells)]++
		}
		for cells, lines := range times {
			if score := lines * min(cells-1, 10); cells > 1 && score > best {
				best, mark, name = score, d.mark, d.name
			}
		}
	}
	return mark, name, text
}

// maxSpan is how many lines a cell in quotes may span. A quote that is not
// closed by then is a mark like any other: it must not swallow the rest.
const maxSpan = 40

// A tabler cuts text into rows of cells, as RFC 4180 has it and spreadsheets
// write it.
type tabler struct {
	text string
	mark byte
	at   int
	line int   // lines read
	row  int   // line on which the last row began, from 1
	bad  []int // lines with a quote that is not closed, 100 at most
}

// next is the next row, and false at the end. Empty lines are rows of one
// empty cell.
func (t *tabler) next() ([]string, bool) {
	if t.at >= len(t.text) {
		return nil, false
	}
	t.row = t.line + 1
	start := t.at
	cells, ok := t.cells(true)
	if !ok {
		t.at, t.line = start, t.row-1
		if len(t.bad) < 100 {
			t.bad = append(t.bad, t.row)
		}
		cells, _ = t.cells(false)
	}
	return cells, true
}

// cells reads a row; it is false when a quote is not closed.
func (t *tabler) cells(quotes bool) ([]string, bool) {
	var out []string
	for {
		cell, more, ok := t.cell(quotes)
		if !ok {
			return nil, false
		}
		if len(out) < maxCols {
			out = append(out, cell)
		}
		if !more {
			return out, true
		}
	}
}

// cell reads up to the mark or the end of the line.
func (t *tabler) cell(quotes bool) (cell string, more, ok bool) {
	if quotes && t.at < len(t.text) && t.text[t.at] == '"' {
		if cell, ok = t.quoted(); !ok {
			return "", false, false
		}
	}
	rest := t.text[t.at:]
	n := strings.IndexAny(rest, string(t.mark)+"\n")
	if n < 0 {
		t.at = len(t.text)
		t.line++
		return cell + strings.TrimSuffix(rest, "\r"), false, true
	}
	t.at += n + 1
	if rest[n] == '\n' {
		t.line++
		return cell + strings.TrimSuffix(rest[:n], "\r"), false, true
	}
	return cell + rest[:n], true, true
}

// quoted reads what stands in quotes, up to behind the closing one.
func (t *tabler) quoted() (string, bool) {
	i, lines := t.at+1, 0
	var b strings.Builder
	for {
		n := strings.IndexAny(t.text[i:], "\"\n")
		if n < 0 {
			return "", false
		}
		b.WriteString(t.text[i : i+n])
		i += n + 1
		switch {
		case t.text[i-1] == '\n':
			if lines++; lines > maxSpan {
				return "", false
			}
			b.WriteByte('\n')
		case i < len(t.text) && t.text[i] == '"':
			b.WriteByte('"')
			i++
		default:
			t.at = i
			t.line += lines
			return b.String(), true
		}
	}
}

// readCSV reads a table of text.
func readCSV(text, encoding, file string, m *Mapping) *List {
	mark, name, rest := delimiter(text)
	l := &List{Format: "CSV (" + name + ", " + encoding + ")", file: file}
	t := tabler{text: rest, mark: mark}
	if len(rest) < len(text) {
		t.line = 1
	}
	g := grid{list: l}
	g.read(func() ([]string, int, bool) {
		cells, ok := t.next()
		return cells, t.row, ok
	}, m)
	for _, line := range t.bad {
		l.fault(Fault{Row: line, Says: "a quote that is not closed; it was read as a mark like any other"})
	}
	return l
}
