package dissect

import (
	"net"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/lenscap/lenscap/internal/observation"
)

var dhcpDiscover = list("dhcp.message", "DISCOVER", "dhcp.mac", "b0:c5:54:25:5b:0e", "dhcp.vendor-class", "udhcp 1.22.1",
	"dhcp.hostname", "DCS-935L", "dhcp.parameters", "1,3,6,12,15,28,42")

// dhcpRelayed is a request with a name in option 81, passed on by a relay.
func dhcpRelayed(t testing.TB) []byte {
	p, err := dhcpv4.New(
		dhcpv4.WithHwAddr(net.HardwareAddr{0xac, 0xcc, 0x8e, 0, 0, 1}), dhcpv4.WithMessageType(dhcpv4.MessageTypeRequest),
		dhcpv4.WithOption(dhcpv4.OptGeneric(dhcpv4.OptionFQDN, []byte("\x04\x00\x00\x0caxis-accc8e1\x03lan\x00"))),
		dhcpv4.WithOption(dhcpv4.OptClassIdentifier("AXIS,Network Camera,P3343,5.20.3")), dhcpv4.WithRelay(net.IPv4(192, 0, 2, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return p.ToBytes()
}

func TestDHCP(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want []Message
	}{
		{"recorded discover", packet(t, "dhcp-dlink.bin"), []Message{{Protocol: "dhcp", Fields: dhcpDiscover}}},
		{"recorded request", packet(t, "dhcp-edimax.bin"), []Message{{Protocol: "dhcp", Fields: list(
			"dhcp.message", "REQUEST", "dhcp.mac", "74:da:38:80:7a:08", "dhcp.vendor-class", "udhcp 0.9.8",
			"dhcp.parameters", "1,3,6,12,15,28,42", "dhcp.requested-ip", "10.10.10.51", "dhcp.server", "10.10.10.1")}}},
		{"recorded acknowledgement is about the client", packet(t, "dhcp-ack.bin"), []Message{{Protocol: "dhcp", About: observation.Named, Fields: list(
			"dhcp.message", "ACK", "dhcp.mac", "50:c7:bf:00:fc:a3", "dhcp.assigned-ip", "10.10.10.228", "dhcp.server", "10.10.10.1")}}},
		{"relayed, with a name in labels", dhcpRelayed(t), []Message{{Protocol: "dhcp", About: observation.Named, Fields: list(
			"dhcp.message", "REQUEST", "dhcp.mac", "ac:cc:8e:00:00:01", "dhcp.vendor-class", "AXIS,Network Camera,P3343,5.20.3", "dhcp.hostname", "axis-accc8e1.lan")}}},
		{"cut in the fixed header", packet(t, "dhcp-dlink.bin")[:60], []Message{{Protocol: "dhcp", Fields: dhcpDiscover[1:2]}}},
		{"cut before the hardware address", packet(t, "dhcp-dlink.bin")[:30], nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(68, 67, tt.in), tt.want) })
	}
}

func TestDHCPCutAnywhere(t *testing.T) {
	whole := packet(t, "dhcp-dlink.bin")
	found := 0
	for at := 240; at <= len(whole); at++ {
		got, _ := parseDHCP(whole[:at])
		if len(got) < found {
			t.Fatalf("cut at %d: %d fields, %d at the byte before", at, len(got), found)
		}
		found = len(got)
	}
	same(t, found, len(dhcpDiscover))
}

func FuzzDHCP(f *testing.F) {
	f.Add(packet(f, "dhcp-dlink.bin"))
	f.Add(packet(f, "dhcp-ack.bin"))
	f.Add(dhcpRelayed(f))
	fuzzDatagram(f, dissectDHCP)
}
