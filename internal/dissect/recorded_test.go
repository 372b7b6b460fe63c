package dissect

import (
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// answered gathers the fields of a lone answer, one "name=value" a line, those of
// a named device indented.
func answered(protocol, b string) string {
	var out strings.Builder
	Answer(protocol, []byte(b), func(m Message) {
		for _, f := range m.Fields {
			if m.About == observation.Named {
				out.WriteString("  ")
			}
			out.WriteString(f.Name + "=" + f.Value + "\n")
		}
	})
	return out.String()
}

func TestAnswer(t *testing.T) {
	for _, tt := range []struct{ name, protocol, in, want string }{
		{"an snmprec file of snmpsim, text and hexadecimal", "snmp",
			"1.3.6.1.2.1.1.1.0|4|; AXIS P5534-E; 5.40.9.2\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.368\n1.3.6.1.2.1.1.5.0|4x|63616d31\n1.3.6.1.2.1.1.7.0|2|72\n",
			"snmp.sysdescr=; AXIS P5534-E; 5.40.9.2\nsnmp.sysobjectid=1.3.6.1.4.1.368\nsnmp.sysname=cam1\n"},
		{"a walk of net-snmp", "snmp",
			".1.3.6.1.2.1.1.1.0 = STRING: \"Linux camera\"\nSNMPv2-MIB::sysObjectID.0 = OID: .1.3.6.1.4.1.39165\niso.3.6.1.2.1.1.3.0 = Timeticks: (1) 0:00\n1.3.6.1.4.1.39165.1.1.0=DS-2CD2185FWD-I",
			"snmp.sysdescr=Linux camera\nsnmp.sysobjectid=1.3.6.1.4.1.39165\nsnmp.oid-value=1.3.6.1.4.1.39165.1.1.0=DS-2CD2185FWD-I\n"},
		{"hardware addresses of interfaces, as text and as octets", "snmp", "1.3.6.1.2.1.2.2.1.6.1|4|\n1.3.6.1.2.1.2.2.1.6.2|4|0:2:d1:43:a5:26\n1.3.6.1.2.1.2.2.1.6.3|4x|B8A44F02FE01\n1.3.6.1.2.1.2.2.1.6.4|4|no:address",
			"snmp.mac=00:02:d1:43:a5:26\nsnmp.mac=b8:a4:4f:02:fe:01\n"},
		{"communities in a walk are never kept", "snmp", "1.3.6.1.6.3.18.1.1.1.2.1=private", ""},
		{"lines of other forms", "snmp", "hello\n|||\n=\n1=2\n", ""},
		{"ISAPI as text in JSON", "isapi", `{"System/deviceInfo":"<DeviceInfo xmlns=\"http://www.isapi.org/ver20/XMLSchema\"><model>DS-2CD1</model></DeviceInfo>"}`,
			"isapi.element=DeviceInfo\nisapi.namespace=http://www.isapi.org/ver20/XMLSchema\nisapi.model=DS-2CD1\n"},
		{"ISAPI as objects in JSON, with a recorder's channels", "isapi",
			`{"data":{"ISAPI":{"a":{"response":{"InputProxyChannelList":{"@xmlns":"http://www.hikvision.com/ver20/XMLSchema","InputProxyChannel":[{"sourceInputPortDescriptor":{"ipAddress":"10.0.0.2","model":"M<1"},"id":"1"}]}}}}}}`,
			"isapi.element=InputProxyChannelList\nisapi.namespace=http://www.hikvision.com/ver20/XMLSchema\nisapi.channel=1 10.0.0.2 M<1 - -\n  isapi.model=M<1\n  isapi.ip=10.0.0.2\n"},
		{"an RTSP answer names the path it serves", "rtsp", "RTSP/1.0 200 OK\r\nServer: Rtsp Server/3.0\r\nContent-Base: rtsp://10.0.0.5/cam/realmonitor?channel=1&subtype=0/\r\n\r\n",
			"rtsp.status=200\nrtsp.server=Rtsp Server/3.0\nrtsp.path=/cam/realmonitor?channel=1&subtype=0\n"},
		{"an RTSP answer to PLAY names its streams", "rtsp", "RTSP/1.0 200 OK\r\nRTP-Info: url=rtsp://10.0.0.5:554/Streaming/Channels/101/trackID=1?profile=Profile_1;seq=24104;rtptime=12,url=trackID=2;seq=1\r\n\r\n",
			"rtsp.status=200\nrtsp.path=/Streaming/Channels/101/trackID=1?profile=Profile_1\n"},
		{"a request is another's words", "rtsp", "DESCRIBE rtsp://10.0.0.5/h264Preview_01_main RTSP/1.0\r\nUser-Agent: x\r\n\r\n", ""},
		{"a page without its head", "http", "<html><title>NVR</title></html>", "http.title=NVR\nhttp.body=<html><title>NVR</title></html>\n"},
		{"a whole HTTP answer", "http", "HTTP/1.0 401 Unauthorized\r\nServer: App-webs/\r\nWWW-Authenticate: Basic realm=\"DVR\"\r\n\r\n",
			"http.status=401\nhttp.server=App-webs/\nhttp.www-authenticate=Basic realm=\"DVR\"\nhttp.realm=DVR\n"},
		{"SADP's XML", "sadp", "<?xml version=\"1.0\"?><ProbeMatch><DeviceDescription>DS-2CD1</DeviceDescription></ProbeMatch>", "sadp.model=DS-2CD1\n"},
		{"DHIP's JSON without its header", "dhip", `{"method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceType":"IPC-HDW1"}},"mac":"90:02:a9:00:00:01"}`,
			"dhip.method=client.notifyDevInfo\ndhip.model=IPC-HDW1\ndhip.mac=90:02:a9:00:00:01\n"},
		{"a protocol there is none of", "gopher", "x", ""},
	} {
		if got := answered(tt.protocol, tt.in); got != tt.want {
			t.Errorf("%s: %q:\ngot\n%s\nwant\n%s", tt.name, tt.in, got, tt.want)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, s := range []struct{ protocol, in string }{
		{"snmp", ".1.3.6.1.2.1.1.1.0 = STRING: \"x\"\n1.3.6.1.2.1.1.2.0|6|1.3\n1.3.6.1.2.1.1.5.0|4x|636"},
		{"isapi", `{"a":{"DeviceInfo":{"@xmlns":"x","model":["a",{"#text":"<"}],"":1}}}`},
		{"isapi", `["<DeviceInfo xmlns='http://www.isapi.org/'><model>"]`},
		{"rtsp", "RTSP/1.0 200 OK\r\nContent-Base: rtsp://\r\nRTP-Info: url=,url=x;\r\n\r\n"},
		{"http", "HTTP/1.1 200 OK\r\n\r\n<html>"},
		{"sadp", "!\x02\x01B\x00\x00\x00\x01\x06\x04"},
		{"dhip", `{"mac":"`},
		{"x509", "0\x82"},
		{"onvif", "<Envelope><Body><GetScopesResponse>"},
	} {
		f.Add(s.protocol, []byte(s.in))
	}
	f.Fuzz(func(t *testing.T, protocol string, b []byte) {
		Answer(protocol, b, func(m Message) {
			if len(m.Fields) == 0 {
				t.Errorf("Answer(%q, %q): a message without fields", protocol, b)
			}
			for _, x := range m.Fields {
				if x.Value == "" || len(x.Value) > observation.MaxValue || x.Value != Clean(x.Value) {
					t.Errorf("Answer(%q, %q): field %s has the value %q", protocol, b, x.Name, x.Value)
				}
			}
		})
	})
}
