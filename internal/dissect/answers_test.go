package dissect

import (
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// Answers in the forms that the sources beside their parsers record; values our
// own.
const (
	vapixText = "root.Brand.Brand=AXIS\r\nroot.Brand.ProdFullName=AXIS P1448-LE Network Camera\r\nroot.Brand.ProdNbr=P1448-LE\r\n" +
		"root.Brand.ProdType=Network Camera\r\nroot.Network.eth0.MACAddress=00:40:8C:00:00:01\r\nroot.Properties.Firmware.Version=9.80.3\r\n" +
		"root.Properties.System.HardwareID=752\r\nroot.Properties.System.SerialNumber=00408C000001\r\nroot.Properties.System.Soc=Axis Artpec-6\r\nroot.SOCKS.Password=secret\r\n"
	vapixJSON    = `{"apiVersion":"1.1","data":{"propertyList":{"Brand":"AXIS","ProdNbr":"M3106-L","ProdFullName":"AXIS M3106-L Network Camera","Version":"9.80.1","SerialNumber":"ACCC8E000002","HardwareID":"725","Soc":"Ambarella S2E","ProdType":"Network Camera"}}}`
	dahuaInfo    = "appAutoStart=true\r\ndeviceType=IPC-HDW5831R-ZE\r\nhardwareVersion=1.00\r\nprocessor=S3LM\r\nserialNumber=4X00000000001F\r\nupdateSerial=IPC-HDW5830R-Z\r\n"
	lapiInfo     = `{"Response":{"ResponseURL":"/LAPI/V1.0/System/DeviceInfo","CreatedID":-1,"ResponseCode":0,"SubResponseCode":0,"ResponseString":"Succeed","StatusCode":0,"Data":{"DeviceName":"yard","DeviceModel":"NVR302-16S2","SerialNumber":"210235T3000000000001","FirmwareVersion":"B3220P12","DeviceType":1,"MAC":"48EA63000001"}}}`
	lapiChannels = `{"Response":{"ResponseURL":"/LAPI/V1.0/Channels/System/ChannelDetailInfos","ResponseCode":0,"ResponseString":"Succeed","Data":{"Num":2,"DetailInfos":[{"ID":1,"Name":"gate","Status":1,"Manufacturer":"HIKVISION","DeviceModel":"DS-2CD2143G0-I","AddressInfo":{"Address":"192.0.2.31","Port":8000,"MAC":"44:19:b6:00:00:02"}},{"ID":2,"Name":"IP Camera 02","Status":0,"AddressInfo":{"MAC":"ff:ff:ff:ff:ff:ff"}}]}}}`
)

func TestParseVAPIX(t *testing.T) {
	tests := []struct {
		name, in string
		want     []observation.Field
	}{
		{"list of parameters", vapixText, list("vapix.brand", "AXIS", "vapix.model", "AXIS P1448-LE Network Camera", "vapix.product", "P1448-LE", "vapix.type", "Network Camera",
			"vapix.mac", "00:40:8c:00:00:01", "vapix.firmware", "9.80.3", "vapix.hardware-id", "752", "vapix.serial", "00408C000001", "vapix.soc", "Axis Artpec-6")},
		{"without root", "Brand.Brand=AXIS\nBrand.ProdNbr=M3024-L", list("vapix.brand", "AXIS", "vapix.product", "M3024-L")},
		{"basic device information", vapixJSON, list("vapix.brand", "AXIS", "vapix.product", "M3106-L", "vapix.model", "AXIS M3106-L Network Camera", "vapix.firmware", "9.80.1",
			"vapix.serial", "ACCC8E000002", "vapix.hardware-id", "725", "vapix.soc", "Ambarella S2E", "vapix.type", "Network Camera", "vapix.mac", "ac:cc:8e:00:00:02")},
		{"another maker's serial is no address", "root.Brand.Brand=Other\nroot.Properties.System.SerialNumber=00408C000001", list("vapix.brand", "Other", "vapix.serial", "00408C000001")},
		{"other parameters", "root.Image.I0.FPS=18\nroot.Brand.Brand=AXIS", nil},
		{"cut", vapixText[:100], list("vapix.brand", "AXIS", "vapix.model", "AXIS P1448-LE Network Camera", "vapix.product", "P144")},
		{"other JSON", `{"Brand":"AXIS","Version":"1"}`, nil},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, ParseVAPIX([]byte(tt.in)), tt.want) })
	}
}

func TestParseDahuaCGI(t *testing.T) {
	tests := []struct {
		name, in string
		want     []observation.Field
	}{
		{"system information", dahuaInfo, list("dahua-cgi.model", "IPC-HDW5831R-ZE", "dahua-cgi.hardware", "1.00", "dahua-cgi.processor", "S3LM", "dahua-cgi.serial", "4X00000000001F", "dahua-cgi.update-serial", "IPC-HDW5830R-Z")},
		{"software version", "version=2.800.0000016.0.R,build:2020-06-05\r\n", list("dahua-cgi.firmware", "2.800.0000016.0.R build:2020-06-05")},
		{"hardware version has no build", "version=1.00\r\n", nil},
		{"device type", "type=DH-XVR5108HS\r\n", list("dahua-cgi.model", "DH-XVR5108HS")},
		{"serial number", "sn=4X00000000001F\r\n", list("dahua-cgi.serial", "4X00000000001F")},
		{"network", "table.Network.DefaultInterface=eth0\r\ntable.Network.eth0.PhysicalAddress=9c:14:63:00:00:01\r\n", list("dahua-cgi.mac", "9c:14:63:00:00:01")},
		{"nothing known", "a=b\r\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, ParseDahuaCGI([]byte(tt.in)), tt.want) })
	}
}

func TestParseLAPI(t *testing.T) {
	recorder := list("lapi.path", "/LAPI/V1.0/System/DeviceInfo", "lapi.device-name", "yard", "lapi.model", "NVR302-16S2", "lapi.serial", "210235T3000000000001", "lapi.firmware", "B3220P12", "lapi.mac", "48:ea:63:00:00:01")
	same(t, ParseLAPI([]byte(lapiInfo)), recorder)
	same(t, ParseLAPI([]byte(`{"Response":{"ResponseCode":0,"Data":{"DeviceName":"x"}}}`)), []observation.Field(nil))
	same(t, ParseLAPI([]byte(`{"DeviceModel":"X","SerialNumber":"1"}`)), []observation.Field(nil))
	same(t, ParseLAPI([]byte(lapiInfo[:strings.Index(lapiInfo, `,"SerialNumber`)])), recorder[:3])
	got := lapiParts([]byte(lapiChannels))
	if len(got) != 2 || got[1].about != observation.Named {
		t.Fatalf("parts %v", got)
	}
	same(t, []observation.Field(got[1].fields), list("lapi.manufacturer", "HIKVISION", "lapi.model", "DS-2CD2143G0-I", "lapi.ip", "192.0.2.31", "lapi.mac", "44:19:b6:00:00:02"))
}

// The bodies are recognised inside HTTP, and others are left as they are.
func TestAnswersInHTTP(t *testing.T) {
	tests := []struct{ name, path, body, protocol string }{
		{"VAPIX text", "/axis-cgi/param.cgi?action=list", vapixText, "vapix"},
		{"VAPIX JSON", "/axis-cgi/basicdeviceinfo.cgi", vapixJSON, "vapix"},
		{"Dahua by its keys", "/x", dahuaInfo, "dahua-cgi"},
		{"Dahua by the path", "/cgi-bin/magicBox.cgi?action=getDeviceType", "type=IPC-HDW5831R-ZE\r\n", "dahua-cgi"},
		{"one line of another interface", "/cgi-bin/other.cgi", "type=IPC-HDW5831R-ZE\r\n", ""},
		{"LAPI", "/LAPI/V1.0/System/DeviceInfo", lapiInfo, "lapi"},
		{"LAPI of a list", "/LAPI/V1.0/Channels/System/ChannelDetailInfos", lapiChannels, "lapi"},
		{"another JSON", "/api", `{"Response":{"Data":{"DeviceModel":"X"}}}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, m := range collectTCP(80, []byte("GET "+tt.path+" HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\n\r\n"+tt.body)) {
				check(t, m, 1<<20, 1<<20)
				if m.Protocol != "http" {
					got = m.Protocol
				}
				for _, f := range m.Fields {
					if strings.Contains(f.Value, "secret") {
						t.Errorf("a password in %s", f.Name)
					}
				}
			}
			if got != tt.protocol {
				t.Errorf("read as %q, want %q", got, tt.protocol)
			}
		})
	}
}

// Recorded answers of Axis cameras give what their label says.
func TestVAPIXRecorded(t *testing.T) {
	for file, want := range map[string]string{"param_cgi__PARAM_RESPONSE.txt": "9.10.1", "basic_device_info__GET_ALL_PROPERTIES_RESPONSE.json": "9.80.1"} {
		b, err := os.ReadFile(sharedFile(t, "responses/vapix/"+file))
		if err != nil {
			t.Fatal(err)
		}
		f := fields(ParseVAPIX(b))
		if f.get(observation.VapixModel) != "AXIS M1065-LW Network Camera" || f.get(observation.VapixFirmware) != want || f.get(observation.VapixMAC) != "ac:cc:12:34:56:78" {
			t.Errorf("%s: %v", file, f)
		}
	}
}

func FuzzAnswers(f *testing.F) {
	for _, s := range []string{vapixText, vapixJSON, dahuaInfo, lapiInfo, lapiChannels} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, fs := range [][]observation.Field{ParseVAPIX(b), ParseDahuaCGI(b), ParseISAPI(b), ParseLAPI(b)} {
			if len(fs) > 0 {
				check(t, Message{Protocol: "answers", Fields: fs}, 0, 0)
			}
		}
		for _, p := range answerParts("/cgi-bin/magicBox.cgi", b) {
			if len(p.fields) > 0 {
				check(t, Message{Protocol: p.protocol, Fields: p.fields}, 0, 0)
			}
		}
	})
}
