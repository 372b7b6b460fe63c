package flow

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/packet"
)

// TestRealCaptures adds every capture of the reference data: each IP packet
// must be in a flow that ends once, and RTP may only be found in captures whose
// name says that they hold some, or a protocol that carries it.
func TestRealCaptures(t *testing.T) {
	files, frames := 0, 0
	for _, dir := range []string{"data/captures/ndpi", "data/captures/yi", "data/captures/reolink", "data/captures/dhip37810", "data/negatives"} {
		err := filepath.WalkDir(shared(t, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if info, err := d.Info(); err != nil || info.Size() > 20<<20 {
				return err
			}
			n := addCapture(t, path)
			if n > 0 {
				files++
			}
			frames += n
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d captures, %d frames", files, frames)
	if files == 0 {
		t.Error("no capture was read")
	}
}

func addCapture(t *testing.T, path string) (frames int) {
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := capture.NewReader(file)
	if errors.Is(err, capture.ErrNotCapture) {
		return 0
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var got told
	var decoder packet.Decoder
	table := New(Config{}, &got)
	var frame capture.Frame
	var p packet.Packet
	var counted uint64
	for {
		if err := r.Next(&frame); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		frames++
		switch decoder.Decode(&frame, &p) {
		case packet.TCP, packet.UDP, packet.ICMP, packet.OtherIP:
			counted++
			table.Add(&p)
		}
	}
	table.Close()
	checkEmpty(t, table)
	if s := table.Stats(); testing.Verbose() {
		t.Logf("%s: %+v", filepath.Base(path), s)
	}
	var ended uint64
	for _, e := range got.ends {
		ended += e.Flow.Client.Packets + e.Flow.Server.Packets
		for _, r := range append(e.Client, e.Server...) {
			t.Logf("%s: RTP %s → %s type %d channel %d, %d packets, %d lost, %d Hz", filepath.Base(path), e.Flow.Client.AddrPort(), e.Flow.Server.AddrPort(), r.PayloadType, r.Channel, r.Packets, r.Lost, r.ClockRate())
			if !mayHoldRTP(path) {
				t.Errorf("%s: RTP found: %+v", path, r)
			}
		}
	}
	if ended != counted || int64(len(got.ends)) != table.Stats().Flows {
		t.Errorf("%s: %d packets in %d ended flows, want %d in %d", path, ended, len(got.ends), counted, table.Stats().Flows)
	}
	return frames
}

// mayHoldRTP goes by names of captures and of calling programs.
func mayHoldRTP(path string) bool {
	name := strings.ToLower(filepath.Base(path))
	for _, word := range []string{"rtp", "rtsp", "sip", "voip", "call", "meet", "teams", "zoom", "webex", "whatsapp", "skype", "viber", "line", "wechat", "stun", "h323", "h264", "mpeg", "webrtc", "video", "facetime", "signal", "telegram", "discord", "hangout", "jitsi", "camera", "reolink", "yi"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}
