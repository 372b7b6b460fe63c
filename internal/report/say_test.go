package report

import (
	"testing"

	"github.com/lenscap/lenscap/internal/dissect"
)

// capitals are the protocols that people write in capitals.
var capitals = map[string]bool{
	"arp": true, "cdp": true, "dhcp": true, "dhip": true, "dns": true, "hnap": true, "http": true, "isapi": true, "lldp": true, "ntp": true, "onvif": true,
	"pppp": true, "quic": true, "rtp": true, "rtsp": true, "sadp": true, "sdp": true, "snmp": true, "ssdp": true, "stun": true, "tls": true, "tvt": true,
}

func TestEveryProtocolHasItsUsualName(t *testing.T) {
	for p, want := range map[string]string{
		"tapo": "TP-Link Tapo", "kasa": "TP-Link Kasa", "ubnt": "Ubiquiti discovery", "lldp": "LLDP", "dvrip": "DVRIP (Sofia)", "dhp2p": "Dahua P2P",
		"tutk": "TUTK (Kalay)", "ezviz": "EZVIZ", "mdns": "mDNS", "knowledge base": "knowledge base",
	} {
		if got := protocolName(p); got != want {
			t.Errorf("%s is written %q, want %q", p, got, want)
		}
	}
	for i := range dissect.Dissectors {
		p := dissect.Dissectors[i].Name
		if _, named := protocolNames[p]; !named && !capitals[p] {
			t.Errorf("protocol %q has no name that people use", p)
		}
	}
}
