package flow

import (
	"fmt"
	"reflect"
	"testing"

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
