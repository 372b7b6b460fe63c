package asset

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Bounds on a spreadsheet: a zip of a few kilobytes may unpack to gigabytes.
const (
	maxUnzipped = 128 << 20 // bytes of all its parts
	maxPart     = 16 << 20  // a larger sheet goes to a temporary file
	maxSheets   = 20        // among which the list is looked for
)

// readExcel reads the sheet that the mapping names, or the one whose header has
// the most words of a list. Cells are taken as they are kept, not as they are
// shown, so that a date is a day and not half of one.
func readExcel(b []byte, m *Mapping) (l *List, err error) {
	defer func() { // the library checks less of a broken file than it should
		if p := recover(); p != nil {
			l, err = nil, fmt.Errorf("the spreadsheet is damaged (%v); open and save it again, or save it as CSV", p)
		}
	}()
	x, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxPart})
	if err != nil {
		if strings.Contains(err.Error(), "unzip size") {
			return nil, fmt.Errorf("the spreadsheet unpacks to more than %d MB; save the sheet alone, or as CSV", maxUnzipped>>20)
		}
		return nil, fmt.Errorf("the file is no spreadsheet that can be read (%w); save it as .xlsx or CSV", err)
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	sheet, err := chooseSheet(x, m)
	if err != nil {
		return nil, err
	}
	l = &List{Format: "Excel, sheet " + sheet}
	g := grid{list: l, excel: true}
	if p, err := x.GetWorkbookProps(); err == nil && p.Date1904 != nil {
		g.from1904 = *p.Date1904
	}
	rows, err := x.Rows(sheet)
	if err != nil {
		return nil, fmt.Errorf("sheet %s: %w", sheet, err)
	}
	n, cells := 0, 0
	var broken error
	g.read(func() ([]string, int, bool) {
		if cells > maxCells || !rows.Next() {
			return nil, n, false
		}
		n++
		row, err := rows.Columns()
		if err != nil {
			broken = err
			return nil, n, false
		}
		cells += len(row) + 1
		return row[:min(len(row), maxCols)], n, true
	}, m)
	if broken == nil {
		broken = rows.Error()
	}
	switch {
	case broken != nil:
		l.fault(Fault{Row: n + 1, Says: "the sheet cannot be read from here on: " + broken.Error()})
	case cells > maxCells:
		l.fault(Fault{Row: n + 1, Says: "the sheet has too many cells; this and what follows was not read"})
	}
	l.Mapping.Sheet = sheet
	return l, rows.Close()
}

func chooseSheet(x *excelize.File, m *Mapping) (string, error) {
	sheets := x.GetSheetList()
	if len(sheets) == 0 {
		return "", errors.New("the spreadsheet has no sheet")
	}
	if m != nil && m.Sheet != "" {
		for _, s := range sheets {
			if s == m.Sheet {
				return s, nil
			}
		}
		return "", fmt.Errorf("the spreadsheet has no sheet %q; it has %s", m.Sheet, strings.Join(sheets[:min(len(sheets), maxSheets)], ", "))
	}
	best, score := sheets[0], 0
	for _, s := range sheets[:min(len(sheets), maxSheets)] {
		rows, err := x.Rows(s)
		if err != nil {
			continue
		}
		for n := 0; n < headRows && rows.Next(); n++ {
			cells, err := rows.Columns()
			if err != nil {
				break
			}
			words := 0
			for _, c := range cells[:min(len(cells), maxCols)] {
				if headerWord(clean(c)).field != "" {
					words++
				}
			}
			if words > score {
				best, score = s, words
			}
		}
		if err := rows.Close(); err != nil {
			return "", err
		}
	}
	return best, nil
}
