package record

import (
	"bytes"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// sights adds up who sent something, by address.
type sights struct {
	all    []sighted
	by     map[speaker]uint32 // index in all
	latest [256]uint32        // index in all, plus one, of a speaker met before, by bits of its address
	lost   int64
}

type speaker struct {
	ip   netip.Addr
	mac  observation.MAC
	vlan uint16
}

type sighted struct {
	speaker
	first, last    int64
	packets, bytes uint64
}

// maxSights bounds the speakers of one input. A batch hands its own over when it
// has maxBatchSights of them.
const (
	maxSights      = 1 << 17
	maxBatchSights = 1 << 12
)

func newSights() *sights { return &sights{by: map[speaker]uint32{}} }

// see notes that a speaker sent packets between two times.
func (s *sights) see(k speaker, first, last int64, packets, bytes uint64) {
	if !k.ip.IsValid() && k.mac.IsZero() || k.ip.IsMulticast() || k.ip.IsUnspecified() {
		return
	}
	old := s.find(k)
	if old == nil {
		if len(s.all) >= maxSights {
			s.lost++
			return
		}
		if len(s.all) == cap(s.all) {
			s.all = slices.Grow(s.all, max(len(s.all), 64)) // append would grow it in smaller steps
		}
		s.by[k] = uint32(len(s.all))
		s.all = append(s.all, sighted{k, first, last, packets, bytes})
		return
	}
	if first != 0 && (old.first == 0 || first < old.first) {
		old.first = first
	}
	old.last = max(old.last, last)
	old.packets += packets
	old.bytes += bytes
}

// find returns what is known of a speaker; nil for a new one. It looks first at
// the last speaker of the same last bits: few speak again and again.
func (s *sights) find(k speaker) *sighted {
	ip := k.ip.As16()
	latest := &s.latest[ip[15]^ip[14]<<3^k.mac[5]]
	if n := *latest; n != 0 && s.all[n-1].speaker == k {
		return &s.all[n-1]
	}
	n, ok := s.by[k]
	if !ok {
		return nil
	}
	*latest = n + 1
	return &s.all[n]
}

// flow notes which ends of a flow sent something.
func (s *sights) flow(f *flow.Summary) {
	for _, end := range [...]*flow.End{&f.Client, &f.Server} {
		if end.Packets > 0 {
			s.see(speaker{end.Addr.Addr(), end.MAC, f.VLAN}, f.First, f.Last, end.Packets, end.Bytes)
		}
	}
}

// take moves what other holds into s.
func (s *sights) take(other *sights) {
	for i := range other.all {
		v := &other.all[i]
		s.see(v.speaker, v.first, v.last, v.packets, v.bytes)
	}
	clear(other.by)
	clear(other.latest[:])
	other.all = other.all[:0]
	s.lost += other.lost
	other.lost = 0
}

// tell hands all sightings over, in order of address.
func (s *sights) tell(job *Job) {
	order := make([]*sighted, len(s.all))
	for i := range s.all {
		order[i] = &s.all[i]
	}
	slices.SortFunc(order, func(a, b *sighted) int {
		if c := a.ip.Compare(b.ip); c != 0 {
			return c
		}
		if c := bytes.Compare(a.mac[:], b.mac[:]); c != 0 {
			return c
		}
		return int(a.vlan) - int(b.vlan)
	})
	for _, v := range order {
		job.Sink.Sight(device.Sighting{
			Input: job.Input, MAC: v.mac, IP: v.ip, First: nano(v.first), Last: nano(v.last),
			Packets: int64(v.packets), Bytes: int64(v.bytes), VLAN: v.vlan,
		})
	}
}
