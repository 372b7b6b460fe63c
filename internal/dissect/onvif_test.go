package dissect

import (
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// An answer in the shape that gSOAP devices send; values our own.
const probeMatches = `<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl">
<SOAP-ENV:Header><wsa:MessageID>uuid:1</wsa:MessageID><wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action></SOAP-ENV:Header>
<SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
<wsa:EndpointReference><wsa:Address>urn:uuid:0e1f2d3c-0000-1000-8000-bcad28000001</wsa:Address></wsa:EndpointReference>
<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>
<d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/hardware/DS-2CD2143G0-I onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143G0-I onvif://www.onvif.org/MAC/bc:ad:28:00:00:01 onvif://www.onvif.org/location/country/china onvif://www.onvif.org/location/ onvif://www.onvif.org/manufacturer/Acme onvif://www.onvif.org/name/50%off http://other/</d:Scopes>
<d:XAddrs>http://192.0.2.64/onvif/device_service http://[fe80::1]/onvif/device_service</d:XAddrs>
<d:MetadataVersion>10</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>`

var probeMatchesFields = list(
	"wsd.message", "ProbeMatches", "wsd.uuid", "0e1f2d3c-0000-1000-8000-bcad28000001",
	"wsd.types", "NetworkVideoTransmitter", "wsd.types", "Device",
	"wsd.xaddr", "http://192.0.2.64/onvif/device_service", "wsd.xaddr", "http://[fe80::1]/onvif/device_service",
	"wsd.scope", "onvif://www.onvif.org/type/video_encoder", "onvif.scope-type", "video_encoder",
	"wsd.scope", "onvif://www.onvif.org/hardware/DS-2CD2143G0-I", "onvif.scope-hardware", "DS-2CD2143G0-I",
	"wsd.scope", "onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143G0-I", "onvif.scope-name", "HIKVISION DS-2CD2143G0-I",
	"wsd.scope", "onvif://www.onvif.org/MAC/bc:ad:28:00:00:01", "onvif.scope-mac", "bc:ad:28:00:00:01",
	"wsd.scope", "onvif://www.onvif.org/location/country/china", "onvif.scope-location", "country/china",
	"wsd.scope", "onvif://www.onvif.org/location/",
	"wsd.scope", "onvif://www.onvif.org/manufacturer/Acme", "onvif.scope-manufacturer", "Acme",
	"wsd.scope", "onvif://www.onvif.org/name/50%off", "onvif.scope-name", "50%off",
	"wsd.scope", "http://other/",
)

func TestWSDiscovery(t *testing.T) {
	upTo := func(mark string) string { return probeMatches[:strings.Index(probeMatches, mark)] }
	tests := []struct {
		name string
		in   string
		want []Message
	}{
		{"answer", probeMatches, []Message{{Protocol: "wsd", Fields: probeMatchesFields}}},
		{"answer with other prefixes", strings.NewReplacer("<d:", "<zz:", "</d:", "</zz:", "<wsa:", "<a:", "</wsa:", "</a:", "<SOAP-ENV:", "<", "</SOAP-ENV:", "</").Replace(probeMatches), []Message{{Protocol: "wsd", Fields: probeMatchesFields}}},
		{"answer cut inside the scopes", upTo("MAC/bc"), []Message{{Protocol: "wsd", Fields: probeMatchesFields[:4]}}},
		{
			"hello of a printer, without prefixes",
			`<Envelope><Body><Hello><EndpointReference><Address>uuid:AB-1</Address></EndpointReference><Types>wsdp:Device prn:PrintDeviceType</Types></Hello></Body></Envelope>`,
			[]Message{{Protocol: "wsd", Fields: list("wsd.message", "Hello", "wsd.uuid", "AB-1", "wsd.types", "Device", "wsd.types", "PrintDeviceType")}},
		},
		{
			"question of a client",
			`<e:Envelope><e:Header/><e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>`,
			[]Message{{Protocol: "wsd", Fields: list("wsd.message", "Probe", "wsd.probe", "NetworkVideoTransmitter")}},
		},
		{"question for anything", `<e:Envelope><e:Body><d:Probe/></e:Body></e:Envelope>`, []Message{{Protocol: "wsd", Fields: list("wsd.message", "Probe")}}},
		{
			"proxy answers for two",
			`<Envelope><Body><ProbeMatches><ProbeMatch><EndpointReference><Address>urn:uuid:1</Address></EndpointReference></ProbeMatch><ProbeMatch><EndpointReference><Address>urn:uuid:2</Address></EndpointReference></ProbeMatch></ProbeMatches></Body></Envelope>`,
			[]Message{
				{Protocol: "wsd", About: observation.Named, Fields: list("wsd.message", "ProbeMatches", "wsd.uuid", "1")},
				{Protocol: "wsd", About: observation.Named, Fields: list("wsd.message", "ProbeMatches", "wsd.uuid", "2")},
			},
		},
		{"other SOAP", `<Envelope><Body><Fault/></Body></Envelope>`, nil},
		{"nothing", "<", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(50000, 3702, []byte(tt.in)), tt.want) })
	}
}

// soap reads a body as the HTTP dissector does.
func soap(b []byte) []observation.Field {
	var all []observation.Field
	for _, p := range onvifParts(b) {
		all = append(all, p.fields...)
	}
	return all
}

func TestONVIFAnswers(t *testing.T) {
	tests := []struct {
		file string
		want []observation.Field
	}{
		{"milesight_get_device_information.xml", list(
			"onvif.manufacturer", "Milesight Technology Co.,Ltd.", "onvif.model", "MS-C8165-PE",
			"onvif.firmware", "61.8.0.3-r8", "onvif.serial", "EM82V102329001403", "onvif.hardware-id", "V1.0",
		)},
		{"agsh_GetScopes.xml", list(
			"wsd.scope", "onvif://www.onvif.org/Profile/Streaming",
			"wsd.scope", "onvif://www.onvif.org/type/video_encoder", "onvif.scope-type", "video_encoder",
			"wsd.scope", "onvif://www.onvif.org/type/audio_encoder", "onvif.scope-type", "audio_encoder",
			"wsd.scope", "onvif://www.onvif.org/type/ptz", "onvif.scope-type", "ptz",
			"wsd.scope", "onvif://www.onvif.org/hardware/HD_PREDATOR", "onvif.scope-hardware", "HD_PREDATOR",
			"wsd.scope", "onvif://www.onvif.org/name/PREDATOR", "onvif.scope-name", "PREDATOR",
			"wsd.scope", "onvif://www.onvif.org/location/",
		)},
		{"agsh_GetNetworkInterfaces.xml", list("onvif.mac", "28:57:be:65:7d:d5")},
		{"agsh_GetServices.xml", list(
			"onvif.service", "http://www.onvif.org/ver10/device/wsdl", "onvif.xaddr", "http://192.168.68.111/onvif/services",
			"onvif.service", "http://www.onvif.org/ver10/media/wsdl", "onvif.service", "http://www.onvif.org/ver10/events/wsdl",
			"onvif.service", "http://www.onvif.org/ver10/deviceIO/wsdl", "onvif.service", "http://www.onvif.org/ver20/ptz/wsdl",
			"onvif.service", "http://www.onvif.org/ver20/imaging/wsdl",
		)},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			b, err := os.ReadFile("testdata/onvif/" + tt.file)
			if err != nil {
				t.Fatal(err)
			}
			same(t, soap(b), tt.want)
		})
	}
}

func TestONVIFCapabilities(t *testing.T) {
	got := soap([]byte(`<s:Envelope><s:Body><tds:GetCapabilitiesResponse><tds:Capabilities>
<tt:Analytics><tt:XAddr>http://192.0.2.1/a</tt:XAddr><tt:RuleSupport>true</tt:RuleSupport><tt:AnalyticsModuleSupport>false</tt:AnalyticsModuleSupport></tt:Analytics>
<tt:Media><tt:StreamingCapabilities><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>
</tds:Capabilities></tds:GetCapabilitiesResponse></s:Body></s:Envelope>`))
	same(t, got, list(
		"onvif.xaddr", "http://192.0.2.1/a", "onvif.capability", "Analytics/RuleSupport",
		"onvif.capability", "Media/StreamingCapabilities/RTP_RTSP_TCP",
	))
}

// What a client sends to a device names no device.
func TestONVIFRequestsSayNothing(t *testing.T) {
	same(t, soap([]byte(`<s:Envelope><s:Body><tds:GetDeviceInformation/></s:Body></s:Envelope>`)), []observation.Field(nil))
	same(t, soap([]byte(`<html><body>GetDeviceInformationResponse</body></html>`)), []observation.Field(nil))
}

func FuzzONVIF(f *testing.F) {
	f.Add([]byte(probeMatches))
	for _, name := range []string{"milesight_get_device_information", "agsh_GetScopes", "agsh_GetServices", "agsh_GetCapabilities", "agsh_Probe", "agsh_GetNetworkInterfaces"} {
		b, err := os.ReadFile("testdata/onvif/" + name + ".xml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { wsdDatagram(3702, 1, b, emit) }) {
			check(t, m, 0, 0)
		}
		for _, p := range onvifParts(b) {
			check(t, Message{Protocol: p.protocol, Fields: p.fields}, 0, 0)
		}
	})
}
