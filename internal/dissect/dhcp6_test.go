package dissect

import (
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

const (
	dhcp6Solicit = "01 123456 0001 000e 0001 0001 2a2a2a2a accc8e000001 " + // client: DUID-LLT
		"0010 0011 0000013b 000b 41584953 2c43616d657261 " + // vendor class of enterprise 315
		"0006 0004 0017 0018 0027 0009 00 0763616d65726131"
	dhcp6Reply = "07 123456 0001 000a 0003 0001 accc8e000001 0002 000a 0003 0001 00b56d0608ba " +
		"0003 0028 00000001 00000e10 00001518 0005 0018 20010db8000000000000000000000042 00000e10 00001518"
)

func TestDHCP6(t *testing.T) {
	solicit := list("dhcp.message", "SOLICIT", "dhcp.duid", "000100012a2a2a2aaccc8e000001", "dhcp.mac", "ac:cc:8e:00:00:01",
		"dhcp.vendor-class", "AXIS,Camera (enterprise 315)", "dhcp.parameters", "23,24", "dhcp.hostname", "camera1")
	reply := list("dhcp.message", "REPLY", "dhcp.duid", "00030001accc8e000001", "dhcp.mac", "ac:cc:8e:00:00:01", "dhcp.assigned-ip", "2001:db8::42")
	relay := "0c00 20010db8000000000000000000000001 fe800000000000000000000000000001 "
	tests := []struct {
		name, in string
		want     []Message
	}{
		{"solicit", dhcp6Solicit, []Message{{Protocol: "dhcp", Fields: solicit}}},
		{"reply", dhcp6Reply, []Message{{Protocol: "dhcp", About: observation.Named, Fields: reply}}},
		{"relayed", relay + "0009 0040 " + dhcp6Solicit, []Message{{Protocol: "dhcp", About: observation.Named, Fields: solicit}}},
		{"relay's option longer than the message", relay + "0009 0fff " + dhcp6Solicit, []Message{{Protocol: "dhcp", About: observation.Named, Fields: solicit}}},
		{"cut in the vendor class", dhcp6Solicit[:91], []Message{{Protocol: "dhcp", Fields: solicit[:3]}}},
		{"reply that names nobody", "07 123456", nil},
		{"no such message", "63 123456", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(546, 547, unhex(t, tt.in)), tt.want) })
	}
}

func FuzzDHCP6(f *testing.F) {
	f.Add(unhex(f, dhcp6Solicit))
	f.Add(unhex(f, dhcp6Reply))
	fuzzDatagram(f, dissectDHCP6)
}
