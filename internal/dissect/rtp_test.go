package dissect

import "testing"

func TestRTPHeader(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want RTP
		ok   bool
	}{
		{"H.264 key frame", "80e0 0001 00000002 00000003 6588", RTP{PayloadType: 96, Marker: true, Sequence: 1, Timestamp: 2, SSRC: 3, Header: 12, Payload: 2}, true},
		{"two sources and an extension of one word", "9200 0001 00000002 00000003 00000004 00000005 bede0001 11223344 ff", RTP{Sequence: 1, Timestamp: 2, SSRC: 3, Header: 28, Payload: 1}, true},
		{"padding", "a01a 0001 00000002 00000003 ff0002", RTP{PayloadType: 26, Sequence: 1, Timestamp: 2, SSRC: 3, Header: 12, Payload: 1}, true},
		{"padding longer than the payload", "a01a 0001 00000002 00000003 ff0004", RTP{}, false},
		{"RTCP sender report", "80c8 0006 00000002 00000003 00000000", RTP{}, false},
		{"extension beyond the end", "9000 0001 00000002 00000003 bede0001", RTP{}, false},
		{"sources beyond the end", "8f00 0001 00000002 00000003", RTP{}, false},
		{"version 1", "4000 0001 00000002 00000003", RTP{}, false},
		{"too short", "8000 0001 00000002 000000", RTP{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := RTPHeader(unhex(t, tt.in))
			same(t, got, tt.want)
			same(t, ok, tt.ok)
		})
	}
}

func TestRTPCodec(t *testing.T) {
	tests := []struct {
		pt           uint8
		codec, media string
	}{
		{0, "PCMU", "audio"}, {8, "PCMA", "audio"}, {26, "JPEG", "video"}, {33, "MP2T", "video"},
		{35, "dynamic 35", "unknown"}, {96, "dynamic 96", "unknown"},
	}
	for _, tt := range tests {
		h := RTP{PayloadType: tt.pt}
		same(t, []string{h.Codec(), h.Media()}, []string{tt.codec, tt.media})
	}
}

func FuzzRTP(f *testing.F) {
	f.Add(unhex(f, "80e0 0001 00000002 00000003 6588"))
	f.Add(unhex(f, "9200 0001 00000002 00000003 00000004 00000005 bede0001 11223344 ff"))
	f.Add(unhex(f, "a01a 0001 00000002 00000003 ff0002"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := RTPHeader(b)
		if ok && (h.Header < 12 || h.Payload < 0 || h.Header+h.Payload > len(b) || h.Codec() == "" || h.Media() == "") {
			t.Errorf("RTPHeader(%x) = %+v", b, h)
		}
		if !ok && h != (RTP{}) {
			t.Errorf("RTPHeader(%x) = %+v, false", b, h)
		}
	})
}
