package dissect

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// The handshake of RFC 9001, appendix A.2, in its CRYPTO frame; RFC 9369 uses
// the same.
const quicFrame = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578" +
	"616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fba" +
	"baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c0002400100" +
	"3900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff"

// quicSealed makes a client's Initial packet with packet number 2, the way RFC
// 9001, appendix A.2 does.
func quicSealed(t testing.TB, version uint32, id, frames []byte) []byte {
	t.Helper()
	v := quicVersionOf(version)
	key, iv, mask := quicKeys(v, id)
	length := 4 + len(frames) + quicTagLen
	h := []byte{0xc3 | v.initial<<4}
	h = binary.BigEndian.AppendUint32(h, version)
	h = append(append(h, byte(len(id))), id...)
	h = append(h, 0, 0, byte(0x40|length>>8), byte(length), 0, 0, 0, 2)
	iv[len(iv)-1] ^= 2
	c, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(c)
	if err != nil {
		t.Fatal(err)
	}
	b := aead.Seal(h, iv, frames, h)
	sample, err := aes.NewCipher(mask)
	if err != nil {
		t.Fatal(err)
	}
	var noise [16]byte
	at := len(h) - 4
	sample.Encrypt(noise[:], b[at+4:at+20])
	b[0] ^= noise[0] & 0x0f
	for i := range 4 {
		b[at+i] ^= noise[1+i]
	}
	return b
}

// quicRFC is the datagram of RFC 9001, appendix A.2.
func quicRFC(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/quic/rfc9001-a2.hex")
	if err != nil {
		t.Fatal(err)
	}
	return unhex(t, string(b))
}

var quicID = []byte{0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08}

// crypto makes a CRYPTO frame.
func crypto(at int, data []byte) []byte {
	b := []byte{6, byte(0x40 | at>>8), byte(at), byte(0x40 | len(data)>>8), byte(len(data))}
	return append(b, data...)
}

func TestQUIC(t *testing.T) {
	frame := unhex(t, quicFrame)
	padded := append(bytes.Clone(frame), make([]byte, 1162-len(frame))...)
	hello := frame[4:]
	says := func(version string) []Message {
		return []Message{{Protocol: "quic", Fields: list("quic.version", version, "quic.sni", "example.com", "quic.alpn", "alpn")}}
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	version2 := quicSealed(t, 0x6b3343cf, quicID, padded)
	// RFC 9369, appendix A.2, as far as the header and the first bytes tell that salt and labels are right.
	if want := unhex(t, "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485dd04de806071bf03dceebfa162e75d6c96058bdbfb127cdfcbf903388e99ad04"); !bytes.Equal(version2[:len(want)], want) {
		t.Errorf("version 2 gives %x", version2[:len(want)])
	}
	late := join(crypto(700, []byte{1, 2, 3}), crypto(760, join([]byte{9, 9}, hello[47:90])))
	damaged := quicRFC(t)
	damaged[600] ^= 1
	tests := []struct {
		name string
		in   []byte
		want []Message
	}{
		{"the example of RFC 9001", quicRFC(t), says("1")},
		{"version 2", version2, says("2")},
		{"draft 29", quicSealed(t, 0xff00001d, quicID, padded), says("draft-29")},
		{"pieces out of order, with PING, ACK and padding", quicSealed(t, 1, quicID, join([]byte{1, 0, 0}, crypto(100, hello[100:]), []byte{2, 1, 0, 0, 0}, crypto(0, hello[:60]), []byte{3, 1, 0, 0, 0, 1, 1, 1}, crypto(60, hello[60:100]))), says("1")},
		{"two packets in one datagram", join(quicSealed(t, 1, quicID, crypto(0, hello[:50])), quicSealed(t, 1, quicID, crypto(50, hello[50:]))), says("1")},
		{"the name came in a later datagram", quicSealed(t, 1, quicID, late), []Message{{Protocol: "quic", Fields: list("quic.version", "1", "quic.sni", "example.com")}}},
		{"one byte is damaged", damaged, nil},
		{"cut", quicRFC(t)[:1000], nil},
		{"an answer of a server", unhex(t, "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee"), nil},
		{"another version", append([]byte{0xc0, 0, 0, 0, 9}, quicRFC(t)[5:]...), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(50000, 443, tt.in), tt.want) })
	}
}

// Random bytes behind a header that fits are not QUIC: the packet must decipher.
func TestQUICRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		b := make([]byte, 1250)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		copy(b, []byte{0xc0 | b[0]&0x0f, 0, 0, 0, 1, 8})
		if got := collectUDP(50000, 443, b); got != nil {
			t.Fatalf("%x: %v", b[:32], got)
		}
	}
}

// Recorded clients name the servers that tshark reads, but for the browser that
// cuts the name in two: "tr6.snap" stands in one datagram, the rest in another.
func TestQUICRecorded(t *testing.T) {
	for file, want := range map[string][]Message{
		"quic__quic-39264-rand.pcap": {{Protocol: "quic", Fields: list("quic.version", "1", "quic.alpn", "h3")}},
		"quic__quicdoq.pcap":         {{Protocol: "quic", Fields: list("quic.version", "1", "quic.alpn", "doq")}},
		"quic__quicv2-echo-443.pcap": {{Protocol: "quic", Fields: list("quic.version", "2", "quic.sni", "localhost", "quic.alpn", "quic-echo-example")}},
	} {
		t.Run(file, func(t *testing.T) {
			b, err := os.ReadFile(sharedFile(t, "negatives/zeek/"+file))
			if err != nil {
				t.Fatal(err)
			}
			var got []Message
			for _, p := range pcapUDP(b) {
				got = append(got, collectUDP(50000, 443, p)...)
			}
			if len(got) == 0 {
				t.Fatal("nothing is read")
			}
			same(t, got[:1], want)
		})
	}
}

// pcapUDP returns the payloads of UDP over IP over Ethernet or a loopback link in
// a little-endian pcap.
func pcapUDP(b []byte) (all [][]byte) {
	link := binary.LittleEndian.Uint32(b[20:])
	for b = b[24:]; len(b) >= 16; {
		n := int(binary.LittleEndian.Uint32(b[8:]))
		if n > len(b)-16 {
			return all
		}
		ip := b[16 : 16+n]
		b = b[16+n:]
		switch {
		case link == 1 && n > 14:
			ip = ip[14:]
		case link == 0 && n > 4:
			ip = ip[4:]
		}
		if len(ip) > 28 && ip[0]>>4 == 4 && ip[9] == 17 {
			all = append(all, ip[4*int(ip[0]&15)+8:])
		}
		if len(ip) > 48 && ip[0]>>4 == 6 && ip[6] == 17 {
			all = append(all, ip[48:])
		}
	}
	return all
}

func FuzzQUIC(f *testing.F) {
	f.Add(quicRFC(f), false)
	f.Add(quicSealed(f, 0x6b3343cf, quicID, unhex(f, quicFrame)), false)
	f.Add(unhex(f, quicFrame), true)
	f.Add([]byte{2, 1, 0, 0, 0, 6, 0, 1, 1}, true)
	f.Fuzz(func(t *testing.T, b []byte, sealed bool) {
		if sealed { // frames that a fuzzer could not encipher
			if len(b) == 0 || len(b) > 4<<10 {
				return
			}
			b = quicSealed(t, 1, quicID, b)
		}
		for _, m := range collect(func(emit Emit) { quicDatagram(50000, 443, b, emit) }) {
			check(t, m, 0, 0)
			if m.Fields[0].Name != observation.QUICVersion {
				t.Errorf("no version: %v", m.Fields)
			}
		}
	})
}
