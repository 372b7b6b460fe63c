package asset

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Line makes a line of what a person entered, by the rules for a cell of a list.
// The faults have no row; their column is the field. A line that names nothing is
// a fault too.
func Line(values map[Field]string) (Declared, []Fault) {
	var d Declared
	var faults []Fault
	for _, f := range Fields {
		v := clean(values[f])
		if f == Extra || f == Ignore || blank(v) {
			continue
		}
		if len([]rune(v)) > maxCell {
			faults = append(faults, Fault{Column: string(f), Value: cut(v, 80), Says: fmt.Sprintf("at most %d characters", maxCell)})
			continue
		}
		if says := d.set(cell{field: f, value: v, column: string(f)}); says != "" {
			faults = append(faults, Fault{Column: string(f), Value: cut(v, 80), Says: says})
		}
	}
	if len(faults) == 0 && !d.named() {
		faults = []Fault{{Column: string(Name), Says: "say by what it is known: a name, serial number, address or model"}}
	}
	return d, faults
}

// Get is a field of a line as text; "" for Extra.
func (d *Declared) Get(f Field) string { return d.get(f) }

// Label is what to call a line: its name, else what else names it.
func (d *Declared) Label() string { return cmp.Or(d.Name, d.Hostname, d.Serial, d.Model, d.MAC, d.IP) }

// Fits reports whether a mapping was made for a table with just these columns.
func (m *Mapping) Fits(columns []Column) bool {
	if len(columns) == 0 || len(m.Columns) != len(columns) {
		return false
	}
	for _, c := range columns {
		if _, ok := m.Columns[c.Key]; !ok {
			return false
		}
	}
	return true
}

const maxMapping = 1 << 20

// ReadMapping reads a mapping that a person wrote as YAML:
//
//	columns: {Bezeichnung: name, "IP-Adresse": ip, "Pass": ignore}
//	dates: dmy
//	kind: camera
//
// Columns are named as their headers are. The error names what is none of the
// choices there are.
func ReadMapping(r io.Reader, name string) (*Mapping, error) {
	var m Mapping
	d := yaml.NewDecoder(io.LimitReader(r, maxMapping))
	d.KnownFields(true)
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("read mapping %s: %w", name, err)
	}
	columns := map[string]Field{}
	for _, header := range slices.Sorted(maps.Keys(m.Columns)) {
		f := m.Columns[header]
		if !slices.Contains(Fields, f) {
			return nil, fmt.Errorf("read mapping %s: column %q: %q is no field; choose of %v", name, header, f, Fields)
		}
		columns[keyOf(header)] = f
	}
	m.Columns = columns
	switch {
	case m.Dates != "" && m.Dates != "dmy" && m.Dates != "mdy":
		return nil, fmt.Errorf("read mapping %s: dates: %q is neither dmy nor mdy", name, m.Dates)
	case m.Kind != "" && !slices.Contains(Kinds, m.Kind):
		return nil, fmt.Errorf("read mapping %s: kind: %q is none of %v", name, m.Kind, Kinds)
	}
	return &m, nil
}

// keyOf is the key of a header as a person writes it; one that is numbered, as
// the second of two that are the same, stays.
func keyOf(header string) string {
	for i := len(header) - 1; i > 0; i-- {
		if header[i] == '#' {
			return Plain(header[:i]) + header[i:]
		}
		if header[i] < '0' || header[i] > '9' {
			break
		}
	}
	return Plain(header)
}
