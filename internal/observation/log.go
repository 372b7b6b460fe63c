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
// counted on the first sighting: its Count and Last are set by [Log.Close]. It is
// not safe for use by several goroutines.
type Log struct {
	All     []*Observation
	Dropped int64 // messages beyond the bound of their speaker

	slots  []uint64 // upper half of an identity's first hash, and 1 + number of its heard; a power of two of them
	heard  []*[heardRoom]heard
	n      int    // of heard
	latest *heard // of the observation kept last
	count  map[speaker]int
	room   []Observation // for those to come
	text   []byte        // of the observation being looked up
}

// A heard is one observation as it is said again and again. These are together,
// 64 bytes each, since that is most of what happens to a log.
type heard struct {
	identity
	last  time.Time
	count int64
	first *Observation
	_     [8]byte
}

const (
	heardRoom = 256 // made at once
	leastSize = 1 << 10
)

// An identity is what makes two observations equal: two hashes of the parts
// named at [Log.Add] under seeds of this process, 128 bits. That different
// messages share one does not happen, and nobody outside can bring it about.
type identity [2]uint64

// A Digest is the same of the fields alone. Who tells of the same fields many
// times keeps one with them; see [Log.AddKnown].
type Digest identity

var seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func hash(b []byte) identity { return identity{maphash.Bytes(seeds[0], b), maphash.Bytes(seeds[1], b)} }

const roomSize = 128 // observations allocated at once

type speaker struct {
	input    int
	mac      MAC
	ip       netip.Addr
	protocol string
}

// NewLog returns an empty log.
func NewLog() *Log {
	return &Log{slots: make([]uint64, leastSize), count: make(map[speaker]int)}
}

// Close sets Count and Last of all observations and frees what is needed for
// adding only. Add must not be called after it.
func (l *Log) Close() {
	for i := range l.n {
		l.at(i).tell()
	}
	*l = Log{All: l.All, Dropped: l.Dropped}
}

func (l *Log) at(i int) *heard { return &l.heard[i/heardRoom][i%heardRoom] }

// tell sets Count and Last of the first sighting.
func (h *heard) tell() { h.first.Count, h.first.Last = h.count, h.last }

// Lasted says that the observation that was kept last went on until then.
func (l *Log) Lasted(then time.Time) { l.latest.last = then }

// find returns what is known of an identity, nil for nothing, and its slot.
func (l *Log) find(id *identity) (*heard, int) {
	mask := len(l.slots) - 1
	for i := int(id[0]) & mask; ; i = (i + 1) & mask {
		slot := l.slots[i]
		if slot == 0 {
			return nil, i
		}
		if slot>>32 == id[0]>>32 {
			if h := l.at(int(uint32(slot)) - 1); h.identity == *id {
				return h, i
			}
		}
	}
}

// hear makes room for an identity that find gave this slot for.
func (l *Log) hear(id *identity, slot int) *heard {
	if l.n%heardRoom == 0 {
		l.heard = append(l.heard, new([heardRoom]heard))
	}
	l.n++
	h := l.at(l.n - 1)
	h.identity = *id
	l.slots[slot] = id[0]>>32<<32 | uint64(l.n) //nolint:gosec // as many are never kept
	if 2*l.n > len(l.slots) {
		l.slots = make([]uint64, 2*len(l.slots))
		for i := range l.n {
			id := &l.at(i).identity
			_, slot := l.find(id)
			l.slots[slot] = id[0]>>32<<32 | uint64(i+1) //nolint:gosec // as above
		}
	}
	return h
}

// silence is after how long the same words from an address without MAC are a new
// observation: the address may be another device's by then.
const silence = 24 * time.Hour

// Add keeps o, or counts it on the equal observation that is already kept. It
// reports whether o was kept. Two observations are equal when the same input,
// speaker and protocol sent the same fields about the same device; where the
// speaker is an address only, without a day between them.
func (l *Log) Add(o Observation) bool { return l.AddKnown(&o, nil) }

// AddKnown is [Log.Add] of a copy of o. known is nil, or where the digest of
// o.Fields is kept, zero the first time; who keeps it never changes the fields.
func (l *Log) AddKnown(o *Observation, known *Digest) bool {
	var fresh Digest
	if known == nil {
		known = &fresh
	}
	if *known == (Digest{}) {
		l.digest(o.Fields, known)
	}
	id, s := l.identify(o, known), speaker{o.Input, o.MAC, o.From.Addr(), o.Protocol}
	h, slot := l.find(&id)
	if h != nil && (!o.MAC.IsZero() || o.Seen.Sub(h.last) <= silence || l.count[s] >= maxPerSpeaker) {
		h.count++
		if o.Seen.After(h.last) {
			h.last = o.Seen
		}
		return false
	}
	if l.count[s] >= maxPerSpeaker {
		l.Dropped++
		return false
	}
	l.count[s]++
	if len(l.room) == 0 {
		l.room = make([]Observation, roomSize)
	}
	kept := &l.room[0]
	l.room = l.room[1:]
	*kept = *o
	kept.ID, kept.Count, kept.Last = int64(len(l.All)+1), 1, o.Seen
	if h != nil {
		h.tell()
	} else {
		h = l.hear(&id, slot)
	}
	h.first, h.count, h.last = kept, 1, o.Seen
	l.latest = h
	l.All = append(l.All, kept)
	return true
}

// digest writes the fields one behind the other, texts with their length before
// them, and hashes that.
func (l *Log) digest(fields []Field, d *Digest) {
	b := l.text[:0]
	for i := range fields {
		b = appendText(b, fields[i].Name)
		b = appendText(b, fields[i].Value)
	}
	l.text = b
	*d = Digest(hash(b))
}

// identify does the same with all that makes o what it is.
func (l *Log) identify(o *Observation, fields *Digest) identity {
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
	b = binary.LittleEndian.AppendUint64(b, fields[0])
	b = binary.LittleEndian.AppendUint64(b, fields[1])
	l.text = b
	return hash(b)
}

func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
