package flow

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/packet"
)

func TestClientAndServer(t *testing.T) {
	const a, b = "10.0.0.1:40000", "10.0.0.2:50000"
	cases := []struct {
		name   string
		feed   func(c *clock) []*packet.Packet
		client string
	}{
		{"SYN", func(c *clock) []*packet.Packet { return []*packet.Packet{c.tcp(b, a, packet.SYN, 1, "")} }, b},
		{"SYN to a high port from a well-known one", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.tcp("10.0.0.1:80", a, packet.SYN, 1, "")}
		}, "10.0.0.1:80"},
		{"SYN with ACK first", func(c *clock) []*packet.Packet { return []*packet.Packet{c.tcp(a, b, packet.SYN|packet.ACK, 1, "")} }, b},
		{"data before SYN", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.tcp(a, b, packet.ACK, 100, "x"), c.tcp(b, a, packet.SYN, 1, "")}
		}, b},
		{"ACK before SYN with ACK", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.tcp(a, b, packet.ACK, 100, ""), c.tcp(a, b, packet.SYN|packet.ACK, 99, "")}
		}, b},
		{"no SYN, answer from RTSP first", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.tcp("10.0.0.9:554", a, packet.ACK, 1, "x")}
		}, a},
		{"UDP answer of a name server first", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.udp("10.0.0.9:53", a, []byte("x"))}
		}, a},
		{"UDP, port below 1024", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.udp("10.0.0.9:631", a, []byte("x"))}
		}, a},
		{"neither port known", func(c *clock) []*packet.Packet { return []*packet.Packet{c.udp(b, a, []byte("x"))} }, b},
		{"both ports known", func(c *clock) []*packet.Packet {
			return []*packet.Packet{c.udp("10.0.0.1:5353", "224.0.0.251:5353", []byte("x"))}
		}, "10.0.0.1:5353"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			var got told
			table := New(Config{}, &got)
			for _, p := range test.feed(&clock{}) {
				table.Add(p)
			}
			table.Close()
			if len(got.ends) != 1 || got.ends[0].Flow.Client.AddrPort().String() != test.client {
				t.Errorf("got %+v, want one flow with client %s", got.ends, test.client)
			}
		})
	}
}

func TestCountsOfBothDirections(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	first := c.tcp(viewer, camera, packet.SYN, 999, "")
	first.VLAN, first.Input = 7, 3
	answer := c.tcp(camera, viewer, packet.SYN|packet.ACK, 4999, "")
	answer.TTL, answer.VLAN, answer.Input = 63, 8, 3
	data := c.tcp(viewer, camera, packet.ACK|packet.PSH, 1000, "12345")
	data.Input = 3
	for _, p := range []*packet.Packet{first, answer, data} {
		table.Add(p)
	}
	table.Add(&packet.Packet{EtherType: 0x0806, HasMAC: true}) // ARP makes no flow
	table.Close()
	f := got.ends[0].Flow
	want := Record{ID: 1, First: first.Time, Number: 1, VLAN: 7, Proto: 6, input: 3,
		Client: Side{Addr: first.Src, Port: 40000, Packets: 2, Bytes: 54 + 59, told: 113, last: data.Time, MAC: first.SrcMAC, Flags: packet.SYN | packet.ACK | packet.PSH, TTL: 64, isn: 999},
		Server: Side{Addr: first.Dst, Port: 554, Packets: 1, Bytes: 54, told: 54, last: answer.Time, MAC: answer.SrcMAC, Flags: packet.SYN | packet.ACK, TTL: 63, isn: 4999},
	}
	want.stamp, want.hash, want.state, want.since = f.stamp, f.hash, f.state, f.since
	want.Client.meter, want.Server.meter = f.Client.meter, f.Server.meter
	if f != want {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
	if s := table.Stats(); s.Packets != 3 || s.Flows != 1 || s.Peak != 1 || s.Live != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestSameAddressesInTwoInputsAreTwoFlows(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	for i := range 2 {
		p := c.udp(viewer, camera, []byte("x"))
		p.Input = i
		table.Add(p)
	}
	table.Close()
	if len(got.ends) != 2 || got.ends[1].Flow.Input() != 1 {
		t.Errorf("got %+v, want two flows", got.ends)
	}
}

func TestAddressToItself(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	for range 3 {
		table.Add(c.udp("127.0.0.1:5000", "127.0.0.1:5000", []byte("x")))
	}
	table.Close()
	if len(got.ends) != 1 || got.ends[0].Flow.Client.Packets != 3 {
		t.Errorf("got %+v, want one flow whose client sent three packets", got.ends)
	}
}

func TestIdleFlowsEndByPacketTime(t *testing.T) {
	var got told
	table, c := New(Config{IdleOther: 10 * time.Second, IdleTCP: time.Minute}, &got), &clock{}
	table.Add(c.udp("10.0.0.1:1100", "10.0.0.2:2000", []byte("x")))
	table.Add(c.tcp("10.0.0.1:1100", "10.0.0.2:2000", packet.ACK, 1, "x"))
	c.time += int64(9 * time.Second)
	table.Add(c.udp("10.0.0.1:1100", "10.0.0.2:2000", []byte("x")))
	if len(got.ends) != 0 {
		t.Fatalf("ended early: %+v", got.ends)
	}
	c.time += int64(11 * time.Second)
	table.Add(c.udp("10.0.0.1:1100", "10.0.0.2:2000", []byte("x"))) // another flow of the same ports
	if len(got.ends) != 1 || got.ends[0].Flow.Client.Packets != 2 || got.ends[0].Flow.Proto != protoUDP {
		t.Fatalf("got %+v, want the first UDP flow with two packets", got.ends)
	}
	c.time += int64(time.Minute)
	table.Add(c.udp("10.0.0.3:1100", "10.0.0.2:2000", []byte("x")))
	if s := table.Stats(); s.Idle != 3 || s.Live != 1 || s.Flows != 4 || s.Evicted != 0 {
		t.Errorf("got %+v, want 3 idle and one live", s)
	}
}

func TestTimeThatLeapsEndsTwoFlowsAPacketAtMost(t *testing.T) {
	var got told
	table, c := New(Config{}, &got), &clock{}
	for i := range 100 {
		table.Add(c.udp(fmt.Sprintf("10.0.0.%d:1000", i), "10.0.1.2:2000", []byte("x")))
	}
	odd := c.udp("10.0.0.200:1000", "10.0.1.2:2000", []byte("x"))
	for _, when := range []int64{1<<63 - 1, -1 << 63, 0} {
		odd.Time = when
		table.Add(odd)
	}
	if n := len(got.ends); n > 6 {
		t.Errorf("%d flows ended by three absurd times", n)
	}
	table.Close()
	if s := table.Stats(); int(s.Flows) != len(got.ends) {
		t.Errorf("%d flows, %d ends", s.Flows, len(got.ends))
	}
}

func TestPortsUsedAgain(t *testing.T) {
	cases := []struct {
		name  string
		feed  func(t *Table, c *clock)
		flows int
	}{
		{"SYN again with another number", func(t *Table, c *clock) {
			t.Add(c.tcp(viewer, camera, packet.SYN, 1, ""))
			t.Add(c.tcp(viewer, camera, packet.SYN, 2, ""))
		}, 2},
		{"SYN sent again", func(t *Table, c *clock) {
			t.Add(c.tcp(viewer, camera, packet.SYN, 1, ""))
			t.Add(c.tcp(viewer, camera, packet.SYN, 1, ""))
		}, 1},
		{"SYN after four packets without", func(t *Table, c *clock) {
			for i := range uint32(4) {
				t.Add(c.tcp(viewer, camera, packet.ACK, 1+i, "x"))
			}
			t.Add(c.tcp(viewer, camera, packet.SYN, 1000, ""))
		}, 2},
		{"SYN from the other side after the end", func(t *Table, c *clock) {
			t.Add(c.tcp(viewer, camera, packet.SYN, 1, ""))
			t.Add(c.tcp(camera, viewer, packet.RST|packet.ACK, 0, ""))
			t.Add(c.tcp(camera, viewer, packet.SYN, 1, ""))
		}, 2},
		{"both opened at once", func(t *Table, c *clock) {
			t.Add(c.tcp(viewer, camera, packet.SYN, 1, ""))
			t.Add(c.tcp(camera, viewer, packet.SYN, 7, ""))
		}, 1},
		{"the last ACK after both FIN", func(t *Table, c *clock) {
			connect(t, c)
			t.Add(c.tcp(viewer, camera, packet.FIN|packet.ACK, 1000, ""))
			t.Add(c.tcp(camera, viewer, packet.FIN|packet.ACK, 5000, ""))
			t.Add(c.tcp(viewer, camera, packet.ACK, 1001, ""))
		}, 1},
		{"data long after both FIN", func(t *Table, c *clock) {
			connect(t, c)
			t.Add(c.tcp(viewer, camera, packet.FIN|packet.ACK, 1000, ""))
			t.Add(c.tcp(camera, viewer, packet.FIN|packet.ACK, 5000, ""))
			c.time += int64(7 * time.Second)
			t.Add(c.tcp(viewer, camera, packet.ACK, 1001, ""))
		}, 2},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			var got told
			table := New(Config{}, &got)
			test.feed(table, &clock{})
			table.Close()
			if len(got.ends) != test.flows {
				t.Errorf("%d flows, want %d: %+v", len(got.ends), test.flows, got.ends)
			}
		})
	}
}

func TestLongestIdleMakesRoom(t *testing.T) {
	var got told
	table, c := New(Config{MaxFlows: 10, IdleOther: time.Hour}, &got), &clock{}
	from := func(i int) string { return fmt.Sprintf("10.0.%d.%d:1000", i>>8, i&255) }
	for i := range 10 {
		c.time += int64(2 * time.Second)
		table.Add(c.udp(from(i), camera, []byte("x")))
	}
	c.time += int64(2 * time.Second)
	table.Add(c.udp(from(0), camera, []byte("x"))) // now the second is the longest idle
	for i := 10; i < 13; i++ {
		table.Add(c.udp(from(i), camera, []byte("x")))
	}
	var ids []uint64
	for _, e := range got.ends {
		ids = append(ids, e.Flow.ID)
	}
	if want := []uint64{2, 3, 4}; !reflect.DeepEqual(ids, want) {
		t.Errorf("evicted flows %v, want %v", ids, want)
	}
	if s := table.Stats(); s.Evicted != 3 || s.Live != 10 || s.Peak != 10 || s.Flows != 13 {
		t.Errorf("got %+v", s)
	}
	table.Close()
	if len(got.ends) != 13 {
		t.Errorf("%d ends, want 13", len(got.ends))
	}
}

// TestFlowsAgainstModel compares counts with a Go map over random packets.
func TestFlowsAgainstModel(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var got told
	table, c := New(Config{IdleOther: time.Hour}, &got), &clock{}
	type key struct{ low, high string }
	model := map[key]uint64{}
	for range 50_000 {
		a := fmt.Sprintf("10.0.0.%d:%d", rng.IntN(30), 1+rng.IntN(20))
		b := fmt.Sprintf("10.0.0.%d:%d", rng.IntN(30), 1+rng.IntN(20))
		table.Add(c.udp(a, b, []byte("x")))
		model[key{min(a, b), max(a, b)}]++
	}
	table.Close()
	for i, e := range got.ends {
		a, b := e.Flow.Client.AddrPort().String(), e.Flow.Server.AddrPort().String()
		k := key{min(a, b), max(a, b)}
		if n := e.Flow.Client.Packets + e.Flow.Server.Packets; n != model[k] {
			t.Fatalf("%s %s: %d packets, want %d", a, b, n, model[k])
		}
		if i > 0 && e.Flow.Number <= got.ends[i-1].Flow.Number {
			t.Fatalf("Close out of order: packet %d after %d", e.Flow.Number, got.ends[i-1].Flow.Number)
		}
		delete(model, k)
	}
	if len(model) != 0 {
		t.Errorf("%d flows missing", len(model))
	}
	checkEmpty(t, table)
}

func TestSamePacketsSameCalls(t *testing.T) {
	var first []string
	for range 3 {
		rng := rand.New(rand.NewPCG(6, 6))
		var got told
		table := New(Config{MaxFlows: 200, StreamBudget: 1, MaxRTP: 20, DatagramWanted: func(_, _ uint16, b []byte) bool { return b[0]&1 == 0 }}, &got)
		c := &clock{}
		for n := range 20_000 {
			a, b := fmt.Sprintf("10.0.0.%d:%d", rng.IntN(20), 1+rng.IntN(40)), fmt.Sprintf("10.0.1.%d:554", rng.IntN(20))
			switch rng.IntN(3) {
			case 0:
				table.Add(c.tcp(a, b, uint8(rng.IntN(32)), rng.Uint32N(50_000), text(rng, rng.IntN(500))))
			case 1:
				table.Add(c.udp(a, b, random(rng, 1+rng.IntN(3))))
			default:
				table.Add(c.udp(a, b, rtpPacket(n, 50)))
			}
			c.time += int64(rng.IntN(10)) * int64(time.Millisecond)
		}
		table.Close()
		checkEmpty(t, table)
		if first == nil {
			first = got.log
		}
		if !reflect.DeepEqual(first, got.log) {
			t.Fatal("the same packets gave other calls")
		}
	}
	if len(first) < 1000 {
		t.Errorf("only %d calls", len(first))
	}
}

func TestSlotsAgainstMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	s, model := newSlots(), map[uint32]uint32{} // index → hash
	for range 200_000 {
		index := rng.Uint32N(5000)
		if hash, ok := model[index]; ok {
			s.remove(hash, index)
			delete(model, index)
		} else {
			hash = rng.Uint32N(6000) // many collide
			s.insert(hash, index)
			model[index] = hash
		}
	}
	found := 0
	for index, hash := range model {
		for i := hash & s.mask; s.slot[i] != 0; i = (i + 1) & s.mask {
			if s.slot[i] == uint64(hash)<<32|uint64(index+1) {
				found++
				break
			}
		}
	}
	if found != len(model) || s.used != len(model) {
		t.Errorf("%d of %d entries found, %d counted", found, len(model), s.used)
	}
}

// TestQuietTimesChangeNothing gives packets in any order of time to a table that
// looks for idle flows at each of them, and to one that knows when it need not:
// both end the same flows at the same packets.
func TestQuietTimesChangeNothing(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var got, want told
		quick, always := New(Config{MaxFlows: 50}, &got), New(Config{MaxFlows: 50}, &want)
		c := &clock{}
		for range 4000 {
			c.time += rng.Int64N(int64(20 * time.Second))
			if rng.IntN(50) == 0 {
				c.time -= rng.Int64N(int64(15 * time.Minute))
			}
			from, flags := fmt.Sprintf("10.0.0.%d:4000", rng.IntN(90)), uint8(packet.ACK)
			if rng.IntN(4) == 0 {
				flags = []uint8{packet.SYN, packet.RST, packet.FIN | packet.ACK}[rng.IntN(3)]
			}
			p := c.tcp(from, camera, flags, rng.Uint32(), "")
			if rng.IntN(2) == 0 {
				p = c.udp(from, camera, []byte("x"))
			}
			quick.Add(p)
			always.quiet = quiet{}
			always.Add(p)
		}
		quick.Close()
		always.Close()
		if !slices.Equal(got.log, want.log) || quick.Stats() != always.Stats() {
			t.Fatalf("seed %d: another history: %+v, want %+v", seed, quick.Stats(), always.Stats())
		}
	}
}
