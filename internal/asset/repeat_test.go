package asset

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

func TestRowsThatSayTheSameCountOnce(t *testing.T) {
	l := readText(t, "name,model,ip,mac,location\n"+
		"Gate,M1,10.0.0.1,44:19:b6:00:00:01,yard\n"+
		"Roof,M1,10.0.0.2,,roof\n"+
		"Gate,M1,10.0.0.1,4419.b600.0001,yard\n"+ // the same, written otherwise
		"Roof,M1,10.0.0.2,,cellar\n"+ // not the same
		",M1,,,\n"+ // two of a model that nothing names
		",M1,,,\n"+
		"Gate,M1,10.0.0.1,44:19:b6:00:00:01,yard\n", nil)
	var lines []int
	for _, d := range l.Rows {
		lines = append(lines, d.Line)
	}
	if want := []int{2, 3, 5, 6, 7}; !slices.Equal(lines, want) {
		t.Errorf("lines %v, want %v", lines, want)
	}
	if want := []Repeat{{4, 2}, {8, 2}}; !slices.Equal(l.Repeats, want) || l.Again != 2 {
		t.Errorf("repeats %v, %d in all, want %v", l.Repeats, l.Again, want)
	}
	if got, want := l.Repeats[0].String(), "row 4 is the same as row 2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if len(l.Faults) != 1 || l.Faults[0].Row != 5 || !strings.Contains(l.Faults[0].Says, "line 3 has the same name") {
		t.Errorf("faults %v, want one of row 5", l.Faults)
	}
}

func TestRepeatsAreBounded(t *testing.T) {
	l := readText(t, "name,ip\n"+strings.Repeat("A,10.0.0.1\n", 3001), nil)
	if len(l.Rows) != 1 || l.Again != 3000 || len(l.Repeats) != maxFaults {
		t.Errorf("%d rows, %d repeats of %d", len(l.Rows), len(l.Repeats), l.Again)
	}
}

func TestDevicesOfNetBoxThatSayTheSameStay(t *testing.T) {
	one := `{"id":%d,"name":"Gate","device_type":{"model":"M1"}}`
	l := readText(t, fmt.Sprintf("["+one+","+one+"]", 7, 8), nil)
	if len(l.Rows) != 2 || l.Rows[1].Line != 8 || l.Again != 0 {
		t.Errorf("%+v, %d repeats", l.Rows, l.Again)
	}
}

// A row that ends early is a cut line, a line about the list, or one whose empty
// cells at the end were left away. Only the last says all of a device.
func TestRowsThatEndEarly(t *testing.T) {
	const ten = "name,ip,mac,serial,model,firmware,location,owner,vlan,installed\n"
	full := "A,10.0.0.1,44:19:b6:00:00:01,S12345,M1,1.0,hall,estates,7,2024\n"
	for _, c := range []struct {
		name, in string
		rows     []int
		fault    string // of the last row; "" none
	}{
		{"two of ten cells", ten + full + "B,10.0.0.1\n", []int{2}, "2 of 10 cells in this line of list.csv: it ends before mac, serial"},
		{"cut inside an address, at the end of the file", ten + full + "B,10.0.0.12,44:19", []int{2}, "3 of 10 cells"},
		{"a sum below the list", ten + full + "Total: 1\n", []int{2}, "1 of 10 cells"},
		{"empty cells at the end left away", ten + full + "B,10.0.0.2,44:19:b6:00:00:02,S12346,M1\n", []int{2, 3}, ""},
		{"empty cells at the end, written", ten + full + "B,10.0.0.2,,,,,,,,\n", []int{2, 3}, ""},
		{"what no network shows, without the last cells", "name,type,brand,location\nBW 1,body-worn,Axon,hall\nBW 2,body-worn\n", []int{2, 3}, ""},
		{"cut before the model of what nothing else names", "type,brand,model,owner\nbody-worn,Axon,Body 4,X\nbody-worn,Axon\n", []int{2}, "2 of 4 cells"},
		{"a header with separators at its end", "name,ip,,,\nA,10.0.0.1\n", []int{2}, ""},
		{"no header", "10.0.0.1,44:19:b6:00:00:01\n10.0.0.2,44:19:b6:00:00:02\n10.0.0.3\n", []int{1, 2}, "1 of 2 cells"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := readText(t, c.in, nil)
			var rows []int
			for _, d := range l.Rows {
				rows = append(rows, d.Line)
			}
			if !slices.Equal(rows, c.rows) {
				t.Errorf("rows %v, want %v", rows, c.rows)
			}
			switch {
			case c.fault == "" && len(l.Faults) > 0:
				t.Errorf("faults %v, want none", l.Faults)
			case c.fault != "" && (len(l.Faults) != 1 || l.Faults[0].Row != strings.Count(strings.TrimSpace(c.in), "\n")+1 || !strings.Contains(l.Faults[0].Says, c.fault)):
				t.Errorf("faults %v, want one of the last row with %q", l.Faults, c.fault)
			}
		})
	}
}

// No cell of a row that is refused is told: it may be a password.
func TestARefusedRowTellsNoSecret(t *testing.T) {
	l := readText(t, "password,name,ip,mac\nhunter2,A,10.0.0.1,44:19:b6:00:00:01\nhunter3,B\n", nil)
	if len(l.Faults) != 1 || strings.Contains(l.Faults[0].String(), "hunter") {
		t.Errorf("faults %v, want one without a password", l.Faults)
	}
}

// A sheet has only the cells that hold something: its rows end where they end.
func TestRowsOfASheetMayEndEarly(t *testing.T) {
	l, err := Read(bytes.NewReader(workbook(t, func(x *excelize.File) {
		for i, row := range [][]any{{"Name", "IP", "MAC"}, {"Gate"}} {
			x.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row)
		}
	})), "estate.xlsx", nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Rows) != 1 || l.Rows[0].Name != "Gate" || len(l.Faults) != 0 {
		t.Errorf("%+v, faults %v", l.Rows, l.Faults)
	}
}
