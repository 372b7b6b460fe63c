package asset

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Seen is what is known of a device that was seen, as far as lists can know it.
// Where there are several values, the likeliest stands first.
type Seen struct {
	ID                                      string
	MACs, IPs, Serials, Hostnames           []string
	Kind, Name                              string
	Brands, Makers, Models, Firmwares, Zone []string // Makers: every name of the company will do
	VLANs                                   []int
}

// A Pair is a line of a list, a device that was seen, or both. Only one of them
// is a finding by itself.
type Pair struct {
	Declared int    // index; -1: seen only
	Seen     int    // index; -1: declared only
	By       string // what joined them: "serial", "mac", "ip", "host name", "name"
	Says     string // why a line was not joined though something of it was seen
}

// shortSerial is how many of its last characters make a serial number of
// Hikvision and its like, which stand behind model and date in what they say of
// themselves.
const shortSerial = 9

// keys are what joins, the strongest first. An address alone may have passed
// from one device to another, so that it joins only where no serial number and
// no hardware address says otherwise.
var keys = []struct {
	name     string
	declared func(*Declared) string
	seen     func(*Seen) []string
	weak     bool
}{
	{"serial", func(d *Declared) string { return longEnough(Plain(d.Serial), 5) }, func(s *Seen) []string { return plains(s.Serials, Plain) }, false},
	{"serial", func(d *Declared) string { return lastOf(d.Serial) }, func(s *Seen) []string { return plains(s.Serials, lastOf) }, false},
	{"mac", func(d *Declared) string { return Plain(d.MAC) }, func(s *Seen) []string { return plains(s.MACs, Plain) }, false},
	{"ip", func(d *Declared) string { return d.IP }, func(s *Seen) []string { return s.IPs }, true},
	{"host name", func(d *Declared) string { return d.Hostname }, func(s *Seen) []string { return plains(s.Hostnames, strings.ToLower) }, true},
	{"name", func(d *Declared) string { return ownName(d.Name) }, func(s *Seen) []string { return plains(append([]string{s.Name}, s.Hostnames...), ownName) }, true},
}

// factoryName is a name that a device comes with, in the form of [Plain]: it
// tells none from another.
var factoryName = regexp.MustCompile(`^(ip|network|net|hd|web|embedded|my)?(cam|camera|kamera|webcam|dome|ptz|nvr|dvr|xvr|recorder|device|channel|ch|ipc|ipdome|encoder)?\d*$`)

// ownName is a name in plain form, if somebody gave it.
func ownName(s string) string {
	p := longEnough(Plain(s), 4)
	if factoryName.MatchString(p) {
		return ""
	}
	return p
}

func longEnough(s string, n int) string {
	if len(s) < n || strings.Trim(s, "0") == "" {
		return ""
	}
	return s
}

func lastOf(serial string) string {
	p := Plain(serial)
	if len(p) < shortSerial {
		return ""
	}
	return longEnough(p[len(p)-shortSerial:], shortSerial)
}

func plains(list []string, f func(string) string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if p := f(s); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Match joins what was declared with what was seen: by serial number, then
// hardware address, then IP address, then host name, then name. What fits two devices, or
// two lines, joins nothing. The pairs come in the order of the list, then of
// what was seen only.
func Match(declared []Declared, seen []Seen) []Pair {
	pairs := make([]Pair, len(declared), len(declared)+len(seen))
	for i := range pairs {
		pairs[i] = Pair{Declared: i, Seen: -1}
	}
	taken := make([]bool, len(seen))
	for _, k := range keys {
		lines, devices := map[string][]int{}, map[string][]int{}
		for i := range declared {
			if v := k.declared(&declared[i]); v != "" && (pairs[i].Seen < 0 || !k.weak) {
				lines[v] = append(lines[v], i)
			}
		}
		for i := range seen {
			for _, v := range k.seen(&seen[i]) {
				if l := devices[v]; (!taken[i] || !k.weak) && (len(l) == 0 || l[len(l)-1] != i) {
					devices[v] = append(l, i)
				}
			}
		}
		// In the order of the list: of two lines with different keys of one device
		// the first has it.
		for i := range declared {
			v := k.declared(&declared[i])
			s := devices[v]
			if v == "" || pairs[i].Seen >= 0 || len(s) == 0 {
				continue
			}
			p := &pairs[i]
			switch {
			case len(lines[v]) > 1:
				p.Says = first(p.Says, fmt.Sprintf("%d lines of the list have this %s", len(lines[v]), k.name))
			case len(s) > 1:
				p.Says = first(p.Says, fmt.Sprintf("%d devices were seen with this %s", len(s), k.name))
			case taken[s[0]]:
				p.Says = first(p.Says, fmt.Sprintf("the device seen with this %s is that of another line", k.name))
			case k.weak && contradicts(&declared[i], &seen[s[0]], k.name == "name") != "":
				p.Says = first(p.Says, fmt.Sprintf("the device seen with this %s has another %s", k.name, contradicts(&declared[i], &seen[s[0]], k.name == "name")))
			default:
				p.Seen, p.By, p.Says = s[0], k.name, ""
				taken[s[0]] = true
			}
		}
	}
	for i := range seen {
		if !taken[i] {
			pairs = append(pairs, Pair{Declared: -1, Seen: i})
		}
	}
	return pairs
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// contradicts names what says that a line is not of a device; "" nothing does.
// Against a name alone, so do another address and another model.
func contradicts(d *Declared, s *Seen, byName bool) string {
	if d.Serial != "" && len(s.Serials) > 0 && !oneOf(d.Serial, s.Serials, sameSerial) {
		return "serial number"
	}
	if d.MAC != "" && len(s.MACs) > 0 && !oneOf(d.MAC, s.MACs, sameText) {
		return "hardware address"
	}
	if byName && d.IP != "" && len(s.IPs) > 0 && !slices.Contains(s.IPs, d.IP) {
		return "IP address"
	}
	if byName && d.Model != "" && len(s.Models) > 0 && !oneOf(d.Model, s.Models, sameModel) {
		return "model"
	}
	return ""
}
