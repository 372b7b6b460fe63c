package lab

import (
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/packet"
)

func TestShapesAreTheSameForOneSeed(t *testing.T) {
	a, b, other := Shapes(7, false), Shapes(7, false), Shapes(8, false)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gave other traffic")
	}
	if reflect.DeepEqual(a, other) {
		t.Error("another seed gave the same traffic")
	}
	kinds := map[Kind]int{}
	for _, traffic := range a {
		kinds[traffic.Kind]++
		for i := range traffic.Moves {
			if i > 0 && traffic.Moves[i].At < traffic.Moves[i-1].At {
				t.Fatalf("%s: packet %d is out of order", traffic.Name, i)
			}
		}
	}
	for _, kind := range []Kind{Live, Slow, Clips, Pieces, Short, Sound, Small, Files, Other} {
		if kinds[kind] == 0 {
			t.Errorf("no traffic of kind %s", kind)
		}
	}
}

// TestVideoHasItsRate holds the encoder to the rate it was asked for.
func TestVideoHasItsRate(t *testing.T) {
	for _, w := range ways {
		for _, rate := range []float64{64e3, 1e6, 8e6} {
			traffic := live(3, w, Live, rate, 20, false, time.Minute).done()
			bytes, last := 0, time.Duration(0)
			for _, m := range traffic.Moves {
				if m.Up {
					bytes += m.Size
					last = m.At
				}
			}
			// headers of RTP, TLS and P2P come on top, at 64 kbit/s most
			if got := float64(bytes) * 8 / 60; math.Abs(got/rate-1) > 0.25 || last < 59*time.Second || last > 62*time.Second {
				t.Errorf("%s: %.0f kbit/s until %s, want about %.0f for a minute", traffic.Name, got/1000, last, rate/1000)
			}
		}
	}
}

func TestPacketsAndRecordsTellTheSame(t *testing.T) {
	content := make([]byte, 1<<16)
	for _, traffic := range Shapes(9, true) {
		var packets, bytes [2]uint64
		last := int64(0)
		traffic.Packets(content, func(p *packet.Packet) {
			i := 0
			if p.SrcMAC == shapeMAC {
				i = 1
			}
			packets[i]++
			head := 28
			if p.Proto == protoTCP {
				head = 52
			}
			bytes[i] += uint64(head + len(p.Payload))
			if p.Time < last {
				t.Fatalf("%s: packet %d is out of order", traffic.Name, p.Number)
			}
			last = p.Time
		})
		for _, active := range []time.Duration{time.Minute, 24 * time.Hour} {
			var gotPackets, gotBytes [2]uint64
			for _, s := range traffic.Records(active) {
				if s.Exact || s.Last-s.First > int64(active) {
					t.Fatalf("%s: record %+v", traffic.Name, s)
				}
				gotPackets[1] += s.Client.Packets
				gotPackets[0] += s.Server.Packets
				gotBytes[1] += s.Client.Bytes
				gotBytes[0] += s.Server.Bytes
			}
			if gotPackets != packets || gotBytes != bytes {
				t.Errorf("%s: records count %v packets and %v bytes, packets are %v and %v", traffic.Name, gotPackets, gotBytes, packets, bytes)
			}
		}
	}
}

func TestReversedExchangesTheDirections(t *testing.T) {
	traffic := live(1, ways[0], Live, 1e6, 20, false, 5*time.Second).done()
	back := traffic.Reversed()
	if back.Kind != Other || len(back.Moves) != len(traffic.Moves) || back.Moves[0].Up == traffic.Moves[0].Up {
		t.Errorf("got %s, %d packets", back.Kind, len(back.Moves))
	}
	if again := back.Reversed(); !reflect.DeepEqual(again.Moves, traffic.Moves) {
		t.Error("twice reversed is not the same")
	}
}
