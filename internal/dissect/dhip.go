package dissect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// DHIP is the discovery of Dahua's platform: JSON after a header of 32 bytes,
// UDP port 37810, multicast 239.255.255.251. Its predecessor is binary and asks
// on UDP port 5050.
var dhipDissector = Dissector{
	Name:     "dhip",
	Fuzz:     "FuzzDHIP",
	UDP:      []uint16{37810, 5050},
	Lead:     []byte{dhipHeaderLen},
	Looks:    looksDHIP,
	Datagram: dhipDatagram,
}

const dhipHeaderLen = 32

// looksDHIP reports whether b starts with a DHIP header.
func looksDHIP(b []byte) bool {
	return len(b) >= 8 && b[0] == dhipHeaderLen && string(b[4:8]) == "DHIP"
}

// dhipDatagram reads every message of a datagram; there may be several, one
// after the other, each with its header. What the header calls the length is
// not trusted beyond the end.
//
// The header: its own length, "DHIP" at 4, session and request numbers, the
// length of the message at 16 and of this part at 24, little-endian. Read from
// the 772 recorded answers in https://github.com/StopDDoS/packet-captures, and
// the same in https://github.com/mcw0/Tools.
func dhipDatagram(src, dst uint16, b []byte, emit Emit) bool {
	found := false
	for looksDHIP(b) && len(b) > dhipHeaderLen {
		size := int64(binary.LittleEndian.Uint32(b[24:]))
		b = b[dhipHeaderLen:]
		body := b
		if size > 0 && size < int64(len(b)) {
			body = b[:size]
		}
		found = dhipJSON(body, emit) || found
		b = b[len(body):]
	}
	if found {
		return true
	}
	if len(b) > 0 && b[0] == '{' && (src == 37810 || dst == 37810) {
		return dhipJSON(b, emit) // without header, as some clients ask
	}
	return dhipBinary(b, emit)
}

// dhipNames gives the field of each key, in lower case.
var dhipNames = map[string]string{
	"method":                   observation.DHIPMethod,
	"mac":                      observation.DHIPMAC,
	"deviceclass":              observation.DHIPClass,
	"devicetype":               observation.DHIPModel,
	"serialno":                 observation.DHIPSerial,
	"version":                  observation.DHIPFirmware,
	"vendor":                   observation.DHIPVendor,
	"manufacturer":             observation.DHIPManufacturer,
	"machinename":              observation.DHIPName,
	"httpport":                 observation.DHIPHTTPPort,
	"port":                     observation.DHIPPort,
	"videoinputchannels":       observation.DHIPInputs,
	"remotevideoinputchannels": observation.DHIPRemoteInputs,
	"init":                     observation.DHIPInit,
}

// dhipJSON reads one message. Valid JSON is read as such; of a text that is cut
// or malformed, what stands before the fault is read so and the rest is searched
// for keys that are followed by a value.
func dhipJSON(b []byte, emit Emit) bool {
	b = bytes.TrimRight(b, "\x00\r\n\t ")
	var m dhipMessage
	if at := m.tokens(b); at < len(b) {
		m.search(b[at:])
	}
	f := m.fields
	if method := f.get(observation.DHIPMethod); strings.HasSuffix(strings.ToLower(method), ".search") {
		f = f[:0] // a question: what else it holds is about the one looked for
		f.add(observation.DHIPMethod, method)
	}
	return f.send(emit, "dhip")
}

// A dhipMessage gathers what a message's keys say. The first value of a key
// stands.
type dhipMessage struct {
	fields fields
	parent string // the object whose address the next IPAddress is
}

// set records one value under its key.
func (m *dhipMessage) set(parent, key, value string) {
	name := dhipNames[strings.ToLower(key)]
	switch strings.ToLower(key) {
	case "ipaddress", "linklocaladdress":
		name = observation.DHIPIP
		value, _, _ = strings.Cut(value, "/") // "fe80::1/64"; "/64" when there is none
		if strings.EqualFold(parent, "IPv6Address") || strings.Contains(value, ":") {
			name = observation.DHIPIP6
		}
	}
	if name != "" {
		m.fields.addFirst(name, value)
	}
}

// tokens reads b as JSON and returns how far it is valid.
func (m *dhipMessage) tokens(b []byte) int {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var (
		parents []string // key under which each open object or array stands
		inList  []bool
		key     string
		keyAt   int  // offset before key
		isKey   bool // the next string is a key
	)
	for {
		before := int(d.InputOffset())
		t, err := d.Token()
		if err != nil {
			switch {
			case len(parents) == 0 && before > 0:
				return len(b)
			case len(parents) > 0:
				m.parent = parents[len(parents)-1]
			}
			if key != "" {
				return keyAt // its value is at fault
			}
			return before
		}
		if delim, ok := t.(json.Delim); ok {
			switch delim {
			case '{', '[':
				if len(parents) == maxXMLDepth {
					return len(b)
				}
				parents, inList = append(parents, key), append(inList, delim == '[')
			default:
				parents, inList = parents[:len(parents)-1], inList[:len(inList)-1]
			}
			key, isKey = "", len(inList) > 0 && !inList[len(inList)-1]
			continue
		}
		s := jsonText(t)
		switch {
		case isKey:
			key, keyAt, isKey = s, before, false
		case len(parents) > 0 && !inList[len(inList)-1]:
			m.set(parents[len(parents)-1], key, s)
			key, isKey = "", true
		}
	}
}

// jsonText is the text of a token that is a value; "" for null.
func jsonText(t json.Token) string {
	switch t := t.(type) {
	case string:
		return t
	case json.Number:
		return t.String()
	case bool:
		return strconv.FormatBool(t)
	}
	return ""
}

// search reads text that is not JSON for any `"key" : value`, in one pass.
func (m *dhipMessage) search(b []byte) {
	parent := m.parent
	for i := 0; i < len(b); {
		if b[i] == '}' {
			parent = ""
		}
		if b[i] != '"' {
			i++
			continue
		}
		key, next, ok := quoted(b, i)
		if !ok {
			return
		}
		i = skipSpace(b, next)
		if i >= len(b) || b[i] != ':' {
			continue
		}
		i = skipSpace(b, i+1)
		if i >= len(b) {
			return
		}
		switch b[i] {
		case '{', '[':
			parent = key
			i++
		case '"':
			value, next, ok := quoted(b, i)
			if !ok {
				return
			}
			m.set(parent, key, value)
			i = next
		default:
			end := i
			for end < len(b) && !strings.ContainsRune(",}] \t\r\n\"", rune(b[end])) {
				end++
			}
			if value := string(b[i:end]); value != "null" && end < len(b) {
				m.set(parent, key, value)
			}
			i = end
		}
	}
}

// quoted reads the string that starts at b[i], a quotation mark, and returns
// what it holds and the offset after it. It reports false if it has no end.
func quoted(b []byte, i int) (s string, next int, ok bool) {
	for j := i + 1; j < len(b); j++ {
		switch b[j] {
		case '\\':
			j++
		case '"':
			if json.Unmarshal(b[i:j+1], &s) != nil {
				s = string(b[i+1 : j])
			}
			return s, j + 1, true
		}
	}
	return "", len(b), false
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\r' || b[i] == '\n') {
		i++
	}
	return i
}

// Offsets in the binary answer. A block of 120 bytes is followed by two texts:
// the MAC address in 17 characters with the model after it, and lines of
// "key:value" with the serial number among them.
//
// Source: https://github.com/julienblitte/UniversalScanner (Dahua1.cs), which
// calls it Dahua protocol 1; not yet seen by us in a capture.
const (
	dhipText1LenAt = 2  // uint16, little-endian
	dhipText2LenAt = 20 // uint16, little-endian
	dhipTypeAt     = 40 // 16 bytes
	dhipIPAt       = 56
	dhipTextsAt    = 120
)

// dhipBinary reads the predecessor's answer, which starts with B3 00. What it
// asks starts with A3 01 and says nothing.
func dhipBinary(b []byte, emit Emit) bool {
	if len(b) < dhipTextsAt || b[0] != 0xb3 || b[1] != 0 {
		return false
	}
	texts := b[dhipTextsAt:]
	first := min(int(binary.LittleEndian.Uint16(b[dhipText1LenAt:])), len(texts))
	second := min(int(binary.LittleEndian.Uint16(b[dhipText2LenAt:])), len(texts)-first)
	if first < 17 {
		return false
	}
	mac, ok := observation.ParseMAC(string(texts[:17]))
	if !ok {
		return false
	}
	var f fields
	f.add(observation.DHIPMAC, mac.String())
	if ip := netip.AddrFrom4([4]byte(b[dhipIPAt : dhipIPAt+4])); !ip.IsUnspecified() {
		f.add(observation.DHIPIP, ip.String())
	}
	f.add(observation.DHIPModel, string(texts[17:first]))
	if s, ok := fixedText(b, dhipTypeAt, 16); ok {
		f.addFirst(observation.DHIPModel, s)
	}
	for line := range bytes.Lines(texts[first : first+second]) {
		key, value, _ := bytes.Cut(line, []byte(":"))
		if name := dhipNames[strings.ToLower(string(bytes.TrimSpace(key)))]; name != "" {
			f.addFirst(name, string(value))
		}
	}
	return f.send(emit, "dhip")
}
