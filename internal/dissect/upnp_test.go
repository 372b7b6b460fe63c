package dissect

import "testing"

const upnpDescription = `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major></specVersion>
<device><deviceList><device><deviceType>urn:schemas-upnp-org:device:MediaServer:1</deviceType><friendlyName>Recordings</friendlyName><UDN>uuid:2-2</UDN></device></deviceList>
<deviceType>urn:schemas-upnp-org:device:Basic:1.0</deviceType><friendlyName>AXIS P3245 &amp; gate</friendlyName><manufacturer>AXIS</manufacturer>
<modelDescription>AXIS P3245-LVE Dome Camera</modelDescription><modelName>AXIS P3245-LVE</modelName><modelNumber>P3245-LVE</modelNumber>
<serialNumber>B8A44F000001</serialNumber><UDN>uuid:1-1</UDN><macAddress>B8A44F000001</macAddress><presentationURL>/</presentationURL></device></root>`

func TestUPnP(t *testing.T) {
	root := list(
		"upnp.device-type", "urn:schemas-upnp-org:device:Basic:1.0", "upnp.friendly-name", "AXIS P3245 & gate", "upnp.manufacturer", "AXIS",
		"upnp.model-description", "AXIS P3245-LVE Dome Camera", "upnp.model-name", "AXIS P3245-LVE", "upnp.model-number", "P3245-LVE",
		"upnp.serial", "B8A44F000001", "upnp.uuid", "1-1", "upnp.mac", "b8:a4:4f:00:00:01",
	)
	nested := list("upnp.device-type", "urn:schemas-upnp-org:device:MediaServer:1", "upnp.friendly-name", "Recordings", "upnp.uuid", "2-2")
	got := parseUPnP([]byte(upnpDescription))
	same(t, []Message{{Fields: got}}, []Message{{Fields: append(root, nested...)}})

	same(t, parseUPnP([]byte("<root><device><modelName>IC-3115W</modelName><modelNum")), fields(list("upnp.model-name", "IC-3115W")))
	same(t, len(parseUPnP([]byte("<root><other/></root>"))), 0)
}

func FuzzUPnP(f *testing.F) {
	f.Add([]byte(upnpDescription))
	fuzzBody(f, parseUPnP)
}
