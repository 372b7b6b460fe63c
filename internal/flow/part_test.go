package flow

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"github.com/lenscap/lenscap/internal/packet"
)

// TestRecordIsFourCacheLines holds the memory of a live flow: its record, and
// its slot just after the index doubled at a load of 3/4.
func TestRecordIsFourCacheLines(t *testing.T) {
	record := int(unsafe.Sizeof(Record{}))
	if record != 256 || record+8*8/3 > 300 {
		t.Errorf("a record is %d bytes, want 256, and with its slot at most 300", record)
	}
}

func TestPartsOfALongFlow(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{time: 1_700_000_000_500_000_000}
	table.Add(c.udp(viewer, camera, make([]byte, 20)))
	start := c.time
	for range 1250 { // 25 packets a second for 50 s, then 2.5 minutes at one in ten seconds
		c.time += int64(39 * time.Millisecond)
		table.Add(c.udp(camera, viewer, make([]byte, 1200)))
	}
	for range 15 {
		c.time += int64(10 * time.Second)
		table.Add(c.udp(viewer, camera, make([]byte, 20)))
	}
	table.Close()
	if len(got.parts) != 4 {
		t.Fatalf("%d parts, want 4: %+v", len(got.parts), got.parts)
	}
	first := got.parts[0]
	if !first.Begins || got.parts[1].Begins || first.Number != 1 || got.parts[2].Number != 1 || first.First != start {
		t.Errorf("got %+v", got.parts)
	}
	if got.parts[1].First != got.parts[0].Last+int64(10*time.Second+time.Millisecond) {
		t.Errorf("the second part begins at %d, want with the first packet after %d", got.parts[1].First, got.parts[0].Last)
	}
	want := Shape{Payload: 1250 * 1200, Packets: 1250, Full: 1250, Trains: 1250, Seconds: 51}
	shape := first.Server.Shape // the camera's port is a well-known server's
	if shape.Squares /= 50; math.Abs(shape.Squares/(30_000*30_000)-1) > 0.01 {
		t.Errorf("mean square of a second %g, want about %d", shape.Squares, 30_000*30_000)
	}
	if shape.Squares = 0; shape != want {
		t.Errorf("got %+v\nwant %+v", shape, want)
	}
}

// seen is what a model knows of one side.
type seen struct {
	Shape
	packets, bytes uint64
	second, last   int64
	inSecond       float64
}

func (s *seen) add(p *packet.Packet) {
	s.packets++
	s.bytes += uint64(p.Wire)
	n := len(p.Payload)
	if n == 0 {
		return
	}
	if sec := p.Time / int64(time.Second); sec != s.second {
		s.endSecond()
		s.second = sec
	}
	s.inSecond += float64(n)
	s.Payload += uint64(n)
	s.Packets++
	if n >= FullSize {
		s.Full++
	}
	if s.last == 0 || p.Time>>20-s.last>>20 >= 10 {
		s.Trains++
	}
	s.last = p.Time
}

func (s *seen) endSecond() {
	if s.inSecond > 0 {
		s.Seconds++
		s.Squares += s.inSecond * s.inSecond
	}
	s.inSecond = 0
}

// TestPartsAddUpToTheFlow gives the same packets to tables that part flows
// often, sometimes and never: the sums are the same, and those of a model.
func TestPartsAddUpToTheFlow(t *testing.T) {
	for _, active := range []time.Duration{time.Nanosecond, 3 * time.Second, time.Minute, time.Hour} {
		t.Run(active.String(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 9))
			var got told
			table, c := New(Config{Active: active, IdleOther: time.Hour, IdleTCP: time.Hour}, &got), &clock{}
			model := map[string]*seen{}
			for range 30_000 {
				a, b := fmt.Sprintf("10.0.0.%d:40000", rng.IntN(5)), "10.0.1.1:8000"
				if rng.IntN(2) == 0 {
					a, b = b, a
				}
				c.time += rng.Int64N(20_000_000)
				p := c.udp(a, b, make([]byte, rng.IntN(1400)))
				if rng.IntN(3) == 0 {
					p.Payload, p.Wire = nil, 60
				}
				table.Add(p)
				if model[a+b] == nil {
					model[a+b] = &seen{}
				}
				model[a+b].add(p)
			}
			table.Close()
			sums := map[string]*End{}
			last := map[int64]int64{}
			for i := range got.parts {
				s := &got.parts[i]
				if s.First < last[s.Number] || s.Last < s.First {
					t.Fatalf("part from %d to %d after one until %d", s.First, s.Last, last[s.Number])
				}
				last[s.Number] = s.Last
				a, b := s.Client.Addr.String(), s.Server.Addr.String()
				for k, e := range map[string]*End{a + b: &s.Client, b + a: &s.Server} {
					if sums[k] == nil {
						sums[k] = &End{}
					}
					sums[k].Packets += e.Packets
					sums[k].Bytes += e.Bytes
					sums[k].Shape.Add(&e.Shape)
				}
			}
			for k, m := range model {
				m.endSecond()
				sum := sums[k]
				if math.Abs(sum.Shape.Squares/m.Squares-1) > 1e-4 {
					t.Errorf("%s: squares %g, want %g", k, sum.Shape.Squares, m.Squares)
				}
				sum.Shape.Squares = m.Squares
				if sum.Packets != m.packets || sum.Bytes != m.bytes || sum.Shape != m.Shape {
					t.Errorf("%s\ngot  %+v\nwant %+v %d packets, %d bytes", k, sum, m.Shape, m.packets, m.bytes)
				}
			}
		})
	}
}

func TestManyPacketsInOneSecondMakeMoreParts(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	p := c.udp(camera, viewer, make([]byte, 1400))
	for range 200_000 {
		table.Add(p)
	}
	table.Close()
	var sum End
	for i := range got.parts {
		sum.Packets += got.parts[i].Server.Packets
		sum.Bytes += got.parts[i].Server.Bytes
		sum.Shape.Add(&got.parts[i].Server.Shape)
	}
	want := End{Packets: 200_000, Bytes: 200_000 * 1454, Shape: Shape{Payload: 280_000_000, Packets: 200_000, Full: 200_000, Trains: 1, Seconds: 1, Squares: 280_000_000 * 280_000_000}}
	if math.Abs(sum.Shape.Squares/want.Shape.Squares-1) < 1e-6 {
		sum.Shape.Squares = want.Shape.Squares
	}
	if len(got.parts) != 4 || sum != want {
		t.Errorf("%d parts, want 4\ngot  %+v\nwant %+v", len(got.parts), sum, want)
	}
}

func TestWhatIsSeenFromItsBeginning(t *testing.T) {
	cases := []struct {
		name string
		feed func(c *clock) *packet.Packet
		want bool
	}{
		{"SYN", func(c *clock) *packet.Packet { return c.tcp(viewer, camera, packet.SYN, 1, "") }, true},
		{"SYN with ACK", func(c *clock) *packet.Packet { return c.tcp(camera, viewer, packet.SYN|packet.ACK, 1, "") }, true},
		{"TCP in its middle", func(c *clock) *packet.Packet { return c.tcp(viewer, camera, packet.ACK, 1, "x") }, false},
		{"UDP question", func(c *clock) *packet.Packet { return c.udp(viewer, "10.0.0.9:53", []byte("x")) }, true},
		{"UDP answer first", func(c *clock) *packet.Packet { return c.udp("10.0.0.9:53", viewer, []byte("x")) }, false},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			var got told
			table := New(Config{}, &got)
			table.Add(test.feed(&clock{}))
			table.Close()
			if len(got.parts) != 1 || got.parts[0].Begins != test.want {
				t.Errorf("got %+v, want one part, begins %t", got.parts, test.want)
			}
		})
	}
}

// TestPayloadOfCutPackets takes a capture's snapshot length for no small packet.
func TestPayloadOfCutPackets(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	p := c.udp(camera, viewer, make([]byte, 22))
	p.Cut, p.Wire = true, 1442
	table.Add(p)
	table.Close()
	want := Shape{Payload: 1400, Packets: 1, Full: 1, Trains: 1, Seconds: 1, Squares: 1400 * 1400}
	if got.parts[0].Server.Shape != want {
		t.Errorf("got %+v\nwant %+v", got.parts[0].Server.Shape, want)
	}
}

func TestPartsAllocateNothing(t *testing.T) {
	table, c := New(Config{Active: time.Second}, &silent{}), &clock{}
	p := c.udp(camera, viewer, make([]byte, 1200))
	table.Add(p)
	if n := testing.AllocsPerRun(1000, func() { p.Time += int64(time.Second); table.Add(p) }); n != 0 {
		t.Errorf("%g allocations a part", n)
	}
}
