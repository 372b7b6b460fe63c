package dissect

import (
	"math/rand/v2"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// The messages of RFC 5769, sections 2.1 to 2.3, and others made after the
// formats of RFC 8656.
const (
	stunHead     = "2112a442 b7e7a701bc34d686fa87dfae"
	stunRequest  = "00010058" + stunHead + "80220010 5354554e207465737420636c69656e74 00240004 6e0001ff 80290008 932ff9b151263b36 00060009 6576746a3a68367659202020 00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004 e57a3bcf"
	stunAnswer4  = "0101003c" + stunHead + "8022000b 7465737420766563746f7220 00200008 0001a147e112a643 00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004 c07d4c96"
	stunAnswer6  = "01010048" + stunHead + "8022000b 7465737420766563746f7220 00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9 00080014 a382954e4be67bf11784c97c8292c275bfe3ed41 80280004 c8fb0b4c"
	stunAllocate = "01030018" + stunHead + "00160008 0001e112e112a6c3 00200008 0001a147e112a643"
	stunDenied   = "01130018" + stunHead + "00090004 00000401 00140009 6578616d706c652e63000000"
	stunSend     = "00160010" + stunHead + "00120008 0001e112e112a643 00130000"
	stunData     = "00170010" + stunHead + "00120008 0001e112e112a643 00130000"
	stunPlain    = "0101000c 00000000000000000000000000000001 00010008 00018055c0000201"
	stunMedia    = "40010005 0102030405 000000"
)

func TestSTUN(t *testing.T) {
	msg := func(about observation.About, pairs ...string) Message {
		return Message{Protocol: "stun", About: about, Fields: list(pairs...)}
	}
	tests := []struct {
		name string
		port uint16
		in   string
		want []Message
	}{
		{"request of RFC 5769", 40000, stunRequest, []Message{msg(observation.Sender, "stun.message", "Binding request", "stun.software", "STUN test client", "stun.username", "yes")}},
		{"answer with an IPv4 address", 40000, stunAnswer4, []Message{
			msg(observation.Sender, "stun.message", "Binding success", "stun.software", "test vector"),
			msg(observation.Receiver, "stun.mapped-address", "192.0.2.1:32853"),
		}},
		{"answer with an IPv6 address", 40000, stunAnswer6, []Message{
			msg(observation.Sender, "stun.message", "Binding success", "stun.software", "test vector"),
			msg(observation.Receiver, "stun.mapped-address", "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
		}},
		{"a relay gives an address", 40000, stunAllocate, []Message{
			msg(observation.Sender, "stun.message", "Allocate success"),
			msg(observation.Receiver, "stun.relayed-address", "192.0.2.129:49152", "stun.mapped-address", "192.0.2.1:32853"),
		}},
		{"a relay asks who it is", 40000, stunDenied, []Message{msg(observation.Sender, "stun.message", "Allocate error", "stun.realm", "example.c")}},
		{"a client sends to a peer", 40000, stunSend, []Message{msg(observation.Sender, "stun.message", "Send indication", "stun.peer-address", "192.0.2.1:49152")}},
		{"a peer's data comes in", 40000, stunData, []Message{
			msg(observation.Sender, "stun.message", "Data indication"),
			msg(observation.Receiver, "stun.peer-address", "192.0.2.1:49152"),
		}},
		{"the older form on its port", 3478, stunPlain, []Message{
			msg(observation.Sender, "stun.message", "Binding success"),
			msg(observation.Receiver, "stun.mapped-address", "192.0.2.1:32853"),
		}},
		{"the older form on another port", 40000, stunPlain, nil},
		{"channel data on its port", 3478, stunMedia, []Message{msg(observation.Sender, "stun.message", "ChannelData")}},
		{"channel data on another port", 40000, stunMedia, nil},
		{"a length that does not fit", 40000, stunSend + "00000000", nil},
		{"a channel is bound", 40000, "00090000" + stunHead, []Message{msg(observation.Sender, "stun.message", "ChannelBind request")}},
		{"a method that no standard has", 40000, "000f0000" + stunHead, nil},
		{"an attribute that is cut", 40000, "00010004" + stunHead + "80220010", []Message{msg(observation.Sender, "stun.message", "Binding request")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(50000, tt.port, unhex(t, tt.in)), tt.want) })
	}
}

// Random bytes are not STUN on any port.
func TestSTUNRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	for range 100000 {
		b := make([]byte, 20+r.IntN(100))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		if looksSTUN(b) {
			t.Fatalf("%x", b)
		}
	}
}

func FuzzSTUN(f *testing.F) {
	for _, s := range []string{stunRequest, stunAnswer4, stunAnswer6, stunAllocate, stunDenied, stunSend, stunPlain, stunMedia} {
		f.Add(uint16(3478), unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, port uint16, b []byte) {
		for _, m := range collect(func(emit Emit) { stunDatagram(50000, port, b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
