package pipeline

import (
	"cmp"
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/lenscap/lenscap/internal/packet"
)

// twice finds inputs that hold the same packets at the same times, such as two
// recordings of which one goes on while the other has begun. Of each input it keeps
// digests of some packets, which ones is told by their content: what one input keeps of
// a packet, another keeps too. Hardware addresses and the time to live are part of it,
// so that the two ends of a conversation, recorded at two sites, are not the same.
type twice struct {
	seed maphash.Seed
	mask uint64 // of digests that are kept; grows when there are too many
	kept []glimpse
}

// A glimpse is the digest of a packet, with when it was and in which input.
type glimpse struct {
	digest uint64
	time   int64
	input  int
}

const (
	twiceMost  = 1 << 18    // glimpses of all inputs, of 24 bytes
	twiceMask  = 1<<4 - 1   // one of 16 packets at first
	twiceLeast = 6          // digests that two inputs share, below which nothing is said
	twiceSlack = 1000000000 // nanoseconds between the clocks of two sensors
	twiceBytes = 24         // of the payload
)

func newTwice() *twice { return &twice{seed: maphash.MakeSeed(), mask: twiceMask} }

func (t *twice) add(p *packet.Packet) {
	if t == nil || !p.IP || !p.HasMAC {
		return
	}
	var b [64]byte
	copy(b[0:], p.SrcMAC[:])
	copy(b[6:], p.DstMAC[:])
	copy(b[12:], p.Src[:])
	copy(b[28:], p.Dst[:])
	binary.BigEndian.PutUint32(b[44:], p.Seq)
	binary.BigEndian.PutUint32(b[48:], p.Ack)
	binary.BigEndian.PutUint16(b[52:], p.SrcPort)
	binary.BigEndian.PutUint16(b[54:], p.DstPort)
	binary.BigEndian.PutUint32(b[56:], uint32(p.Wire)) //nolint:gosec // a frame is shorter
	b[60], b[61], b[62] = p.Proto, p.TTL, p.Flags
	h := maphash.Bytes(t.seed, b[:]) ^ maphash.Bytes(t.seed, p.Payload[:min(len(p.Payload), twiceBytes)])
	if h&t.mask != 0 {
		return
	}
	if len(t.kept) == twiceMost {
		t.mask = t.mask<<1 | 1
		t.kept = slices.DeleteFunc(t.kept, func(k glimpse) bool { return k.digest&t.mask != 0 })
		if h&t.mask != 0 || len(t.kept) == twiceMost {
			return
		}
	}
	t.kept = append(t.kept, glimpse{h, p.Time, p.Input})
}

// pairs are the inputs that hold the same packets, the later one first.
func (t *twice) pairs() [][2]int {
	if t == nil {
		return nil
	}
	slices.SortFunc(t.kept, func(a, b glimpse) int {
		return cmp.Or(cmp.Compare(a.digest, b.digest), cmp.Compare(a.time, b.time), cmp.Compare(a.input, b.input))
	})
	count := map[[2]int]int{}
	last := map[[2]int]uint64{} // digest that counted: the end of one file and the beginning of the next may share one that is said over and over
	for i := 1; i < len(t.kept); i++ {
		a, b := &t.kept[i-1], &t.kept[i]
		if a.digest == b.digest && a.input != b.input && b.time-a.time <= twiceSlack {
			k := [2]int{max(a.input, b.input), min(a.input, b.input)}
			if d, ok := last[k]; !ok || d != a.digest {
				last[k] = a.digest
				count[k]++
			}
		}
	}
	var out [][2]int
	for k, n := range count {
		if n >= twiceLeast {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return out
}
