package flow

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
)

// rtpPacket is H.264 as a camera sends it: dynamic type 96, 90 kHz, 25 frames a
// second of eight packets each; the last of a frame has the marker.
func rtpPacket(n int, size int) []byte {
	b := make([]byte, 12+size)
	b[0], b[1] = 0x80, 96
	if n%8 == 7 {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], uint16(65530+n))
	binary.BigEndian.PutUint32(b[4:], uint32(0xffff0000+n/8*3600))
	binary.BigEndian.PutUint32(b[8:], 0x1234abcd)
	for i := range size {
		b[12+i] = byte(i*7 + n)
	}
	b[12] = 0x7c // FU-A
	return b
}

func interleave(channel byte, frame []byte) string {
	return "$" + string([]byte{channel, byte(len(frame) >> 8), byte(len(frame))}) + string(frame)
}

const (
	describe = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 8\r\n\r\nv=0\r\n$\n\n"
	play     = "RTSP/1.0 200 OK\r\nCSeq: 4\r\nSession: 1\r\n\r\n"
	teardown = "RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n"
)

// rtspBytes is an RTSP server's half: answers, 400 interleaved frames of video
// and some of RTCP, and an answer between frames.
func rtspBytes() (all string, payload uint64) {
	var b strings.Builder
	b.WriteString(describe + play)
	for n := range 400 {
		size := 1400
		if n%8 == 7 {
			size = 100 + n
		}
		payload += uint64(size)
		b.WriteString(interleave(0, rtpPacket(n, size)))
		if n == 200 {
			b.WriteString(teardown)
		}
		if n%50 == 0 {
			b.WriteString(interleave(1, []byte{0x80, 200, 0, 6, 0x12, 0x34, 0xab, 0xcd, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}))
		}
	}
	return b.String(), payload
}

func TestInterleavedFramesAreCountedAndLeftOut(t *testing.T) {
	all, payload := rtspBytes()
	for round := range 60 {
		rng := rand.New(rand.NewPCG(2, uint64(round)))
		longest := 1 + rng.IntN(1460)
		if round == 0 {
			longest = 1
		}
		var got told
		table, c := New(Config{}, &got), &clock{}
		connect(table, c)
		table.Add(c.tcp(viewer, camera, packet.ACK, 1000, "DESCRIBE rtsp://192.0.2.10/ RTSP/1.0\r\nCSeq: 2\r\n\r\n"))
		for at := 0; at < len(all); {
			n := min(1+rng.IntN(longest), len(all)-at)
			if longest > 700 {
				n = min(longest, len(all)-at)
			}
			table.Add(c.tcp(camera, viewer, packet.ACK, 5000+uint32(at), all[at:at+n]))
			at += n
		}
		table.Close()
		if len(got.streams) != 1 || got.streams[0].Server.Data != describe+play+teardown {
			t.Fatalf("round %d: got %+v, want the three answers", round, got.streams)
		}
		rtp := got.ends[0].Server
		if len(rtp) != 1 || len(got.ends[0].Client) != 0 {
			t.Fatalf("round %d: RTP %+v, want one stream from the server", round, rtp)
		}
		r := rtp[0]
		if r.Packets != 400 || r.PayloadBytes != payload || r.Markers != 50 || r.Lost != 0 || r.Channel != 0 || r.PayloadType != 96 || r.SSRC != 0x1234abcd || r.Span != 49*3600 {
			t.Errorf("round %d: got %+v", round, r)
		}
		if n := table.Stats().Interleaved; n != 408 {
			t.Errorf("round %d: %d frames, want 408", round, n)
		}
		checkEmpty(t, table)
	}
}

func TestInterleavedGoesOnBehindHoles(t *testing.T) {
	all, _ := rtspBytes()
	var got told
	table, c := New(Config{}, &got), &clock{}
	connect(table, c)
	for at := 0; at < len(all); {
		n := len(describe + play)
		if at > 0 { // one write a frame, as most cameras do
			n = 1
			if all[at] == '$' {
				n = 4 + int(binary.BigEndian.Uint16([]byte(all[at+2:])))
			}
		}
		p := c.tcp(camera, viewer, packet.ACK, 5000+uint32(at), all[at:at+n])
		if at == 0 || c.number%40 != 0 {
			table.Add(p)
		}
		at += n
	}
	table.Close()
	rtp := got.ends[0].Server
	if len(rtp) != 1 || rtp[0].Packets < 350 || rtp[0].Packets == 400 {
		t.Errorf("got %+v, want one stream of most of 400 packets", rtp)
	}
	if !got.streams[0].Server.Hole || !strings.HasPrefix(got.streams[0].Server.Data, describe+play) {
		t.Errorf("got %+v", got.streams[0].Server)
	}
	if table.Stats().Holes < 5 {
		t.Errorf("%d holes counted", table.Stats().Holes)
	}
}

func TestInterleavedIsFoundWhenTheCaptureBeganInIt(t *testing.T) {
	all, _ := rtspBytes()
	for _, from := range []int{len(describe + play), len(describe+play) + 700, len(describe+play) + 100_000} {
		var got told
		table, c := New(Config{StreamWanted: func(uint16, []byte) bool { return false }}, &got), &clock{}
		for at := from; at < len(all); {
			n := min(1460, len(all)-at)
			table.Add(c.tcp(camera, "192.0.2.20:50001", packet.ACK, uint32(at), all[at:at+n]))
			at += n
		}
		table.Close()
		rtp := got.ends[0].Server
		if len(rtp) != 1 || rtp[0].Packets < 290 {
			t.Errorf("from byte %d: got %+v", from, rtp)
		}
	}
}

func TestForcedStreamKeepsCountingInterleavedFrames(t *testing.T) {
	all, _ := rtspBytes()
	var got told
	table, c := New(Config{StreamBudget: 1}, &got), &clock{}
	connect(table, c)
	for at := 0; at < len(all); {
		n := min(1460, len(all)-at)
		table.Add(c.tcp(camera, viewer, packet.ACK, 5000+uint32(at), all[at:at+n]))
		if at += n; at < 1460*100 { // others fill the budget
			other := fmt.Sprintf("10.1.1.%d:5000", c.number%250)
			table.Add(c.tcp(other, "10.1.1.2:80", packet.ACK, 1, strings.Repeat("z", 20_000)))
		}
	}
	handed := got.streams[0].Flow.ID == 1 || table.Stats().StreamsForced > 0
	table.Close()
	if rtp := got.ends[0].Server; !handed || len(rtp) != 1 || rtp[0].Packets != 400 {
		t.Errorf("handed over early %t, RTP %+v; want true and 400 packets", handed, rtp)
	}
	checkEmpty(t, table)
}

func TestHostileInterleavedBytesTakeLinearTime(t *testing.T) {
	for _, piece := range []string{"$", "$\x00\x00\x08\x80\x60", "RTSP/1.0\n\n\x01", "R", "A: \r\n", "\r\n", "$\x01\x00\x00", "Content-Length: 99999999999999999999\r\n"} {
		var got told
		table, c := New(Config{}, &got), &clock{}
		connect(table, c)
		table.Add(c.tcp(camera, viewer, packet.ACK, 5000, play))
		seq := 5000 + uint32(len(play))
		big := strings.Repeat(piece, 60_000/len(piece))
		for range 200 { // 12 MB; quadratic work in a segment would take minutes
			table.Add(c.tcp(camera, viewer, packet.ACK, seq, big))
			seq += uint32(len(big))
		}
		table.Close()
		checkEmpty(t, table)
	}
}
