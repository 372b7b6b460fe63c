package asset

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

// What is read of a sheet is what excelize reads of it, raw.
func TestCellsAreAsExcelizeReadsThem(t *testing.T) {
	b := workbook(t, func(x *excelize.File) {
		for i, row := range [][]any{
			{"Name", " spaces ", "a_x000D_b", "_x005F_x000D_", "ä€𝄞", "", "<&>\"'"},
			{},
			{1, 1.5, -3e-7, 123456789012345, true, false, nil, "last", time.Date(2024, 2, 29, 13, 0, 0, 0, time.UTC)},
			{nil, nil, "C4"},
		} {
			cell, _ := excelize.CoordinatesToCellName(1, i+1)
			x.SetSheetRow("Sheet1", cell, &row)
		}
		x.SetCellRichText("Sheet1", "A6", []excelize.RichTextRun{{Text: "rich "}, {Text: "text", Font: &excelize.Font{Bold: true}}})
		x.SetCellFormula("Sheet1", "B6", "A3+1")
		x.SetCellValue("Sheet1", "SR6", "column 512")
	})
	inline := craft(t, func(w io.Writer) {
		io.WriteString(w, `<row><c t="inlineStr"><is><t>in </t><r><t>line</t></r><rPh sb="0" eb="1"><t>spoken</t></rPh></is></c><c r="C1" t="s"><v>0</v></c><c t="e"><v>#N/A</v></c></row><row r="7"><c r="B7" t="d"><v>2024-01-02</v></c></row>`)
	}, func(w io.Writer) {
		io.WriteString(w, `<si><t>shared</t><rPh sb="0" eb="1"><t>spoken</t></rPh></si>`)
	}, 0)
	for name, b := range map[string][]byte{"Sheet1": b, "Cameras": inline} {
		x, err := excelize.OpenReader(bytes.NewReader(b), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		want, err := x.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		ours, err := openBook(string(b))
		if err != nil {
			t.Fatal(err)
		}
		s, err := ours.sheet(name)
		if err != nil {
			t.Fatal(err)
		}
		got := make([][]string, len(want))
		for {
			cells, ok := s.next()
			if !ok {
				break
			}
			got[s.row-1] = cells
		}
		if s.bad != nil {
			t.Error(s.bad)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -excelize +ours:\n%s", name, diff)
		}
	}
}
