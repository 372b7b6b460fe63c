package egress

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/lab"
)

// shaped adds a traffic of the lab up, from packets with that content, in parts
// as long as active.
func shaped(t *lab.Traffic, content []byte, active time.Duration) *Pattern {
	h := &patterns{by: map[[2]string]*Pattern{}}
	table := flow.New(flow.Config{Active: active}, h)
	t.Packets(content, table.Add)
	table.Close()
	sum := &Pattern{}
	for k, p := range h.by {
		if strings.HasPrefix(k[0], t.Device().String()+":") {
			sum.Merge(p)
		}
	}
	return sum
}

func TestVideoVerdictDoesNotDependOnPayload(t *testing.T) {
	zeros, noise := make([]byte, 1<<16), make([]byte, 1<<16)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(noise)
	rtp := slices.Repeat([]byte{0x80, 96, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, '$', 0, 5, 0x78}, 1<<12)
	for i, traffic := range lab.Shapes(21, true) {
		if i%3 != 0 { // every kind and carrier is still there
			continue
		}
		want := JudgeVideo(shaped(traffic, zeros, 0))
		for _, content := range [][]byte{noise, rtp} {
			if got := JudgeVideo(shaped(traffic, content, 0)); got != want {
				t.Errorf("%s\ngot  %+v\nwant %+v", traffic.Name, got, want)
			}
		}
	}
}

// TestVideoVerdictDoesNotDependOnParts cuts flows into parts of other lengths:
// the verdict may move by one step where figures stand at a limit, and no live
// video may be lost.
func TestVideoVerdictDoesNotDependOnParts(t *testing.T) {
	content := make([]byte, 1<<16)
	same, all := 0, 0
	for i, traffic := range lab.Shapes(22, true) {
		if i%2 != 0 {
			continue
		}
		whole := JudgeVideo(shaped(traffic, content, time.Hour))
		for _, active := range []time.Duration{30 * time.Second, time.Minute} {
			parted := JudgeVideo(shaped(traffic, content, active))
			all++
			if parted.Verdict == whole.Verdict && parted.Audio == whole.Audio {
				same++
			} else {
				t.Logf("%s, in parts of %s: %+v\nin one: %+v", traffic.Name, active, parted, whole)
			}
			if traffic.Kind == lab.Live && parted.Verdict != whole.Verdict || (parted.Verdict == VideoYes) != (whole.Verdict == VideoYes) && traffic.Kind == lab.Files {
				t.Errorf("%s: %s in parts of %s, %s in one", traffic.Name, parted.Verdict, active, whole.Verdict)
			}
		}
	}
	if same*100 < 97*all {
		t.Errorf("%d of %d verdicts are the same in parts", same, all)
	}
}

func TestVideoToTheDeviceIsNotVideoFromIt(t *testing.T) {
	content := make([]byte, 1<<16)
	tried := 0
	for _, traffic := range lab.Shapes(23, true) {
		if traffic.Kind != lab.Live || JudgeVideo(shaped(traffic, content, 0)).Verdict != VideoYes {
			continue
		}
		tried++
		if strings.HasSuffix(traffic.Name, "talk-back") {
			continue // sound goes back
		}
		if got := JudgeVideo(shaped(traffic.Reversed(), content, 0)); got.Verdict != VideoNo || got.Audio {
			t.Errorf("%s, reversed: %+v", traffic.Name, got)
		}
	}
	if tried < 40 {
		t.Errorf("only %d videos", tried)
	}
}

func TestPatternIsTurnedByExchangingSides(t *testing.T) {
	content := make([]byte, 1<<16)
	for _, traffic := range lab.Shapes(24, false)[:60] {
		want := shaped(traffic, content, 0)
		got := turned(*shaped(traffic.Reversed(), content, 0))
		if JudgeVideo(&got) != JudgeVideo(want) {
			t.Errorf("%s\ngot  %+v\nwant %+v", traffic.Name, JudgeVideo(&got), JudgeVideo(want))
		}
	}
}

// TestKeepAlivesDoNotDrownAView puts a minute of video into a day of keep-alives.
func TestKeepAlivesDoNotDrownAView(t *testing.T) {
	content := make([]byte, 1<<16)
	var view, idle *Pattern
	for _, traffic := range lab.Shapes(25, true) {
		switch {
		case traffic.Kind == lab.Live && strings.Contains(traffic.Name, "P2P"):
			view = shaped(traffic, content, 0)
		case traffic.Name == "P2P keep-alive":
			idle = shaped(traffic, content, 0)
		}
	}
	want := JudgeVideo(view)
	day := *view
	for range 72 {
		day.Merge(idle)
	}
	if got := JudgeVideo(&day); got != want || want.Verdict != VideoYes {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestVideoSaysItsFigures(t *testing.T) {
	p := Pattern{Parts: 1, Proto: 17, Last: 57_900_000_000, Up: Track{Parts: 1, Time: 57_900_000_000, Against: 630_000,
		Shape: flow.Shape{Payload: 15_225_000, Packets: 12_903, Full: 11_000, Trains: 870, Seconds: 58, Squares: 58 * 270_000 * 270_000}}}
	got := JudgeVideo(&p)
	want := Video{VideoYes, false, "2.1 Mbit/s up in 58 of 58 seconds, mean packet 1,180 bytes, 96 % of bytes up: trains of 14.8 packets 15 times a second, as pictures come"}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestAnyFiguresAreJudged gives patterns of any content: records come from
// outside, and their numbers may be absurd.
func TestAnyFiguresAreJudged(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	number := func() uint64 { return rng.Uint64() >> rng.IntN(64) }
	for range 200_000 {
		var p Pattern
		for range 1 + rng.IntN(3) {
			s := flow.Summary{First: int64(number()), Last: int64(number()), Proto: uint8(rng.IntN(20)), Exact: rng.IntN(2) == 0} //nolint:gosec // any
			if rng.IntN(4) == 0 {
				s.First = -s.First
			}
			for _, e := range []*flow.End{&s.Client, &s.Server} {
				e.Packets, e.Bytes = number(), number()
				e.Shape = flow.Shape{Payload: number(), Packets: uint32(number()), Full: uint32(number()), Trains: uint32(number()), Seconds: uint32(number()), Squares: float64(number())} //nolint:gosec // any
			}
			p.Add(&s, rng.IntN(2) == 0)
		}
		got := JudgeVideo(&p)
		if !slices.Contains([]string{VideoYes, VideoPossibly, VideoNo, VideoTooShort}, got.Verdict) || got.Why == "" ||
			strings.Contains(got.Why, "NaN") || strings.Contains(got.Why, "Inf") {
			t.Fatalf("%+v\n%+v", p, got)
		}
		if f := p.figures(); math.IsNaN(f.spread) {
			t.Fatalf("%+v", f)
		}
	}
}

func TestPatternIsSmall(t *testing.T) {
	if n := unsafe.Sizeof(Pattern{}); n > 168 {
		t.Errorf("a pattern is %d bytes: 100,000 are kept", n)
	}
}

func TestRealVideoIsRecognised(t *testing.T) {
	// a Yi camera sends to a telephone by P2P over UDP (NEU-SNS/intl-iot, Apache-2.0)
	by := sharedPatterns(t, "yi/yi_camera_sample.pcap")
	camera, phone := "192.168.10.204:23949", "192.168.10.248:17916"
	if got := JudgeVideo(by[[2]string{camera, phone}]); got.Verdict != VideoYes {
		t.Errorf("from the camera: %+v", got)
	}
	if got := JudgeVideo(by[[2]string{phone, camera}]); got.Verdict != VideoNo || got.Audio {
		t.Errorf("to the camera: %+v", got)
	}
}

func TestRealCapturesWithoutVideoHaveNone(t *testing.T) {
	for _, name := range []string{
		"iot_sentinel/D-LinkCam/Setup-A-1-STA.pcap", "iot_sentinel/D-LinkCam/Setup-B-1-STA.pcap", "iot_sentinel/EdimaxCam1/Setup-A-1-STA.pcap",
		"ndpi/rtsp.pcap", // RTSP between two machines, of which no media was captured
		"reolink/EncryptionProtocol02_login.pcapng", "dhip37810/dahua_dhip_replies.pcap",
	} {
		t.Run(name, func(t *testing.T) {
			for ends, p := range sharedPatterns(t, name) {
				if got := JudgeVideo(p); got.Verdict == VideoYes || got.Verdict == VideoPossibly || got.Audio {
					t.Errorf("%v: %+v", ends, got)
				}
			}
		})
	}
}

func BenchmarkJudgeVideo(b *testing.B) {
	content := make([]byte, 1<<16)
	p := shaped(lab.Shapes(1, false)[5], content, 0)
	b.ReportAllocs()
	for b.Loop() {
		JudgeVideo(p)
	}
}

func BenchmarkPatternAdd(b *testing.B) {
	s := &flow.Summary{Proto: 17, Exact: true, Last: 60e9}
	s.Client.Shape = flow.Shape{Payload: 1 << 20, Packets: 1000, Seconds: 60}
	var p Pattern
	b.ReportAllocs()
	for b.Loop() {
		p.Add(s, true)
	}
}
