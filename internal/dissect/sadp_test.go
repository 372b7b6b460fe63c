package dissect

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// An answer in the shape of recorded ones; values our own.
const sadpAnswer = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n<ProbeMatch>\r\n" +
	"<Uuid>49EA27D5-8C7C-4C3E-8E8B-0B6F7D7C6F11</Uuid>\r\n<Types>inquiry</Types>\r\n" +
	"<DeviceType>39313</DeviceType>\r\n<DeviceDescription>DS-2CD2143G0-I</DeviceDescription>\r\n" +
	"<DeviceSN>DS-2CD2143G0-I20190401AAWRD00000001</DeviceSN>\r\n<CommandPort>8000</CommandPort>\r\n" +
	"<HttpPort>80</HttpPort>\r\n<MAC>bc-ad-28-00-00-01</MAC>\r\n<IPv4Address>192.0.2.64</IPv4Address>\r\n" +
	"<IPv4SubnetMask>255.255.255.0</IPv4SubnetMask>\r\n<IPv4Gateway>192.0.2.1</IPv4Gateway>\r\n" +
	"<IPv6Address>::</IPv6Address>\r\n<DHCP>false</DHCP>\r\n<AnalogChannelNum>0</AnalogChannelNum>\r\n" +
	"<DigitalChannelNum>1</DigitalChannelNum>\r\n<SoftwareVersion>V5.5.82build 190220</SoftwareVersion>\r\n" +
	"<DSPVersion>V7.3 build 190110</DSPVersion>\r\n<BootTime>2026-11-20 08:00:00</BootTime>\r\n" +
	"<Encrypt>true</Encrypt>\r\n<ResetAbility>false</ResetAbility>\r\n<Activated>true</Activated>\r\n" +
	"<DetailOEMCode>1</DetailOEMCode>\r\n</ProbeMatch>\r\n"

var sadpAnswerFields = list(
	"sadp.device-type", "39313", "sadp.model", "DS-2CD2143G0-I",
	"sadp.serial", "DS-2CD2143G0-I20190401AAWRD00000001", "sadp.command-port", "8000",
	"sadp.http-port", "80", "sadp.mac", "bc-ad-28-00-00-01", "sadp.ip", "192.0.2.64",
	"sadp.analogue-channels", "0", "sadp.digital-channels", "1",
	"sadp.firmware", "V5.5.82build 190220", "sadp.dsp-version", "V7.3 build 190110",
	"sadp.activated", "true", "sadp.oem-code", "1",
)

func TestSADPDatagram(t *testing.T) {
	tests := []struct {
		name     string
		src, dst uint16
		in       string
		want     []Message
	}{
		{"answer", 37020, 37020, sadpAnswer, []Message{{Protocol: "sadp", Fields: sadpAnswerFields}}},
		{
			"answer cut inside the serial number: the part of it is not kept", 37020, 37020,
			sadpAnswer[:bytes.Index([]byte(sadpAnswer), []byte("0000001</DeviceSN>"))],
			[]Message{{Protocol: "sadp", Fields: sadpAnswerFields[:2]}},
		},
		{
			"badge build with its maker's text in GBK", 37020, 37020,
			"<ProbeMatch><DeviceDescription>NVR-8</DeviceDescription><OEMInfo>\xb2\xe2\xca\xd4</OEMInfo><OEMCode>42</OEMCode></ProbeMatch>",
			[]Message{{Protocol: "sadp", Fields: list("sadp.model", "NVR-8", "sadp.oem-info", "测试", "sadp.oem-code", "42")}},
		},
		{
			"question of a client", 50000, 37020,
			"<?xml version=\"1.0\" encoding=\"utf-8\"?><Probe><Uuid>13A888A9</Uuid><Types>inquiry</Types></Probe>",
			[]Message{{Protocol: "sadp", Fields: list("sadp.inquiry", "inquiry")}},
		},
		{"boot loader asks", 9979, 9978, "SWKH\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", []Message{{Protocol: "sadp", Fields: list("sadp.boot", "SWKH")}}},
		{"server echoes", 9978, 9979, "SWKH\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", []Message{{Protocol: "sadp", About: observation.Receiver, Fields: list("sadp.boot", "SWKH")}}},
		{"other XML", 37020, 37020, "<a><DeviceSN>1</DeviceSN></a>", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(tt.src, tt.dst, []byte(tt.in)), tt.want) })
	}
}

// sadpTestFrame builds a layer-2 frame in the published layout.
func sadpTestFrame(op byte, mac observation.MAC, body []byte) []byte {
	b := make([]byte, sadpHeaderLen, sadpHeaderLen+len(body))
	b[0], b[1], b[2], b[3], b[8], b[9], b[sadpOpAt] = 0x21, 2, 1, 0x42, 6, 4, op
	copy(b[sadpMACAt:], mac[:])
	copy(b[sadpIPAt:], []byte{192, 0, 2, 64})
	return append(b, body...)
}

// sadpTestBody builds the body of an answer.
func sadpTestBody() []byte {
	b := make([]byte, sadpOEMInfoAt+24-sadpHeaderLen)
	put := func(at int, s string) { copy(b[at-sadpHeaderLen:], s) }
	put(sadpSerialAt, "DS-2CD2012-I20130901CCWR400000001")
	binary.BigEndian.PutUint32(b[sadpTypeAt-sadpHeaderLen:], 30)
	binary.LittleEndian.PutUint32(b[sadpPortAt-sadpHeaderLen:], 8000)
	put(sadpSoftwareAt, "V5.1.2build 140116")
	put(sadpDSPAt, "V5.0, build 140109")
	put(sadpStartAt, "2026-11-20 08:00:00")
	binary.BigEndian.PutUint16(b[sadpHTTPAt-sadpHeaderLen:], 80)
	put(sadpModelAt, "DS-2CD2012-I")
	b[sadpOEMAt-sadpHeaderLen] = 1
	return b
}

func TestSADPFrame(t *testing.T) {
	mac := observation.MAC{0xc0, 0x56, 0xe3, 0, 0, 1}
	whole := list(
		"sadp.layer2", "true", "sadp.mac", "c0:56:e3:00:00:01", "sadp.ip", "192.0.2.64",
		"sadp.serial", "DS-2CD2012-I20130901CCWR400000001", "sadp.device-type", "30",
		"sadp.command-port", "8000", "sadp.firmware", "V5.1.2build 140116",
		"sadp.dsp-version", "V5.0, build 140109", "sadp.http-port", "80",
		"sadp.model", "DS-2CD2012-I", "sadp.oem-code", "1",
	)
	tests := []struct {
		name string
		src  observation.MAC
		in   []byte
		want []Message
	}{
		{"answer", mac, sadpTestFrame(4, mac, sadpTestBody()), []Message{{Protocol: "sadp", Fields: whole}}},
		{
			"answer relayed by another device", observation.MAC{0xc0, 0x56, 0xe3, 9, 9, 9}, sadpTestFrame(4, mac, sadpTestBody()),
			[]Message{{Protocol: "sadp", About: observation.Named, Fields: whole}},
		},
		{
			"answer cut after the serial number", mac, sadpTestFrame(4, mac, sadpTestBody()[:50]),
			[]Message{{Protocol: "sadp", Fields: whole[:4]}},
		},
		{
			"answer of a layout we do not know, with a firmware version in it", mac,
			sadpTestFrame(4, mac, []byte("\x01\x02\x00V4.62.210 build 230619\x00\xff")),
			[]Message{{Protocol: "sadp", Fields: append(whole[:3:3], list("sadp.firmware", "V4.62.210 build 230619")...)}},
		},
		{
			"answer that holds the XML form", mac, sadpTestFrame(4, mac, []byte(sadpAnswer)),
			[]Message{{Protocol: "sadp", Fields: append(whole[:3:3], sadpAnswerFields...)}},
		},
		{"question of a client", mac, sadpTestFrame(3, mac, make([]byte, 28)), []Message{{Protocol: "sadp", Fields: list("sadp.inquiry", "inquiry")}}},
		{"operation that either side may send, with nothing in it", mac, sadpTestFrame(2, mac, make([]byte, 28)), nil},
		{"too short", mac, sadpTestFrame(4, mac, nil)[:37], nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, collect(func(emit Emit) { Frame(0x8033, tt.src, tt.in, emit) }), tt.want)
		})
	}
}

func FuzzSADP(f *testing.F) {
	mac := observation.MAC{0xc0, 0x56, 0xe3, 0, 0, 1}
	f.Add([]byte(sadpAnswer))
	f.Add([]byte("<Probe><Types>inquiry</Types></Probe>"))
	f.Add(sadpTestFrame(4, mac, sadpTestBody()))
	f.Add([]byte("SWKH"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { sadpDatagram(9979, 9978, b, emit) }) {
			check(t, m, 0, 0)
		}
		for _, m := range collect(func(emit Emit) { sadpFrame(0x8033, mac, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
