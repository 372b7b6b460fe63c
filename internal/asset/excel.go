package asset

import (
	"errors"
	"fmt"
	"strings"
)

// readExcel reads the sheet that the mapping names, or the one whose header has
// the most words of a list. Cells are taken as they are kept, not as they are
// shown, so that a date is a day and not half of one.
func readExcel(text string, m *Mapping) (*List, error) {
	x, err := openBook(text)
	if errors.Is(err, errUnpacks) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("the file is no spreadsheet that can be read (%w); save it as .xlsx or CSV", err)
	}
	name, err := chooseSheet(x, m)
	if err != nil {
		return nil, err
	}
	s, err := x.sheet(name)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", name, err)
	}
	defer s.in.Close() //nolint:errcheck // read only
	l := &List{Format: "Excel, sheet " + name}
	g := grid{list: l, excel: true, from1904: x.from1904}
	cells := 0
	g.read(func() ([]string, int, bool) {
		if cells > maxCells {
			return nil, s.row, false
		}
		row, ok := s.next()
		cells += len(row) + 1
		return row, s.row, ok
	}, m)
	switch {
	case s.bad != nil:
		l.fault(Fault{Row: s.row + 1, Says: "the sheet cannot be read from here on: " + s.bad.Error()})
	case cells > maxCells:
		l.fault(Fault{Row: s.row + 1, Says: "the sheet has too many cells; this and what follows was not read"})
	}
	l.Mapping.Sheet = name
	return l, nil
}

func chooseSheet(x *book, m *Mapping) (string, error) {
	if len(x.sheets) == 0 {
		return "", errors.New("the spreadsheet has no sheet")
	}
	if m != nil && m.Sheet != "" {
		names := make([]string, 0, maxSheets)
		for _, s := range x.sheets {
			if s.name == m.Sheet {
				return s.name, nil
			}
			if len(names) < maxSheets {
				names = append(names, s.name)
			}
		}
		return "", fmt.Errorf("the spreadsheet has no sheet %q; it has %s", m.Sheet, strings.Join(names, ", "))
	}
	best, score := x.sheets[0].name, 0
	for _, of := range x.sheets[:min(len(x.sheets), maxSheets)] {
		s, err := x.sheet(of.name)
		if errors.Is(err, errUnpacks) {
			return "", err
		}
		if err != nil {
			continue
		}
		for range headRows {
			cells, ok := s.next()
			if !ok {
				break
			}
			words := 0
			for _, c := range cells {
				if headerWord(clean(c)).field != "" {
					words++
				}
			}
			if words > score {
				best, score = of.name, words
			}
		}
		if err := s.in.Close(); err != nil {
			return "", err
		}
	}
	return best, nil
}
