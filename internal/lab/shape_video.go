package lab

import (
	"fmt"
	"math"
	"time"
)

// An encoder decides how large pictures are: it gives the size of each picture.
type encoder struct {
	rate      float64 // bit/s, mean
	perSecond float64 // pictures
	group     float64 // seconds between whole pictures (I frames)
	whole     float64 // size of a whole picture over that of the others
	spread    float64 // of sizes, logarithmic; small for CBR
	scene     float64 // slow change of rate with the scene, logarithmic; 0 for CBR
}

func (s *shaper) encoder(rate, perSecond float64, vbr bool) encoder {
	e := encoder{rate: rate, perSecond: perSecond, group: []float64{1, 2, 2, 4}[s.IntN(4)], whole: s.between(4, 12), spread: 0.12}
	if vbr {
		e.spread, e.scene = 0.3, s.between(0.2, 0.6)
	}
	return e
}

// pictures calls f for each picture from at for as long as told.
func (s *shaper) pictures(e encoder, at, length time.Duration, f func(at time.Duration, size int)) {
	perGroup := max(math.Round(e.group*e.perSecond), 1)
	unit := e.rate / 8 * perGroup / e.perSecond / (e.whole + perGroup - 1)
	scene := 0.0
	for i := 0; ; i++ {
		t := time.Duration(float64(i) / e.perSecond * 1e9)
		if t >= length {
			return
		}
		size := unit * math.Exp(s.NormFloat64()*e.spread)
		if i%int(perGroup) == 0 {
			size *= e.whole
			scene = 0.8*scene + 0.6*e.scene*s.NormFloat64()
		}
		f(at+t+s.span(0, 3*time.Millisecond), max(int(size*math.Exp(scene-e.scene*e.scene/2)), 60))
	}
}

// A carrier sends one picture at a time and returns when it left.
type carrier func(s *shaper, at time.Duration, size, connection int) time.Duration

// byRTP is RTP over UDP (RFC 6184): full fragments and a rest, or equal ones.
func byRTP(s *shaper, at time.Duration, size, connection int) time.Duration {
	for most := 1400; size > 0; size -= most {
		at = s.send(at, true, 14+min(size, most), connection)
	}
	return at
}

// bySmoothed is RTP from a camera that spreads each picture evenly over the time
// until the next.
func bySmoothed(s *shaper, at time.Duration, size, connection int) time.Duration {
	most, wait := 1400, 30*time.Millisecond
	wait /= time.Duration(size/most + 1)
	for ; size > 0; size -= most {
		at = s.send(at, true, 14+min(size, most), connection) + wait
	}
	return at
}

// byInterleaved is RTP inside RTSP over TCP (RFC 2326, section 10.12).
func byInterleaved(s *shaper, at time.Duration, size, connection int) time.Duration {
	return s.write(at, true, size+18*(size/1400+1), connection)
}

// byTLS is one write in records of at most 16 KB (RFC 8446, section 5.1).
func byTLS(s *shaper, at time.Duration, size, connection int) time.Duration {
	return s.write(at, true, size+29*(size/16384+1), connection)
}

// byPeer is datagrams of 1032 bytes, each acknowledged, as P2P libraries send them.
func byPeer(s *shaper, at time.Duration, size, connection int) time.Duration {
	for size += 36; size > 0; size -= 1024 {
		at = s.send(at, true, 8+min(size, 1024), connection)
		if s.IntN(4) != 0 {
			s.t.Moves = append(s.t.Moves, Move{At: at + s.line.rtt, Size: 10, Flow: connection})
		}
	}
	return at
}

// byWebRTC is SRTP: equal fragments, paced at two and a half times the rate (as
// libwebrtc does), and feedback.
func byWebRTC(s *shaper, at time.Duration, size, connection int) time.Duration {
	n := size/1150 + 1
	for range n {
		at = s.send(at, true, size/n+38, connection) + 700*time.Microsecond
	}
	if s.IntN(2) == 0 {
		s.t.Moves = append(s.t.Moves, Move{At: at + s.line.rtt, Size: 60 + s.IntN(40), Flow: connection})
	}
	return at
}

// way is a carrier with what it runs over.
type way struct {
	name  string
	proto uint8
	port  uint16
	by    carrier
}

var ways = []way{
	{"RTP over UDP", protoUDP, 52000, byRTP},
	{"RTP over UDP, smoothed", protoUDP, 52010, bySmoothed},
	{"RTSP interleaved", protoTCP, 554, byInterleaved},
	{"TLS", protoTCP, 443, byTLS},
	{"P2P over UDP", protoUDP, 32100, byPeer},
	{"WebRTC", protoUDP, 50004, byWebRTC},
}

// live is video as it is taken.
func live(seed uint64, w way, kind Kind, rate, perSecond float64, vbr bool, length time.Duration) *shaper {
	mode := "CBR"
	if vbr {
		mode = "VBR"
	}
	s := shape(seed, fmt.Sprintf("video, %.0f kbit/s %s, %g pictures a second, %s", rate/1000, mode, perSecond, w.name), kind, w.proto, w.port)
	for s.line.up < 1.8*rate {
		s.line.up *= 2 // nobody streams over a line that is too narrow for long
	}
	at := time.Duration(0)
	if w.proto == protoTCP {
		at = s.handshake(0, 0)
	}
	s.pictures(s.encoder(rate, perSecond, vbr), at, length, func(at time.Duration, size int) { w.by(s, at, size, 0) })
	return s
}

// speech adds packets of one size at even distance, beside whatever else is sent.
func (s *shaper) speech(at, length, every time.Duration, size int, spread float64, up bool, connection int) {
	for t := time.Duration(0); t < length; t += every {
		n := max(int(float64(size)*math.Exp(s.NormFloat64()*spread)), 20)
		if s.t.Proto == protoTCP {
			s.t.Moves = append(s.t.Moves, Move{At: at + t + s.line.rtt, Up: !up, Flow: connection})
		}
		s.t.Moves = append(s.t.Moves, Move{At: at + t + s.span(0, s.line.jitter/4), Up: up, Size: n, Flow: connection})
	}
}

// clips is live video of some seconds now and then, in one connection that is
// kept alive between.
func clips(seed uint64, w way, rate float64, count int) *Traffic {
	s := shape(seed, fmt.Sprintf("%d clips at %.0f kbit/s, %s", count, rate/1000, w.name), Clips, w.proto, w.port)
	s.line.up = max(s.line.up, 1.8*rate)
	at := time.Duration(0)
	if w.proto == protoTCP {
		at = s.handshake(0, 0)
	}
	for range count {
		length := s.span(8*time.Second, 25*time.Second)
		s.pictures(s.encoder(rate, 15, true), at, length, func(at time.Duration, size int) { w.by(s, at, size, 0) })
		at += length
		for pause := s.span(40*time.Second, 200*time.Second); pause > 0; pause -= 10 * time.Second {
			s.send(at, true, 48, 0)
			s.send(at+s.line.rtt, false, 48, 0)
			at += min(pause, 10*time.Second)
		}
	}
	return s.done()
}

// pieces is recorded video uploaded every few seconds, over one connection or a
// new one each.
func pieces(seed uint64, rate float64, every, length time.Duration, renew bool) *Traffic {
	s := shape(seed, fmt.Sprintf("pieces of %s at %.0f kbit/s, new connections %t", every, rate/1000, renew), Pieces, protoTCP, 443)
	s.line.up = max(s.line.up, 3*rate)
	connection, open := 0, s.handshake(0, 0)
	for at := open; at < length; at += every {
		if renew && at > open {
			connection++
			s.handshake(at, connection)
		}
		n := int(rate / 8 * every.Seconds() * math.Exp(s.NormFloat64()*0.3))
		end := s.window(at+2*s.line.rtt, true, n, connection, 0)
		s.write(end+s.line.rtt, false, 350, connection)
	}
	return s.done()
}
