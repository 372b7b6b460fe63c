package gunzip

import (
	"encoding/binary"
	"io"
)

const (
	inRoom  = 128 << 10
	window  = 32 << 10 // a match reaches back so far
	outRoom = 288 << 10
	slack   = 258 + 32 // a match may begin at the last byte before full, and is written in words
	full    = outRoom - slack
	margin  = 16 // bytes of input with which the fast loop takes two words
)

// A decoder unpacks one deflate stream after another.
type decoder struct {
	src   io.Reader
	fault error  // what src ended with
	pos   uint   // of in, not taken yet
	end   uint   // of in, read
	bits  uint64 // taken and not used, the next is the lowest; those above have are 0
	have  uint   // of bits

	first uint // of out, where the stream begins or its window
	given uint // of out, handed to the caller
	to    uint // of out, unpacked

	state  state
	last   bool // no block follows this one
	stored uint // bytes left of a stored block

	lit  [litRoom]entry
	dist [distRoom]entry
	in   [inRoom + margin]byte
	out  [outRoom]byte
}

type state uint8

const (
	blockStart state = iota
	blockStored
	blockCoded
	streamEnd
)

// reset makes ready for the next stream, where the input stands.
func (d *decoder) reset() {
	d.first = d.to
	d.state, d.last = blockStart, false
}

// makeRoom moves the window to the front. All was given.
func (d *decoder) makeRoom() {
	if d.to < full/2 {
		return
	}
	by := d.to - min(window, d.to-d.first)
	copy(d.out[:], d.out[by:d.to])
	d.to -= by
	d.given, d.first = d.to, 0
}

// decode unpacks until out is full. The error is [io.EOF] behind the last block.
func (d *decoder) decode() error {
	for d.to < full {
		var err error
		switch d.state {
		case blockStart:
			err = d.header()
		case blockStored:
			err = d.copyStored()
		case blockCoded:
			err = d.codes()
		case streamEnd:
			return io.EOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// endBlock says what comes next.
func (d *decoder) endBlock() {
	d.state = blockStart
	if d.last {
		d.state = streamEnd
	}
}

// fill reads more input behind what is left. It fails when there is none.
func (d *decoder) fill() error {
	if d.fault != nil {
		return d.fault
	}
	copy(d.in[:], d.in[d.pos:d.end])
	d.end -= d.pos
	d.pos = 0
	for range 100 {
		n, err := d.src.Read(d.in[d.end:inRoom])
		d.end += uint(n)
		d.fault = err
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	d.fault = io.ErrNoProgress
	return d.fault
}

// atEnd reports that no input is left; then fault says why.
func (d *decoder) atEnd() bool {
	return d.have == 0 && d.pos == d.end && d.fill() != nil
}

// cut is the error of input that is needed and not there.
func (d *decoder) cut() error {
	if d.fault == io.EOF { //nolint:errorlint // io.Reader's promise
		return io.ErrUnexpectedEOF
	}
	return d.fault
}

// load takes input until have is at least 57, or all that there is.
func (d *decoder) load() {
	for d.have <= 56 {
		if d.pos == d.end && d.fill() != nil {
			return
		}
		d.bits |= uint64(d.in[d.pos]) << d.have
		d.pos++
		d.have += 8
	}
}

// take gives the next n bits, at most 32.
func (d *decoder) take(n uint) (uint64, error) {
	for d.have < n {
		if d.pos == d.end && d.fill() != nil {
			return 0, d.cut()
		}
		d.bits |= uint64(d.in[d.pos]) << d.have
		d.pos++
		d.have += 8
	}
	v := d.bits & (1<<n - 1)
	d.use(n)
	return v, nil
}

func (d *decoder) use(n uint) {
	d.bits >>= n
	d.have -= n
}

// align skips to the next whole byte.
func (d *decoder) align() { d.use(d.have & 7) }

// copyStored gives bytes as they stand.
func (d *decoder) copyStored() error {
	for d.stored > 0 && d.have > 0 {
		if d.to == full {
			return nil
		}
		d.out[d.to] = byte(d.bits)
		d.to++
		d.stored--
		d.use(8)
	}
	for d.stored > 0 {
		if d.to == full {
			return nil
		}
		if d.pos == d.end && d.fill() != nil {
			return d.cut()
		}
		n := uint(copy(d.out[d.to:min(full, d.to+d.stored)], d.in[d.pos:d.end]))
		d.to += n
		d.pos += n
		d.stored -= n
	}
	d.endBlock()
	return nil
}

// codes unpacks symbols until out is full or the block ends.
func (d *decoder) codes() error {
	for d.to < full && d.state == blockCoded {
		if d.end-d.pos < margin && d.fault == nil {
			_ = d.fill() // what is wrong shows when the bits are missed
			continue
		}
		var err error
		if d.end-d.pos >= margin {
			err = d.fast()
		} else {
			err = d.one()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fast unpacks symbols while there is much input and much room.
func (d *decoder) fast() error {
	in, out, lit := &d.in, &d.out, &d.lit
	pos, to := d.pos, d.to
	bits, have := d.bits, d.have
	stop := d.end - margin
	var err error
	for pos <= stop && to < full {
		// A word is put above the bits there are; bytes of it that do not fit whole
		// are put there again by the next.
		bits |= binary.LittleEndian.Uint64(in[pos:]) << (have & 63)
		pos += (63 - have) >> 3
		have |= 56
		e := lit[bits&(1<<litBits-1)]
		if e&literal != 0 {
			// Four of at most litBits are there for sure, and the look-up of a fifth.
			out[to] = byte(e >> base)
			to++
			bits >>= e & usedMask
			have -= uint(e & usedMask)
			if e = lit[bits&(1<<litBits-1)]; e&literal != 0 {
				out[to] = byte(e >> base)
				to++
				bits >>= e & usedMask
				have -= uint(e & usedMask)
				if e = lit[bits&(1<<litBits-1)]; e&literal != 0 {
					out[to] = byte(e >> base)
					to++
					bits >>= e & usedMask
					have -= uint(e & usedMask)
					if e = lit[bits&(1<<litBits-1)]; e&literal != 0 {
						out[to] = byte(e >> base)
						to++
						bits >>= e & usedMask
						have -= uint(e & usedMask)
						continue
					}
				}
			}
			bits |= binary.LittleEndian.Uint64(in[pos:]) << (have & 63)
			pos += (63 - have) >> 3
			have |= 56
		}
		if e&other != 0 {
			if e&second != 0 {
				bits >>= litBits
				have -= litBits
				e = lit[min(litRoom-1, uint64(e>>base&0x7fff)+bits&(1<<(e>>codeBits&15)-1))]
			}
			if e&literal != 0 {
				out[to] = byte(e >> base)
				to++
				bits >>= e & usedMask
				have -= uint(e & usedMask)
				continue
			}
			if e&other != 0 {
				if e&end == 0 {
					err = ErrCorrupt
					break
				}
				bits >>= e & usedMask
				have -= uint(e & usedMask)
				d.endBlock()
				break
			}
		}
		// At most 48 bits from here to the end of the match.
		length := uint(e>>base) + uint(bits&(1<<(e&usedMask)-1)>>(e>>codeBits&15))
		bits >>= e & usedMask
		have -= uint(e & usedMask)
		e = d.dist[bits&(1<<distBits-1)]
		if e&other != 0 {
			if e&second != 0 {
				bits >>= distBits
				have -= distBits
				e = d.dist[min(distRoom-1, uint64(e>>base)+bits&(1<<(e>>codeBits&15)-1))]
			}
			if e&other != 0 {
				err = ErrCorrupt
				break
			}
		}
		distance := uint(e>>base) + uint(bits&(1<<(e&usedMask)-1)>>(e>>codeBits&15))
		bits >>= e & usedMask
		have -= uint(e & usedMask)
		if distance > to-d.first {
			err = ErrCorrupt
			break
		}
		repeat(out, to, distance, length)
		to += length
	}
	// Whole bytes of what was taken here go back, so that no bit above have is set.
	back := min(have>>3, pos-d.pos)
	d.pos, d.to = pos-back, to
	d.have = have - 8*back
	d.bits = bits & (1<<d.have - 1)
	return err
}

// repeat writes length bytes at to that stand distance before it. It may write
// up to 15 bytes more.
func repeat(out *[outRoom]byte, to, distance, length uint) {
	from := to - distance
	switch {
	case distance >= 8:
		for n := uint(0); n < length; n += 16 {
			binary.LittleEndian.PutUint64(out[to+n:], binary.LittleEndian.Uint64(out[from+n:]))
			binary.LittleEndian.PutUint64(out[to+n+8:], binary.LittleEndian.Uint64(out[from+n+8:]))
		}
	case distance == 1:
		word := uint64(out[from]) * 0x0101010101010101
		for n := uint(0); n < length; n += 8 {
			binary.LittleEndian.PutUint64(out[to+n:], word)
		}
	default:
		for n := range length {
			out[to+n] = out[from+n]
		}
	}
}

// one unpacks one symbol near the end of the input, where bits may be missing.
func (d *decoder) one() error {
	d.load()
	e, used := d.look(d.lit[:], litBits, 0)
	switch {
	case used > d.have:
		return d.cut()
	case e&literal != 0:
		d.out[d.to] = byte(e >> base)
		d.to++
	case e&end != 0 && e&other != 0:
		d.endBlock()
	case e&other != 0:
		if d.have < longest { // zeros in the place of bits that are missing are no code
			return d.cut()
		}
		return ErrCorrupt
	default:
		length := d.value(e, used)
		e, more := d.look(d.dist[:], distBits, used)
		if more > d.have {
			return d.cut()
		}
		if e&other != 0 {
			return ErrCorrupt
		}
		distance := d.value(e, more)
		if distance > d.to-d.first {
			return ErrCorrupt
		}
		repeat(&d.out, d.to, distance, length)
		d.to += length
		used = more
	}
	d.use(used)
	return nil
}

// look finds the entry of the bits behind those skipped, and how many bits are
// used up with it.
func (d *decoder) look(t []entry, first, skip uint) (e entry, used uint) {
	e = t[d.bits>>skip&(1<<first-1)]
	if e&(other|second) == other|second {
		skip += first
		e = t[uint64(e>>base)+d.bits>>skip&(1<<(e>>codeBits&15)-1)]
	}
	return e, skip + uint(e&usedMask)
}

// value is the base of e with the bits added that stand before used.
func (d *decoder) value(e entry, used uint) uint {
	extra := uint(e&usedMask) - uint(e>>codeBits&15)
	return uint(e>>base) + uint(d.bits>>(used-extra)&(1<<extra-1))
}
