// Package plaincsv reads CSV as encoding/csv does, several times faster: the
// tables of the knowledge base are read at every start.
//
// It decides nothing about what is wrong. A text is cut in place, without a copy
// of its cells; at the first record that is not plain (a carriage return, a cell
// over several lines, a quote out of place) encoding/csv takes over, so that
// errors are its own.
package plaincsv

import (
	"encoding/csv"
	"io"
	"strings"
)

// A Reader gives the records of a text. Their number of cells may differ.
type Reader struct {
	s     string
	pos   int
	line  int // of pos, from 1
	given int // records
	cells []string
	slow  *csv.Reader // once a record was not plain
}

// NewReader reads s, whose memory the cells share.
func NewReader(s string) *Reader {
	r := &Reader{s: s, line: 1}
	if strings.IndexByte(s, '\r') >= 0 {
		r.fallBack()
	}
	return r
}

// Read gives the next record and the line it starts on, from 1. The record is
// valid until the next call. At the end the error is [io.EOF]; any other is that
// of encoding/csv, and nothing more can be read.
func (r *Reader) Read() (record []string, line int, err error) {
	if r.slow == nil {
		for r.pos < len(r.s) && r.s[r.pos] == '\n' {
			r.pos++
			r.line++
		}
		if r.pos == len(r.s) {
			return nil, 0, io.EOF
		}
		if r.plain() {
			r.given++
			r.line++
			return r.cells, r.line - 1, nil
		}
		r.fallBack()
	}
	record, err = r.slow.Read()
	if err != nil {
		return nil, 0, err
	}
	line, _ = r.slow.FieldPos(0)
	return record, line, nil
}

// fallBack gives the rest to encoding/csv, which reads what was given again, so
// that its lines are right.
func (r *Reader) fallBack() {
	r.slow = csv.NewReader(strings.NewReader(r.s))
	r.slow.FieldsPerRecord = -1 // for the caller to count
	for range r.given {
		if _, err := r.slow.Read(); err != nil {
			return // it was plain: this does not happen
		}
	}
}

// plain cuts the record at pos, or reports that it is not plain.
func (r *Reader) plain() bool {
	line := r.s[r.pos:]
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	}
	next := r.pos + len(line) + 1
	r.cells = r.cells[:0]
	quotes := strings.IndexByte(line, '"') >= 0
	for {
		cell, rest, more := strings.Cut(line, ",")
		if quotes {
			if strings.HasPrefix(line, `"`) {
				var ok bool
				if cell, rest, more, ok = quoted(line); !ok {
					return false
				}
			} else if strings.IndexByte(cell, '"') >= 0 {
				return false
			}
		}
		r.cells = append(r.cells, cell)
		if !more {
			r.pos = min(next, len(r.s))
			return true
		}
		line = rest
	}
}

// quoted cuts a cell in quotes off the front of s.
func quoted(s string) (cell, rest string, more, ok bool) {
	doubled := false
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			doubled = true
			i++
			continue
		}
		cell = s[1:i]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		if i+1 == len(s) {
			return cell, "", false, true
		}
		return cell, s[i+2:], true, s[i+1] == ','
	}
	return "", "", false, false
}
