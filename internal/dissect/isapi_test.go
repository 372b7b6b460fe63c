package dissect

import (
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// Documents in the shape of recorded ones; values our own.
const (
	isapiDevice = `<?xml version="1.0" encoding="UTF-8"?>
<DeviceInfo version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<deviceName>yard</deviceName>
<deviceID>6aff4000-1f90-00b0-0000-000c00000000</deviceID>
<systemContact>Hikvision.China</systemContact>
<model>DS-2CD2386G2-IU</model>
<serialNumber>DS-2CD2386G2-IU20210101AAWRJ00000001</serialNumber>
<macAddress>a4:d5:c2:00:00:01</macAddress>
<firmwareVersion>V5.7.18</firmwareVersion>
<firmwareReleasedDate>build 240826</firmwareReleasedDate>
<deviceType>IPCamera</deviceType>
<firmwareVersionInfo>B-R-G5-0</firmwareVersionInfo>
<manufacturer>hikvision</manufacturer>
<OEMCode>1</OEMCode>
</DeviceInfo>`
	isapiChannels = `<InputProxyChannelList version="1.0" xmlns="http://www.isapi.org/ver20/XMLSchema"><InputProxyChannel><id>1</id><name>garden</name>
<sourceInputPortDescriptor><proxyProtocol>HIKVISION</proxyProtocol><ipAddress>192.0.2.65</ipAddress><userName>admin</userName><password>secret</password>
<model>DS-2CD2386G2-IU</model><serialNumber>DS-2CD2386G2-IU20210101AAWRJ00000001</serialNumber><firmwareVersion>V5.7.15 build 240201</firmwareVersion></sourceInputPortDescriptor></InputProxyChannel>
<InputProxyChannel><id>2</id><sourceInputPortDescriptor><proxyProtocol>ONVIF</proxyProtocol><ipAddress>192.0.2.66</ipAddress></sourceInputPortDescriptor></InputProxyChannel>
<InputProxyChannel><id>3</id></InputProxyChannel></InputProxyChannelList>`
	isapiEvent = `<EventNotificationAlert version="2.0" xmlns="http://www.std-cgi.com/ver20/XMLSchema"><ipAddress>192.0.2.67</ipAddress><macAddress>a4:d5:c2:00:00:03</macAddress><channelID>1</channelID><eventType>VMD</eventType></EventNotificationAlert>`
)

var isapiDeviceFields = fields(list(
	"isapi.element", "DeviceInfo", "isapi.namespace", "http://www.hikvision.com/ver20/XMLSchema",
	"isapi.device-name", "yard", "isapi.system-contact", "Hikvision.China", "isapi.model", "DS-2CD2386G2-IU",
	"isapi.serial", "DS-2CD2386G2-IU20210101AAWRJ00000001", "isapi.mac", "a4:d5:c2:00:00:01",
	"isapi.firmware", "V5.7.18", "isapi.firmware-date", "build 240826", "isapi.device-type", "IPCamera",
	"isapi.platform", "B-R-G5-0", "isapi.manufacturer", "hikvision", "isapi.oem-code", "1",
))

// plainPart is a part that can be compared.
type plainPart struct {
	About  observation.About
	Fields []observation.Field
}

func plain(parts []part) []plainPart {
	var all []plainPart
	for _, p := range parts {
		all = append(all, plainPart{p.about, p.fields})
	}
	return all
}

func TestISAPI(t *testing.T) {
	tests := []struct {
		name       string
		fromClient bool
		in         string
		want       []plainPart
	}{
		{"device document", false, isapiDevice, []plainPart{{Fields: isapiDeviceFields}}},
		{"device document cut inside the serial number", false, isapiDevice[:strings.Index(isapiDevice, "0000001</serial")], []plainPart{{Fields: isapiDeviceFields[:5]}}},
		{"device document of PSIA, without namespace", false, `<DeviceInfo><deviceName>a</deviceName><model>M</model><serialNumber>1</serialNumber></DeviceInfo>`, []plainPart{{Fields: list("isapi.element", "DeviceInfo", "isapi.device-name", "a", "isapi.model", "M", "isapi.serial", "1")}}},
		{"device document that a client writes", true, isapiDevice, nil},
		{"another maker's document with the same root", false, `<DeviceInfo><model>M</model></DeviceInfo>`, nil},
		{
			"recorder with two cameras and a free channel", false, isapiChannels,
			[]plainPart{
				{Fields: list(
					"isapi.element", "InputProxyChannelList", "isapi.namespace", "http://www.isapi.org/ver20/XMLSchema",
					"isapi.channel", "1 192.0.2.65 DS-2CD2386G2-IU V5.7.15 DS-2CD2386G2-IU20210101AAWRJ00000001",
					"isapi.channel", "2 192.0.2.66 - - -",
				)},
				{observation.Named, list(
					"isapi.model", "DS-2CD2386G2-IU", "isapi.firmware", "V5.7.15", "isapi.firmware-date", "build 240201",
					"isapi.serial", "DS-2CD2386G2-IU20210101AAWRJ00000001", "isapi.ip", "192.0.2.65",
				)},
				{observation.Named, list("isapi.ip", "192.0.2.66")},
			},
		},
		{
			"event that a device posts", true, isapiEvent,
			[]plainPart{{Fields: list("isapi.element", "EventNotificationAlert", "isapi.namespace", "http://www.std-cgi.com/ver20/XMLSchema", "isapi.ip", "192.0.2.67", "isapi.mac", "a4:d5:c2:00:00:03")}},
		},
		{
			"refusal in a badge build's namespace", false, `<ResponseStatus version="2.0" xmlns="http://www.std-cgi.com/ver20/XMLSchema"><statusCode>4</statusCode></ResponseStatus>`,
			[]plainPart{{Fields: list("isapi.element", "ResponseStatus", "isapi.namespace", "http://www.std-cgi.com/ver20/XMLSchema")}},
		},
		{"SOAP", false, probeMatches, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, plain(isapiParts([]byte(tt.in), tt.fromClient)), tt.want) })
	}
}

// Every recorded device document gives the model, firmware and type that its
// JSON form shows, and every recorder its cameras.
func TestISAPIRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedFile(t, "responses/isapi"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Data struct {
				ISAPI map[string]struct{ Response map[string]any }
			}
		}
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(name, err)
		}
		info := doc.Data.ISAPI["System/deviceInfo"].Response
		parts := isapiParts([]byte(asXML(info)), false)
		if len(parts) != 1 {
			t.Fatalf("%s: %d parts", name, len(parts))
		}
		for key, field := range isapiNames {
			want, _ := info["DeviceInfo"].(map[string]any)[key].(string)
			if got := parts[0].fields.get(field); got != clean(want) {
				t.Errorf("%s: %s = %q, want %q", name, field, got, want)
			}
		}
		list := doc.Data.ISAPI["ContentMgmt/InputProxy/channels"].Response
		if list == nil {
			continue
		}
		channels, _ := list["InputProxyChannelList"].(map[string]any)["InputProxyChannel"].([]any)
		behind := 0
		for _, p := range isapiParts([]byte(asXML(list)), false) {
			if p.about == observation.Named {
				source := channels[behind].(map[string]any)["sourceInputPortDescriptor"].(map[string]any)
				if want, _ := source["serialNumber"].(string); p.fields.get(observation.IsapiSerial) != want {
					t.Errorf("%s: channel %d has serial %q, want %q", name, behind, p.fields.get(observation.IsapiSerial), want)
				}
				behind++
			}
		}
		if behind != len(channels) {
			t.Errorf("%s: %d cameras behind it, want %d", name, behind, len(channels))
		}
	}
}

// asXML writes what an XML-to-JSON converter read: "@" marks attributes.
func asXML(v any) string {
	var out strings.Builder
	var write func(name string, v any)
	write = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				write(name, x)
			}
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys) // attributes first
			if name != "" {
				fmt.Fprintf(&out, "<%s", name)
				for _, k := range keys {
					if k[0] == '@' {
						fmt.Fprintf(&out, ` %s="%v"`, k[1:], v[k])
					}
				}
				out.WriteString(">")
			}
			for _, k := range keys {
				if k[0] != '@' && k[0] != '#' {
					write(k, v[k])
				}
			}
			if name != "" {
				fmt.Fprintf(&out, "</%s>", name)
			}
		case nil:
			fmt.Fprintf(&out, "<%s/>", name)
		default:
			fmt.Fprintf(&out, "<%s>%s</%s>", name, html.EscapeString(fmt.Sprint(v)), name)
		}
	}
	write("", v)
	return out.String()
}

func FuzzISAPI(f *testing.F) {
	f.Add(false, []byte(isapiDevice))
	f.Add(false, []byte(isapiChannels))
	f.Add(true, []byte(isapiEvent))
	f.Fuzz(func(t *testing.T, fromClient bool, b []byte) {
		for _, p := range isapiParts(b, fromClient) {
			check(t, Message{Protocol: p.protocol, Fields: p.fields}, 0, 0)
			for _, field := range p.fields {
				if strings.Contains(field.Value, "secret") && !strings.Contains(strings.ReplaceAll(string(b), "<password>secret", ""), "secret") {
					t.Errorf("password in %v", field)
				}
			}
		}
	})
}
