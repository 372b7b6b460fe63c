package dissect

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/observation"
)

// SNMP (RFC 1157, RFC 3416), UDP port 161, and its notifications, port 162.
var snmpDissector = Dissector{Name: "snmp", Fuzz: "FuzzSNMP", UDP: []uint16{161, 162}, Datagram: dissectSNMP}

// maxSNMPValues bounds the values taken from one message.
const maxSNMPValues = 32

// Object identifiers of the system group, RFC 3418.
const (
	oidSysDescr    = "1.3.6.1.2.1.1.1.0"
	oidSysObjectID = "1.3.6.1.2.1.1.2.0"
	oidSysName     = "1.3.6.1.2.1.1.5.0"

	// oidPhysAddress is the column of interfaces' hardware addresses, RFC 2863.
	oidPhysAddress = "1.3.6.1.2.1.2.2.1.6."

	// oidSNMPModules holds the community and user tables (RFC 3584, 3414):
	// names that open the device to whoever knows them.
	oidSNMPModules = "1.3.6.1.6.3."
)

// dissectSNMP reads one SNMP message.
func dissectSNMP(_, _ uint16, b []byte, emit Emit) bool {
	return parseSNMP(b).send(emit, "snmp")
}

// parseSNMP reads the values that an agent of SNMP version 1 or 2c states, in
// a response, a trap or an inform. Questions carry none, and version 3 is
// skipped: what it says is normally encrypted.
//
// Text and object identifiers are kept, at most 32 of them; numbers and binary
// strings are not, but for the hardware addresses of interfaces. The community
// string is a secret: it is never a field, not even where a value repeats it, and
// neither is anything from the tables that hold such names. A message cut short keeps the values before the cut; the
// value the cut goes through is lost.
//
// The basic encoding rules are read by hand (see [ber]): gosnmp decodes with
// reflection into its client's state and gives up a cut message whole.
//
// Format: RFC 1157, 3416; the system group RFC 3418.
func parseSNMP(b []byte) fields {
	outer := ber{b}
	message, ok := outer.expect(berSequence)
	if !ok {
		return nil
	}
	r := ber{message}
	version, ok := r.expect(berInteger)
	if !ok || len(version) != 1 || version[0] > 1 {
		return nil
	}
	community, ok := r.expect(berOctetString)
	if !ok {
		return nil
	}
	kind, pdu, _, _, ok := r.next()
	if !ok || kind != 0xa2 && kind != 0xa6 && kind != 0xa7 {
		return nil
	}
	r = ber{pdu}
	for range 3 { // request id, error status, error index
		if _, ok := r.expect(berInteger); !ok {
			return nil
		}
	}
	bindings, ok := r.expect(berSequence)
	if !ok {
		return nil
	}
	return snmpBindings(bindings, community)
}

// snmpBindings reads a list of pairs of object identifier and value.
func snmpBindings(b, community []byte) fields {
	var f fields
	r := ber{b}
	for len(f) < maxSNMPValues {
		pair, ok := r.expect(berSequence)
		if !ok {
			return f
		}
		p := ber{pair}
		name, ok := p.expect(berOID)
		if !ok {
			continue
		}
		tag, contents, _, cut, ok := p.next()
		if !ok || cut {
			continue
		}
		addSNMPValue(&f, oidText(name), tag, contents, community)
	}
	return f
}

// addSNMPValue adds one value under the name of its object.
func addSNMPValue(f *fields, oid string, tag byte, contents, community []byte) {
	var value string
	switch tag {
	case berOctetString:
		if strings.HasPrefix(oid, oidPhysAddress) {
			addPhysAddress(f, contents)
			return
		}
		if !textOctets(contents) || bytes.Equal(contents, community) {
			return
		}
		value = string(bytes.TrimRight(contents, "\x00"))
	case berOID:
		value = oidText(contents)
	}
	switch {
	case oid == "" || value == "" || strings.HasPrefix(oid, oidSNMPModules):
	case oid == oidSysDescr:
		f.add(observation.SNMPSysDescr, value)
	case oid == oidSysObjectID:
		f.add(observation.SNMPSysObjectID, value)
	case oid == oidSysName:
		f.add(observation.SNMPSysName, value)
	default:
		f.add(observation.SNMPValue, oid+"="+value)
	}
}

// maxPhysAddresses bounds the hardware addresses kept: a camera has one or two,
// and a switch is not known by its ports.
const maxPhysAddresses = 4

// addPhysAddress adds the hardware address of an interface: six octets, or the
// text "0:2:d1:43:a5:26" that walks hold, with one or two digits an octet.
func addPhysAddress(f *fields, b []byte) {
	n := 0
	for i := range *f {
		if (*f)[i].Name == observation.SNMPMAC {
			n++
		}
	}
	var m observation.MAC
	if len(b) == len(m) {
		copy(m[:], b)
	} else {
		octets := strings.Split(string(b[:min(len(b), 18)]), ":")
		if len(octets) != len(m) {
			return
		}
		for i, o := range octets {
			v, err := strconv.ParseUint(o, 16, 8)
			if err != nil {
				return
			}
			m[i] = byte(v)
		}
	}
	if n < maxPhysAddresses && !m.IsZero() && !m.Group() {
		f.addOnce(observation.SNMPMAC, m.String())
	}
}

// textOctets reports whether an octet string is text: valid UTF-8 without
// control characters other than white space and a final zero.
func textOctets(b []byte) bool {
	b = bytes.TrimRight(b, "\x00")
	if len(b) == 0 || !utf8.Valid(b) {
		return false
	}
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\r' && c != '\n' || c == 0x7f {
			return false
		}
	}
	return true
}
