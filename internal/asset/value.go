package asset

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/lenscap/lenscap/internal/observation"
)

// A cell is one value on its way into a Declared.
type cell struct {
	field           Field
	value, column   string
	days            string
	excel, from1904 bool
}

// clean takes off spaces, what spreadsheets put around text ("=""0012""", a
// leading apostrophe before a formula), and characters that do not print.
func clean(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 3 && strings.HasPrefix(s, `="`) && strings.HasSuffix(s, `"`) && !strings.Contains(s[2:len(s)-1], `"`) {
		s = s[2 : len(s)-1]
	}
	if rest, ok := strings.CutPrefix(s, "'"); ok && strings.IndexAny(rest, "=+-@＝＋－＠0123456789") == 0 {
		s = rest
	}
	if strings.IndexFunc(s, odd) >= 0 {
		s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
			if odd(r) {
				return ' '
			}
			return r
		}, s)), " ")
	}
	return s
}

// odd are characters that no cell keeps: controls, and those that turn the
// direction of writing.
func odd(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u00a0' }

// nothing are ways to say that nothing is known, in the form of Plain.
var nothing = []string{"", "na", "nil", "null", "none", "unknown", "tbc", "tbd", "notset", "notapplicable", "notknown", "keine", "unbekannt", "inconnu", "onbekend", "nichtbekannt"}

// blank reports whether a cell says nothing.
func blank(s string) bool {
	if len(s) > 24 || strings.ContainsAny(s, "0123456789") {
		return false
	}
	return strings.TrimSpace(s) == "" || slices.Contains(nothing, Plain(s))
}

// set takes a value into its field, or says why it cannot.
func (d *Declared) set(c cell) (says string) {
	switch c.field {
	case MAC:
		m, ok := observation.ParseMAC(firstOf(c.value))
		switch {
		case rounded(c.value):
			return "a spreadsheet has rounded this; format the column as text and export again"
		case !ok:
			return "no hardware address; write 12 hexadecimal digits"
		case m.Group() || m.IsZero():
			return "a hardware address that no device can have"
		}
		d.MAC = m.String()
	case IP:
		a, host, ok := addressOf(c.value)
		switch {
		case ok && (a.IsUnspecified() || a.IsMulticast() || a.IsLoopback()):
			return "an address that no device can have"
		case ok:
			d.IP = a.String()
		case host != "":
			if d.Hostname == "" {
				d.Hostname = host
			}
		case strings.Contains(c.value, "."):
			return "no IP address; write four numbers up to 255 without leading zeros"
		default:
			return "no IP address"
		}
	case Hostname:
		if host := hostOf(firstOf(c.value)); host != "" {
			d.Hostname = host
			return ""
		}
		return "no host name"
	case VLAN:
		digits := strings.TrimLeftFunc(c.value, func(r rune) bool { return r < '0' || r > '9' })
		n, err := strconv.Atoi(strings.TrimSuffix(digits, ".0"))
		if err != nil || n < 1 || n > 4094 {
			return "no VLAN; write a number from 1 to 4094"
		}
		d.VLAN = n
	case Purchased, Installed, SupportEnds:
		day, says := dateOf(c)
		if says != "" {
			return says
		}
		*d.text(c.field) = day
	case Serial:
		if rounded(c.value) {
			return "a spreadsheet has rounded this; format the column as text and export again"
		}
		d.Serial = c.value
	case Kind:
		if d.Kind = KindOf(c.value); d.Kind == "" {
			d.Kind = strings.ToLower(c.value)
		}
	case Tags:
		for _, t := range strings.FieldsFunc(c.value, func(r rune) bool { return r == ';' || r == ',' || r == '|' }) {
			if t = strings.TrimSpace(t); t != "" && len(d.Tags) < 64 && !slices.Contains(d.Tags, t) {
				d.Tags = append(d.Tags, t)
			}
		}
	case Extra:
		if d.Extra == nil {
			d.Extra = map[string]string{}
		}
		d.Extra[c.column] = c.value
	default:
		if p := d.text(c.field); p != nil {
			*p = c.value
		}
	}
	return ""
}

var roundedNumber = regexp.MustCompile(`^\d[.,]\d+[eE]\+?\d+$`)

// rounded reports whether a number was cut by a spreadsheet: 1.23457E+14.
func rounded(s string) bool { return roundedNumber.MatchString(s) }

// firstOf is the first of several values in one cell.
func firstOf(s string) string {
	if i := strings.IndexAny(s, ",;| \n"); i > 0 {
		return s[:i]
	}
	return s
}

// addressOf reads an address as lists have it: bare, with a port or a prefix
// length, or in a URL. Where a name stands instead, host is that.
func addressOf(s string) (a netip.Addr, host string, ok bool) {
	s = firstOf(strings.TrimSpace(s))
	if strings.Contains(s, "://") {
		u, err := url.Parse(s)
		if err != nil {
			return a, "", false
		}
		s = u.Hostname()
	}
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.WithZone("").Unmap(), "", true
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr().Unmap(), "", true
	}
	if p, err := netip.ParseAddrPort(s); err == nil {
		return p.Addr().WithZone("").Unmap(), "", true
	}
	return a, hostOf(s), false
}

var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$`)

// hostOf is a host name in lower case; "" if it is none, or a number with dots.
func hostOf(s string) string {
	s = strings.ToLower(s)
	if len(s) > 253 || !hostName.MatchString(s) || strings.Trim(s, "0123456789.") == "" {
		return ""
	}
	return strings.TrimSuffix(s, ".")
}

var (
	isoDay   = regexp.MustCompile(`^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ]\d{1,2}:.*)?$`)
	otherDay = regexp.MustCompile(`^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{4}|\d{2})(?:,? +\d{1,2}:.*)?$`)
	monthDay = regexp.MustCompile(`^(\d{1,2})[/.-](\d{4})$`)
	named    = regexp.MustCompile(`^(?:(\d{1,2})[. -]+)?(\pL{3,})[., -]+(?:(\d{1,2})(?:st|nd|rd|th)?,? +)?(\d{4}|\d{2})$`)
)

// months by the beginning of their names, in the form of Plain: English, German,
// French, Dutch.
var months = []struct {
	name string
	n    int
}{{"janvier", 1}, {"jan", 1}, {"fev", 2}, {"feb", 2}, {"mar", 3}, {"mrt", 3}, {"maa", 3}, {"avr", 4}, {"apr", 4}, {"mai", 5}, {"may", 5}, {"mei", 5},
	{"juin", 6}, {"jun", 6}, {"juil", 7}, {"jul", 7}, {"aou", 8}, {"aug", 8}, {"sep", 9}, {"okt", 10}, {"oct", 10}, {"nov", 11}, {"dez", 12}, {"dec", 12}}

// dayOrder tells from the dates of a column whether the day or the month comes
// first; "" when none of them shows it.
func dayOrder(values []string) string {
	for _, v := range values {
		m := otherDay.FindStringSubmatch(v)
		if m == nil || m[2] == "." {
			continue
		}
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[3])
		switch {
		case a > 12 && b <= 12:
			return "dmy"
		case b > 12 && a <= 12:
			return "mdy"
		}
	}
	return ""
}

const howDate = "no date; write YYYY-MM-DD, YYYY-MM or YYYY"

// dateOf reads a date as lists have it, to the precision it has.
func dateOf(c cell) (day, says string) {
	s := c.value
	if n, err := strconv.ParseFloat(s, 64); err == nil && c.excel && n > 10000 && n < 80000 {
		first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC) // day 0 as days behind 1900-02-28 count; Excel has a 29th
		if c.from1904 {
			first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		return first.AddDate(0, 0, int(n+0.5/86400)).Format(time.DateOnly), ""
	}
	if m := isoDay.FindStringSubmatch(s); m != nil {
		return dayOf(m[1], m[2], m[3])
	}
	if m := otherDay.FindStringSubmatch(s); m != nil {
		a, b, year := m[1], m[3], century(m[4])
		switch {
		case m[2] == "." || c.days == "dmy" || a == b:
			return dayOf(year, b, a)
		case c.days == "mdy":
			return dayOf(year, a, b)
		}
		return "", "day or month first? No date of the column shows it; say so in the mapping, or write YYYY-MM-DD"
	}
	if m := monthDay.FindStringSubmatch(s); m != nil {
		return dayOf(m[2], m[1], "")
	}
	if m := named.FindStringSubmatch(s); m != nil {
		name := Plain(m[2])
		for _, k := range months {
			if strings.HasPrefix(name, k.name) {
				return dayOf(century(m[4]), strconv.Itoa(k.n), m[1]+m[3])
			}
		}
	}
	return "", howDate
}

// century completes a year of two digits: 70 to 99 are of the last one.
func century(y string) string {
	switch {
	case len(y) == 4:
		return y
	case y >= "70":
		return "19" + y
	}
	return "20" + y
}

// dayOf writes a date, if there is such a day.
func dayOf(year, month, day string) (string, string) {
	y, _ := strconv.Atoi(year)
	if y < 1970 || y > 2199 {
		return "", "a year from 1970 to 2199, please"
	}
	if month == "" {
		return year, ""
	}
	m, _ := strconv.Atoi(month)
	d := 1
	if day != "" {
		d, _ = strconv.Atoi(day)
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if m < 1 || m > 12 || t.Day() != d || int(t.Month()) != m {
		return "", "there is no such day"
	}
	if day == "" {
		return t.Format("2006-01"), ""
	}
	return t.Format(time.DateOnly), ""
}
