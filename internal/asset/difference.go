package asset

import (
	"strconv"
	"strings"
	"unicode"
)

// A Difference is a field in which list and network disagree.
type Difference struct {
	Field          Field
	Declared, Seen string
}

// Differences compares a line with the device that it is, field by field. What
// only one of them says is no difference. Case, punctuation and accents do not
// count; a model or version may go on where the other one ends ("5.7.3" and
// "V5.7.3 build 220112", "DS-2CD2143G2-I" and "DS-2CD2143G2-I(2.8mm)").
func Differences(d *Declared, s *Seen) []Difference {
	var out []Difference
	compare := func(f Field, declared string, seen []string, same func(a, b string) bool) {
		if declared == "" || len(seen) == 0 || oneOf(declared, seen, same) {
			return
		}
		out = append(out, Difference{f, declared, seen[0]})
	}
	if s.Kind != "" {
		compare(Kind, d.Kind, []string{s.Kind}, sameKind)
	}
	compare(Brand, d.Brand, s.Brands, sameName)
	compare(Maker, d.Maker, s.Makers, sameName)
	compare(Model, d.Model, s.Models, sameModel)
	compare(Firmware, d.Firmware, s.Firmwares, sameVersion)
	compare(Serial, d.Serial, s.Serials, sameSerial)
	compare(MAC, d.MAC, s.MACs, sameText)
	compare(IP, d.IP, s.IPs, func(a, b string) bool { return a == b })
	compare(Hostname, d.Hostname, s.Hostnames, sameHost)
	compare(Zone, d.Zone, s.Zone, sameText)
	if d.VLAN != 0 {
		vlans := make([]string, len(s.VLANs))
		for i, v := range s.VLANs {
			vlans[i] = strconv.Itoa(v)
		}
		compare(VLAN, strconv.Itoa(d.VLAN), vlans, sameText)
	}
	return out
}

func oneOf(a string, list []string, same func(a, b string) bool) bool {
	for _, b := range list {
		if same(a, b) {
			return true
		}
	}
	return false
}

func sameText(a, b string) bool { return Plain(a) == Plain(b) }

// sameName compares companies: a short name stands as a word in the full one.
func sameName(a, b string) bool {
	if sameText(a, b) {
		return true
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	words := " " + strings.Join(split(b), " ") + " "
	short := strings.Join(split(a), " ")
	return short != "" && strings.Contains(words, " "+short+" ")
}

// split cuts text into words of letters and digits, in plain form.
func split(s string) []string {
	out := strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r) })
	for i, w := range out {
		out[i] = Plain(w)
	}
	return out
}

// sameModel compares words: the shorter one must be the beginning of the other,
// which may add an optic or a region.
func sameModel(a, b string) bool {
	if sameText(a, b) {
		return true
	}
	x, y := split(a), split(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	if len(strings.Join(x, "")) < 4 {
		return false
	}
	return strings.HasPrefix(strings.Join(y, " ")+" ", strings.Join(x, " ")+" ") || strings.HasSuffix(" "+strings.Join(y, " "), " "+strings.Join(x, " "))
}

func sameVersion(a, b string) bool {
	trim := func(s string) string {
		return strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(s)), "version "), "v")
	}
	x, y := split(trim(a)), split(trim(b))
	if len(x) > len(y) {
		x, y = y, x
	}
	return len(x) > 0 && (len(x) > 1 || len(y) == 1) && strings.HasPrefix(strings.Join(y, " ")+" ", strings.Join(x, " ")+" ")
}

// sameSerial compares the whole, or the end that is the short form.
func sameSerial(a, b string) bool {
	return sameText(a, b) || lastOf(a) != "" && lastOf(a) == lastOf(b)
}

// sameHost compares names; one without a domain is the beginning of the other.
func sameHost(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	x, _, _ := strings.Cut(a, ".")
	y, _, _ := strings.Cut(b, ".")
	return a == b || x == y && (x == a || y == b)
}

// sameKind compares kinds; what moves or is worn is a camera too.
func sameKind(a, b string) bool {
	if a == b {
		return true
	}
	general := func(k string) bool { return k == "camera" || k == "unknown" }
	return general(a) && strings.Contains(b, "cam") || general(b) && strings.Contains(a, "cam") || a == "unknown" || b == "unknown" ||
		a == "anpr" && b == "camera" || a == "camera" && b == "anpr" || strings.HasPrefix(a, "body-worn") && strings.HasPrefix(b, "body-worn")
}
