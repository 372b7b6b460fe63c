package report

import (
	"cmp"
	"fmt"
)

// packetUnit is what evidence counts in a capture.
const packetUnit = "packet"

// unit is what evidence counts in an input of this name.
func (x *index) unit(input string) string { return cmp.Or(x.units[input], packetUnit) }

// place is where something stands in an input: "packet 12", "line 3". It is ""
// for what stands nowhere, as a row of the knowledge base.
func (x *index) place(input string, n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s %d", x.unit(input), n)
}

// placeIn names the input too where the number alone would be taken for a packet's.
func (x *index) placeIn(input string, n int64) string {
	p := x.place(input, n)
	if p != "" && x.unit(input) != packetUnit {
		p += " of " + cutMiddle(input, 40)
	}
	return p
}

// unitsOf counts what an input holds: "1 packet", "1,288 lines".
func unitsOf(unit string, n int64) string {
	unit = cmp.Or(unit, packetUnit)
	return plural(int(n), unit, unit+"s")
}

// unitOfAll is the unit of several inputs, "part" when they differ.
func unitOfAll(inputs []Input) string {
	unit := ""
	for _, in := range inputs {
		u := cmp.Or(in.Unit, packetUnit)
		if unit != "" && u != unit {
			return "part"
		}
		unit = u
	}
	return cmp.Or(unit, packetUnit)
}

// amount is how much of some inputs was not understood. Formats of lines do not
// always say how long theirs were.
func amount(inputs []Input, n, bytes int64) string {
	s := unitsOf(unitOfAll(inputs), n)
	if bytes > 0 || n == 0 {
		s += ", " + size(bytes)
	}
	return s
}
