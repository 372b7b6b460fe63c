package observation

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"time"
)

// maxPerSpeaker bounds the different messages kept of one speaker in one
// protocol; a speaker that makes up names without end fills no memory.
const maxPerSpeaker = 4096

// A Log collects observations in the order seen. Saying the same thing again is
// counted on the first sighting. It is not safe for use by several goroutines.
type Log struct {
	All     []*Observation
	Dropped int64 // messages beyond the bound of their speaker

	seeds [2]maphash.Seed
	seen  map[identity]*Observation
	count map[speaker]int
	room  []Observation // for those to come
	text  []byte        // of the observation being looked up
}

// An identity is what makes two observations equal: two hashes of the parts
// named at [Log.Add] under seeds of this process, 128 bits. That different
// messages share one does not happen, and nobody outside can bring it about.
type identity [2]uint64

const roomSize = 128 // observations allocated at once

type speaker struct {
	input    int
	mac      MAC
	ip       netip.Addr
	protocol string
}

// NewLog returns an empty log.
func NewLog() *Log {
	return &Log{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, seen: make(map[identity]*Observation), count: make(map[speaker]int)}
}

// Close frees what is needed for adding only. Add must not be called after it.
func (l *Log) Close() { l.seen, l.count, l.room, l.text = nil, nil, nil, nil }

// silence is after how long the same words from an address without MAC are a new
// observation: the address may be another device's by then.
const silence = 24 * time.Hour

// Add keeps o, or counts it on the equal observation that is already kept. It
// reports whether o was kept. Two observations are equal when the same input,
// speaker and protocol sent the same fields about the same device; where the
// speaker is an address only, without a day between them.
func (l *Log) Add(o Observation) bool {
	id, s := l.identify(&o), speaker{o.Input, o.MAC, o.From.Addr(), o.Protocol}
	old, ok := l.seen[id]
	if ok && (!o.MAC.IsZero() || o.Seen.Sub(old.Last) <= silence || l.count[s] >= maxPerSpeaker) {
		old.Count++
		if o.Seen.After(old.Last) {
			old.Last = o.Seen
		}
		return false
	}
	if l.count[s] >= maxPerSpeaker {
		l.Dropped++
		return false
	}
	l.count[s]++
	o.ID, o.Count, o.Last = int64(len(l.All)+1), 1, o.Seen
	if len(l.room) == 0 {
		l.room = make([]Observation, roomSize)
	}
	kept := &l.room[0]
	l.room = l.room[1:]
	*kept = o
	l.seen[id] = kept
	l.All = append(l.All, kept)
	return true
}

// identify writes the parts that make o what it is one behind the other, texts
// with their length before them, and hashes that.
func (l *Log) identify(o *Observation) identity {
	b := l.text[:0]
	b = binary.LittleEndian.AppendUint32(b, uint32(o.Input))
	b = append(b, o.MAC[:]...)
	a := o.From.Addr().As16()
	b = append(b, a[:]...)
	b = append(b, byte(o.From.Addr().BitLen()), byte(o.About), byte(o.VLAN>>8), byte(o.VLAN))
	if o.About == Receiver {
		a = o.To.Addr().As16()
		b = append(append(b, a[:]...), byte(o.To.Addr().BitLen()))
		b = append(b, o.ToMAC[:]...)
	}
	b = appendText(b, o.Protocol)
	for i := range o.Fields {
		b = appendText(b, o.Fields[i].Name)
		b = appendText(b, o.Fields[i].Value)
	}
	l.text = b
	return identity{maphash.Bytes(l.seeds[0], b), maphash.Bytes(l.seeds[1], b)}
}

func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
