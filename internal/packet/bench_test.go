package packet

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
)

const benchBytes = 64 << 20

// videoFrames are what a station that records video sees: RTP at full size,
// acknowledgements and a few small packets, one in ten IPv6.
func videoFrames() [][]byte {
	rtp := fromCam(etIPv4, ip4(17, cam4, nvr4, udp(50000, 50002, make([]byte, 1372))))
	six := fromCam(etIPv6, ip6(17, cam6, nvr6, udp(50000, 50002, make([]byte, 1352))))
	seg := fromCam(etVLAN, join(u16(7, etIPv4), ip4(6, cam4, nvr4, tcp(554, 50000, 1, 2, ACK, make([]byte, 1364)))))
	ack := fromCam(etIPv4, ip4(6, nvr4, cam4, tcp(50000, 554, 2, 1, ACK, nil)))
	return [][]byte{rtp, rtp, seg, ack, rtp, rtp, seg, ack, six, rtp}
}

// smallFrames are a network of short exchanges.
func smallFrames() [][]byte {
	dns := fromCam(etIPv4, ip4(17, cam4, nvr4, udp(40000, 53, make([]byte, 40))))
	six := fromCam(etIPv6, ip6(17, cam6, nvr6, udp(5353, 5353, make([]byte, 120))))
	syn := fromCam(etIPv4, ip4(6, cam4, nvr4, tcp(50000, 80, 2, 1, SYN, nil)))
	get := fromCam(etIPv4, ip4(6, cam4, nvr4, tcp(50000, 80, 2, 1, ACK|PSH, make([]byte, 300))))
	arp := fromCam(etARP, make([]byte, 46))
	return [][]byte{syn, dns, syn, get, arp, syn, dns, six, syn, get}
}

// benchCapture is a pcap of these frames, again and again.
func benchCapture(frames [][]byte) (in []byte, packets int) {
	le := binary.LittleEndian
	words := func(v ...uint32) {
		for _, v := range v {
			in = le.AppendUint32(in, v)
		}
	}
	words(0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1)
	for len(in) < benchBytes {
		f := frames[packets%len(frames)]
		words(uint32(1700000000+packets/10000), uint32(packets%1e6), uint32(len(f)), uint32(len(f)))
		in = append(in, f...)
		packets++
	}
	return in, packets
}

// BenchmarkReadAndDecode reads and decodes a capture, and beside it copies the
// same bytes through a buffer, as cat does; x-of-copy is the ratio of the times.
func BenchmarkReadAndDecode(b *testing.B) {
	for _, mix := range []struct {
		name   string
		frames [][]byte
	}{{"video", videoFrames()}, {"small", smallFrames()}} {
		b.Run(mix.name, func(b *testing.B) {
			in, packets := benchCapture(mix.frames)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			var copying time.Duration
			buf := make([]byte, 256<<10)
			for b.Loop() {
				b.StopTimer()
				start := time.Now()
				if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{bytes.NewReader(in)}, buf); err != nil {
					b.Fatal(err)
				}
				copying += time.Since(start)
				b.StartTimer()
				if n := decodeAll(b, in); n != packets {
					b.Fatalf("%d packets, want %d", n, packets)
				}
			}
			b.ReportMetric(float64(packets)*float64(b.N)/b.Elapsed().Seconds(), "pkts/s")
			b.ReportMetric(b.Elapsed().Seconds()/copying.Seconds(), "x-of-copy")
		})
	}
}

// decodeAll returns how many frames of a capture were understood.
func decodeAll(b *testing.B, in []byte) (n int) {
	r, err := capture.NewReader(struct{ io.Reader }{bytes.NewReader(in)})
	if err != nil {
		b.Fatal(err)
	}
	var (
		f capture.Frame
		p Packet
		d Decoder
	)
	for r.Next(&f) == nil {
		if d.Decode(&f, &p) != Malformed {
			n++
		}
	}
	return n
}

// BenchmarkDecode decodes frames that are in the cache.
func BenchmarkDecode(b *testing.B) {
	inner := fromCam(etIPv4, hello)
	for _, tt := range []struct {
		name string
		in   []byte
	}{
		{"udp", inner},
		{"tcp in a vlan", videoFrames()[2]},
		{"udp over ipv6", smallFrames()[7]},
		{"vxlan", fromCam(etIPv4, ip4(17, tap4, far4, udp(1, 4789, join(u32(0x08000000, 0x100), inner))))},
	} {
		b.Run(tt.name, func(b *testing.B) {
			var p Packet
			var d Decoder
			f := capture.Frame{Data: tt.in, Wire: len(tt.in), Link: capture.LinkEthernet}
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(&f, &p)
			}
		})
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	inner := fromCam(etIPv4, hello)
	whole := numbers(3000)
	frames := append(videoFrames(), smallFrames()...)
	frames = append(frames,
		fromCam(etIPv4, ip4(17, tap4, far4, udp(1, 4789, join(u32(0x08000000, 0x100), inner)))),
		fromCam(etIPv4, ip4(47, tap4, far4, join(u16(0x1000, etERSPAN), u32(1, 0x10640001, 0), inner))),
		fromCam(etIPv4, []byte("malformed")),
		part(1, whole, 0, 1480), part(1, whole, 1480, 3008)) // whose memory is used again
	var p Packet
	var d Decoder
	now := int64(0)
	all := func() {
		now += 5e9 // so that no datagram is taken for a copy of the one before
		for _, b := range frames {
			d.Decode(&capture.Frame{Data: b, Wire: len(b), Link: capture.LinkEthernet, Time: now}, &p)
		}
	}
	for range 600 { // fills the tables
		all()
	}
	if n := testing.AllocsPerRun(1000, all); n != 0 {
		t.Errorf("%v allocations for %d frames", n, len(frames))
	}
}
