package flow

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

func TestPairs(t *testing.T) {
	pairs, c := NewPairs(0, nil), &clock{}
	a := c.udp("10.0.0.1:1", "10.0.0.2:2", []byte("x"))
	a.VLAN, a.TTL = 5, 63
	again := c.udp("10.0.0.1:9", "10.0.0.7:2", []byte("xyz"))
	moved := c.udp("10.0.0.1:1", "10.0.0.2:2", nil) // same address, other device
	moved.SrcMAC[0] = 6
	other := c.udp("10.0.0.1:1", "10.0.0.2:2", nil)
	other.Input = 1
	dhcp := c.udp("0.0.0.0:68", "255.255.255.255:67", nil)
	wireless := c.udp("10.0.0.1:1", "10.0.0.2:2", nil)
	wireless.HasMAC = false
	for _, p := range []*packet.Packet{a, moved, again, other, dhcp, wireless, {HasMAC: true}} {
		pairs.Add(p)
	}
	var got []string
	for p := range pairs.All() {
		got = append(got, fmt.Sprintf("%d %s %s vlan %d ttl %d: %d packets, %d bytes, %d to %d", p.Input, p.MAC, p.IP(), p.VLAN, p.TTL, p.Packets, p.Bytes, p.First-a.Time, p.Last-a.Time))
	}
	want := []string{
		"0 02:00:00:00:00:01 10.0.0.1 vlan 5 ttl 64: 2 packets, 112 bytes, 0 to 1000000",
		"0 06:00:00:00:00:01 10.0.0.1 vlan 0 ttl 64: 1 packets, 54 bytes, 2000000 to 2000000",
		"1 02:00:00:00:00:01 10.0.0.1 vlan 0 ttl 64: 1 packets, 54 bytes, 3000000 to 3000000",
	}
	if !reflect.DeepEqual(got, want) || pairs.Len() != 3 {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// Counting a flow's packets when its parts are told gives what counting each
// packet gives, also where hardware addresses change, are missing, or packets
// come late, and connections begin again on the same ports.
func TestPairsOfATableAreThoseOfItsPackets(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 7))
		direct, ofTable := NewPairs(0, nil), NewPairs(0, nil)
		table, c := New(Config{Pairs: ofTable, MaxFlows: 50}, &silent{}), &clock{}
		for range 5000 {
			ends := []string{fmt.Sprintf("10.0.0.%d:%d", r.IntN(6), 1000+r.IntN(4)), fmt.Sprintf("10.0.1.%d:%d", r.IntN(3), 553+r.IntN(3))}
			if r.IntN(2) == 0 {
				ends[0], ends[1] = ends[1], ends[0]
			}
			if r.IntN(30) == 0 {
				ends[0] = "0.0.0.0:68"
			}
			p := c.udp(ends[0], ends[1], nil)
			if r.IntN(2) == 0 {
				p.Proto, p.Seq, p.Flags = protoTCP, r.Uint32(), []uint8{packet.SYN, packet.SYN | packet.ACK, packet.ACK, packet.FIN | packet.ACK, packet.RST}[r.IntN(5)]
			}
			switch r.IntN(12) {
			case 0:
				p.SrcMAC[0] ^= 4
			case 1:
				p.SrcMAC, p.HasMAC = observation.MAC{}, false
			case 2:
				p.Time -= int64(r.IntN(5_000_000_000))
			case 3:
				p.TTL = uint8(1 + r.IntN(255))
			case 4:
				c.time += int64(r.IntN(20_000_000_000))
			}
			p.VLAN, p.Input = uint16(r.IntN(3)), r.IntN(2)
			direct.Add(p)
			table.Add(p)
		}
		table.Close()
		if got, want := pairTexts(ofTable), pairTexts(direct); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: got  %q\nwant %q", seed, got, want)
		}
	}
}

func pairTexts(pairs *Pairs) (out []string) {
	for p := range pairs.All() {
		out = append(out, fmt.Sprintf("%d %s %s vlan %d ttl %d: %d packets, %d bytes, %d to %d\n", p.Input, p.MAC, p.IP(), p.VLAN, p.TTL, p.Packets, p.Bytes, p.First, p.Last))
	}
	return out
}

func TestPairsForgetTheLongestUnseen(t *testing.T) {
	var gone []string
	pairs, c := NewPairs(4, func(p *Pair) { gone = append(gone, p.IP().String()) }), &clock{}
	for _, n := range []int{1, 2, 3, 4, 1, 5, 6, 2} {
		pairs.Add(c.udp(fmt.Sprintf("10.0.0.%d:1", n), "10.0.1.1:1", nil))
	}
	if want := []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"}; !reflect.DeepEqual(gone, want) {
		t.Errorf("forgot %v, want %v", gone, want)
	}
	if pairs.Len() != 4 || pairs.Evicted() != 3 {
		t.Errorf("%d kept, %d forgotten", pairs.Len(), pairs.Evicted())
	}
}

func TestManyPairs(t *testing.T) {
	pairs, c := NewPairs(1000, nil), &clock{}
	for n := range 100_000 {
		i := n * 7919 % 5000
		pairs.Add(c.udp(fmt.Sprintf("10.0.%d.%d:1", i>>8, i&255), "10.0.1.1:1", nil))
	}
	total := int64(0)
	for p := range pairs.All() {
		total += p.Packets
	}
	if pairs.Len() != 1000 || total != 1000 || pairs.Evicted() != 99_000 {
		t.Errorf("%d kept with %d packets, %d forgotten", pairs.Len(), total, pairs.Evicted())
	}
}
