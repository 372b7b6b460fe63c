package gunzip

import "math/bits"

// A table maps the next bits of the input to what they mean. The first bits are
// looked up at once; longer codes go on in a table behind it.
//
// An entry holds, from its lowest bit: in six bits how many bits it uses, those
// behind the code that add to its base included; from bit 8 those of the code
// alone in four bits; flags; from bit 16 a literal, the base of a length or
// distance, or where the second table starts. There the four bits are how many bits
// that table looks up.
type entry = uint32

const (
	literal entry = 1 << 31
	other   entry = 1 << 15 // second, end, or no code at all
	second  entry = 1 << 14
	end     entry = 1 << 13

	usedMask = 63
	codeBits = 8 // where the length of the code stands
	base     = 16
)

const (
	litBits  = 11 // looked up at once
	distBits = 8
	// Room for every code of 288 and 32 symbols of at most 15 bits: zlib's
	// examples/enough.c gives 2342 and 402.
	litRoom  = 2400
	distRoom = 448

	longest = 15 // bits of a code
)

// litSymbols and distSymbols are the entries of symbols, less the bits of their code.
//
// Source: RFC 1951, section 3.2.5.
var (
	litSymbols  [288]entry
	distSymbols [32]entry
)

func init() {
	for i := range 256 {
		litSymbols[i] = literal | entry(i)<<base
	}
	litSymbols[256] = other | end
	length := entry(3)
	for i := range 28 {
		extra := max(i/4-1, 0)
		litSymbols[257+i] = length<<base | entry(extra)
		length += 1 << extra
	}
	litSymbols[285] = 258 << base
	litSymbols[286], litSymbols[287] = other, other
	distance := entry(1)
	for i := range 30 {
		extra := max(i/2-1, 0)
		distSymbols[i] = distance<<base | entry(extra)
		distance += 1 << extra
	}
	distSymbols[30], distSymbols[31] = other, other
}

// build writes the table of the code whose symbols have these lengths, 0 for a
// symbol that is not in use. first is how many bits are looked up at once. It
// reports a set of lengths that is no code: too many of them, or too few, but for
// none at all and one of a single bit, which compress/flate takes too.
func build(t []entry, first uint, lengths []uint8, symbols []entry) bool {
	var count, next [longest + 2]int
	for _, n := range lengths {
		count[n]++
	}
	count[0] = 0
	room, used := 1, 0 // codes left of this length; symbols
	for n := 1; n <= longest; n++ {
		next[n+1] = next[n] + count[n]
		room = room<<1 - count[n]
		used += count[n]
		if room < 0 {
			return false
		}
	}
	if room > 0 {
		if used > 1 || used == 1 && count[1] != 1 {
			return false
		}
		for i := range 1 << first {
			t[i] = other
		}
	}
	var order [288]uint16 // symbols by length of code, then by number
	for s, n := range lengths {
		if n > 0 {
			order[next[n]] = uint16(s)
			next[n]++
		}
	}
	var code uint // its first bit is the lowest
	at, bitsOf, start := -1, uint(0), 1<<first
	for _, s := range order[:used] {
		n := uint(lengths[s])
		count[n]--
		if n <= first {
			e := symbols[s] + entry(n)<<codeBits + entry(n)
			for i := code; i < 1<<first; i += 1 << n {
				t[i] = e
			}
		} else {
			if low := int(code & (1<<first - 1)); low != at {
				// Large enough for all longer codes that begin with these bits.
				if at >= 0 {
					start += 1 << bitsOf
				}
				at, bitsOf = low, n-first
				for full := count[n] + 1; full < 1<<bitsOf && first+bitsOf < longest; {
					bitsOf++
					full = full<<1 + count[first+bitsOf]
				}
				t[low] = other | second | entry(start)<<base | entry(bitsOf)<<codeBits | entry(first)
			}
			rest := n - first
			e := symbols[s] + entry(rest)<<codeBits + entry(rest)
			for i := code >> first; i < 1<<bitsOf; i += 1 << rest {
				t[start+int(i)] = e
			}
		}
		code = following(code, n)
	}
	return true
}

// following is the code of n bits after c, both with the first bit lowest.
func following(c, n uint) uint {
	// Adding one at the far end: of the run of ones there, the bit before is set.
	free := ^c & (1<<n - 1)
	if free == 0 {
		return 0
	}
	top := uint(1) << (bits.Len(free) - 1)
	return c&(top-1) | top
}
