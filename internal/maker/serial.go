package maker

import (
	"fmt"
	"regexp"
	"strings"
)

// A SerialCode is the code of four characters with which the serial number of a
// drone begins (ANSI/CTA-2063-A). ICAO assigns them; its list is not published
// as a whole, so the rows are those that makers and recordings show.
type SerialCode struct {
	Row          string
	Code         string // "1581"
	Organisation string
	Company      ID   // "" when it is no company of ours
	Module       bool // it is the maker of a transmitter or flight controller, not of the aircraft
	Note         string
	Source       Source
}

// serialCode is the alphabet of the standard: digits and letters without I and O.
var serialCode = regexp.MustCompile(`^[0-9A-HJ-NP-Z]{4}$`)

func (l *loader) serialCode(r row) {
	c := SerialCode{
		Row:          r.row,
		Code:         r.get("code"),
		Organisation: r.need("organisation"),
		Company:      r.ref("company_id"),
		Module:       r.oneOf("role", r.get("role"), "aircraft", "module") == "module",
		Note:         r.get("note"),
		Source:       r.src(),
	}
	if !serialCode.MatchString(c.Code) {
		r.fault(fmt.Sprintf("code %q", c.Code), "write the four digits and capitals a serial number begins with; I and O do not occur")
	}
	if have, taken := l.base.serials[c.Code]; taken {
		r.fault("code is there already, as "+have.Row, "keep one of them")
	}
	l.base.serials[c.Code] = c
}

// SerialCode gives who was assigned the code of a drone's serial number. It is
// false for a text that is no such number: a code, one character that counts
// what follows (1 to 9, A to F), and so many digits and capitals.
func (b *Base) SerialCode(serial string) (SerialCode, bool) {
	if len(serial) < 6 || strings.Trim(serial, "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") != "" ||
		len(serial) != 5+strings.IndexByte("0123456789ABCDEF", serial[4]) {
		return SerialCode{}, false
	}
	c, ok := b.serials[serial[:4]]
	return c, ok
}
