package flow

import (
	"math/bits"
	"math/rand/v2"
)

// slots is an open-addressing index with linear probing: each 8-byte slot holds
// 32 bits of hash and an index + 1 into storage elsewhere, which is touched only
// when the hash agrees. The zero slot is empty. Order in it means nothing and
// depends on a seed of this process, so that nobody outside can make it slow.
type slots struct {
	slot []uint64
	mask uint32
	used int
	room *room // for many; nil: Go's heap
}

const minSlots = 1 << 10

func newSlots() slots { return slots{slot: make([]uint64, minSlots), mask: minSlots - 1} }

// insert adds index under hash, which must not be in it; it doubles above a load of 3/4.
func (s *slots) insert(hash, index uint32) {
	if s.used >= len(s.slot)/4*3 {
		s.grow()
	}
	s.used++
	s.put(uint64(hash)<<32 | uint64(index+1))
}

func (s *slots) put(entry uint64) {
	i := uint32(entry>>32) & s.mask
	for s.slot[i] != 0 {
		i = (i + 1) & s.mask
	}
	s.slot[i] = entry
}

func (s *slots) grow() {
	old := s.slot
	s.slot = s.room.words(2 * len(old))
	s.mask = uint32(len(s.slot) - 1)
	for _, e := range old {
		if e != 0 {
			s.put(e)
		}
	}
	s.room.drop(old)
}

// remove takes out index, which must be in it under hash, and moves the entries
// behind it up, so that no dead slots are left.
func (s *slots) remove(hash, index uint32) {
	entry := uint64(hash)<<32 | uint64(index+1)
	i := hash & s.mask
	for s.slot[i] != entry {
		i = (i + 1) & s.mask
	}
	s.used--
	for j := (i + 1) & s.mask; s.slot[j] != 0; j = (j + 1) & s.mask {
		home := uint32(s.slot[j]>>32) & s.mask
		if (j-home)&s.mask >= (j-i)&s.mask { // it may stand at i
			s.slot[i] = s.slot[j]
			i = j
		}
	}
	s.slot[i] = 0
}

// seed is secret to the process; see [slots].
type seed [3]uint64

func newSeed() seed { return seed{rand.Uint64() | 1, rand.Uint64() | 1, rand.Uint64() | 1} }

// mix folds the 128-bit product, the step of wyhash.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
