package record

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// sights adds up who sent something, by address.
type sights struct {
	all   []sighted
	slots []uint32 // index in all, plus one, by hash; a power of two of them, at least half of them 0
	lost  int64
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

func newSights() *sights { return &sights{slots: make([]uint32, 256)} }

// secret makes the places of speakers different in each process, so that nobody
// outside can choose addresses that are slow to tell apart.
var secret = [2]uint64{rand.Uint64(), rand.Uint64()}

func (k *speaker) hash() uint32 {
	ip := k.ip.As16()
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(ip[:])^secret[0], binary.LittleEndian.Uint64(ip[8:])^secret[1])
	mac := uint64(binary.LittleEndian.Uint32(k.mac[:])) | uint64(binary.LittleEndian.Uint16(k.mac[4:]))<<32 | uint64(k.vlan)<<48
	hi, lo = bits.Mul64(hi^lo^mac, secret[0]|1)
	return uint32(hi ^ lo)
}

// slot is where k stands, or is to stand.
func (s *sights) slot(k *speaker) *uint32 {
	mask := uint32(len(s.slots) - 1)
	for i := k.hash() & mask; ; i = (i + 1) & mask {
		if n := s.slots[i]; n == 0 || s.all[n-1].speaker == *k {
			return &s.slots[i]
		}
	}
}

// see notes that a speaker sent packets between two times.
func (s *sights) see(k speaker, first, last int64, packets, bytes uint64) {
	if !k.ip.IsValid() && k.mac.IsZero() || k.ip.IsMulticast() || k.ip.IsUnspecified() {
		return
	}
	slot := s.slot(&k)
	if *slot == 0 {
		s.add(slot, sighted{k, first, last, packets, bytes})
		return
	}
	old := &s.all[*slot-1]
	if first != 0 && (old.first == 0 || first < old.first) {
		old.first = first
	}
	old.last = max(old.last, last)
	old.packets += packets
	old.bytes += bytes
}

// add keeps a new speaker in its slot.
func (s *sights) add(slot *uint32, v sighted) {
	if len(s.all) >= maxSights {
		s.lost++
		return
	}
	if len(s.all) == cap(s.all) {
		s.all = slices.Grow(s.all, max(len(s.all), 64)) // append would grow it in smaller steps
	}
	s.all = append(s.all, v)
	*slot = uint32(len(s.all))
	if 2*len(s.all) > len(s.slots) {
		s.slots = make([]uint32, 2*len(s.slots))
		for i := range s.all {
			*s.slot(&s.all[i].speaker) = uint32(i + 1)
		}
	}
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
	clear(other.slots)
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
