package dissect

import "testing"

const ssdpAnswer = "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nSt: upnp:rootdevice\r\nLOCATION: http://192.0.2.9:49152/upnpdevicedesc.xml\r\n" +
	"SERVER: Linux/4.9.94-axis5, UPnP/1.0, Portable SDK for UPnP devices/1.6.22\r\nUSN: uuid:Upnp-BasicDevice-1_0-00408C000001::upnp:rootdevice\r\n\r\n"

func TestSSDP(t *testing.T) {
	answer := list("ssdp.server", "Linux/4.9.94-axis5, UPnP/1.0, Portable SDK for UPnP devices/1.6.22",
		"ssdp.location", "http://192.0.2.9:49152/upnpdevicedesc.xml", "ssdp.type", "upnp:rootdevice",
		"ssdp.usn", "uuid:Upnp-BasicDevice-1_0-00408C000001::upnp:rootdevice", "ssdp.uuid", "Upnp-BasicDevice-1_0-00408C000001")
	tests := []struct {
		name     string
		src, dst uint16
		in       []byte
		want     []Message
	}{
		{"recorded byebye", 1900, 1900, packet(t, "ssdp-notify.bin"), []Message{{Protocol: "ssdp", Fields: list("ssdp.type", "upnp:rootdevice", "ssdp.usn", "uuid:b0c554255b0e-0::upnp:rootdevice", "ssdp.uuid", "b0c554255b0e-0")}}},
		{"recorded search: looking, not offering", 44580, 1900, packet(t, "ssdp-search.bin"), []Message{{Protocol: "ssdp", Fields: list("ssdp.search", "urn:schemas-upnp-org:device:InternetGatewayDevice:1")}}},
		{"search with user agent", 44580, 1900, []byte("M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\nUser-Agent: Chromium\r\n\r\n"), []Message{{Protocol: "ssdp", Fields: list("ssdp.search", "ssdp:all", "ssdp.user-agent", "Chromium")}}},
		{"answer on a port of its own", 50001, 44580, []byte(ssdpAnswer), []Message{{Protocol: "ssdp", Fields: answer}}},
		{"answer cut in the USN line", 1900, 44580, []byte(ssdpAnswer[:len(ssdpAnswer)-20]), []Message{{Protocol: "ssdp", Fields: answer[:3]}}},
		{"line ends without carriage return", 1900, 1900, []byte("NOTIFY * HTTP/1.1\nNT: a\nUSN: uuid:1-2\n\n"), []Message{{Protocol: "ssdp", Fields: list("ssdp.type", "a", "ssdp.usn", "uuid:1-2", "ssdp.uuid", "1-2")}}},
		{"answer of another protocol", 1900, 44580, []byte("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(tt.src, tt.dst, tt.in), tt.want) })
	}
}

func FuzzSSDP(f *testing.F) {
	f.Add(packet(f, "ssdp-notify.bin"))
	f.Add(packet(f, "ssdp-search.bin"))
	f.Add([]byte(ssdpAnswer))
	fuzzDatagram(f, dissectSSDP)
}
