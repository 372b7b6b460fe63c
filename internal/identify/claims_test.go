package identify_test

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/identify"
)

// What one answer is enough for, and what it is not.
func TestOneAnswer(t *testing.T) {
	x := identify.New(resolver(t), "in")
	for _, tt := range []struct{ name, kind, value, want string }{
		{"a text that begins with a company's name, and its kind", "html-title", "Milesight Network Camera", "camera possible, Milesight possible, Milesight possible"},
		{"a description in SNMP of four parts", "snmp-sysdescr", "; AXIS Q6045; PTZ Dome Network Camera; 5.40.9.2", "camera probable, Axis possible, Axis possible"},
		{"the web server of firmware that Hikvision builds", "http-server", "App-webs/", "unknown unknown, Hikvision possible, Hikvision possible"},
		{"a name alone says nothing of the kind", "http-server", "MOBOTIX", "unknown unknown, Mobotix possible, Mobotix possible"},
		{"a name in the middle of a text is no sign", "html-title", "How to reset a Mobotix", "unknown unknown,  unknown,  unknown"},
		{"the beginning of a longer word is no name", "html-title", "Sonya's page", "unknown unknown,  unknown,  unknown"},
		{"a name that is a word of its own is no sign", "html-title", "Ring the bell", "unknown unknown,  unknown,  unknown"},
		{"the organisation of a certificate counts", "x509-subject", "/C=SE/O=Axis Communications AB/CN=x", "unknown unknown, Axis possible, Axis possible"},
		{"and not its name", "x509-subject", "CN=Hikvision,C=CN", "unknown unknown,  unknown,  unknown"},
		{"a greeting with its reply code", "ftp-banner", "220 AXIS M1065-LW Network Camera 9.10.1 (2019) ready.", "camera possible, Axis possible, Axis possible"},
		{"a cloud name that a list gives", "hostname-contacted", "https://p2p.reolink.com:443/x", "unknown unknown,  unknown, Reolink possible"},
		{"a model number alone", "model", "DS-2CD2143G0-I", "camera possible,  unknown, Hikvision possible"},
		{"a prefix of a company that makes cameras and little else", "mac", "44-19-B6-00-00-01", "camera possible, Hikvision possible, Hikvision possible"},
		{"firmware under no badge", "rtsp-server", "H264DVR 1.0", "camera possible,  unknown, Xiongmai possible"},
		{"how firmware writes its session", "rtsp", "RTSP/1.0 200 OK\r\nCSeq: 2\r\nSession:        708345999;timeout=60\r\n\r\n", "camera possible,  unknown, Hikvision possible"},
		{"a smart plug is no camera", "kasa", `{"system":{"get_sysinfo":{"model":"EP10(US)","mic_type":"IOT.SMARTPLUGSWITCH","sw_ver":"1.0.2","mac":"54:AF:97:00:00:00"}}}`, "not a camera confirmed, Kasa possible, TP-Link confirmed"},
		{"an ordinary web server", "http-server", "nginx", "unknown unknown,  unknown,  unknown"},
	} {
		r := x.Device([]identify.Answer{{Kind: tt.kind, Value: tt.value}})
		a := &r.Attribution
		got := fmt.Sprintf("%s %s, %s %s, %s %s", a.Kind.Value, a.Kind.Grade, a.Brand.Value, a.Brand.Grade, a.Maker.Value, a.Maker.Grade)
		if got != tt.want || len(r.Unread) > 0 {
			t.Errorf("%s: %s %q:\n got %s %v\nwant %s", tt.name, tt.kind, tt.value, got, r.Unread, tt.want)
		}
	}
}

func TestADescriptionInSNMPOfFourPartsGivesModelAndFirmware(t *testing.T) {
	r := identify.New(resolver(t), "in").Device([]identify.Answer{{Kind: "snmp-sysdescr", Value: "; AXIS Q6045; PTZ Dome Network Camera; 5.40.9.2"}})
	if got := r.Attribution.Model.Value + ", " + r.Attribution.Firmware.Value; got != "AXIS Q6045, 5.40.9.2" {
		t.Errorf("got %s", got)
	}
}

// An answer to one question and one to another make more than each.
func TestSeveralAnswersOfOneDevice(t *testing.T) {
	x := identify.New(resolver(t), "in")
	r := x.Device([]identify.Answer{
		{Kind: "vapix", Value: "root.Brand.Brand=AXIS\nroot.Brand.ProdFullName=AXIS M1065-LW Network Camera\nroot.Brand.ProdType=Network Camera\nroot.Properties.Firmware.Version=9.10.1\nroot.Properties.System.SerialNumber=ACCC8E012345"},
		{Kind: "mac", Value: "ac:cc:8e:01:23:45"},
	})
	a := &r.Attribution
	got := fmt.Sprintf("%s %s | %s %s | %s | %s | %v | %v", a.Kind.Value, a.Kind.Grade, a.Maker.Value, a.Maker.Grade, a.Model.Value, a.Firmware.Value, r.MACs, r.Serials)
	if want := "camera probable | Axis confirmed | AXIS M1065-LW Network Camera | 9.10.1 | [ac:cc:8e:01:23:45] | [ACCC8E012345]"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The same device gives the same result whatever was asked before.
func TestAnIdentifierForgets(t *testing.T) {
	r := resolver(t)
	used := identify.New(r, "in")
	answers := []identify.Answer{{Kind: "http-server", Value: "nginx"}}
	want := string(toJSON(nil, identify.New(r, "in").Device(answers)))
	used.Device([]identify.Answer{{Kind: "sadp", Value: "<ProbeMatch><DeviceDescription>DS-2CD1</DeviceDescription><MAC>44-19-b6-00-00-01</MAC></ProbeMatch>"}, {Kind: "gopher", Value: "x"}})
	if got := string(toJSON(nil, used.Device(answers))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
