package dissect

import (
	"bytes"
	"encoding/hex"
	"strings"
)

const (
	maxSNMPLines    = 1 << 16 // lines of a walk that are looked at
	maxSNMPTextKept = 256     // values of a walk that are kept
)

// snmpRecorded reads a message in the basic encoding rules, or a walk as text.
func snmpRecorded(b []byte, emit Emit) bool {
	if f := parseSNMP(b); len(f) > 0 {
		return f.send(emit, "snmp")
	}
	return snmpText(b).send(emit, "snmp")
}

// snmpText reads a walk in the forms that tools write, one value a line:
//
//	1.3.6.1.2.1.1.1.0|4|text            snmprec of snmpsim, "4x" for hexadecimal
//	.1.3.6.1.2.1.1.1.0 = STRING: text   net-snmp, with -On
//	1.3.6.1.2.1.1.1.0=text              plain
//
// Names of the system group stand for their numbers. Numbers and binary values
// are not kept, like in [parseSNMP], nor is anything from the tables that hold
// communities and users. A line of another form is passed over.
//
// Formats: https://docs.lextudio.com/snmpsim/documentation/building-simulation-data
// and snmpcmd(1) of net-snmp.
func snmpText(b []byte) fields {
	var f fields
	lines := 0
	for line := range bytes.Lines(b) {
		if lines++; lines > maxSNMPLines || len(f) >= maxSNMPTextKept {
			break
		}
		oid, tag, value := snmpLine(strings.TrimRight(string(line[:min(len(line), maxHTTPLine)]), "\r\n"))
		if oid != "" {
			addSNMPValue(&f, oid, tag, []byte(value), nil)
		}
	}
	return f
}

// snmpNames are the names of net-snmp for what is read.
var snmpNames = map[string]string{
	"sysDescr.0": oidSysDescr, "sysObjectID.0": oidSysObjectID, "sysName.0": oidSysName,
}

// snmpLine reads one line; oid is "" where it is of none of the forms or its
// value is no text.
func snmpLine(line string) (oid string, tag byte, value string) {
	oid, rest, ok := cutAnyByte(line, "|=")
	if !ok {
		return "", 0, ""
	}
	record := line[len(oid)] == '|'
	oid = strings.TrimPrefix(strings.TrimSpace(oid), ".")
	if i := strings.LastIndex(oid, "::"); i >= 0 { // "SNMPv2-MIB::sysDescr.0"
		oid = oid[i+2:]
	}
	if n := snmpNames[oid]; n != "" {
		oid = n
	}
	if rest, found := strings.CutPrefix(oid, "iso."); found {
		oid = "1." + rest
	}
	if !numericOID(oid) {
		return "", 0, ""
	}
	if record {
		kind, text, _ := strings.Cut(rest, "|")
		tag, value = recordValue(kind, text)
	} else {
		tag, value = walkValue(strings.TrimSpace(rest))
	}
	if tag == 0 {
		return "", 0, ""
	}
	if oid == oidSysObjectID {
		value = strings.TrimPrefix(value, ".")
		if rest, found := strings.CutPrefix(value, "iso."); found {
			value = "1." + rest
		}
		tag = berOctetString // it is text already
	}
	return oid, tag, value
}

// recordValue reads the type and value of an snmprec line. Types are those of
// the basic encoding rules; a variation module stands behind a colon.
func recordValue(kind, text string) (byte, string) {
	kind, _, _ = strings.Cut(kind, ":")
	switch kind {
	case "4", "6":
		return berOctetString, text
	case "4x":
		b, err := hex.DecodeString(strings.TrimSpace(text))
		if err != nil {
			return 0, ""
		}
		return berOctetString, string(b)
	}
	return 0, ""
}

// walkValue reads the value of a net-snmp line, or a bare one.
func walkValue(text string) (byte, string) {
	kind, value, ok := strings.Cut(text, ": ")
	if !ok {
		return berOctetString, strings.Trim(text, `"`)
	}
	switch kind {
	case "STRING", "OID":
		return berOctetString, strings.Trim(value, `"`)
	case "Hex-STRING":
		b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(value), " ", ""))
		if err != nil {
			return 0, ""
		}
		return berOctetString, string(b)
	case "INTEGER", "Gauge32", "Counter32", "Counter64", "Timeticks", "IpAddress", "Network Address", "BITS", "UInteger32", "Opaque":
		return 0, ""
	}
	return berOctetString, text // a bare text with a colon in it
}

// cutAnyByte cuts s at the first of the ASCII bytes in set.
func cutAnyByte(s, set string) (before, after string, ok bool) {
	if i := strings.IndexAny(s, set); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}

// numericOID reports digits and dots, with at least one dot.
func numericOID(s string) bool {
	return len(s) <= 256 && strings.Trim(s, "0123456789.") == "" && strings.Contains(s, ".")
}
