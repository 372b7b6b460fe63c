package device

import (
	"net/netip"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// A neighbour's own word: LLDP names the chassis in frames of each port, and the
// address by which it is managed; CDP names the address only.
func TestLinkNeighbours(t *testing.T) {
	r := New()
	for i, port := range []string{"00:00:0c:00:00:11", "00:00:0c:00:00:12"} {
		r.Add(say("lldp", port, "", "", i, observation.LLDPMAC, "00:00:0c:00:00:01", observation.LLDPAddress, "192.168.1.2"))
	}
	r.Add(say("cdp", "00:00:0c:00:00:21", "", "", 3, observation.CDPDevice, "gate", observation.CDPAddress, "192.168.1.20"))
	r.Add(say("http", "", "192.168.1.20", "192.168.1.99", 4, observation.HTTPServer, "x"))
	got := r.Devices()
	if len(got) != 2 {
		t.Fatalf("%d devices, want 2", len(got))
	}
	for _, d := range got {
		switch {
		case len(d.MACs) == 3:
			if len(d.Addresses) != 1 || d.Addresses[0].IP != netip.MustParseAddr("192.168.1.2") {
				t.Errorf("switch has addresses %v", d.Addresses)
			}
		case len(d.MACs) == 1:
			if len(d.Addresses) != 1 || d.Addresses[0].IP != netip.MustParseAddr("192.168.1.20") || len(d.Observations) != 2 {
				t.Errorf("camera has addresses %v and %d observations", d.Addresses, len(d.Observations))
			}
		default:
			t.Errorf("device with MACs %v", d.MACs)
		}
	}
}

// The same serial number in the discovery of two makers is two devices.
func TestSerialsOfDiscovery(t *testing.T) {
	r := New()
	r.Add(say("discovery", "02:00:00:00:00:03", "", "", 2, observation.DiscoveryProtocol, "sony", observation.DiscoverySerial, "7781234"))
	r.Add(say("discovery", "02:00:00:00:00:04", "", "", 3, observation.DiscoveryProtocol, "bosch", observation.DiscoverySerial, "7781234"))
	if got := r.Devices(); len(got) != 2 {
		t.Errorf("%d devices: two makers' serial numbers were taken for one", len(got))
	}
}
