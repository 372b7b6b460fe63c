package asset

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
)

func workbook(t testing.TB, fill func(*excelize.File)) []byte {
	t.Helper()
	x := excelize.NewFile()
	fill(x)
	var b bytes.Buffer
	if err := x.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cameras(x *excelize.File) {
	x.SetCellValue("Sheet1", "A1", "Read me first")
	x.NewSheet("Cameras")
	for i, row := range [][]any{
		{"Estate of Camberwick Green"},
		{},
		{"Name", "Serial Number", "IP address", "Installed", "VLAN", "Password"},
		{"Gate", 123456789012345, "10.0.0.5", time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC), 12, "hunter2"},
		{"Yard", "D12345678", "10.0.0.999", "2023", 12.0, "hunter2"},
	} {
		x.SetSheetRow("Cameras", fmt.Sprintf("A%d", i+1), &row)
	}
}

func TestExcel(t *testing.T) {
	l, err := Read(bytes.NewReader(workbook(t, cameras)), "estate.xlsx", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Declared{{Line: 4, Name: "Gate", Serial: "123456789012345", IP: "10.0.0.5", Installed: "2024-03-04", VLAN: 12}, {Line: 5, Name: "Yard", Serial: "D12345678", Installed: "2023", VLAN: 12}}
	if diff := cmp.Diff(want, l.Rows); diff != "" {
		t.Error(diff)
	}
	if l.Format != "Excel, sheet Cameras" || l.Mapping.Sheet != "Cameras" || len(l.Faults) != 1 || l.Faults[0].Row != 5 {
		t.Errorf("%s %+v %v", l.Format, l.Mapping, l.Faults)
	}
	if _, err := Read(bytes.NewReader(workbook(t, cameras)), "estate.xlsx", &Mapping{Sheet: "Gone"}); err == nil || !strings.Contains(err.Error(), "Cameras") {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

// bomb is a spreadsheet whose sheet unpacks to so many bytes.
func bomb(t *testing.T, part string, size int) []byte {
	t.Helper()
	good, err := zip.NewReader(bytes.NewReader(workbook(t, cameras)), int64(len(workbook(t, cameras))))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range good.File {
		out, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		body.ReadFrom(in)
		out.Write(body.Bytes())
		if f.Name == part {
			chunk := bytes.Repeat([]byte(" "), 1<<20)
			for range size >> 20 {
				out.Write(chunk)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBombsAreRefused(t *testing.T) {
	for _, part := range []string{"xl/worksheets/sheet2.xml", "xl/sharedStrings.xml", "xl/workbook.xml"} {
		b := bomb(t, part, 129<<20)
		if len(b) > 2<<20 {
			t.Fatalf("the bomb has %d bytes", len(b))
		}
		if _, err := Read(bytes.NewReader(b), "bomb.xlsx", nil); err == nil || !strings.Contains(err.Error(), "unpacks to more") {
			t.Errorf("%s: %v", part, err)
		}
	}
	if _, err := Read(endless{}, "endless.csv", nil); !errors.Is(err, ErrTooLarge) {
		t.Errorf("endless: %v", err)
	}
}

// FuzzExcel changes a part of a spreadsheet, not the zip around it, which would
// only fail its checksum.
func FuzzExcel(f *testing.F) {
	good := workbook(f, cameras)
	for i := range 12 {
		f.Add(i, 10, []byte("<row r='9999999'>"))
	}
	f.Fuzz(func(t *testing.T, part, at int, with []byte) {
		in, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i, x := range in.File {
			out, err := w.Create(x.Name)
			if err != nil {
				t.Fatal(err)
			}
			var body bytes.Buffer
			r, err := x.Open()
			if err != nil {
				t.Fatal(err)
			}
			body.ReadFrom(r)
			if i == within(part, len(in.File)) && body.Len() > 0 {
				at := within(at, body.Len())
				out.Write(body.Bytes()[:at])
				out.Write(with)
				out.Write(body.Bytes()[min(at+len(with)/2, body.Len()):])
				continue
			}
			out.Write(body.Bytes())
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		Read(&b, "fuzz.xlsx", nil)
	})
}

func within(i, n int) int { return int(uint(i) % uint(n)) }

func BenchmarkExcel(b *testing.B) {
	book := workbook(b, func(x *excelize.File) {
		w, err := x.NewStreamWriter("Sheet1")
		if err != nil {
			b.Fatal(err)
		}
		w.SetRow("A1", []any{"Name", "Manufacturer", "Model", "Serial", "MAC", "IP"})
		for i := range 50_000 {
			w.SetRow(fmt.Sprintf("A%d", i+2), []any{fmt.Sprintf("Camera %d", i), "Hikvision", "DS-2CD2143G2-I", fmt.Sprintf("D%08d", i), fmt.Sprintf("44:19:b6:%02x:%02x:%02x", i>>16, i>>8&255, i&255), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)})
		}
		w.Flush()
	})
	b.ResetTimer()
	for range b.N {
		l, err := Read(bytes.NewReader(book), "x", nil)
		if err != nil || len(l.Rows) != 50_000 {
			b.Fatal(err)
		}
	}
}
