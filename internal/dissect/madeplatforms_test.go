package dissect

import (
	"strings"
	"testing"
)

// A Seed is one message of a protocol that no example holds, as a dissector is
// given it, for TestHammer.
type Seed struct {
	Kind           string // "datagram" or "stream"
	Src, Dst       uint16
	Client, Server string // of a datagram, only Client
}

// Seeds returns hand-made messages, one of each such protocol or more.
func Seeds(t testing.TB) []Seed {
	unhex := func(s string) []byte { return unhex(t, s) }
	return []Seed{
		{"datagram", 50000, 443, string(quicRFC(t)), ""},
		{"datagram", 50000, 3478, string(unhex(stunAllocate)), ""},
		{"datagram", 50000, 3479, string(unhex(stunAnswer6)), ""},
		{"datagram", 50000, 32761, string(tutkSealed(tutkPacket(2, "\x02\x06\x12", "CXKLLAJZ8X1E2M5T111A"+strings.Repeat("\x00", 32)))), ""},
		{"datagram", 50000, 10001, string(tutkSealed(tutkPacket(2, "\x01\x03\x43", strings.Repeat("\x05", 36)))), ""},
		{"datagram", 50000, 32100, string(ppppSealed("SSD@cs2-network.", unhex(ppppLogin))), ""},
		{"datagram", 32100, 50001, string(unhex("f1690024 02000000 0002647d057100cb0000000000000000 0002647d067100cb0000000000000000")), ""},
		{"datagram", 50000, 8800, dhp2pAsk, ""},
		{"datagram", 8800, 50000, dhp2pPeer, ""},
		{"datagram", 34569, 34569, dvripMessage(1, dvripFound, 0, dvripCommon), ""},
		{"datagram", 9407, 23456, string(unhex(mhedRecorded)), ""},
		{"datagram", 6002, 50000, ezvizPacket(0x0811, `<Response><Client Address="203.0.113.9" Port="40123"/></Response>`), ""},
		{"stream", 50000, 34567, dvripMessage(0, 1000, 0, "{}"), dvripMessage(1, 1001, 7, dvripLogin) + dvripMessage(1, 1021, 7, dvripInfo)},
		{"stream", 50000, 6036, tvtFrame(0x101, "admin"), tvtGreeting() + tvtFrame(tvtLoggedIn, strings.Repeat("\x01", 200))},
		{"stream", 50000, 37777, "\xa0\x01" + strings.Repeat("\x00", 30) + dahuaFrame(0xa4, dahuaModel, ""), dahuaFrame(0xb0, 0, "Realm:Login to 5L04507PAJBD5F6\r\n") + dahuaFrame(0xb4, dahuaModel, "IPC-HDW")},
		{"stream", 50000, 8000, hiksdkPacket(hiksdkLogin, strings.Repeat("\x9b", 68)), hiksdkPacket(0, strings.Repeat("\x7c", 40))},
		{"stream", 50000, 9010, ezvizPacket(0x2011, "<Request><DevSerial>D12345678</DevSerial></Request>"), ezvizPacket(0x2012, "\x9b\x01")},
		{"stream", 50000, 80, "GET /LAPI/V1.0/System/DeviceInfo HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n" + lapiChannels},
		{"stream", 50000, 81, "GET /axis-cgi/param.cgi HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n" + vapixText},
		{"stream", 50000, 82, "GET /cgi-bin/magicBox.cgi HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n" + dahuaInfo},
	}
}
