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
)

// A row is one line of a table, with its place for the faults it may have.
type row struct {
	place
	columns map[string]int // of the whole table
	cells   []string
}

// get gives the cell of a column of the header.
func (r row) get(column string) string { return r.cells[r.columns[column]] }

// src checks the three columns that every table ends with.
func (r row) src() Source {
	return r.l.source(r.place, r.l.addresses(r.get("source")), r.get("basis"), r.get("verified"))
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
	rd := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff"))))
	rd.FieldsPerRecord = -1 // counted here, to go on after a bad row
	want := slices.Concat([]string{"id"}, columns, []string{"source", "basis", "verified"})
	header, err := rd.Read()
	if err != nil || !slices.Equal(header, want) {
		l.fault(file, 1, "", fmt.Sprintf("header is %q", strings.Join(header, ",")), "make it "+strings.Join(want, ","))
		return
	}
	index := make(map[string]int, len(want))
	for i, c := range want {
		index[c] = i
	}
	last := ""
	for {
		record, err := rd.Read()
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
		line, _ := rd.FieldPos(0)
		r := row{place{l, file, line, record[0]}, index, record}
		if len(record) != len(want) {
			r.fault(fmt.Sprintf("has %d cells", len(record)), fmt.Sprintf("make it %d, as in the header", len(want)))
			continue
		}
		for i, c := range want {
			if strings.TrimSpace(record[i]) != record[i] {
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

// addresses splits a cell at its semicolons. Rows with the same cell share the
// result: most prefixes have one source.
func (l *loader) addresses(cell string) []string {
	if list, ok := l.cells[cell]; ok {
		return list
	}
	var list []string
	for u := range strings.SplitSeq(cell, ";") {
		if u = strings.TrimSpace(u); u != "" {
			list = append(list, u)
		}
	}
	l.cells[cell] = list
	return list
}
