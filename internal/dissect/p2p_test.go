package dissect

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// tutkSealed disguises a packet, the way back from tutkOpen.
func tutkSealed(plain []byte) []byte {
	out := append([]byte(nil), plain...)
	for at := 0; at+16 <= len(out); at += 16 {
		var turned, mixed [16]byte
		for i := 0; i < 16; i += 4 {
			binary.LittleEndian.PutUint32(turned[i:], bits.RotateLeft32(binary.LittleEndian.Uint32(plain[at+i:]), -i-1))
		}
		for i, from := range tutkOrder {
			mixed[from] = turned[i] ^ tutkMask[i]
		}
		for i := 0; i < 16; i += 4 {
			binary.LittleEndian.PutUint32(out[at+i:], bits.RotateLeft32(binary.LittleEndian.Uint32(mixed[i:]), -i-3))
		}
	}
	return out
}

// tutkPacket makes a packet of a type with what follows its header.
func tutkPacket(stage byte, kind string, body string) []byte {
	b := append([]byte{4, 2, 0x19, stage, byte(len(body)), byte(len(body) >> 8), 0, 0}, kind...)
	return append(append(b, make([]byte, 16-len(b))...), body...)
}

func TestTUTK(t *testing.T) {
	const uid = "CXKLLAJZ8X1E2M5T111A"
	msg := func(about observation.About, pairs ...string) []Message {
		return []Message{{Protocol: "tutk", About: about, Fields: list(pairs...)}}
	}
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	answer := uid + "\x00\x02" + "\x7d\xc9" + "\xcb\x00\x71\x05" + zeros(8)
	tests := []struct {
		name string
		in   []byte
		want []Message
	}{
		{"a client looks for a device", tutkPacket(2, "\x01\x06\x21", uid+zeros(32)), msg(observation.Named, "tutk.message", "discovery", "tutk.uid", uid)},
		{"a device answers", tutkPacket(2, "\x02\x06\x12", uid+zeros(32)), msg(observation.Sender, "tutk.message", "discovery answer", "tutk.uid", uid)},
		{"a client asks a server", tutkPacket(2, "\x03\x02\x34", uid+zeros(76)), msg(observation.Named, "tutk.message", "look-up", "tutk.uid", uid)},
		{"a server tells the device's address", tutkPacket(2, "\x01\x03\x43", answer), msg(observation.Receiver, "tutk.message", "look-up answer", "tutk.uid", uid, "tutk.peer", "203.0.113.5:32201")},
		{"a device keeps the path open", tutkPacket(10, "\x28\x04\x12", zeros(8)), msg(observation.Sender, "tutk.message", "keep-alive")},
		{"data of a device", tutkPacket(11, "\x08\x04\x12", strings.Repeat("\x01", 1000)), msg(observation.Sender, "tutk.message", "session")},
		{"data of a client", tutkPacket(11, "\x07\x04\x21", strings.Repeat("\x01", 100)), msg(observation.Receiver, "tutk.message", "session")},
		{"a type that is not published", tutkPacket(2, "\x10\x02\x34", uid+zeros(12)), msg(observation.Named, "tutk.message", "100234", "tutk.uid", uid)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sealed := tutkSealed(tt.in)
			same(t, collectUDP(32761, 50000, sealed), tt.want)
			same(t, collectUDP(32761, 50000, sealed[:len(sealed)-1]), []Message(nil))
		})
	}
	same(t, collectUDP(32761, 50000, tutkPacket(2, "\x02\x06\x12", uid+zeros(32))), []Message(nil)) // not disguised
}

// ppppSealed enciphers a packet, the way back from ppppOpen.
func ppppSealed(secret string, plain []byte) []byte {
	key := ppppKey(secret)
	out := make([]byte, len(plain))
	before := byte(0)
	for i, x := range plain {
		out[i] = x ^ ppppTable[key[before&3]+before]
		before = out[i]
	}
	return out
}

func TestPPPPCipher(t *testing.T) {
	if key := ppppKey("camera"); key != [4]byte{0x69, 0x97, 0xcc, 0x19} { // as pppp-dissector has it
		t.Errorf("the key of a published secret is %x", key)
	}
	login := unhex(t, ppppLogin)
	want := []Message{{Protocol: "pppp", Fields: list("pppp.message", "DevLgn", "pppp.uid", "TNPUSAE-227402-DSELD")}}
	for _, secret := range ppppSecrets {
		same(t, collectUDP(25508, 32100, ppppSealed(secret, login)), want)
	}
	same(t, collectUDP(25508, 32100, ppppSealed("another secret", login)), []Message(nil))
	video := ppppSealed("SHIX", unhex(t, ppppLarge))
	same(t, collectUDP(1, 2, video), []Message{{Protocol: "pppp", Fields: list("pppp.message", "DRW")}})
}

func TestPPPPServers(t *testing.T) {
	const (
		hello  = "f1010010 0002a463f8e30a81 0000000000000000" // recorded, testdata/NOTICE
		punch  = "f1400010 0002a463057100cb 0000000000000000"
		relays = "f1690024 02000000 0002647d057100cb0000000000000000 0002647d067100cb0000000000000000"
	)
	msg := func(pairs ...string) []Message {
		return []Message{{Protocol: "pppp", About: observation.Receiver, Fields: list(pairs...)}}
	}
	tests := []struct {
		name, in string
		want     []Message
	}{
		{"a server tells the asker's address", hello, msg("pppp.mapped-address", "129.10.227.248:25508")},
		{"a server tells whom to open a path to", punch, msg("pppp.peer-address", "203.0.113.5:25508")},
		{"a server lists relays", relays, msg("pppp.server", "203.0.113.5:32100", "pppp.server", "203.0.113.6:32100")},
		{"no address", "f1010010 00000000000000000000000000000000", nil},
		{"a list that does not fit", strings.Replace(relays, "02000000", "03000000", 1), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.in)
			same(t, collectUDP(32100, 25508, b), tt.want)
			same(t, collectUDP(32100, 25508, ppppSealed("SSD@cs2-network.", b)), tt.want)
		})
	}
}

const (
	dhp2pAsk   = "DHGET /online/p2psrv/5L04507PAJBD5F6 HTTP/1.1\r\nCSeq: 2\r\nAuthorization: WSSE profile=\"UsernameToken\"\r\nX-WSSE: UsernameToken Username=\"P2PClient\", PasswordDigest=\"c2VjcmV0\", Nonce=\"1\", Created=\"2024-01-01T00:00:00Z\"\r\n\r\n"
	dhp2pTold  = "HTTP/1.1 200 OK\r\nCSeq: 2\r\nContent-Length: 41\r\n\r\n<body><US>203.0.113.7:8800</US></body>"
	dhp2pRelay = "DHPOST /relay/start/3f0a11bc HTTP/1.1\r\nCSeq: 6\r\nContent-Length: 34\r\n\r\n<body><Client>:0</Client></body>"
	dhp2pPeer  = "HTTP/1.1 200 OK\r\nCSeq: 5\r\nContent-Length: 98\r\n\r\n<body><LocalAddr>192.0.2.9:51980</LocalAddr><PubAddr>198.51.100.3:51980</PubAddr></body>"
)

func TestDHP2P(t *testing.T) {
	about := func(a observation.About, pairs ...string) Message {
		return Message{Protocol: "dhp2p", About: a, Fields: list(pairs...)}
	}
	tests := []struct {
		name, in string
		want     []Message
	}{
		{"which server has the device", dhp2pAsk, []Message{about(observation.Sender, "dhp2p.message", "DHGET /online/p2psrv"), about(observation.Named, "dhp2p.serial", "5L04507PAJBD5F6")}},
		{"the server", dhp2pTold, []Message{about(observation.Receiver, "dhp2p.server", "203.0.113.7:8800")}},
		{"a token is left out", dhp2pRelay, []Message{about(observation.Sender, "dhp2p.message", "DHPOST /relay/start")}},
		{"the addresses of the device", dhp2pPeer, []Message{about(observation.Receiver, "dhp2p.peer", "192.0.2.9:51980", "dhp2p.peer", "198.51.100.3:51980")}},
		{"a badge's own words", strings.Replace(dhp2pAsk, "DHGET", "NFGET", 1), []Message{about(observation.Sender, "dhp2p.message", "NFGET /online/p2psrv"), about(observation.Named, "dhp2p.serial", "5L04507PAJBD5F6")}},
		{"a channel to a device", strings.Replace(dhp2pAsk, "/online/p2psrv/5L04507PAJBD5F6", "/device/5L04507PAJBD5F6/p2p-channel", 1), []Message{about(observation.Sender, "dhp2p.message", "DHGET /device/p2p-channel"), about(observation.Named, "dhp2p.serial", "5L04507PAJBD5F6")}},
		{"its own TCP", "PTCP" + strings.Repeat("\x00", 20), []Message{about(observation.Sender, "dhp2p.message", "PTCP")}},
		{"an answer of SSDP", "HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1234-5678::upnp:rootdevice\r\n\r\n", []Message{{Protocol: "ssdp", Fields: list("ssdp.usn", "uuid:1234-5678::upnp:rootdevice", "ssdp.uuid", "1234-5678", "ssdp.type", "upnp:rootdevice")}}},
		{"another HTTP", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := collectUDP(8800, 50000, []byte(tt.in))
			if tt.name == "an answer of SSDP" { // which fields it gives is another test's
				if len(got) != 1 || got[0].Protocol != "ssdp" {
					t.Errorf("%v", got)
				}
				return
			}
			same(t, got, tt.want)
		})
	}
}

// Traffic that cameras share their networks with is not taken for P2P on any
// port.
func TestP2PForeign(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	head := func(start string, b []byte) []byte { copy(b, start); return b }
	for n := range 200000 {
		b := random(20 + r.IntN(300))
		switch n % 8 {
		case 0:
			b = head("d1:ad2:id20:", b) // BitTorrent's DHT
		case 1:
			b = head("\x41\x00\x00\x00\x00\x00\x00\x00", b) // uTP
		case 2:
			b = head("\x80\x60", b) // RTP
		case 3:
			b = head("\x16\xfe\xfd\x00\x00", b) // DTLS
		case 4:
			b = head("\xf1", b)
		case 5:
			b = head("\x01\x00\x00\x00", b) // WireGuard
		case 6:
			b = head(string([]byte{0x45, 0, byte(len(b) >> 8), byte(len(b))}), b)
		}
		for _, m := range collectUDP(40000, 40001, b) {
			switch m.Protocol {
			case "tutk", "pppp", "dhp2p", "quic", "stun", "dvrip", "tvt", "ezviz":
				t.Fatalf("%x is taken for %v", b, m)
			}
		}
	}
}

func FuzzTUTK(f *testing.F) {
	f.Add(tutkPacket(2, "\x02\x06\x12", "CXKLLAJZ8X1E2M5T111A"+strings.Repeat("\x00", 32)), true)
	f.Add(tutkPacket(2, "\x01\x03\x43", strings.Repeat("\x07", 40)), true)
	f.Add(tutkSealed(tutkPacket(10, "\x28\x04\x12", "12345678")), false)
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if seal {
			b = tutkSealed(b)
		}
		for _, m := range collect(func(emit Emit) { tutkDatagram(1, 2, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}

func FuzzDHP2P(f *testing.F) {
	for _, s := range []string{dhp2pAsk, dhp2pTold, dhp2pRelay, dhp2pPeer, "PTCP" + strings.Repeat("\x01", 24)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, m := range collect(func(emit Emit) { dhp2pDatagram(1, 2, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
