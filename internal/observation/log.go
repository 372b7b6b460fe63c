package observation

import (
	"hash/maphash"
	"net/netip"
)

// maxPerSpeaker bounds the different messages kept of one speaker in one
// protocol; a speaker that makes up names without end fills no memory.
const maxPerSpeaker = 4096

// A Log collects observations in the order seen. Saying the same thing again is
// counted on the first sighting. It is not safe for use by several goroutines.
type Log struct {
	All     []*Observation
	Dropped int64 // messages beyond the bound of their speaker

	seed  maphash.Seed
	seen  map[uint64]*Observation
	count map[speaker]int
}

type speaker struct {
	input    int
	mac      MAC
	ip       netip.Addr
	protocol string
}

// NewLog returns an empty log.
func NewLog() *Log {
	return &Log{seed: maphash.MakeSeed(), seen: make(map[uint64]*Observation), count: make(map[speaker]int)}
}

// Add keeps o, or counts it on the equal observation that is already kept. It
// reports whether o was kept. Two observations are equal when the same input,
// speaker and protocol sent the same fields about the same device.
func (l *Log) Add(o Observation) bool {
	h := l.hash(&o)
	for ; ; h++ { // equal hashes of different messages: the next number is free
		old, ok := l.seen[h]
		if !ok {
			break
		}
		if equal(old, &o) {
			old.Count++
			if o.Seen.After(old.Last) {
				old.Last = o.Seen
			}
			return false
		}
	}
	s := speaker{o.Input, o.MAC, o.From.Addr(), o.Protocol}
	if l.count[s] >= maxPerSpeaker {
		l.Dropped++
		return false
	}
	l.count[s]++
	o.ID, o.Count, o.Last = int64(len(l.All)+1), 1, o.Seen
	kept := &o
	l.seen[h] = kept
	l.All = append(l.All, kept)
	return true
}

func (l *Log) hash(o *Observation) uint64 {
	var h maphash.Hash
	h.SetSeed(l.seed)
	h.Write(o.MAC[:])
	a := o.From.Addr().As16()
	h.Write(a[:])
	h.WriteByte(byte(o.Input))
	h.WriteByte(byte(o.About))
	h.WriteString(o.Protocol)
	for _, f := range o.Fields {
		h.WriteByte(0)
		h.WriteString(f.Name)
		h.WriteByte(1)
		h.WriteString(f.Value)
	}
	return h.Sum64()
}

func equal(a, b *Observation) bool {
	if a.Input != b.Input || a.MAC != b.MAC || a.From.Addr() != b.From.Addr() || a.Protocol != b.Protocol || a.About != b.About || a.VLAN != b.VLAN || len(a.Fields) != len(b.Fields) {
		return false
	}
	if a.About == Receiver && (a.To.Addr() != b.To.Addr() || a.ToMAC != b.ToMAC) {
		return false
	}
	for i := range a.Fields {
		if a.Fields[i] != b.Fields[i] {
			return false
		}
	}
	return true
}
