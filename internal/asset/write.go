package asset

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
)

// Cell makes text safe in a cell of a CSV file: a spreadsheet would take one
// that begins with = + - @, a tab or a line break as a formula, and run it
// (https://owasp.org/www-community/attacks/CSV_Injection). Such a text gets an
// apostrophe in front; a plain negative or signed number does not.
func Cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") != 0 {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil && s[0] != '=' && s[0] != '@' {
		return s
	}
	return "'" + s
}

// written are the columns of [WriteCSV], in order.
var written = []Field{Name, Kind, Brand, Maker, Model, Firmware, Serial, MAC, IP, Hostname, Site, Zone, VLAN, Location, Owner, Purchased, Installed, SupportEnds, Tags}

// WriteCSV writes a list as CSV that [Read] reads again, but for Extra and Line.
func WriteCSV(w io.Writer, rows []Declared) error {
	out := csv.NewWriter(w)
	record := make([]string, len(written))
	for i, f := range written {
		record[i] = string(f)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for i := range rows {
		for j, f := range written {
			record[j] = Cell(rows[i].get(f))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// get is the text of a field.
func (d *Declared) get(f Field) string {
	switch f {
	case VLAN:
		if d.VLAN == 0 {
			return ""
		}
		return strconv.Itoa(d.VLAN)
	case Tags:
		return strings.Join(d.Tags, "; ")
	}
	if p := d.text(f); p != nil {
		return *p
	}
	return ""
}
