package asset

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
)

// A Repeat is a row of a file that says in every cell what an earlier one says. A
// device that stands there twice is one, so that the row counts once.
type Repeat struct {
	Row int `json:"row"` // of the file, from 1
	Of  int `json:"of"`  // the earlier row
}

// String words the repeat with both places.
func (r Repeat) String() string { return fmt.Sprintf("row %d is the same as row %d", r.Row, r.Of) }

// Key is what a line names its device by, in the form of [Plain] where it is a
// serial number: its serial number, else its hardware address, else name, model,
// address and host name together. It is "" of a line that names none, such as one
// of ten body-worn cameras of a model: equal ones are as many as there are lines.
func (d *Declared) Key() string {
	switch {
	case d.Serial != "":
		return "serial " + Plain(d.Serial)
	case d.MAC != "":
		return "mac " + d.MAC
	case d.Name != "" || d.IP != "" || d.Hostname != "":
		return strings.Join([]string{"name", d.Name, d.Model, d.IP, d.Hostname}, "\x00")
	}
	return ""
}

// once takes out rows that say just what an earlier one says, and remembers them.
// Objects of NetBox stay: each has its own id there.
func (l *List) once() {
	if l.Format == formatNetBox {
		return
	}
	first := make(map[[sha256.Size]byte]int, len(l.Rows))
	kept := l.Rows[:0]
	for i := range l.Rows {
		d := l.Rows[i]
		if d.Key() != "" {
			line := d.Line
			d.Line = 0
			b, err := json.Marshal(&d)
			d.Line = line
			sum := sha256.Sum256(b)
			if of, ok := first[sum]; ok && err == nil {
				if l.Again++; len(l.Repeats) < maxFaults {
					l.Repeats = append(l.Repeats, Repeat{Row: line, Of: of})
				}
				continue
			}
			first[sum] = line
		}
		kept = append(kept, d)
	}
	clear(l.Rows[len(kept):])
	l.Rows = kept
}

// repeated finds lines that name a device that another line names, and say
// something else of it.
func (l *List) repeated() {
	seen := map[string]int{}
	for i := range l.Rows {
		d := &l.Rows[i]
		for _, k := range []struct{ column, value string }{{"serial", Plain(d.Serial)}, {"mac", d.MAC}} {
			if k.value == "" {
				continue
			}
			if first, ok := seen[k.column+k.value]; ok {
				l.fault(Fault{Row: d.Line, Column: k.column, Value: k.value, Says: fmt.Sprintf("line %d has it too; neither will be joined with a device by it", first)})
				continue
			}
			seen[k.column+k.value] = d.Line
		}
		if d.Serial != "" || d.MAC != "" || d.Key() == "" {
			continue
		}
		if first, ok := seen[d.Key()]; ok {
			l.fault(Fault{Row: d.Line, Column: "name", Value: d.Label(), Says: fmt.Sprintf("line %d has the same name, model and address; both lines are kept, and while nothing is seen of them they are shown as one device", first)})
			continue
		}
		seen[d.Key()] = d.Line
	}
}
