package lab

import (
	"encoding/binary"
	"time"
)

// A Stream is one RTP source (RFC 3550). Pictures are filled by lot: no image is
// in them.
type Stream struct {
	PayloadType uint8
	Clock       uint32 // ticks a second
	PerSecond   int    // pictures a second
	Size        int    // bytes of payload of a usual packet, at most 1400
	Packets     int    // a picture

	n    *Network
	ssrc uint32
	seq  uint16
	tick uint32
}

// Video returns a source of H.264-like video: two packets a picture.
func (n *Network) Video(payloadType uint8, perSecond, size int) *Stream {
	r := n.Random(10)
	return &Stream{PayloadType: payloadType, Clock: 90000, PerSecond: perSecond, Size: size, Packets: 2, n: n,
		ssrc: binary.BigEndian.Uint32(r), seq: binary.BigEndian.Uint16(r[4:]), tick: binary.BigEndian.Uint32(r[6:])}
}

// SSRC is the synchronisation source, as the RTSP Transport header names it.
func (s *Stream) SSRC() uint32 { return s.ssrc }

// Picture gives the packets of the next picture: fragments (FU-A, RFC 6184) with
// the marker on the last.
func (s *Stream) Picture() [][]byte {
	var out [][]byte
	for i := range s.Packets {
		b := []byte{0x80, s.PayloadType}
		fu := byte(0x01) // type of a coded slice
		if i == 0 {
			fu |= 0x80
		}
		if i == s.Packets-1 {
			b[1] |= 0x80
			fu |= 0x40
		}
		b = binary.BigEndian.AppendUint16(b, s.seq)
		b = binary.BigEndian.AppendUint32(b, s.tick)
		b = binary.BigEndian.AppendUint32(b, s.ssrc)
		b = append(b, 0x7c, fu)
		out = append(out, append(b, s.n.content(s.Size)...))
		s.seq++
	}
	s.tick += s.Clock / uint32(s.PerSecond)
	return out
}

func (s *Stream) interval() time.Duration { return time.Second / time.Duration(s.PerSecond) }

// Datagrams sends count pictures as UDP datagrams.
func (s *Stream) Datagrams(at time.Duration, count int, from *Station, sport uint16, to *Station, dport uint16) {
	for range count {
		for i, p := range s.Picture() {
			s.n.UDP(at+time.Duration(i)*segmentGap, from, sport, to.Port(dport), p)
		}
		at += s.interval()
	}
}

// Interleaved sends count pictures inside an RTSP connection (RFC 2326, section
// 10.12) on the given channel. Client and server share the connection's clock.
func (s *Stream) Interleaved(d *Dialogue, channel uint8, count int) {
	for range count {
		begin := d.At
		var b []byte
		for _, p := range s.Picture() {
			b = append(b, '$', channel)
			b = binary.BigEndian.AppendUint16(b, uint16(len(p)))
			b = append(b, p...)
		}
		d.Server(b)
		d.At = max(d.At, begin+s.interval())
	}
}
