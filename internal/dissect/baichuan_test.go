package dissect

import (
	"os"
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
		{"login answered", ask, told, []Message{{Protocol: "baichuan", End: 20, Fields: list("baichuan.message", "1", "baichuan.class", "1466")}}},
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
		{"modern_login_success.bin", false, list("baichuan.message", "1", "baichuan.class", "0000")},
		{"modern_login_failed.bin", false, list("baichuan.message", "1", "baichuan.class", "0000")},
		{"udp_data.bin", true, list("baichuan.message", "3", "baichuan.class", "0000")},
		{"udp_multi_3.bin", true, nil}, // a client's login
		{"udp_negotiate_camt.bin", true, nil},
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

func FuzzBaichuan(f *testing.F) {
	f.Add(unhex(f, "f0debc0a 01000000 91000000 00000001 02dd1466 2312442636490e9a"))
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
