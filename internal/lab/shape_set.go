package lab

import (
	"fmt"
	"time"
)

// Shapes returns conversations of every kind for one seed. Those of the
// held-out set differ in more than the lot: other rates, pictures a second,
// lengths and sizes, so that what was tuned on one set can be measured on
// traffic it was not tuned on.
func Shapes(seed uint64, heldOut bool) []*Traffic {
	v := tuning
	if heldOut {
		v = held
	}
	g := generator{seed: seed << 16, v: v}
	return append(g.video(), g.rest()...)
}

// values are the parameters of a set.
type values struct {
	rates     []float64 // bit/s of live video
	perSecond []float64 // pictures
	slow      []float64
	lengths   []time.Duration
	file      []int // bytes
	narrow    []float64
	photo     int
	every     time.Duration
	piece     time.Duration
	window    int // segments
}

var tuning = values{
	rates: []float64{64e3, 256e3, 1e6, 4e6}, perSecond: []float64{10, 15, 25}, slow: []float64{1, 3},
	lengths: []time.Duration{20 * time.Second, 45 * time.Second, 150 * time.Second},
	file:    []int{3 << 20, 20 << 20, 90 << 20}, narrow: []float64{800e3, 3e6}, photo: 120 << 10, every: 60 * time.Second, piece: 4 * time.Second, window: 22,
}

var held = values{
	rates: []float64{80e3, 384e3, 1.5e6, 7e6}, perSecond: []float64{6, 12, 18, 30}, slow: []float64{1.5, 4},
	lengths: []time.Duration{14 * time.Second, 70 * time.Second, 240 * time.Second},
	file:    []int{2 << 20, 14 << 20, 70 << 20}, narrow: []float64{600e3, 2e6, 4e6}, photo: 200 << 10, every: 40 * time.Second, piece: 5 * time.Second, window: 30,
}

// generator numbers its traffics, so that each has a seed of its own.
type generator struct {
	seed uint64
	v    values
}

func (g *generator) next() uint64 {
	g.seed++
	return g.seed
}

// of takes one of several in turn.
func of[T any](g *generator, all []T) T { return all[g.seed%uint64(len(all))] }

func (g *generator) video() []*Traffic {
	var out []*Traffic
	for _, rate := range g.v.rates {
		for _, w := range ways {
			for _, vbr := range []bool{false, true} {
				out = append(out, live(g.next(), w, Live, rate, of(g, g.v.perSecond), vbr, of(g, g.v.lengths)).done())
			}
		}
	}
	for _, w := range ways {
		out = append(out, live(g.next(), w, Slow, of(g, g.v.rates[1:3]), of(g, g.v.slow), true, 90*time.Second).done())
		out = append(out, live(g.next(), w, Short, of(g, g.v.rates[1:]), of(g, g.v.perSecond), true, time.Duration(2+g.seed%3)*time.Second).done())
		out = append(out, clips(g.next(), w, of(g, g.v.rates[1:3]), 3+int(g.seed%4)))
		out = append(out, g.withSound(w))
	}
	for _, renew := range []bool{false, true} {
		out = append(out, pieces(g.next(), of(g, g.v.rates[1:3]), g.v.piece, 3*time.Minute, renew))
	}
	return out
}

// withSound is video with a microphone, and somebody who talks back.
func (g *generator) withSound(w way) *Traffic {
	length := 40 * time.Second
	s := live(g.next(), w, Live, of(g, g.v.rates), of(g, g.v.perSecond), true, length)
	s.t.Name += ", with sound and talk-back"
	s.speech(time.Second, length-time.Second, 40*time.Millisecond, 340, 0, true, 0)
	s.speech(10*time.Second, 15*time.Second, 40*time.Millisecond, 340, 0, false, 0)
	return s.done()
}

func (g *generator) rest() []*Traffic {
	v, second := g.v, time.Second
	out := []*Traffic{
		sound(g.next(), "G.711", protoUDP, 52002, of(g, v.lengths), 20*time.Millisecond, 172, 0),
		sound(g.next(), "AAC at 16 kHz", protoUDP, 52002, of(g, v.lengths), 64*time.Millisecond, 270, 0.1),
		sound(g.next(), "AAC over TLS", protoTCP, 443, of(g, v.lengths), 64*time.Millisecond, 290, 0.1),
		sound(g.next(), "Opus", protoUDP, 50006, of(g, v.lengths), 20*time.Millisecond, 90, 0.15),
		sound(g.next(), "G.711 interleaved", protoTCP, 554, of(g, v.lengths), 40*time.Millisecond, 336, 0),
		call(g.next(), of(g, v.lengths), 20*time.Millisecond, 172),
		call(g.next(), of(g, v.lengths), 20*time.Millisecond, 80),
		sound(g.next(), "G.711, talk-back only", protoUDP, 52002, of(g, v.lengths), 20*time.Millisecond, 172, 0).Reversed(),
		photos(g.next(), 1, second, v.photo, false),
		photos(g.next(), 12, v.every, v.photo, false),
		photos(g.next(), 12, v.every, v.photo, true),
		photos(g.next(), 40, 3*v.every, v.photo, true),
		datagramBulk(g.next(), v.file[1], 0),
		datagramBulk(g.next(), v.file[0], v.narrow[0]),
		datagramBulk(g.next(), v.file[1], v.narrow[1]),
		transfer(g.next(), "upload through a small window", true, v.file[1], 0, 0, v.window),
		transfer(g.next(), "upload through a small window in TLS records", true, v.file[1], 0, 16384+29, v.window),
		browsing(g.next(), 10),
		desktop(g.next(), 90*second),
		transfer(g.next(), "speed test down", false, 60<<20, 0, 0, 0),
		transfer(g.next(), "speed test up", true, 60<<20, 0, 0, 0),
		transfer(g.next(), "firmware download", false, 24<<20, 0, 0, 0),
		transfer(g.next(), "log upload", true, 200<<10, 0, 0, 0),
		exchange(g.next(), "NTP", protoUDP, 123, 64*second, 20*time.Minute, 48, 48),
		exchange(g.next(), "DNS", protoUDP, 53, 20*second, 10*time.Minute, 40, 120),
		exchange(g.next(), "MQTT keep-alive", protoTCP, 8883, 30*second, 20*time.Minute, 60, 40),
		exchange(g.next(), "telemetry", protoTCP, 443, 15*second, 10*time.Minute, 900, 250),
		exchange(g.next(), "chatty telemetry", protoTCP, 443, second, 3*time.Minute, 500, 200),
		exchange(g.next(), "P2P keep-alive", protoUDP, 32100, 2*second, 20*time.Minute, 28, 28),
		exchange(g.next(), "idle P2P session", protoUDP, 32100, 300*time.Millisecond, 3*time.Minute, 40, 40),
	}
	for _, bytes := range v.file {
		out = append(out, transfer(g.next(), fmt.Sprintf("upload of %d MB", bytes>>20), true, bytes, 0, 0, 0))
		out = append(out, transfer(g.next(), fmt.Sprintf("upload of %d MB in TLS records", bytes>>20), true, bytes, 0, 16384+29, 0))
	}
	for _, rate := range v.narrow {
		out = append(out, transfer(g.next(), fmt.Sprintf("backup over a line of %.0f kbit/s", rate/1000), true, int(rate/8)*100, rate, 0, 0))
	}
	for _, w := range ways {
		out = append(out, live(g.next(), w, Live, of(g, v.rates), of(g, v.perSecond), true, of(g, v.lengths)).done().Reversed())
	}
	return out
}
