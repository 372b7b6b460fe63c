package dissect

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkDatagramWanted measures the test that every UDP packet goes through,
// with the payloads that make up most of a capture of cameras: RTP and other
// media that no dissector wants.
func BenchmarkDatagramWanted(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 5))
	payloads := make([][]byte, 64)
	for i := range payloads {
		payloads[i] = make([]byte, 1200)
		for j := range payloads[i] {
			payloads[i][j] = byte(r.Uint32())
		}
		if i%2 == 0 {
			payloads[i][0], payloads[i][1] = 0x80, 0x60
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		DatagramWanted(40000, 40002, payloads[i&63])
	}
}

// The first bytes of other services are not taken for the platforms' protocols,
// and random ones hardly ever.
func TestStreamShapesForeign(t *testing.T) {
	platforms := []struct {
		name  string
		looks func([]byte) bool
	}{{"dvrip", looksDVRIP}, {"tvt", looksTVT}, {"dahua-dvrip", looksDahua}, {"ezviz", looksEzviz}}
	starts := [][]byte{
		[]byte("SSH-2.0-"), []byte("220 ProF"), []byte("\x03\x00\x00\x13\x0e\xe0\x00\x00"), []byte("\x10\x16\x00\x04MQTT"), []byte("\x00\x00\x00\x85\xffSMB"),
		[]byte("\xff\xfd\x18\xff\xfd\x20\xff\xfd"), []byte("\xff\xff\xff\xff\x00\x00\x00\x00"), []byte("head\r\n\r\n"), []byte("headers:"), []byte("\x13BitTorr"),
		[]byte("\x05\x01\x00"), []byte("\x04\x01\x00\x50"), []byte("\x16\x03\x01\x02\x00\x01\x00\x01"), []byte("PRI * HT"), []byte("\xa0\x01\x02\x03\x04\x05\x06\x07"), {},
	}
	r := rand.New(rand.NewPCG(1, 6))
	for range 1000000 {
		b := make([]byte, 8)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		starts = append(starts, b)
	}
	for _, p := range platforms {
		for _, b := range starts {
			if p.looks(b) {
				t.Errorf("%q is taken for %s", b, p.name)
			}
		}
	}
}
