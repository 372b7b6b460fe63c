package record

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/observation"
)

func TestNmapSaysWhatItsScriptsFound(t *testing.T) {
	got, res := readWith(t, &nmapReader, sample(t, "nmap.xml"))
	var said []string
	for _, s := range got.said() {
		if key, _, ok := strings.Cut(s, " tls.spki-sha256="); ok { // of a key made for the sample
			s = key
		}
		said = append(said, s)
	}
	want := []string{
		"arp 192.168.1.64:0>invalid AddrPort sender: arp.mac=b0:c5:54:25:5b:0e arp.ip=192.168.1.64",
		"ftp 192.168.1.64:21>invalid AddrPort sender: ftp.banner=220 NASFTPD Turbo station 1.3.1 Server (DVR)",
		"telnet 192.168.1.64:23>invalid AddrPort sender: telnet.banner=GM8182 login:",
		"http 192.168.1.64:80>invalid AddrPort sender: http.title=Front door",
		"http 192.168.1.64:80>invalid AddrPort sender: http.status=200 http.server=App-webs/",
		"http 192.168.1.64:80>invalid AddrPort sender: http.server=App-webs/",
		"nmap 192.168.1.64:80>invalid AddrPort sender: nmap.service=App-webs/",
		`tls 192.168.1.64:443>invalid AddrPort sender: tls.subject=CN=camera.local,O=Example Cameras\, Ltd.,L=Hangzhou,ST=Zhejiang,C=CN tls.issuer=CN=camera.local,O=Example Cameras\, Ltd.,L=Hangzhou,ST=Zhejiang,C=CN tls.serial=33aab1cad3bd31bb186d336b2356df39d8c14fae tls.spki`,
		"http 192.168.1.64:443>invalid AddrPort sender: http.title=Front door",
		"http 192.168.1.64:443>invalid AddrPort sender: http.server=App-webs/",
		"nmap 192.168.1.64:443>invalid AddrPort sender: nmap.service=App-webs/",
		"rtsp 192.168.1.64:554>invalid AddrPort sender: rtsp.status=200 rtsp.server=Hipcam RealServer/V1.0 rtsp.public=OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY",
		"rtsp 192.168.1.64:554>invalid AddrPort sender: rtsp.public=OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY",
		"http 192.168.1.64:8080>invalid AddrPort sender: http.server=App-webs/",
		`http 192.168.1.64:8080>invalid AddrPort sender: http.www-authenticate=Digest realm="DS-2CD2032-I" http.realm=DS-2CD2032-I`,
		`http 192.168.1.64:8080>invalid AddrPort sender: http.status=401 http.server=App-webs/ http.www-authenticate=Digest realm="DS-2CD2032-I", nonce="1" http.realm=DS-2CD2032-I`,
		"nmap 192.168.1.64:8080>invalid AddrPort sender: nmap.service=App-webs/",
	}
	for i := range want {
		want[i] = strings.TrimSuffix(want[i], " tls.spki")
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	mac, _ := observation.ParseMAC("b0:c5:54:25:5b:0e")
	sights := []device.Sighting{{Input: 3, MAC: mac, IP: netip.MustParseAddr("192.168.1.64"), First: at("2026-11-22T23:24:38Z"), Last: at("2026-11-22T23:26:37Z")}}
	if diff := cmp.Diff(sights, got.sights, comparable...); diff != "" {
		t.Error(diff)
	}
	if len(res.Gaps) > 0 || res.Records != 1 || got.seen[1].MAC != mac {
		t.Errorf("%+v", res)
	}
}

const nmapHead = `<?xml version="1.0"?><nmaprun scanner="nmap">`

func nmapHostOf(ip, inner string) string {
	return `<host endtime="1700000000"><status state="up" reason="arp-response"/><address addr="` + ip + `" addrtype="ipv4"/>` + inner + `</host>`
}

func TestNmapScriptsOneByOne(t *testing.T) {
	port := func(n, service, script string) string {
		return `<ports><port protocol="tcp" portid="` + n + `"><state state="open"/>` + service + script + `</port></ports>`
	}
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"what a probe concludes", port("554", `<service name="rtsp" product="Hikvision camera rtspd" version="1" extrainfo="IPC" devicetype="webcam" method="probed"><cpe>cpe:/h:hikvision:ds</cpe></service>`, ""),
			[]string{"nmap 192.168.1.9:554>invalid AddrPort sender: nmap.service=Hikvision camera rtspd 1 (IPC) nmap.device-type=webcam nmap.cpe=cpe:/h:hikvision:ds"}},
		{"what only the port's number says", port("554", `<service name="rtsp" product="x" method="table"/>`, ""), nil},
		{"a closed port", `<ports><port protocol="tcp" portid="80"><state state="closed"/><script id="http-title" output="x"><elem key="title">x</elem></script></port></ports>`, nil},
		{"snmp-sysdescr", port("161", "", `<script id="snmp-sysdescr" output="AXIS P1375 Network Camera&#xa;  System uptime: 1d (8 timeticks)"/>`),
			[]string{"snmp 192.168.1.9:161>invalid AddrPort sender: snmp.sysdescr=AXIS P1375 Network Camera"}},
		{"upnp-info", port("1900", "", `<script id="upnp-info" output="&#xa;192.168.1.9&#xa;    Server: Linux/2.6 UPnP/1.0&#xa;    Location: http://192.168.1.9/d.xml&#xa;      Name: Front&#xa;      Manufacturer: D-Link&#xa;      Model Descr: Camera&#xa;      Model Name: DCS-935L&#xa;      Model Version: A1"/>`),
			[]string{"ssdp 192.168.1.9:1900>invalid AddrPort sender: ssdp.server=Linux/2.6 UPnP/1.0 ssdp.location=http://192.168.1.9/d.xml",
				"upnp 192.168.1.9:1900>invalid AddrPort sender: upnp.friendly-name=Front upnp.manufacturer=D-Link upnp.model-description=Camera upnp.model-name=DCS-935L upnp.model-number=A1"}},
		{"wsdd-discover", `<hostscript><script id="wsdd-discover" output="&#xa;  Devices&#xa;    Message id: 1&#xa;    Address: http://192.168.1.9/onvif/device_service&#xa;    Type: dn:NetworkVideoTransmitter"/></hostscript>`,
			[]string{"wsd 192.168.1.9:0>invalid AddrPort sender: wsd.xaddr=http://192.168.1.9/onvif/device_service wsd.types=NetworkVideoTransmitter"}},
		{"a certificate without its PEM", port("443", "", `<script id="ssl-cert" output="x"><table key="subject"><elem key="commonName">cam</elem><elem key="organizationName">A, B</elem></table></script>`),
			[]string{`tls 192.168.1.9:443>invalid AddrPort sender: tls.subject=CN=cam,O=A\, B`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, &nmapReader, nmapHead+nmapHostOf("192.168.1.9", tt.in)+"</nmaprun>")
			if diff := cmp.Diff(tt.want, got.said()); diff != "" {
				t.Error(diff)
			}
			if len(res.Gaps) > 0 || len(got.sights) != 1 {
				t.Errorf("%+v, %+v", res, got.sights)
			}
		})
	}
}

func TestNmapFilesThatAreDamagedOrJoined(t *testing.T) {
	one, two := nmapHostOf("192.168.1.9", ""), nmapHostOf("192.168.1.10", "")
	for _, tt := range []struct {
		name, in string
		sights   int
		gap      string
	}{
		{"two runs joined", nmapHead + one + "</nmaprun>\n" + nmapHead + two + "</nmaprun>\n", 2, ""},
		{"cut within a host", nmapHead + one + two[:len(two)-5], 2, "a device that the file ends within"},
		{"cut between hosts, as a run that was stopped leaves it", nmapHead + one + two, 2, "the file ends before the run does (</nmaprun>): it was cut, or nmap was stopped"},
		{"the machine itself", nmapHead + nmapHostOf("127.0.0.1", "") + nmapHostOf("::1", "") + "</nmaprun>", 0, "loopback addresses, which are the scanning machine's own: left out"},
		{"no XML from somewhere on", nmapHead + one + "<<<\x00" + two, 1, "the file is no XML from here on, or was cut"},
		{"a tag that is too long", nmapHead + one + `<host a="` + strings.Repeat("x", 5<<20) + `"/>` + two, 1, "a tag or text of more than 4 MiB"},
		{"a host that is down", nmapHead + strings.ReplaceAll(one, `"up"`, `"down"`) + two, 1, ""},
		{"an entity that is not known", nmapHead + `<!DOCTYPE x [<!ENTITY a "b">]>` + strings.ReplaceAll(one, "1700000000", "&a;") + two, 2, ""},
		{"tables a thousand deep", nmapHead + nmapHostOf("192.168.1.9", "<ports><port><state state='open'/><script id='http-auth'>"+strings.Repeat("<table key='k'>", 1000)+"<elem key='realm'>r</elem>"), 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, &nmapReader, tt.in)
			if len(got.sights) != tt.sights {
				t.Errorf("%d hosts, want %d: %+v", len(got.sights), tt.sights, res)
			}
			if tt.gap != "" && (len(res.Gaps) == 0 || res.Gaps[0].Why != tt.gap) {
				t.Errorf("gaps %+v, want %q", res.Gaps, tt.gap)
			}
		})
	}
}

func FuzzNmap(f *testing.F) {
	f.Add([]byte(sample(f, "nmap.xml")))
	f.Add([]byte(nmapHead + nmapHostOf("192.168.1.9", "<ports><port portid='99999'><state state='open'/></port>")))
	f.Fuzz(func(t *testing.T, b []byte) {
		var rec recorder
		if _, err := nmapReader.Read(context.Background(), bytes.NewReader(b), &Job{Sink: &rec}); err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.seen {
			checkFields(t, o.Fields)
		}
	})
}
