package dissect

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// Answers as the devices write them: which keys they use is told by the sources
// named in kasa.go and tapo.go; numbers and names are made up.
const (
	kasaPlug = `{"system":{"get_sysinfo":{"err_code":0,"sw_ver":"1.2.5 Build 171206 Rel.085954","hw_ver":"1.0","type":"IOT.SMARTPLUGSWITCH",` +
		`"model":"HS110(EU)","mac":"50:C7:BF:00:00:01","deviceId":"8006E1F2D3C4B5A6978812345678901234567890","alias":"Heater","dev_name":"Wi-Fi Smart Plug With Energy Monitoring"}}}`
	kasaCamera = `{"system":{"get_sysinfo":{"err_code":0,"system":{"type":"IOT.IPCAMERA","model":"EC60(US)","dev_name":"Kasa Spot, 24/7 Recording","alias":"Yard",` +
		`"sw_ver":"2.3.22 Build 20230731 rel.69808","hw_ver":"4.0","mac":"74:FE:CE:00:00:02","mic_mac":"74FECE000002"}}}}`
	kasaStrip = `{"system":{"get_sysinfo":{"children":[{"id":"00","alias":"Lamp"},{"id":"01","alias":"Fan"}],"alias":"Strip","model":"HS300(US)","mic_type":"IOT.SMARTPLUGSWITCH"}}}`
	tapoFound = `{"result":{"device_id":"d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6","device_type":"SMART.IPCAMERA","device_model":"C210(EU)","ip":"192.168.1.40","mac":"40-AE-30-00-00-03",` +
		`"firmware_version":"1.4.3 Build 241010 Rel.33858n","hardware_version":"2.0","mgt_encrypt_schm":{"is_support_https":true,"encrypt_type":"AES","http_port":443}},"error_code":0}`
	tapoInfo = `{"device_info":{"basic_info":{"device_type":"SMART.TAPODOORBELL","device_info":"D130 1.0 IPC","device_model":"D130","hw_version":"1.0","sw_version":"1.1.9 Build 240716 Rel.51615n",` +
		`"manufacturer_name":"TP-LINK","mac":"40-AE-30-00-00-04","dev_id":"8021D1E2F3A4B5C6D7E8F9A0B1C2D3E4"}}}`
)

// kasaMask is the inverse of kasaUnmask, written from the description.
func kasaMask(s string) []byte {
	out, key := make([]byte, len(s)), byte(171)
	for i := range len(s) {
		key ^= s[i]
		out[i] = key
	}
	return out
}

// tapoPacket puts a header before an answer.
func tapoPacket(body string) []byte {
	b := []byte{2, 0, 0, 2, 0, 0, 0x11, 0, 1, 2, 3, 4, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(b[4:], uint16(len(body)))
	return append(b, body...)
}

func TestKasaUnmask(t *testing.T) {
	// The first bytes of the published question {"system":{"get_sysinfo".
	same(t, string(kasaUnmask(unhex(t, "d0f281f88bff9af7d5ef94b6d1b4c09f"))), `{"system":{"get_`)
	same(t, string(kasaUnmask(kasaMask(kasaPlug))), kasaPlug)
}

func TestKasa(t *testing.T) {
	plug := list("kasa.firmware", "1.2.5 Build 171206 Rel.085954", "kasa.hardware", "1.0", "kasa.type", "IOT.SMARTPLUGSWITCH", "kasa.model", "HS110(EU)",
		"kasa.mac", "50:c7:bf:00:00:01", "kasa.device-id", "8006E1F2D3C4B5A6978812345678901234567890", "kasa.alias", "Heater", "kasa.device-name", "Wi-Fi Smart Plug With Energy Monitoring")
	camera := list("kasa.type", "IOT.IPCAMERA", "kasa.model", "EC60(US)", "kasa.device-name", "Kasa Spot, 24/7 Recording", "kasa.alias", "Yard",
		"kasa.firmware", "2.3.22 Build 20230731 rel.69808", "kasa.hardware", "4.0", "kasa.mac", "74:fe:ce:00:00:02")
	tests := []struct {
		name     string
		src, dst uint16
		in       string
		want     []Message
	}{
		{"answer of a plug", 9999, 50000, kasaPlug, []Message{{Protocol: "kasa", Fields: plug}}},
		{"answer of a camera", 9999, 50000, kasaCamera, []Message{{Protocol: "kasa", Fields: camera}}},
		{"a strip is told from its sockets", 9999, 50000, kasaStrip, []Message{{Protocol: "kasa", Fields: list("kasa.alias", "Strip", "kasa.model", "HS300(US)", "kasa.type", "IOT.SMARTPLUGSWITCH")}}},
		{"cut inside the model", 9999, 50000, kasaPlug[:136], []Message{{Protocol: "kasa", Fields: plug[:3]}}},
		{"question", 50000, 9999, `{"system":{"get_sysinfo":{}}}`, nil},
		{"answer to something else", 9999, 50000, `{"emeter":{"get_realtime":{"power":1.5}}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(tt.src, tt.dst, kasaMask(tt.in)), tt.want) })
	}
	t.Run("over TCP, two messages, the second cut", func(t *testing.T) {
		var s []byte
		for _, m := range []string{kasaPlug, kasaCamera} {
			s = append(binary.BigEndian.AppendUint32(s, uint32(len(m))), kasaMask(m)...)
		}
		end := 4 + len(kasaPlug)
		s = s[:end+4+80]
		same(t, collectTCP(9999, nil, s), []Message{{Protocol: "kasa", End: end, Fields: plug}, {Protocol: "kasa", End: len(s), Fields: camera[:1]}})
	})
}

func TestTapo(t *testing.T) {
	found := list("tapo.device-id", "d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5a6", "tapo.device-type", "SMART.IPCAMERA", "tapo.model", "C210(EU)", "tapo.ip", "192.168.1.40", "tapo.mac", "40:ae:30:00:00:03",
		"tapo.firmware", "1.4.3 Build 241010 Rel.33858n", "tapo.hardware", "2.0", "tapo.encryption", "AES")
	same(t, collectUDP(20002, 50000, tapoPacket(tapoFound)), []Message{{Protocol: "tapo", Fields: found}})
	same(t, len(collectUDP(50000, 20002, tapoPacket(tapoFound))), 0) // towards a device: a question
	same(t, ParseTapo([]byte(tapoInfo)), []observation.Field(list("tapo.device-type", "SMART.TAPODOORBELL", "tapo.model", "D130", "tapo.hardware", "1.0", "tapo.firmware", "1.1.9 Build 240716 Rel.51615n",
		"tapo.manufacturer", "TP-LINK", "tapo.mac", "40:ae:30:00:00:04", "tapo.device-id", "8021D1E2F3A4B5C6D7E8F9A0B1C2D3E4")))
	child := `{"result":{"device_type":"SMART.TAPOHUB","device_model":"H200"},"child_device_list":[{"device_type":"SMART.TAPOSENSOR","model":"T110","mac":"000000000005"}]}`
	same(t, ParseTapo([]byte(child)), []observation.Field(list("tapo.device-type", "SMART.TAPOHUB", "tapo.model", "H200")))
	for _, other := range []string{`{"model":"X","mac":"40-AE-30-00-00-04"}`, `[1,2]`, `7`, ``, `{"a":`} {
		if f := ParseTapo([]byte(other)); f != nil {
			t.Errorf("Tapo(%s) = %v", other, f)
		}
	}
}

// Each recorded answer gives the model, version and kind its own JSON states.
func TestTapoRecorded(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(filepath.Dir(sharedFile(t, "responses/tapo/D130(US)_1.0_1.1.9.json")), "*.json"))
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var want struct {
			D struct {
				R struct {
					Model    string `json:"device_model"`
					Type     string `json:"device_type"`
					Firmware string `json:"firmware_version"`
				} `json:"result"`
			} `json:"discovery_result"`
		}
		if err := json.Unmarshal(b, &want); err != nil {
			t.Fatal(err)
		}
		got := fields(ParseTapo(b))
		w, r := [3]string{want.D.R.Model, want.D.R.Type, want.D.R.Firmware}, [3]string{got.get("tapo.model"), got.get("tapo.device-type"), got.get("tapo.firmware")}
		if r != w || w[0] == "" {
			t.Errorf("%s: got %v, want %v", filepath.Base(name), r, w)
		}
	}
	if len(files) < 8 {
		t.Errorf("only %d recordings", len(files))
	}
}

func TestUniFi(t *testing.T) {
	camera := `{"modelKey":"camera","mac":"331AFA68BE00","host":"192.0.2.22","type":"UVC G4 Doorbell Pro","name":"Door","marketName":"G4 Doorbell Pro","hardwareRevision":20,"firmwareVersion":"4.48.16","channels":[{"name":"High","mac":"000000000009"}],"guid":null}`
	bridge := `{"modelKey":"bridge","mac":"A28D0DB15AE1","type":"UFP-UAP-B","firmwareVersion":"0.3.1"}`
	want := list("unifi.model-key", "camera", "unifi.type", "UVC G4 Doorbell Pro", "unifi.market-name", "G4 Doorbell Pro", "unifi.firmware", "4.48.16", "unifi.hardware", "20",
		"unifi.mac", "33:1a:fa:68:be:00", "unifi.ip", "192.0.2.22", "unifi.name", "Door")
	wantBridge := list("unifi.model-key", "bridge", "unifi.type", "UFP-UAP-B", "unifi.firmware", "0.3.1", "unifi.mac", "a2:8d:0d:b1:5a:e1")
	same(t, ParseUniFi([]byte(camera)), []observation.Field(want))
	same(t, ParseUniFiDevices([]byte("["+camera+","+bridge+"]")), [][]observation.Field{want, wantBridge})
	same(t, ParseUniFiDevices([]byte(`{"authUserId":"x","cameras":[`+camera+`],"bridges":[`+bridge+`],"nvr":{"name":"no address"}}`)), [][]observation.Field{want, wantBridge})
	for _, other := range []string{"", "{", `{"modelKey":"camera"}`, `[[[]]]`, `{"cameras":7}`} {
		same(t, len(ParseUniFiDevices([]byte(other))), 0)
	}
}

func TestUniFiRecorded(t *testing.T) {
	for file, want := range map[string][3]string{
		"sample_camera.json": {"camera", "G4 Doorbell Pro", "4.48.16"},
		"sample_bridge.json": {"bridge", "", "0.3.1"},
		"sample_chime.json":  {"chime", "UP Chime", "1.3.4"},
	} {
		b, err := os.ReadFile(sharedFile(t, "responses/unifi/"+file))
		if err != nil {
			t.Fatal(err)
		}
		f := fields(ParseUniFi(b))
		same(t, [3]string{f.get("unifi.model-key"), f.get("unifi.market-name"), f.get("unifi.firmware")}, want)
	}
}

func FuzzKasa(f *testing.F) {
	for _, s := range []string{kasaPlug, kasaCamera, kasaStrip} {
		f.Add(kasaMask(s))
		f.Add(append(binary.BigEndian.AppendUint32(nil, uint32(len(s))), kasaMask(s)...))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) {
			kasaDatagram(9999, 1, b, emit)
			kasaStream(1, 9999, b, b, emit)
		}) {
			check(t, m, len(b), len(b))
		}
	})
}

func FuzzTapo(f *testing.F) {
	f.Add(tapoPacket(tapoFound))
	f.Add(tapoPacket(tapoInfo))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { tapoDatagram(20002, 1, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}

func FuzzUniFi(f *testing.F) {
	f.Add([]byte(`{"cameras":[{"modelKey":"camera","mac":"331AFA68BE00","hardwareRevision":20}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range ParseUniFiDevices(b) {
			check(t, Message{Protocol: "unifi", Fields: d}, 0, 0)
		}
	})
}
