package lab

import (
	"fmt"
	"time"
)

// window sends n bytes over TCP as fast as window and line allow: slow start,
// then one segment more a round trip and half after a loss (RFC 5681). Every
// flush bytes a write ends and leaves a segment that is not full; 0 for never.
// It returns when the last packet left.
func (s *shaper) window(at time.Duration, up bool, n, connection, flush int) time.Duration {
	congestion, threshold, written := 10, 40+s.IntN(400), 0
	for n > 0 {
		round := at
		for i := 0; i < congestion && n > 0; i++ {
			size := min(n, s.line.mss)
			if flush > 0 && written+size > flush {
				size = flush - written
			}
			at = s.send(at, up, size, connection)
			n -= size
			if written += size; written >= flush {
				written = 0
			}
			if i%2 == 1 || n <= 0 {
				s.t.Moves = append(s.t.Moves, Move{At: at + s.line.rtt, Up: !up, Flow: connection})
			}
		}
		at = max(at, round+s.line.rtt)
		switch {
		case s.IntN(60) == 0 && congestion > 20:
			congestion /= 2
			threshold = congestion
		case congestion < threshold:
			congestion *= 2
		default:
			congestion++
		}
		congestion = min(congestion, s.line.window)
	}
	return at
}

// transfer is one file at the speed of the line. What the device sends is of
// kind Files, if it is large; what it gets, Other.
func transfer(seed uint64, what string, up bool, bytes int, rate float64, flush, window int) *Traffic {
	kind := Other
	if up {
		kind = Files
	}
	if up && bytes < 1<<20 {
		kind = Small
	}
	s := shape(seed, what, kind, protoTCP, 443)
	if rate > 0 {
		s.line.up, s.line.down = rate, rate
	}
	if window > 0 {
		s.line.window, s.line.rtt = window, max(s.line.rtt, 30*time.Millisecond)
	}
	at := s.handshake(0, 0)
	at = s.write(at, true, 400, 0) + s.line.rtt
	at = s.window(at, up, bytes, 0, flush)
	s.write(at+s.line.rtt, !up, 300, 0)
	return s.done()
}

// datagramBulk is a file over QUIC: datagrams of one size.
func datagramBulk(seed uint64, bytes int, rate float64) *Traffic {
	s := shape(seed, fmt.Sprintf("upload of %d MB over QUIC, line of %.0f kbit/s", bytes>>20, rate/1000), Files, protoUDP, 443)
	if rate > 0 {
		s.line.up = rate
	}
	s.line.mss = []int{1200, 1232, 1350}[s.IntN(3)]
	s.window(s.send(0, true, 1200, 0)+s.line.rtt, true, bytes, 0, 0)
	for i := range s.t.Moves {
		if m := &s.t.Moves[i]; m.Size == 0 {
			m.Size = 30 + s.IntN(12) // an ACK is a datagram of its own (RFC 9000, section 19.3)
		}
	}
	return s.done()
}

// photos uploads pictures, each in a connection of its own or all in one.
func photos(seed uint64, count int, every time.Duration, size int, renew bool) *Traffic {
	kind, name := Files, fmt.Sprintf("%d photos of %d KB every %s, new connections %t", count, size>>10, every, renew)
	if count == 1 {
		kind = Small
	}
	s := shape(seed, name, kind, protoTCP, 443)
	at, connection := s.handshake(0, 0), 0
	for i := range count {
		if renew && i > 0 {
			connection++
			s.handshake(at-3*s.line.rtt, connection)
		}
		end := s.window(at, true, int(float64(size)*s.between(0.7, 1.4)), connection, 0)
		s.write(end+s.line.rtt, false, 350, connection)
		at += time.Duration(float64(every) * s.between(0.95, 1.05))
	}
	return s.done()
}

// exchange is questions and answers: a message up, one down, again and again.
func exchange(seed uint64, name string, proto uint8, port uint16, every, length time.Duration, up, down int) *Traffic {
	s := shape(seed, name, Other, proto, port)
	at := time.Duration(0)
	if proto == protoTCP {
		at = s.handshake(0, 0)
	}
	for at < length {
		u, d := int(float64(up)*s.between(0.6, 1.5)), int(float64(down)*s.between(0.6, 1.5))
		if proto == protoTCP {
			at = s.write(at, true, u, 0)
			s.write(at+s.line.rtt, false, d, 0)
		} else {
			s.send(at, true, u, 0)
			s.send(at+s.line.rtt, false, d, 0)
		}
		at += time.Duration(float64(every) * s.between(0.8, 1.2))
	}
	return s.done()
}

// browsing is pages: several connections, small questions, large answers.
func browsing(seed uint64, pages int) *Traffic {
	s := shape(seed, fmt.Sprintf("%d web pages", pages), Other, protoTCP, 443)
	at := time.Duration(0)
	connection := 0
	for range pages {
		for range 2 + s.IntN(5) {
			t := s.handshake(at, connection)
			for range 1 + s.IntN(6) {
				t = s.write(t, true, 300+s.IntN(1500), connection) + s.line.rtt
				t = s.window(t, false, 2000+s.IntN(200_000), connection, 0)
			}
			connection++
		}
		at += s.span(2*time.Second, 30*time.Second)
	}
	return s.done()
}

// desktop is a remote screen: bursts after the viewer's mouse and keys, nothing
// between.
func desktop(seed uint64, length time.Duration) *Traffic {
	s := shape(seed, "remote desktop", Other, protoTCP, 3389)
	at := s.handshake(0, 0)
	for at < length {
		for range 1 + s.IntN(30) { // the mouse moves
			s.write(at, false, 40+s.IntN(60), 0)
			if s.IntN(3) == 0 {
				s.write(at+5*time.Millisecond, true, 60+s.IntN(900), 0)
			}
			at += s.span(15*time.Millisecond, 120*time.Millisecond)
		}
		if s.IntN(3) == 0 { // a window opens
			at = s.write(at, true, 4000+s.IntN(120_000), 0)
		}
		at += s.span(100*time.Millisecond, 8*time.Second)
	}
	return s.done()
}

// call is a telephone call: the same both ways.
func call(seed uint64, length, every time.Duration, size int) *Traffic {
	s := shape(seed, fmt.Sprintf("telephone call, %d bytes every %s both ways", size, every), Sound, protoUDP, 16384)
	s.speech(0, length, every, size, 0.02, true, 0)
	s.speech(3*time.Millisecond, length, every, size, 0.02, false, 0)
	return s.done()
}

// sound is a microphone alone.
func sound(seed uint64, codec string, proto uint8, port uint16, length, every time.Duration, size int, spread float64) *Traffic {
	s := shape(seed, "microphone, "+codec, Sound, proto, port)
	at := time.Duration(0)
	if proto == protoTCP {
		at = s.handshake(0, 0)
	}
	s.speech(at, length, every, size, spread, true, 0)
	for t := at; t < at+length; t += 5 * time.Second {
		s.send(t, false, 52, 0)
	}
	return s.done()
}
