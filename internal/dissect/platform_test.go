package dissect

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// dvripMessage puts a header before JSON.
func dvripMessage(version byte, number int, session uint32, json string) string {
	h := make([]byte, dvripHeaderLen)
	h[0], h[1] = 0xff, version
	binary.LittleEndian.PutUint32(h[4:], session)
	binary.LittleEndian.PutUint16(h[14:], uint16(number))
	body := ""
	if json != "" {
		body = json + "\n\x00"
	}
	binary.LittleEndian.PutUint32(h[16:], uint32(len(body)))
	return string(h) + body
}

// Answers in the form that https://github.com/NeiroNx/python-dvr records; values
// our own.
const (
	dvripLogin  = `{ "AliveInterval" : 21, "ChannelNum" : 1, "DataUseAES" : false, "DeviceType " : "HVR", "ExtraChannel" : 0, "Ret" : 100, "SessionID" : "0x00000007" }`
	dvripInfo   = `{ "Name" : "SystemInfo", "Ret" : 100, "SessionID" : "0x7", "SystemInfo" : { "AlarmInChannel" : 1, "BuildTime" : "2016-12-20 18:50:36", "DeviceModel" : "Unknown", "HardWare" : "50H20L_18EV200_S38", "HardWareVersion" : "Unknown", "SerialNo" : "0123456789abcde1", "SoftWareVersion" : "V4.02.R12.00018520.12010.143200.00000", "VideoInChannel" : 1 } }`
	dvripCommon = `{ "NetWork.NetCommon" : { "BuildDate" : "2019-11-01", "ChannelNum" : 4, "DeviceType" : 1, "GateWay" : "0x0102000A", "HostIP" : "0x1F0200C0", "HostName" : "LocalHost", "HttpPort" : 80, "MAC" : "00:12:31:00:00:01", "SN" : "0123456789abcde1", "TCPPort" : 34567, "UDPPort" : 34568 }, "Ret" : 100, "SessionID" : "0x00000000" }`
)

func TestDVRIP(t *testing.T) {
	ask := dvripMessage(0, 1000, 0, `{ "EncryptType" : "MD5", "LoginType" : "DVRIP-Web", "PassWord" : "tlJwpbo6", "UserName" : "admin" }`)
	told := dvripMessage(1, 1001, 7, dvripLogin)
	info := dvripMessage(1, 1021, 7, dvripInfo)
	// As the tests of several clients of the protocol hold it.
	recorded := "\xff\x01\x00\x00\x57\x00\x00\x00\x00\x00\x00\x00\x00\x00\xe9\x03\x96\x00\x00\x00" +
		`{ "AliveInterval" : 21, "ChannelNum" : 4, "DataUseAES" : false, "DeviceType " : "HVR", "ExtraChannel" : 0, "Ret" : 100, "SessionID" : "0x00000057" }` + "\n\x00"
	login := list("dvrip.message", "1001", "dvrip.channels", "1", "dvrip.device-type", "HVR")
	system := list("dvrip.build", "2016-12-20 18:50:36", "dvrip.hardware", "50H20L_18EV200_S38", "dvrip.serial", "0123456789abcde1", "dvrip.firmware", "V4.02.R12.00018520.12010.143200.00000", "dvrip.channels", "1")
	tests := []struct {
		name           string
		port           uint16
		client, server string
		want           []Message
	}{
		{"login and system information", 34567, ask, told + info, []Message{{Protocol: "dvrip", End: len(told), Fields: login}, {Protocol: "dvrip", End: len(told) + len(info), Fields: system}}},
		{"a recorded answer", 34567, ask, recorded, []Message{{Protocol: "dvrip", End: len(recorded), Fields: list("dvrip.message", "1001", "dvrip.channels", "4", "dvrip.device-type", "HVR")}}},
		{"on another port", 40000, ask, told, []Message{{Protocol: "dvrip", End: len(told), Fields: login}}},
		{"a login that is refused", 34567, ask, dvripMessage(1, 1001, 0, `{ "Ret" : 203, "SessionID" : "0x00" }`), []Message{{Protocol: "dvrip", End: 59, Fields: list("dvrip.message", "1001")}}},
		{"no answer", 34567, ask, "", nil},
		{"answer of something else", 34567, ask, "HTTP/1.0 400 Bad Request\r\n\r\n", []Message{{Protocol: "http", End: 28, Fields: list("http.status", "400")}}},
		{"the answer is cut", 34567, ask, told[:90], []Message{{Protocol: "dvrip", End: 90, Fields: list("dvrip.message", "1001", "dvrip.channels", "1")}}},
		{"a length that is absurd", 34567, ask, "\xff\x01\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\xe9\x03\xff\xff\xff\xff{}", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := collectTCP(tt.port, []byte(tt.client), []byte(tt.server))
			if tt.name == "answer of something else" { // DVRIP's own port and question: nothing of DVRIP is told
				for _, m := range got {
					if m.Protocol == "dvrip" {
						t.Errorf("%v", m)
					}
				}
				return
			}
			same(t, got, tt.want)
		})
	}
}

func TestDVRIPDiscovery(t *testing.T) {
	found := dvripMessage(1, dvripFound, 0, dvripCommon)
	want := []Message{{Protocol: "dvrip", Fields: list("dvrip.message", "1531", "dvrip.channels", "4", "dvrip.ip", "192.0.2.31", "dvrip.hostname", "LocalHost",
		"dvrip.http-port", "80", "dvrip.mac", "00:12:31:00:00:01", "dvrip.serial", "0123456789abcde1", "dvrip.tcp-port", "34567")}}
	same(t, collectUDP(34569, 34569, []byte(found)), want)
	same(t, collectUDP(34569, 5008, []byte(found)), want)
	same(t, collectUDP(40000, 40001, []byte(found)), want) // by shape
	same(t, collectUDP(5008, 34569, []byte(dvripMessage(0, dvripSearch, 0, ""))), []Message{{Protocol: "dvrip", Fields: list("dvrip.inquiry", "search")}})
	same(t, collectUDP(34569, 34569, []byte(found)[:19]), []Message(nil))
}

// tvtGreeting makes the greeting of a recorder.
func tvtGreeting() string {
	b := make([]byte, tvtGreetingLen)
	copy(b, "head\x01")
	b[12] = 3
	copy(b[32:], "\x00\x18\xae\x00\x00\x01")
	return string(b)
}

// tvtFrame makes a frame with a command.
func tvtFrame(command uint32, body string) string {
	b := make([]byte, tvtFrameLen)
	copy(b, "1111")
	binary.LittleEndian.PutUint32(b[4:], uint32(16+len(body)))
	binary.LittleEndian.PutUint32(b[8:], command)
	binary.LittleEndian.PutUint32(b[20:], uint32(len(body)))
	return string(b) + body
}

// The announcement of https://github.com/AlexandruIspas659/ipcprobe (testdata),
// made up by its author.
const mhedRecorded = "4d48454408000100020000006c6f6262790000000000000000000000000000000200000000010000c0a80145ffffff00c0a8010100000000bfb3340150002a02" +
	"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000c0a8010108080808000000000000000000000000000000000000000054455354534552" +
	"49414c303100000000312e352d31343238333237000000000000000000000000000000000000000000000000000000000044434e2d424d3831323741494e00000044564300000000000000000000000000000000000000000000000000"

func TestTVT(t *testing.T) {
	body := make([]byte, 200)
	binary.LittleEndian.PutUint32(body[48:], 20231103)
	copy(body[52:], "\x00\x18\xae\x00\x00\x01NVR-yard")
	hello, login := tvtGreeting(), tvtFrame(tvtLoggedIn, string(body))
	said := list("tvt.message", "greeting", "tvt.device-type", "1", "tvt.mac", "00:18:ae:00:00:01")
	in := list("tvt.message", "login", "tvt.build-date", "2023-11-03", "tvt.mac", "00:18:ae:00:00:01", "tvt.device-name", "NVR-yard")
	same(t, collectTCP(6036, nil, []byte(hello)), []Message{{Protocol: "tvt", End: 64, Fields: said}})
	same(t, collectTCP(40000, []byte(tvtFrame(0x101, "admin")), []byte(hello+"1111\x00\x00\x00\x00"+login)),
		[]Message{{Protocol: "tvt", End: 64, Fields: said}, {Protocol: "tvt", End: 72 + len(login), Fields: in}})
	same(t, collectTCP(6036, nil, []byte(hello[:50])), []Message(nil))
	same(t, collectTCP(6036, nil, []byte("header: x\r\n"+hello)), []Message(nil))

	announce := unhex(t, mhedRecorded)
	want := []Message{{Protocol: "tvt", Fields: list("tvt.message", "announce", "tvt.mac", "02:00:00:00:00:01", "tvt.ip", "192.168.1.69", "tvt.build-date", "2023-11-03",
		"tvt.http-port", "80", "tvt.rtsp-port", "554", "tvt.device-name", "lobby", "tvt.serial", "TESTSERIAL01", "tvt.firmware", "1.5-1428327", "tvt.model", "DCN-BM8127AIN", "tvt.vendor", "DVC")}}
	same(t, collectUDP(9407, 23456, announce), want)
	same(t, collectUDP(40000, 40001, announce), want)
	search := append([]byte("MHED\x09\x00\x01\x00\x01\x00"), make([]byte, 130)...)
	same(t, collectUDP(50000, 23456, search), []Message{{Protocol: "tvt", Fields: list("tvt.inquiry", "search")}})
	set := append([]byte("MHED\x09\x00\x01\x00\x03\x00"), []byte(strings.Repeat("\x00", 74)+"c2VjcmV0"+strings.Repeat("\x00", 48))...)
	same(t, collectUDP(50000, 23456, set), []Message{{Protocol: "tvt", Fields: list("tvt.inquiry", "set-network")}})
}

// dahuaFrame makes a frame of Dahua's DVRIP.
func dahuaFrame(kind byte, number byte, body string) string {
	b := make([]byte, dahuaHeaderLen)
	b[0], b[8] = kind, number
	binary.LittleEndian.PutUint16(b[4:], uint16(len(body)))
	return string(b) + body
}

func TestDahuaDVRIP(t *testing.T) {
	ask := "\xa0\x01" + strings.Repeat("\x00", 22) + "\x05\x02\x01\x01\x00\x00\xa1\xaa"
	asked := ask + dahuaFrame(0xa4, dahuaModel, "") + dahuaFrame(0xa4, dahuaFirmware, "")
	terms := dahuaFrame(0xb0, 0, "Realm:Login to 5L04507PAJBD5F6\r\nRandom:166042717d\r\n\r\n")
	model, firmware := dahuaFrame(0xb4, dahuaModel, "IPC-HDW3849H\x00\x00"), dahuaFrame(0xb4, dahuaFirmware, "2.800.0000000.7.R")
	old := list("dahua-dvrip.message", "login", "dahua-dvrip.realm", "Login to 5L04507PAJBD5F6", "dahua-dvrip.serial", "5L04507PAJBD5F6")
	tests := []struct {
		name           string
		client, server string
		want           []Message
	}{
		{"the realm is a serial number", ask, terms, []Message{{Protocol: "dahua-dvrip", End: len(terms), Fields: old}}},
		{"the realm is hexadecimal", ask, dahuaFrame(0xb0, 0, "Realm:Login to 18038F6DBFE666A3\r\nRandom:1\r\n"), []Message{{Protocol: "dahua-dvrip", End: 75, Fields: list("dahua-dvrip.message", "login", "dahua-dvrip.realm", "Login to 18038F6DBFE666A3")}}},
		{"model and firmware", asked, terms + model + firmware, []Message{
			{Protocol: "dahua-dvrip", End: len(terms), Fields: old},
			{Protocol: "dahua-dvrip", End: len(terms + model), Fields: list("dahua-dvrip.message", "information", "dahua-dvrip.model", "IPC-HDW3849H")},
			{Protocol: "dahua-dvrip", End: len(terms + model + firmware), Fields: list("dahua-dvrip.message", "information", "dahua-dvrip.firmware", "2.800.0000000.7.R")},
		}},
		{"information nobody asked for", ask, model, nil},
		{"no answer", ask, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			same(t, collectTCP(37777, []byte(tt.client), []byte(tt.server)), tt.want)
			same(t, collectTCP(40000, []byte(tt.client), []byte(tt.server)), tt.want) // by shape
		})
	}
}

// hiksdkPacket makes a frame of the SDK.
func hiksdkPacket(command byte, body string) string {
	b := make([]byte, hiksdkHeaderLen)
	binary.BigEndian.PutUint32(b, uint32(hiksdkHeaderLen+len(body)))
	b[4] = command
	return string(b) + body
}

func TestHikSDK(t *testing.T) {
	login, answer := hiksdkPacket(hiksdkLogin, strings.Repeat("\x9b", 68)), hiksdkPacket(0, strings.Repeat("\x7c", 40))
	want := []Message{{Protocol: "hik-sdk", End: 16, Fields: list("hik-sdk.message", "login")}}
	same(t, collectTCP(8000, []byte(login), []byte(answer)), want)
	same(t, collectTCP(8000, []byte(login+hiksdkPacket(hiksdkControl, "")), []byte(answer+answer)), want)
	same(t, collectTCP(8001, []byte(login), []byte(answer)), []Message(nil))
	same(t, collectTCP(8000, []byte(login), nil), []Message(nil))
	same(t, collectTCP(8000, []byte(login+"what follows is no frame"), []byte(answer)), []Message(nil))
	same(t, collectTCP(8000, []byte(hiksdkPacket(7, "x")), []byte(answer)), []Message(nil))
}

// ezvizPacket makes a frame of EZVIZ.
func ezvizPacket(command uint16, body string) string {
	b := make([]byte, ezvizHeaderLen)
	binary.BigEndian.PutUint32(b, ezvizMagic)
	b[4] = 1
	binary.BigEndian.PutUint32(b[16:], uint32(command))
	binary.BigEndian.PutUint32(b[24:], uint32(len(body)))
	return string(b) + body + strings.Repeat("0", ezvizTailLen)
}

func TestEzviz(t *testing.T) {
	said := func(about observation.About, end int, pairs ...string) Message {
		return Message{Protocol: "ezviz", About: about, End: end, Fields: list(pairs...)}
	}
	ask := ezvizPacket(0x2011, "<Request><DevSerial>D12345678</DevSerial></Request>")
	answer := ezvizPacket(0x2012, "\x9b\x01\x02")
	named := said(observation.Named, len(ask), "ezviz.serial", "D12345678")
	named.FromClient = true
	same(t, collectTCP(9010, []byte(ask), []byte(answer)), []Message{named, said(observation.Sender, len(answer), "ezviz.message", "2012", "ezviz.service", "commands")})
	same(t, collectTCP(8666, []byte(ask), []byte(answer)), []Message{named})
	same(t, collectUDP(50000, 6002, []byte(ezvizPacket(0x0812, "<?xml version=\"1.0\"?><Request><DevSerial>D12345678</DevSerial></Request>"))),
		[]Message{said(observation.Sender, 0, "ezviz.message", "0812"), said(observation.Named, 0, "ezviz.serial", "D12345678")})
	same(t, collectUDP(6002, 50000, []byte(ezvizPacket(0x0811, `<Response><Client Address="203.0.113.9" Port="40123"/></Response>`))),
		[]Message{said(observation.Sender, 0, "ezviz.message", "0811"), said(observation.Receiver, 0, "ezviz.mapped-address", "203.0.113.9:40123")})
	same(t, collectUDP(6002, 50000, []byte("\x9e\xba\xac\xe9\x00\x00\x00\x02"+strings.Repeat("\x00", 40))), []Message(nil))
}

func FuzzDVRIP(f *testing.F) {
	f.Add([]byte(dvripMessage(0, 1000, 0, "{}")), []byte(dvripMessage(1, 1001, 7, dvripLogin)+dvripMessage(1, 1021, 7, dvripInfo)))
	f.Add([]byte(dvripMessage(1, dvripFound, 0, dvripCommon)), []byte{})
	f.Fuzz(func(t *testing.T, client, server []byte) {
		for _, m := range collect(func(emit Emit) { dvripStream(1, 34567, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
		for _, m := range collect(func(emit Emit) { dvripDatagram(1, 34569, client, emit) }) {
			check(t, m, 0, 0)
		}
	})
}

func FuzzTVT(f *testing.F) {
	f.Add([]byte(tvtGreeting()+tvtFrame(tvtLoggedIn, strings.Repeat("\x01", 200))), unhex(f, mhedRecorded))
	f.Fuzz(func(t *testing.T, server, b []byte) {
		for _, m := range collect(func(emit Emit) { tvtStream(1, 6036, nil, server, emit) }) {
			check(t, m, 0, len(server))
		}
		for _, m := range collect(func(emit Emit) { mhedDatagram(1, 23456, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}

func FuzzDahuaDVRIP(f *testing.F) {
	f.Add([]byte("\xa0\x01\x00\x00\x00\x00\x00\x00"+dahuaFrame(0xa4, 11, "")), []byte(dahuaFrame(0xb0, 0, "Realm:Login to 5L04507PAJBD5F6\r\n")+dahuaFrame(0xb4, 11, "IPC-HDW")))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		for _, m := range collect(func(emit Emit) { dahuaStream(1, 37777, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
	})
}

func FuzzHikSDK(f *testing.F) {
	f.Add([]byte(hiksdkPacket(hiksdkLogin, "body")), []byte(hiksdkPacket(0, "body")))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		for _, m := range collect(func(emit Emit) { hiksdkStream(1, 8000, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
	})
}

func FuzzEzviz(f *testing.F) {
	f.Add([]byte(ezvizPacket(0x2011, "<Request><DevSerial>D12345678</DevSerial></Request>")), []byte(ezvizPacket(0x811, `<Response><Client Address="203.0.113.9" Port="40123"/></Response>`)))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		for _, m := range collect(func(emit Emit) { ezvizStream(1, 9010, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
		for _, m := range collect(func(emit Emit) { ezvizDatagram(1, 2, server, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
