package dissect

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// A conversation in the shape of recorded ones; values our own.
const (
	rtspAsk = "OPTIONS rtsp://192.0.2.64:554/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: LibVLC/3.0.16\r\n\r\n" +
		"DESCRIBE rtsp://admin:secret@192.0.2.64:554/Streaming/Channels/101?user=admin&password=secret&profile=1 RTSP/1.0\r\nCSeq: 2\r\nUser-Agent: LibVLC/3.0.16\r\n\r\n" +
		"DESCRIBE rtsp://192.0.2.64:554/nothing RTSP/1.0\r\nCSeq: 3\r\n\r\n"
	rtspTold = "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n" +
		"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nServer: Acme/1.0\r\nWWW-Authenticate: Digest realm=\"IP Camera(AB705)\", nonce=\"1\"\r\nWWW-Authenticate: Basic realm=\"IP Camera(AB705)\"\r\n\r\n" +
		"RTSP/1.0 404 Not Found\r\nCSeq: 3\r\n\r\n"
)

// ends gives the offset after each message of a half.
func ends(half string, marks ...string) []int {
	var all []int
	at := 0
	for _, m := range marks {
		at += strings.Index(half[at:], m) + len(m)
		all = append(all, at)
	}
	return all
}

func TestRTSPConversation(t *testing.T) {
	ask := ends(rtspAsk, "\r\n\r\n", "\r\n\r\n", "\r\n\r\n")
	told := ends(rtspTold, "\r\n\r\n", "\r\n\r\n", "\r\n\r\n")
	want := []Message{
		{Protocol: "rtsp", FromClient: true, End: ask[0], Fields: list("rtsp.request", "OPTIONS", "rtsp.user-agent", "LibVLC/3.0.16")},
		{Protocol: "rtsp", FromClient: true, End: ask[1], Fields: list("rtsp.request", "DESCRIBE", "rtsp.user-agent", "LibVLC/3.0.16")},
		{Protocol: "rtsp", FromClient: true, End: ask[2], Fields: list("rtsp.request", "DESCRIBE")},
		{Protocol: "rtsp", End: told[0], Fields: list("rtsp.status", "200", "rtsp.public", "OPTIONS, DESCRIBE", "rtsp.path", "/Streaming/Channels/101")},
		{Protocol: "rtsp", End: told[1], Fields: list("rtsp.status", "401", "rtsp.server", "Acme/1.0", "rtsp.realm", "IP Camera(AB705)", "rtsp.path", "/Streaming/Channels/101?user=*&password=*&profile=1")},
		{Protocol: "rtsp", End: told[2], Fields: list("rtsp.status", "404")},
	}
	t.Run("both halves, on an odd port", func(t *testing.T) {
		same(t, collectTCP(30554, []byte(rtspAsk), []byte(rtspTold)), want)
	})
	t.Run("interleaved media between answers", func(t *testing.T) {
		server := rtspTold[:told[0]] + "$\x00\x00\x05RTSP/" + rtspTold[told[0]:]
		got := collectTCP(554, nil, []byte(server))
		if len(got) != 3 || got[2].End != len(server) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("server's half cut inside a header", func(t *testing.T) {
		cutAt := strings.Index(rtspTold, "nonce")
		got := collectTCP(554, []byte(rtspAsk), []byte(rtspTold[:cutAt]))
		same(t, got[:4], want[:4])
		same(t, got[4:], []Message{{Protocol: "rtsp", End: cutAt, Fields: list("rtsp.status", "401", "rtsp.server", "Acme/1.0", "rtsp.path", "/Streaming/Channels/101?user=*&password=*&profile=1")}})
	})
	t.Run("tunnelled in HTTP, requests", func(t *testing.T) {
		post := "POST /Streaming/Channels/101 HTTP/1.0\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
		for _, request := range strings.SplitAfter(rtspAsk, "\r\n\r\n") {
			post += base64.StdEncoding.EncodeToString([]byte(request))
		}
		got := collectTCP(80, []byte(post), nil)
		if len(got) != 3 {
			t.Fatalf("got %+v", got)
		}
		for i := range got {
			same(t, got[i].Fields, want[i].Fields)
		}
	})
	t.Run("tunnelled in HTTP, answers", func(t *testing.T) {
		get := "GET /Streaming/Channels/101 HTTP/1.0\r\nAccept: application/x-rtsp-tunnelled\r\n\r\n"
		head := "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n"
		got := collectTCP(80, []byte(get), []byte(head+rtspTold))
		if len(got) != 3 || got[2].End != len(head+rtspTold) {
			t.Fatalf("got %+v", got)
		}
		same(t, got[1].Fields, list("rtsp.status", "401", "rtsp.server", "Acme/1.0", "rtsp.realm", "IP Camera(AB705)"))
	})
	t.Run("HTTP on the RTSP port is not RTSP", func(t *testing.T) {
		for _, m := range collectTCP(554, []byte("GET / HTTP/1.0\r\n\r\n"), []byte("HTTP/1.0 200 OK\r\n\r\n")) {
			if m.Protocol == "rtsp" {
				t.Errorf("got %+v", m)
			}
		}
	})
}

// A camera that pushes its stream describes itself from the client's half.
func TestRTSPAnnounce(t *testing.T) {
	sdp := "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
	in := fmt.Sprintf("ANNOUNCE rtsp://192.0.2.1/live RTSP/1.0\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", len(sdp), sdp)
	same(t, collectTCP(554, []byte(in), nil), []Message{
		{Protocol: "rtsp", FromClient: true, End: len(in), Fields: list("rtsp.request", "ANNOUNCE")},
		{Protocol: "sdp", FromClient: true, End: len(in), Fields: list("sdp.line", "v=0", "sdp.line", "m=video 0 RTP/AVP 96", "sdp.line", "a=rtpmap:96 H264/90000", "sdp.video", "H264")},
	})
}

// recorded reads a reply recorded from a device.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/rtsp/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseRTSPReplyRecorded(t *testing.T) {
	rtsp := func(name string) []observation.Field {
		var all []observation.Field
		for _, f := range ParseRTSPReply(recorded(t, name)) {
			if f.Name != observation.SDPLine {
				all = append(all, f)
			}
		}
		return all
	}
	tests := []struct {
		name string
		want []observation.Field
	}{
		{"dahua_options", list("rtsp.status", "200", "rtsp.server", "Rtsp Server/3.0", "rtsp.public", "OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, TEARDOWN, SET_PARAMETER, GET_PARAMETER", "rtsp.header", "Session: 0")},
		{"dahua_describe_h264_aac_onvif", list("rtsp.status", "200", "rtsp.path", "/cam/realmonitor?channel=1&subtype=1&unicast=true&proto=Onvif", "sdp.video", "H264", "sdp.audio", "MPEG4-GENERIC")},
		{"hikvision_describe", list("rtsp.status", "200", "rtsp.path", "/Streaming/Channels/101", "sdp.video", "H264")},
		{"reolink_describe", list("rtsp.status", "200", "rtsp.path", "/h264Preview_01_main", "sdp.video", "H264", "sdp.audio", "MPEG4-GENERIC")},
		{"h264dvr_describe", list("rtsp.status", "200", "rtsp.server", "H264DVR 1.0", "rtsp.path", "/camera", "sdp.video", "H264", "sdp.audio", "PCMA")},
		{"missing_content_type_describe", list("rtsp.status", "200", "rtsp.header", "Session: 0", "sdp.video", "H264", "sdp.audio", "MPEG4-GENERIC")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, rtsp(tt.name), tt.want) })
	}
}

// Every line of a recorded description is kept as sent, and is kept too when the
// description is cut before it ends.
func TestSDPLines(t *testing.T) {
	_, sdp, _ := strings.Cut(string(recorded(t, "hikvision_describe")), "\r\n\r\n")
	var want []observation.Field
	for line := range strings.Lines(sdp) {
		want = append(want, observation.Field{Name: observation.SDPLine, Value: strings.TrimSpace(line)})
	}
	want = append(want, observation.Field{Name: observation.SDPVideo, Value: "H264"})
	same(t, ParseSDP([]byte(sdp)), want)
	half := sdp[:strings.Index(sdp, "a=rtpmap:96")]
	same(t, len(ParseSDP([]byte(half))), strings.Count(half, "\n")+1)
}

func TestParseSDP(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want []observation.Field
	}{
		{
			"talk-back as ONVIF describes it", "v=0\r\nm=audio 0 RTP/AVP 0\r\na=recvonly\r\nm=audio 0 RTP/AVP 8\r\na=sendonly\r\n",
			list("sdp.audio", "PCMU", "sdp.backchannel", "true", "sdp.audio", "PCMA"),
		},
		{"H.265 in lower case, spaces before the name", "v=0\nm=video 0 RTP/AVP 98\na=rtpmap:98  h265/90000\n", list("sdp.video", "H265")},
		{"payload type that nothing explains", "v=0\nm=video 0 RTP/AVP 35\n", list("sdp.video", "dynamic 35")},
		{"motion JPEG by its static type", "v=0\nm=video 0 RTP/AVP 26\n", list("sdp.video", "JPEG")},
		{"lines out of order and one without sense", "v=0\nt=0 0\nhello\no=- 1 1 IN IP4 0.0.0.0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n", list("sdp.video", "H264")},
		{"medium with nothing else", "v=0\nm=video\n", nil},
		{"not a description", "hello", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []observation.Field
			for _, f := range ParseSDP([]byte(tt.in)) {
				if f.Name != observation.SDPLine {
					got = append(got, f)
				}
			}
			same(t, got, tt.want)
		})
	}
}

// The library and the tolerant reading agree wherever the library reads at all.
func TestSDPReadingsAgree(t *testing.T) {
	for _, name := range []string{"hikvision_describe", "dahua_describe_h264_aac_onvif", "reolink_describe", "h264dvr_describe", "missing_content_type_describe"} {
		_, sdp, _ := strings.Cut(string(recorded(t, name)), "\r\n\r\n")
		strict, ok := sdpStrict([]byte(sdp))
		tolerant := sdpTolerant([]byte(sdp))
		var a, b fields
		for i := range strict {
			strict[i].add(&a)
		}
		for i := range tolerant {
			tolerant[i].add(&b)
		}
		if ok {
			same(t, a, b)
		}
	}
}

func TestURIPath(t *testing.T) {
	tests := []struct{ in, want string }{
		{"rtsp://a/b?c", "/b?c"},
		{"rtsp://user:pass@a:554/b", "/b"},
		{"rtsp://a", "/"},
		{"*", ""},
		{"/live", "/live"},
		{"rtsp://a/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream", "/user=*_password=*_channel=1_stream=0.sdp?real_stream"},
		{"rtsp://a/user=admin&password=a_b&channel=1&stream=0.sdp?", "/user=*&password=*&channel=1&stream=0.sdp?"},
		{"rtsp://a/x?pwd=&usr=A%20B", "/x?pwd=&usr=*"},
		{"rtsp://a/cam/realmonitor?channel=1&subtype=0", "/cam/realmonitor?channel=1&subtype=0"},
		{"rtsp://a/superuser=1", "/superuser=1"},
		{"rtsp://a/x?Password=İ", "/x?Password=*"},
	}
	for _, tt := range tests {
		if got := uriPath(tt.in); got != tt.want {
			t.Errorf("uriPath(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestRealm(t *testing.T) {
	tests := []struct{ in, want string }{
		{`Digest realm="IP Camera(AB705)", nonce="x"`, "IP Camera(AB705)"},
		{`Basic realm="a \"b\""`, `a "b"`},
		{`Digest nonce="x", Realm=Embedded Net DVR, qop=auth`, "Embedded Net DVR"},
		{`Basic realm="cut`, "cut"},
		{"Basi\x9e\x9e\x9e\x9e\x9e\x9ec realm=\"IP Camera", "IP Camera"}, // bytes that are no UTF-8 before it
		{`Basic`, ""},
	}
	for _, tt := range tests {
		if got := realm(tt.in); got != tt.want {
			t.Errorf("realm(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func FuzzRTSP(f *testing.F) {
	f.Add([]byte(rtspAsk), []byte(rtspTold))
	f.Add([]byte("RTSP/1.0 200 OK\r\nCSeq: "), []byte{}) // 23 bytes that crashed another scanner
	for _, name := range []string{"hikvision_describe", "dahua_options", "h264dvr_describe"} {
		f.Add([]byte{}, recorded(f, name))
	}
	f.Add([]byte("POST / HTTP/1.0\r\nx-rtsp-tunnelled\r\n\r\nT1BUSU9OUyAq"), []byte("$\x00\x00\x02ab"))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		for _, m := range collect(func(emit Emit) { rtspStream(1, 554, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
		ParseRTSPReply(server)
	})
}

func FuzzSDP(f *testing.F) {
	for _, name := range []string{"hikvision_describe", "dahua_describe_h264_aac_onvif", "reolink_describe", "h264dvr_describe"} {
		_, sdp, _ := strings.Cut(string(recorded(f, name)), "\r\n\r\n")
		f.Add([]byte(sdp))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := ParseSDP(b); len(got) > 0 {
			check(t, Message{Protocol: "sdp", Fields: got}, 0, 0)
		}
	})
}
