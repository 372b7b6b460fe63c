package maker

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/plaincsv"
)

// A row is one line of a table, with its place for the faults it may have.
type row struct {
	place
	columns []string // of the whole table
	cells   []string // only until the next row
}

// get gives the cell of a column of the header.
func (r row) get(column string) string { return r.cells[slices.Index(r.columns, column)] }

// src checks the three columns that every table ends with.
func (r row) src() Source {
	n := len(r.cells) // source, basis and verified stand last
	return r.l.judged(r.place, r.l.addresses(r.cells[n-3]), r.cells[n-2], r.cells[n-1])
}

// need reports an empty cell.
func (r row) need(column string) string {
	s := r.get(column)
	if s == "" {
		r.fault(column+" is empty", "fill it in")
	}
	return s
}

func (r row) ref(column string) ID { return r.company(column, r.get(column)) }

func (r row) confidence() string {
	return r.oneOf("confidence", r.get("confidence"), "high", "medium", "low")
}

// table reads a CSV file whose header is id, the columns, source, basis and
// verified, and calls each once for every row. It reports rows without an id
// of their own and rows out of order, and stops at a line that is no CSV.
func (l *loader) table(file string, columns []string, each func(row)) {
	b, ok := l.read(file)
	if !ok {
		return
	}
	if !utf8.Valid(b) {
		l.fault(file, 0, "", "is not UTF-8", "save it as UTF-8")
		return
	}
	rd := plaincsv.NewReader(string(bytes.TrimPrefix(b, []byte("\ufeff"))))
	want := slices.Concat([]string{"id"}, columns, []string{"source", "basis", "verified"})
	header, _, err := rd.Read()
	if err != nil || !slices.Equal(header, want) {
		l.fault(file, 1, "", fmt.Sprintf("header is %q", strings.Join(header, ",")), "make it "+strings.Join(want, ","))
		return
	}
	last := ""
	for {
		record, line, err := rd.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			var bad *csv.ParseError
			line := 0
			if errors.As(err, &bad) {
				line = bad.Line
			}
			l.fault(file, line, "", fmt.Sprintf("does not parse: %v", err), `put a cell that has a comma or quote in quotes, and double the quotes in it`)
			return
		}
		r := row{place{l, file, line, record[0]}, want, record}
		if len(record) != len(want) {
			r.fault(fmt.Sprintf("has %d cells", len(record)), fmt.Sprintf("make it %d, as in the header", len(want)))
			continue
		}
		for i, c := range want {
			if spaced(record[i]) {
				r.fault(c+" starts or ends with a space", "remove it")
			}
		}
		r.claim()
		if record[0] < last {
			r.fault("stands out of order", "sort rows by id, so that changes are easy to see")
		}
		last = record[0]
		each(r)
	}
}

// spaced reports a space at either end.
func spaced(s string) bool {
	if s == "" || s[0] > ' ' && s[0] < utf8.RuneSelf && s[len(s)-1] > ' ' && s[len(s)-1] < utf8.RuneSelf {
		return false
	}
	return strings.TrimSpace(s) != s
}

// A sources is the addresses of a cell or entry, and what they are.
type sources struct {
	urls      []string
	addresses int      // how many of them can be opened
	unknown   []string // those that are no address
}

// addresses splits a cell at its semicolons. Rows with the same cell share the
// result: most prefixes have one source.
func (l *loader) addresses(cell string) *sources {
	if cell == l.lastCell && l.lastSources != nil {
		return l.lastSources
	}
	s, ok := l.cells[cell]
	if !ok {
		var list []string
		for u := range strings.SplitSeq(cell, ";") {
			if u = strings.TrimSpace(u); u != "" {
				list = append(list, u)
			}
		}
		s = l.judge(list)
		l.cells[cell] = s
	}
	l.lastCell, l.lastSources = cell, s
	return s
}
