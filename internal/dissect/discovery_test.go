package dissect

import (
	"strings"
	"testing"
)

// Answers made from the published layouts.
var (
	boschBinary = "9939a427 0a141e28 000000000000" // its hardware address follows below
	boschXML    = `<?xml version="1.0" encoding="UTF-8"?><root xmlns="OEMExt00:device-1-0"><device><deviceType>OEMExt00:device:deviceID0</deviceType>` +
		`<friendlyName>FLEXIDOME IP starlight 8000i</friendlyName><unitName>Gate</unitName><serialNumber>044518107300310001</serialNumber>` +
		`<physAddress>00-07-5f-00-00-01</physAddress><unitIPAddress>192.168.1.60</unitIPAddress><RCPPort>1756</RCPPort></device></root>`
	hanwhaReply = "0b" + strings.Repeat("ad", 18) + hexText("00:16:6C:00:00:02", 18) + hexText("172.16.125.55", 16) + hexText("255.255.0.0", 16) + hexText("172.16.0.1", 16) +
		strings.Repeat("00", 24) + hexText("SND-6083", 10) + strings.Repeat("00", 14) + hexText("http://172.16.125.55/index.htm", 39)
	panasonicReply = "0001 0000 000d 0080f0000003" + strings.Repeat("00", 41) + "0020 0004 c0a80a05" + "00a8 0008" + hexText("NP502", 8) + "00a7 000c" + hexText("WV-NP502", 12)
	vivotekReply   = "01 4a5d8f1c" + "01 08" + hexText("Entrance", 8) + "02 06 0002d1000004" + "04 01" + "03 04 c0a80150" + "09 06" + hexText("FD8169", 6)
	foscamReply    = hexOf("MO_I") + "0100" + strings.Repeat("00", 17) + hexText("00626E000008", 13) + hexText("IPCAM", 21) + "c0a8015a ffffff00 c0a80101 c0a80101 00000000 0b250231 02041201 0050 01"
	hdsReply       = "HDS/1.0 200 OK\r\nCSEQ: 1\r\nCLIENT-ID: x\r\n\r\nSegment-Num:1\r\nSegment-Seq:1\r\nData-Length:150\r\n\r\nDevice-ID=IPCAM000000000001\r\nDevice-Model=5523-W\r\n" +
		"Device-Name=Yard\r\nIP=192.168.1.91\r\nMASK=255.255.255.0\r\nMAC=9c:a3:a9:00:00:09\r\nSoftware-Version=3.6.103\r\n"
	sonyReply     = "02" + hexOf("MAC:08-00-46-00-00-05") + "ff" + hexOf("MODEL:SNC-VB630") + "ff" + hexOf("SERIAL:1234567") + "ff" + hexOf("IPADR:192.168.1.81") + "ff" + hexOf("SOFTVERSION:2.7.2") + "ff03"
	vstarcamReply = "44480108" + hexText("192.168.1.82", 16) + strings.Repeat(hexText("", 16), 4) + "48022a000006" + "5000" + hexText("VSTC123456ABCDE", 32) + hexText("IPCAM", 32) +
		strings.Repeat("00", 48) + hexText("10.53.101.20", 32) + strings.Repeat("00", 20)
	gigeReply = "0000 0003 00f8 0001 0001 0002 80000001 0000 003053000007" + strings.Repeat("00", 20) + "c0a80307" + strings.Repeat("00", 32) + hexText("Basler", 32) + hexText("acA1300-30gc", 32) +
		hexText("106754-12", 32) + hexText("none", 48) + hexText("21001234", 16) + hexText("line 3", 16)
)

func TestDiscovery(t *testing.T) {
	tests := []struct {
		name     string
		src, dst uint16
		in       string
		want     []string
	}{
		{"Bosch, XML", 1757, 1758, hexOf(boschXML), []string{"discovery.protocol", "bosch", "discovery.model", "FLEXIDOME IP starlight 8000i", "discovery.name", "Gate",
			"discovery.serial", "044518107300310001", "discovery.mac", "00:07:5f:00:00:01", "discovery.ip", "192.168.1.60"}},
		{"Bosch, binary", 1757, 1758, "9939a427 0a141e28 00075f000001 0000 c0a8013c ffffff00 c0a80101 00000000", []string{"discovery.protocol", "bosch", "discovery.mac", "00:07:5f:00:00:01", "discovery.ip", "192.168.1.60"}},
		{"Bosch, question", 50000, 1757, "9939a427 0a141e28 ff0006de", nil},
		{"Bosch, binary without a hardware address", 1757, 1758, boschBinary + strings.Repeat("00", 18), nil},
		{"Hanwha", 7701, 7711, hanwhaReply, []string{"discovery.protocol", "hanwha", "discovery.mac", "00:16:6c:00:00:02", "discovery.ip", "172.16.125.55", "discovery.model", "SND-6083"}},
		{"Hanwha, question", 50000, 7701, "01" + hanwhaReply[2:], nil},
		{"Hanwha, cut", 7701, 7711, hanwhaReply[:300], nil},
		{"Panasonic", 10670, 10669, panasonicReply, []string{"discovery.protocol", "panasonic", "discovery.mac", "00:80:f0:00:00:03", "discovery.ip", "192.168.10.5", "discovery.model", "WV-NP502"}},
		{"Panasonic, cut before the long name", 10670, 10669, strings.ReplaceAll(panasonicReply, " ", "")[:2*(53+8+12+4)], []string{"discovery.protocol", "panasonic", "discovery.mac", "00:80:f0:00:00:03", "discovery.ip", "192.168.10.5", "discovery.model", "NP502"}},
		{"Vivotek", 10000, 50000, vivotekReply, []string{"discovery.protocol", "vivotek", "discovery.name", "Entrance", "discovery.mac", "00:02:d1:00:00:04", "discovery.ip", "192.168.1.80", "discovery.model", "FD8169"}},
		{"Vivotek, question", 50000, 10000, "01 4a5d8f1c", nil},
		{"Foscam MJPEG", 10000, 10000, foscamReply, []string{"discovery.protocol", "foscam-mjpeg", "discovery.mac", "00:62:6e:00:00:08", "discovery.serial", "00626E000008", "discovery.name", "IPCAM", "discovery.ip", "192.168.1.90", "discovery.firmware", "11.37.2.49"}},
		{"Foscam MJPEG, question", 50000, 10000, hexOf("MO_I") + strings.Repeat("00", 23), nil},
		{"HDS", 8002, 50000, hexOf(hdsReply), []string{"discovery.protocol", "hds", "discovery.serial", "IPCAM000000000001", "discovery.model", "5523-W", "discovery.name", "Yard", "discovery.ip", "192.168.1.91",
			"discovery.mac", "9c:a3:a9:00:00:09", "discovery.firmware", "3.6.103"}},
		{"HDS, question", 50000, 8002, hexOf("SEARCH * HDS/1.0\r\nCSeq:1\r\nClient-ID:x\r\n\r\n"), nil},
		{"HDS, answer to a command", 8002, 50000, hexOf("HDS/1.0 200 OK\r\nCSeq:2\r\n\r\n[Success]set telnet!"), nil},
		{"Sony", 2380, 50000, sonyReply, []string{"discovery.protocol", "sony", "discovery.mac", "08:00:46:00:00:05", "discovery.model", "SNC-VB630", "discovery.serial", "1234567", "discovery.ip", "192.168.1.81", "discovery.firmware", "2.7.2"}},
		{"Sony, question", 50000, 2380, "02" + hexOf("ENQ:allinfo") + "ff03", nil},
		{"VStarcam", 8600, 50000, vstarcamReply, []string{"discovery.protocol", "vstarcam", "discovery.mac", "48:02:2a:00:00:06", "discovery.ip", "192.168.1.82", "discovery.serial", "VSTC123456ABCDE", "discovery.name", "IPCAM", "discovery.firmware", "10.53.101.20"}},
		{"VStarcam, question", 50000, 8600, "44480101", nil},
		{"GigE Vision", 3956, 50000, gigeReply, []string{"discovery.protocol", "gigevision", "discovery.mac", "00:30:53:00:00:07", "discovery.ip", "192.168.3.7", "discovery.manufacturer", "Basler", "discovery.model", "acA1300-30gc",
			"discovery.firmware", "106754-12", "discovery.serial", "21001234", "discovery.name", "line 3"}},
		{"GigE Vision, question", 50000, 3956, "42 11 0002 0000 0001", nil},
		{"one maker's answer on another's port", 3956, 3956, vivotekReply, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var want []Message
			if tt.want != nil {
				want = []Message{{Protocol: "discovery", Fields: list(tt.want...)}}
			}
			same(t, collectUDP(tt.src, tt.dst, unhex(t, tt.in)), want)
		})
	}
}

func FuzzDiscovery(f *testing.F) {
	for port, s := range map[uint16]string{1757: hexOf(boschXML), 7711: hanwhaReply, 10669: panasonicReply, 10000: vivotekReply, 2380: sonyReply, 8600: vstarcamReply, 3956: gigeReply} {
		f.Add(port, unhex(f, s))
	}
	f.Add(uint16(10000), unhex(f, foscamReply))
	f.Add(uint16(8002), []byte(hdsReply))
	f.Fuzz(func(t *testing.T, port uint16, b []byte) {
		for _, m := range collect(func(emit Emit) { discoveryDatagram(port, 50000, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
