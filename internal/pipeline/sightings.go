package pipeline

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/observation"
)

// maxSightings bounds the senders that are kept of one input beside those of
// [flow.Pairs].
const maxSightings = 1 << 16

// A sightings sums who sent, one entry for each hardware address, address and
// VLAN.
type sightings struct {
	of      map[sender]*device.Sighting
	order   []*device.Sighting
	dropped int64 // sightings beyond the bound
}

type sender struct {
	mac  observation.MAC
	ip   netip.Addr
	vlan uint16
}

// add counts s.
func (t *sightings) add(s device.Sighting) {
	k := sender{s.MAC, s.IP, s.VLAN}
	old := t.of[k]
	if old == nil {
		if len(t.of) >= maxSightings {
			t.dropped++
			return
		}
		if t.of == nil {
			t.of = make(map[sender]*device.Sighting)
		}
		kept := s
		t.of[k] = &kept
		t.order = append(t.order, &kept)
		return
	}
	if s.First.Before(old.First) {
		old.First = s.First
	}
	if s.Last.After(old.Last) {
		old.Last = s.Last
	}
	old.Packets += s.Packets
	old.Bytes += s.Bytes
	old.TTL = max(old.TTL, s.TTL)
}

// all hands over what was seen, in the order first seen.
func (t *sightings) all(to func(device.Sighting)) {
	for _, s := range t.order {
		to(*s)
	}
}
