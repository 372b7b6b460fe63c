package dissect

import (
	"strings"
	"testing"

	"github.com/gosnmp/gosnmp"
)

// snmpMessage encodes a message with gosnmp.
func snmpMessage(t testing.TB, kind gosnmp.PDUType, version gosnmp.SnmpVersion, variables ...gosnmp.SnmpPDU) []byte {
	t.Helper()
	p := gosnmp.SnmpPacket{Version: version, Community: "s3cret", PDUType: kind, RequestID: 77, Variables: variables}
	b, err := p.MarshalMsg()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func text(oid, value string) gosnmp.SnmpPDU {
	return gosnmp.SnmpPDU{Name: oid, Type: gosnmp.OctetString, Value: value}
}

func snmpSystem(t testing.TB) []byte {
	return snmpMessage(t, gosnmp.GetResponse, gosnmp.Version2c,
		text(".1.3.6.1.2.1.1.1.0", "; AXIS P1354; Network Camera; 5.90.1.2; Jun 20 2016 13:04; 1BB.2; 1;"),
		gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.1.2.0", Type: gosnmp.ObjectIdentifier, Value: ".1.3.6.1.4.1.368.1.1"},
		gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.1.3.0", Type: gosnmp.TimeTicks, Value: uint32(17)},
		text(".1.3.6.1.2.1.1.5.0", "axis-00408cd00001"),
		text(".1.3.6.1.2.1.2.2.1.6.1", "\x00\x40\x8c\xd0\x00\x01"),
		text(".1.3.6.1.4.1.39165.1.1.0", "DS-2CD2185FWD-I"),
		text(".1.3.6.1.6.3.18.1.1.1.2.1", "another secret"),
		text(".1.3.6.1.4.1.9.9.9.0", "s3cret"),
	)
}

var snmpFields = list(
	"snmp.sysdescr", "; AXIS P1354; Network Camera; 5.90.1.2; Jun 20 2016 13:04; 1BB.2; 1;",
	"snmp.sysobjectid", "1.3.6.1.4.1.368.1.1",
	"snmp.sysname", "axis-00408cd00001",
	"snmp.mac", "00:40:8c:d0:00:01",
	"snmp.oid-value", "1.3.6.1.4.1.39165.1.1.0=DS-2CD2185FWD-I",
)

func TestSNMP(t *testing.T) {
	name := text(".1.3.6.1.2.1.1.5.0", "gate")
	many := make([]gosnmp.SnmpPDU, 50)
	for i := range many {
		many[i] = text(".1.3.6.1.4.1.1.0", strings.Repeat("x", i+1))
	}
	tests := []struct {
		name string
		in   []byte
		want []Message
	}{
		{"answer with text, numbers, binary and secrets", snmpSystem(t), []Message{{Protocol: "snmp", Fields: snmpFields}}},
		{"version 1", snmpMessage(t, gosnmp.GetResponse, gosnmp.Version1, name), []Message{{Protocol: "snmp", Fields: list("snmp.sysname", "gate")}}},
		{"question", snmpMessage(t, gosnmp.GetRequest, gosnmp.Version2c, gosnmp.SnmpPDU{Name: ".1.3.6.1.2.1.1.5.0", Type: gosnmp.Null}), nil},
		{"setting a name is a wish", snmpMessage(t, gosnmp.SetRequest, gosnmp.Version2c, name), nil},
		{"lengths in the long form", unhex(t, "30820023 020101 0403616263 a2820017 020101 020100 020100 3082000a 3008 06022b06 0402 6162"), []Message{{Protocol: "snmp", Fields: list("snmp.oid-value", "1.3.6=ab")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(161, 40000, tt.in), tt.want) })
	}
	if got := parseSNMP(snmpMessage(t, gosnmp.GetResponse, gosnmp.Version2c, many...)); len(got) != maxSNMPValues {
		t.Errorf("%d values of 50, want %d", len(got), maxSNMPValues)
	}
}

func TestSNMPCutAnywhere(t *testing.T) {
	whole := snmpSystem(t)
	for at := range whole {
		startsWith(t, at, parseSNMP(whole[:at]), snmpFields)
	}
	if got := parseSNMP(whole[:len(whole)-60]); len(got) < 3 {
		t.Errorf("values before the cut are lost: %v", got)
	}
}

func FuzzSNMP(f *testing.F) {
	f.Add(snmpSystem(f))
	f.Add(snmpMessage(f, gosnmp.GetResponse, gosnmp.Version1, text(".1.3.6.1.2.1.1.5.0", "gate")))
	fuzzDatagram(f, dissectSNMP)
}
