package flow

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"
)

func TestRTPOverUDP(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	sent, payload := 0, 0
	for n := range 800 {
		p := c.udp("192.0.2.10:6970", "192.0.2.20:50000", rtpPacket(n, 1000+n%300))
		p.Time = 1_700_000_000_000_000_000 + int64(n/8)*int64(40*time.Millisecond)
		if n == 100 || n == 101 {
			continue // lost
		}
		table.Add(p)
		sent, payload = sent+1, payload+1000+n%300
		if n%100 == 0 {
			table.Add(c.udp("192.0.2.10:6970", "192.0.2.20:50000", []byte{0x81, 201, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
			table.Add(p) // a span port shows some packets twice
		}
	}
	table.Close()
	rtp := got.ends[0].Client
	if len(rtp) != 1 || len(got.ends[0].Server) != 0 {
		t.Fatalf("got %+v, want one stream from the client", got.ends[0])
	}
	r := rtp[0]
	if r.Packets != uint64(sent) || r.PayloadBytes != uint64(payload) || r.Lost != 2 || r.Markers != 100 || r.Span != 99*3600 || r.Channel != -1 {
		t.Errorf("got %+v", r)
	}
	if r.ClockRate() != 90000 || r.MeanSize() != payload/sent {
		t.Errorf("clock rate %d, mean size %d", r.ClockRate(), r.MeanSize())
	}
}

func TestRTPInShuffledOrderAndTwoStreamsOnOnePort(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	var got told
	table, c := New(Config{}, &got), &clock{}
	var order []int
	for n := range 400 {
		order = append(order, n)
	}
	for i := 20; i < len(order)-2; i += 2 {
		if rng.IntN(5) == 0 {
			order[i], order[i+1] = order[i+1], order[i]
		}
	}
	for _, n := range order {
		table.Add(c.udp("192.0.2.10:6970", "192.0.2.20:50000", rtpPacket(n, 500)))
		audio := rtpPacket(n, 160)
		audio[1] = 8
		binary.BigEndian.PutUint32(audio[4:], uint32(n*160))
		binary.BigEndian.PutUint32(audio[8:], 77)
		table.Add(c.udp("192.0.2.10:6970", "192.0.2.20:50000", audio))
	}
	table.Close()
	rtp := got.ends[0].Client
	if len(rtp) != 2 || rtp[0].Packets != 400 || rtp[1].Packets != 400 || rtp[0].Lost+rtp[1].Lost != 0 {
		t.Errorf("got %+v, want two streams of 400 packets", rtp)
	}
}

// notRTP are shapes of UDP that must not be taken for RTP.
var notRTP = []struct {
	name string
	make func(rng *rand.Rand, n int) []byte
}{
	{"random bytes", func(rng *rand.Rand, _ int) []byte { return random(rng, 20+rng.IntN(1200)) }},
	{"random bytes that begin like RTP", func(rng *rand.Rand, _ int) []byte {
		b := random(rng, 200)
		b[0], b[1] = 0x80, 96
		return b
	}},
	{"one session number, random otherwise", func(rng *rand.Rand, _ int) []byte {
		b := random(rng, 200)
		b[0], b[1] = 0x80, 96
		copy(b[8:], "abcd")
		return b
	}},
	{"a counter in the wrong place", func(rng *rand.Rand, n int) []byte {
		b := random(rng, 200)
		b[0], b[1], b[2], b[3] = 0x80, 96, 0, 1
		binary.BigEndian.PutUint32(b[4:], uint32(n))
		copy(b[8:], "abcd")
		return b
	}},
	{"a little-endian counter", func(_ *rand.Rand, n int) []byte {
		b := make([]byte, 100)
		b[0], b[1] = 0x80, 0x10
		binary.LittleEndian.PutUint16(b[2:], uint16(n))
		copy(b[8:], "abcd")
		return b
	}},
	{"all zero but a counter", func(_ *rand.Rand, n int) []byte {
		b := make([]byte, 100)
		b[0] = 0x80
		binary.BigEndian.PutUint16(b[2:], uint16(n))
		return b
	}},
	{"DNS questions", func(rng *rand.Rand, _ int) []byte {
		return append(random(rng, 2), "\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x06camera\x05local\x00\x00\x01\x00\x01"...)
	}},
	{"STUN", func(rng *rand.Rand, _ int) []byte {
		return append([]byte("\x00\x01\x00\x08\x21\x12\xa4\x42"), random(rng, 20)...)
	}},
	{"DTLS", func(rng *rand.Rand, n int) []byte {
		return append([]byte{23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, byte(n >> 8), byte(n), 0, 80}, random(rng, 80)...)
	}},
	{"QUIC, short header", func(rng *rand.Rand, _ int) []byte {
		return append([]byte{0x40 | byte(rng.IntN(64))}, random(rng, 1200)...)
	}},
	{"QUIC, long header", func(rng *rand.Rand, _ int) []byte {
		return append([]byte{0xc3, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8}, random(rng, 1100)...)
	}},
	{"QUIC with the fixed bit greased", func(rng *rand.Rand, _ int) []byte {
		return append([]byte{byte(rng.IntN(256)) &^ 0x40}, random(rng, 1200)...)
	}},
	{"PPPP", func(rng *rand.Rand, n int) []byte {
		return append([]byte{0xf1, 0xd0, 4, 4, 0xd1, 0, byte(n >> 8), byte(n)}, random(rng, 1024)...)
	}},
	{"RTCP", func(_ *rand.Rand, n int) []byte {
		return append([]byte{0x81, 200, 0, 12, 1, 2, 3, 4}, make([]byte, 44+n%4)...)
	}},
	{"NTP", func(rng *rand.Rand, _ int) []byte { return append([]byte{0x23, 2, 6, 0xec}, random(rng, 44)...) }},
	{"WireGuard", func(rng *rand.Rand, n int) []byte {
		return append([]byte{4, 0, 0, 0, 9, 9, 9, 9, byte(n), byte(n >> 8), 0, 0, 0, 0, 0, 0}, random(rng, 900)...)
	}},
}

func random(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func TestOtherUDPIsNotRTP(t *testing.T) {
	for _, test := range notRTP {
		t.Run(test.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(4, 4))
			var got told
			table, c := New(Config{}, &got), &clock{}
			for n := range 10_000 {
				table.Add(c.udp("192.0.2.10:6970", "192.0.2.20:50000", test.make(rng, n)))
			}
			table.Close()
			for _, e := range got.ends {
				if len(e.Client)+len(e.Server) != 0 {
					t.Errorf("taken for RTP: %+v", e)
				}
			}
			checkEmpty(t, table)
		})
	}
}

func TestRTPRecordsAreBounded(t *testing.T) {
	var got told
	table, c := New(Config{MaxRTP: 10}, &got), &clock{}
	for n := range 100 { // one real stream among candidates that lead nowhere
		table.Add(c.udp("192.0.2.10:6970", "192.0.2.20:50000", rtpPacket(n, 500)))
		if n >= rtpMinimum {
			for range 20 {
				stray := rtpPacket(int(c.number), 100)
				p := c.udp("192.0.2.77:1000", "192.0.2.20:50000", stray)
				p.SrcPort = uint16(1000 + c.number)
				table.Add(p)
			}
		}
	}
	if n := table.rtp.used(); n > 10 {
		t.Errorf("%d records, want at most 10", n)
	}
	if table.Stats().RTPDropped == 0 {
		t.Error("nothing counted as dropped")
	}
	table.Close()
	if rtp := got.ends[0].Client; len(rtp) != 1 || rtp[0].Packets != 100 {
		t.Errorf("got %+v, want the real stream whole", rtp)
	}
	checkEmpty(t, table)
}

func TestParseRTP(t *testing.T) {
	base := rtpPacket(1, 100)
	change := func(f func(b []byte)) []byte {
		b := append([]byte(nil), base...)
		f(b)
		return b
	}
	cases := []struct {
		name    string
		b       []byte
		ok      bool
		payload int
	}{
		{"plain", base, true, 100},
		{"version 1", change(func(b []byte) { b[0] = 0x40 }), false, 0},
		{"sender report", change(func(b []byte) { b[1] = 200 }), false, 0},
		{"two contributing sources", change(func(b []byte) { b[0] |= 2 }), true, 92},
		{"more sources than bytes", change(func(b []byte) { b[0] |= 15 })[:60], false, 0},
		{"extension of two words", change(func(b []byte) { b[0] |= 0x10; b[14], b[15] = 0, 2 }), true, 88},
		{"extension longer than the packet", change(func(b []byte) { b[0] |= 0x10; b[14], b[15] = 1, 0 }), false, 0},
		{"padding of four", change(func(b []byte) { b[0] |= 0x20; b[111] = 4 }), true, 100},
		{"padding of nothing", change(func(b []byte) { b[0] |= 0x20; b[111] = 0 }), false, 0},
		{"padding longer than the payload", change(func(b []byte) { b[0] |= 0x20; b[111] = 101 }), false, 0},
		{"no payload", base[:12], false, 0},
		{"eleven bytes", base[:11], false, 0},
		{"empty", nil, false, 0},
	}
	for _, test := range cases {
		h, ok := parseRTP(test.b, len(test.b))
		if ok != test.ok || ok && h.payload != test.payload {
			t.Errorf("%s: parseRTP(%x) = %+v, %t; want payload %d, %t", test.name, test.b, h, ok, test.payload, test.ok)
		}
	}
}

func TestClockRate(t *testing.T) {
	for _, test := range []struct {
		name string
		r    RTP
		want int
	}{
		{"video of ten seconds", RTP{PayloadType: 96, Span: 901_000, Last: 10e9}, 90000},
		{"dynamic audio", RTP{PayloadType: 97, Span: 162_000, Last: 10e9}, 16000},
		{"PCMA, too short to measure", RTP{PayloadType: 8, Span: 800, Last: 1e8}, 8000},
		{"JPEG, too short to measure", RTP{PayloadType: 26}, 90000},
		{"dynamic, too short to measure", RTP{PayloadType: 96, Span: 800, Last: 1e8}, 0},
		{"dynamic, at a rate nobody uses", RTP{PayloadType: 96, Span: 1_000, Last: 1e9}, 0},
	} {
		if got := test.r.ClockRate(); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
