package asset

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
)

// A sheet gives the rows of one, as they are kept and not as they are shown.
type sheet struct {
	*part
	book *book
	row  int    // the last one, from 1
	text []byte // of a cell
	bad  error  // why there are no more; nil at the end
}

func (x *book) sheet(name string) (*sheet, error) {
	for _, s := range x.sheets {
		if s.name == name {
			p, err := x.open(s.part)
			return &sheet{part: p, book: x}, err
		}
	}
	return nil, errors.New("it has no such sheet")
}

// next is the next row that the sheet has, and false when there is none: rows
// that nobody wrote to are not in it. Cells beyond maxCols are not kept.
func (s *sheet) next() ([]string, bool) {
	for {
		t, err := s.part.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.bad = err
			}
			return nil, false
		}
		switch e := t.(type) {
		case xml.StartElement:
			if e.Name.Local != "row" {
				continue
			}
			s.row++
			if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n > 0 && n <= 1<<20 {
				s.row = n
			}
			cells, err := s.cells()
			if err != nil {
				s.bad = err
				return nil, false
			}
			return cells, true
		case xml.EndElement:
			if e.Name.Local == "sheetData" {
				return nil, false
			}
		}
	}
}

// cells reads those of a row.
func (s *sheet) cells() ([]string, error) {
	var out []string
	col := 0 // from 1
	for {
		t, err := s.part.next()
		if err != nil {
			return nil, err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if e.Name.Local != "c" {
				continue
			}
			col++
			if n := column(attribute(e, "r")); n > 0 {
				col = n
			}
			v, err := s.value(attribute(e, "t"))
			if err != nil {
				return nil, err
			}
			if v == "" || col > maxCols {
				continue
			}
			for len(out) < col {
				out = append(out, "")
			}
			out[col-1] = v
		case xml.EndElement:
			if e.Name.Local == "row" {
				return out, nil
			}
		}
	}
}

// value reads that of a cell of a type.
func (s *sheet) value(kind string) (string, error) {
	value, in := s.text[:0], false
	for {
		t, err := s.part.next()
		if err != nil {
			return "", err
		}
		switch e := t.(type) {
		case xml.StartElement:
			if in = e.Name.Local == "v"; e.Name.Local == "is" {
				said, err := s.part.text("is")
				if err != nil {
					return "", err
				}
				value = append(value, said...)
			}
		case xml.CharData:
			if in && len(value) < maxText {
				value = append(value, e[:min(len(e), maxText)]...)
			}
		case xml.EndElement:
			if in = false; e.Name.Local != "c" {
				continue
			}
			if s.text = value; kind == "s" {
				return s.book.sharedText(string(value)), nil
			}
			return strings.ToValidUTF8(string(value), ""), nil
		}
	}
}

// column is the number of that of a cell, as A is 1; 0 when the name is none.
func column(cell string) int {
	n := 0
	for _, c := range []byte(cell) {
		switch c |= 0x20; {
		case c >= 'a' && c <= 'z' && n < 1<<20:
			n = n*26 + int(c-'a') + 1
		default:
			return n
		}
	}
	return n
}
