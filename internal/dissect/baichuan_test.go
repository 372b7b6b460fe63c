package dissect

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

func TestBaichuan(t *testing.T) {
	// Headers as published; the recorded ones are the same (see below).
	ask := "f0debc0a 01000000 2c070000 00000001 01dc1465"
	told := "f0debc0a 01000000 91000000 00000001 02dd1466 2312442636490e9a"
	tests := []struct {
		name           string
		client, server string
		want           []Message
	}{
		{"login answered, cut inside the body", ask, told, []Message{{Protocol: "baichuan", End: 20, Fields: list("baichuan.message", "1", "baichuan.class", "1466")}}},
		{"begins in the middle of the client's message", "00000000 00000000", told, []Message{{Protocol: "baichuan", End: 20, Fields: list("baichuan.message", "1", "baichuan.class", "1466")}}},
		{"client without an answer", ask, "", nil},
		{"answer cut inside the header", ask, told[:20], nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, collectTCP(9000, unhex(t, tt.client), unhex(t, tt.server)), tt.want)
		})
	}
}

func TestBaichuanUDP(t *testing.T) {
	data := "10cf872a 50400100 00000000 87090000 98040000 "
	tests := []struct {
		name, in string
		want     []Message
	}{
		{"answer with status 200", data + "f0debc0a 03000000 e0000000 0001001f c8000000 00000000", []Message{{Protocol: "baichuan", Fields: list("baichuan.message", "3", "baichuan.class", "0000")}}},
		{"login of a client", data + "f0debc0a 01000000 2c070000 00000001 12dc1465", nil},
		{"acknowledgement", "20cf872a 50000000 00000000 00000000 87090000 00000000 00000000", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(2018, 50000, unhex(t, tt.in)), tt.want) })
	}
}

// The recorded messages say what their names do.
func TestBaichuanRecorded(t *testing.T) {
	tests := []struct {
		file string
		udp  bool
		want []observation.Field
	}{
		{"model_sample_modern_login.bin", false, list("baichuan.message", "1", "baichuan.class", "1466")},
		{"modern_login_success.bin", false, list("baichuan.message", "1", "baichuan.class", "0000", "baichuan.type", "ipc", "baichuan.channels", "1")},
		{"modern_login_failed.bin", false, list("baichuan.message", "1", "baichuan.class", "0000")},
		{"udp_data.bin", true, list("baichuan.message", "3", "baichuan.class", "0000")},
		{"udp_multi_3.bin", true, nil}, // a client's login
		{"udp_negotiate_camt.bin", true, list("baichuan.message", "D2C_T")},
		{"udp_negotiate_camcfm.bin", true, list("baichuan.message", "D2C_CFM")},
		{"udp_negotiate_clientt.bin", true, nil},
		{"udp_negotiate_disc.bin", true, nil},
		{"udp_ack.bin", true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			b, err := os.ReadFile(sharedFile(t, "responses/reolink_baichuan/"+tt.file))
			if err != nil {
				t.Fatal(err)
			}
			all := collectTCP(9000, nil, b)
			if tt.udp {
				all = collectUDP(2018, 2018, b)
			}
			var got []observation.Field
			for _, m := range all {
				got = append(got, m.Fields...)
			}
			same(t, got, tt.want)
		})
	}
}

// baichuanBody makes a message with the mask and, for class 6414, the offset.
func baichuanBody(number uint32, class uint16, channel byte, xml string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, baichuanMagic)
	b = binary.LittleEndian.AppendUint32(b, number)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(xml)))
	b = append(b, channel, 0, 0, 0, 0xc8, 0)
	b = binary.LittleEndian.AppendUint16(b, class)
	if class == 0x6414 {
		b = append(b, 0, 0, 0, 0)
	}
	key := []byte{0x1f, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0xff}
	for i := range len(xml) {
		b = append(b, xml[i]^key[(i+int(channel))%8]^channel)
	}
	return b
}

// What an older firmware sends after the login, from the published descriptions
// of messages 80 and 114.
const (
	baichuanVersion = `<?xml version="1.0" encoding="UTF-8" ?>` + "\n<body><VersionInfo version=\"1.1\"><name>Yard</name><type>RLC-410</type><serialNumber>00000000012345</serialNumber>" +
		"<hardwareVersion>IPC_3816M</hardwareVersion><firmwareVersion>v2.0.0.448_19110800</firmwareVersion></VersionInfo></body>"
	baichuanUid = `<?xml version="1.0" encoding="UTF-8" ?>` + "\n<body><Uid version=\"1.1\"><uid>95270000ABCDEFGH</uid></Uid></body>"
)

func TestBaichuanBodies(t *testing.T) {
	media := append(baichuanBody(3, 0x6414, 0, strings.Repeat("x", 99))[:24], make([]byte, 99)...)
	var s []byte
	s = append(s, baichuanBody(1, 0x6614, 1, `<?xml version="1.0"?><body><Encryption><nonce>9E</nonce></Encryption></body>`)...)
	first := len(s)
	s = append(s, media...)
	s = append(s, baichuanBody(80, 0x6414, 5, baichuanVersion)...)
	second := len(s)
	s = append(s, baichuanBody(114, 0x6414, 0, baichuanUid)...)
	want := []Message{
		{Protocol: "baichuan", End: first, Fields: list("baichuan.message", "1", "baichuan.class", "1466")},
		{Protocol: "baichuan", End: second, Fields: list("baichuan.message", "80", "baichuan.class", "1464", "baichuan.name", "Yard", "baichuan.model", "RLC-410", "baichuan.serial", "00000000012345",
			"baichuan.hardware", "IPC_3816M", "baichuan.firmware", "v2.0.0.448_19110800")},
		{Protocol: "baichuan", End: len(s), Fields: list("baichuan.message", "114", "baichuan.class", "1464", "baichuan.uid", "95270000ABCDEFGH")},
	}
	same(t, collectTCP(9000, nil, s), want)
	same(t, collectTCP(9000, nil, s[:second+30]), want[:2])
}

func FuzzBaichuan(f *testing.F) {
	f.Add(unhex(f, "f0debc0a 01000000 91000000 00000001 02dd1466 2312442636490e9a"))
	f.Add(baichuanBody(80, 0x6414, 5, baichuanVersion))
	f.Add(unhex(f, "10cf872a 50400100 00000000 87090000 98040000 f0debc0a 03000000 e0000000 0001001f c8000000 00000000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) {
			baichuanStream(1, 9000, b, b, emit)
			baichuanDatagram(1, 2, b, emit)
		}) {
			check(t, m, len(b), len(b))
		}
	})
}
