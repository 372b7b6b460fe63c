package dissect

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// Two replies in the shape of recorded ones, one spaced and one not; values our
// own.
const (
	dhipNVR = `{ "mac" : "4c:11:bf:00:00:01", "method" : "client.notifyDevInfo", "params" : { "deviceInfo" : { "AlarmInputChannels" : 8, "DeviceClass" : "NVR", "DeviceType" : "NVR", "HttpPort" : 80, "IPv4Address" : { "DefaultGateway" : "192.0.2.1", "DhcpEnable" : false, "IPAddress" : "192.0.2.24", "SubnetMask" : "255.255.255.0" }, "IPv6Address" : { "DefaultGateway" : "", "DhcpEnable" : null, "IPAddress" : "\/64", "LinkLocalAddress" : "fe80::4e11:bfff:fe00:1\/64" }, "MachineName" : "NVR", "Manufacturer" : "Private", "Port" : 37777, "RemoteVideoInputChannels" : 8, "SerialNo" : "2G0000000000001", "Vendor" : "Private", "Version" : "3.210.2.0", "VideoInputChannels" : 0, "VideoOutputChannels" : 0 } } }`
	dhipIPC = `{"mac":"3c:ef:8c:00:00:02","method":"client.notifyDevInfo","params":{"deviceInfo":{"DeviceClass":"HCVR","DeviceType":"DHI-HCVR7216AN-4M","Find":"BD","HttpPort":80,"IPv4Address":{"IPAddress":"192.0.2.25"},"Init":166,"MachineName":"Cam\u00e9ra","Manufacturer":"Private","Port":37777,"SerialNo":"2K0000000000002","Vendor":"Dahua","Version":"3.218.0000001.2","VideoInputChannels":16}}}`
)

var (
	dhipNVRFields = list(
		"dhip.mac", "4c:11:bf:00:00:01", "dhip.method", "client.notifyDevInfo", "dhip.class", "NVR",
		"dhip.model", "NVR", "dhip.http-port", "80", "dhip.ip", "192.0.2.24",
		"dhip.ip6", "fe80::4e11:bfff:fe00:1", "dhip.machine-name", "NVR", "dhip.manufacturer", "Private",
		"dhip.port", "37777", "dhip.remote-video-inputs", "8", "dhip.serial", "2G0000000000001",
		"dhip.vendor", "Private", "dhip.firmware", "3.210.2.0", "dhip.video-inputs", "0",
	)
	dhipIPCFields = list(
		"dhip.mac", "3c:ef:8c:00:00:02", "dhip.method", "client.notifyDevInfo", "dhip.class", "HCVR",
		"dhip.model", "DHI-HCVR7216AN-4M", "dhip.http-port", "80", "dhip.ip", "192.0.2.25",
		"dhip.init", "166", "dhip.machine-name", "Caméra", "dhip.manufacturer", "Private",
		"dhip.port", "37777", "dhip.serial", "2K0000000000002", "dhip.vendor", "Dahua",
		"dhip.firmware", "3.218.0000001.2", "dhip.video-inputs", "16",
	)
)

// dhipFramed puts a header before a body.
func dhipFramed(body string) string {
	h := make([]byte, dhipHeaderLen)
	h[0] = dhipHeaderLen
	copy(h[4:], "DHIP")
	binary.LittleEndian.PutUint32(h[16:], uint32(len(body)))
	binary.LittleEndian.PutUint32(h[24:], uint32(len(body)))
	return string(h) + body
}

// dhipBinaryReply builds the predecessor's answer in the published layout.
func dhipBinaryReply() string {
	b := make([]byte, dhipTextsAt)
	b[0] = 0xb3
	text := "90:02:a9:00:00:03IPC-HFW4300S"
	lines := "SerialNo:TZC00000000003\r\nHttpPort:80\r\n"
	binary.LittleEndian.PutUint16(b[dhipText1LenAt:], uint16(len(text)))
	binary.LittleEndian.PutUint16(b[dhipText2LenAt:], uint16(len(lines)))
	copy(b[dhipTypeAt:], "IPC")
	copy(b[dhipIPAt:], []byte{192, 0, 2, 26})
	return string(b) + text + lines
}

func TestDHIP(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []Message
	}{
		{"reply with spaces", dhipFramed(dhipNVR), []Message{{Protocol: "dhip", Fields: dhipNVRFields}}},
		{"two replies and a line feed", dhipFramed(dhipNVR+"\n") + dhipFramed(dhipIPC), []Message{{Protocol: "dhip", Fields: dhipNVRFields}, {Protocol: "dhip", Fields: dhipIPCFields}}},
		{"length of the header too long", strings.Replace(dhipFramed(dhipIPC), string(dhipFramed(dhipIPC)[24:26]), "\xff\x7f", 2), []Message{{Protocol: "dhip", Fields: dhipIPCFields}}},
		{"no header", dhipIPC, []Message{{Protocol: "dhip", Fields: dhipIPCFields}}},
		{"a comma is missing", dhipFramed(strings.Replace(dhipIPC, `80,"IPv4`, `80"IPv4`, 1)), []Message{{Protocol: "dhip", Fields: dhipIPCFields}}},
		{"a bare word for a value", dhipFramed(strings.Replace(dhipIPC, `"Find":"BD"`, `"Find":BD`, 1)), []Message{{Protocol: "dhip", Fields: dhipIPCFields}}},
		{"a control character in a name", dhipFramed(strings.Replace(dhipIPC, `Cam\u00e9ra`, "Cam\xe9ra\x01", 1)), []Message{{Protocol: "dhip", Fields: dhipIPCFields}}},
		{"cut inside the model", dhipFramed(dhipIPC)[:dhipHeaderLen+strings.Index(dhipIPC, "7216")], []Message{{Protocol: "dhip", Fields: dhipIPCFields[:3]}}},
		{"question", dhipFramed(`{"method":"DHDiscover.search","params":{"mac":"","uni":1}}`), []Message{{Protocol: "dhip", Fields: list("dhip.method", "DHDiscover.search")}}},
		{
			"binary predecessor", dhipBinaryReply(),
			[]Message{{Protocol: "dhip", Fields: list("dhip.mac", "90:02:a9:00:00:03", "dhip.ip", "192.0.2.26", "dhip.model", "IPC-HFW4300S", "dhip.serial", "TZC00000000003", "dhip.http-port", "80")}},
		},
		{"binary question", "\xa3\x01\x00\x01" + strings.Repeat("\x00", 28), nil},
		{"not JSON", dhipFramed("hello"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(37810, 50000, []byte(tt.in)), tt.want) })
	}
}

// Every recorded reply gives what its label says, word for word, but for the
// space that one maker's model ends with.
func TestDHIPRecorded(t *testing.T) {
	payloads := udpPayloads(t, sharedFile(t, "captures/dhip37810/dahua_dhip_replies.pcap"))
	labels, err := os.Open(sharedFile(t, "captures/dhip37810/labels.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer labels.Close()
	right := 0
	for lines := bufio.NewScanner(labels); lines.Scan(); {
		var l struct {
			Src, MAC, Model, Firmware string
			Serial                    string `json:"serial_masked"`
			Vendor                    string `json:"vendor_field"`
			Manufacturer              string `json:"manufacturer_field"`
			Class                     string `json:"device_class"`
		}
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, m := range collectUDP(37810, 50000, payloads[l.Src]) {
			for _, f := range m.Fields {
				got[f.Name] = f.Value
			}
		}
		want := map[string]string{
			observation.DHIPMAC: l.MAC, observation.DHIPModel: l.Model, observation.DHIPFirmware: l.Firmware,
			observation.DHIPSerial: l.Serial, observation.DHIPVendor: l.Vendor,
			observation.DHIPManufacturer: l.Manufacturer, observation.DHIPClass: l.Class,
		}
		ok := true
		for name, value := range want {
			if value = clean(value); got[name] != value {
				ok = false
				t.Errorf("%s: %s = %q, want %q", l.Src, name, got[name], value)
			}
		}
		if ok {
			right++
		}
	}
	if right != 772 {
		t.Errorf("%d replies read as labelled, want 772", right)
	}
}

// udpPayloads reads the payloads of a little-endian pcap of UDP over IPv4 over
// Ethernet, by source address.
func udpPayloads(t *testing.T, path string) map[string][]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		ip := b[16+14 : 16+n]
		all[net.IP(ip[12:16]).String()] = ip[4*int(ip[0]&15)+8:]
		b = b[16+n:]
	}
	return all
}

func FuzzDHIP(f *testing.F) {
	f.Add([]byte(dhipFramed(dhipNVR)))
	f.Add([]byte(dhipFramed(dhipIPC) + dhipFramed(dhipNVR)))
	f.Add([]byte(dhipFramed(strings.Replace(dhipIPC, ",", "", 2))))
	f.Add([]byte(dhipBinaryReply()))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { dhipDatagram(37810, 5000, b, emit) }) {
			check(t, m, 0, 0)
			if len(bytes.TrimSpace(b)) == 0 {
				t.Error("fields of nothing")
			}
		}
	})
}
