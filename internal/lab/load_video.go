package lab

import (
	"encoding/binary"
	"time"
)

// A session is the video that a recorder takes from one camera: H.264 at 15
// pictures a second, a whole picture six times the size of the others every two
// seconds, over UDP or inside RTSP.
type session struct {
	camera, recorder peer
	begin            time.Duration
	sport, media     uint16
	udp              bool
	rate, index      int
	tcp              *Dialogue // the RTSP connection, at its first picture

	ssrc, tick uint32
	sequence   uint16
	picture    int
	left       int           // bytes of the picture still to send
	due        time.Duration // of the next picture
	wrapped    []byte        // interleaved frames not yet sent
	segments   int           // since the last acknowledgement
}

const (
	perSecond   = 15
	wholeEvery  = 2 * perSecond
	wholeSize   = 6
	rtpData     = 1400 // bytes of video in an RTP packet
	reportEvery = 5 * perSecond
)

// size of the next picture, a fifth more or less.
func (c *session) size(t *tape) int {
	usual := c.rate * wholeEvery / perSecond / (wholeEvery - 1 + wholeSize)
	size := usual
	if (c.picture+c.index)%wholeEvery == 0 {
		size *= wholeSize
	}
	return max(size*4/5+t.below(size*2/5+1), 64)
}

func (c *session) send(t *tape, now time.Duration) (time.Duration, bool) {
	if c.due == 0 {
		c.due = now
	}
	if c.udp {
		return c.datagram(t, now), true
	}
	return c.segment(t, now), true
}

// next begins a picture and returns true if a sender report goes before it.
func (c *session) next(t *tape) (report bool) {
	c.left = c.size(t)
	c.picture++
	c.tick += 90000 / perSecond
	c.due += time.Second / perSecond
	return c.picture%reportEvery == 1
}

// header puts the RTP header and FU-A's two bytes (RFC 6184, section 5.8) before
// the next n bytes of video.
func (c *session) header(b []byte, first, last bool) {
	b[0], b[1] = 0x80, 96
	if last {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], c.sequence)
	binary.BigEndian.PutUint32(b[4:], c.tick)
	binary.BigEndian.PutUint32(b[8:], c.ssrc)
	b[12], b[13] = 0x7c, 1
	if first {
		b[13] |= 0x80
	}
	if last {
		b[13] |= 0x40
	}
	c.sequence++
}

// report is a sender report (RFC 3550, section 6.4.1).
func (c *session) report() []byte {
	b := make([]byte, 28)
	b[0], b[1], b[3] = 0x80, 200, 6
	binary.BigEndian.PutUint32(b[4:], c.ssrc)
	binary.BigEndian.PutUint32(b[16:], c.tick)
	binary.BigEndian.PutUint32(b[20:], uint32(c.sequence))
	return b
}

func (c *session) datagram(t *tape, now time.Duration) time.Duration {
	first := c.left == 0
	if first && c.next(t) {
		t.udp(now, &c.camera, &c.recorder, 8225, c.media+1, c.report())
	}
	n := min(c.left, rtpData)
	c.left -= n
	b := t.noise(14 + n)
	c.header(b, first, c.left == 0)
	t.udp(now, &c.camera, &c.recorder, 8224, c.media, b)
	if c.left == 0 {
		return c.due
	}
	return now + segmentGap
}

// segment sends a full segment, or what is left of a picture; the recorder
// acknowledges every second one.
func (c *session) segment(t *tape, now time.Duration) time.Duration {
	d := c.tcp
	if c.segments == 2 || c.segments > 0 && len(c.wrapped) == 0 {
		c.segments = 0
		t.tcp(now, &c.recorder, &c.camera, c.sport, 554, d.client.seq, d.server.seq, flagACK, nil)
		if len(c.wrapped) == 0 {
			return c.due
		}
		return now + segmentGap/2
	}
	if len(c.wrapped) == 0 {
		c.wrap(t)
	}
	n := min(len(c.wrapped), c.full())
	flags := uint8(flagACK)
	if n == len(c.wrapped) {
		flags |= flagPSH
	}
	t.tcp(now, &c.camera, &c.recorder, 554, c.sport, d.server.seq, d.client.seq, flags, c.wrapped[:n])
	d.server.seq += uint32(n)
	c.wrapped = c.wrapped[n:]
	c.segments++
	return now + segmentGap/2
}

// full is what a segment holds on an Ethernet of 1500 bytes.
func (c *session) full() int {
	if c.camera.ip.Is6() {
		return segmentSize - 20
	}
	return segmentSize
}

// wrap puts a whole picture into frames of channel 0 (RFC 2326, section 10.12).
func (c *session) wrap(t *tape) {
	b := c.wrapped[:0]
	if c.next(t) {
		r := c.report()
		b = append(append(b, '$', 1, 0, byte(len(r))), r...)
	}
	for first := true; c.left > 0; first = false {
		n := min(c.left, rtpData)
		c.left -= n
		p := t.noise(14 + n)
		c.header(p, first, c.left == 0)
		b = append(b, '$', 0, byte(len(p)>>8), byte(len(p)))
		b = append(b, p...)
	}
	c.wrapped = b
}
