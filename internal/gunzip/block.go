package gunzip

// header reads the header of a block, with its codes.
//
// Format: RFC 1951, sections 3.2.3 to 3.2.7.
func (d *decoder) header() error {
	v, err := d.take(3)
	if err != nil {
		return err
	}
	d.last = v&1 != 0
	switch v >> 1 {
	case 0:
		d.align()
		v, err := d.take(32)
		if err != nil {
			return err
		}
		if uint16(v) != ^uint16(v>>16) {
			return ErrCorrupt
		}
		d.stored, d.state = uint(uint16(v)), blockStored
		return nil
	case 1:
		d.state = blockCoded
		return d.codesOf(&fixedLengths, 288, 32)
	case 2:
		d.state = blockCoded
		return d.readCodes()
	}
	return ErrCorrupt
}

// lengths are those of codes: of literals and lengths, then of distances.
type lengths [288 + 32]uint8

// fixedLengths are those of section 3.2.6.
var fixedLengths = func() (l lengths) {
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		case i < 288:
			l[i] = 8
		default:
			l[i] = 5
		}
	}
	return l
}()

func (d *decoder) codesOf(l *lengths, lits, dists uint) error {
	if !build(d.lit[:], litBits, l[:lits], litSymbols[:]) || !build(d.dist[:], distBits, l[lits:lits+dists], distSymbols[:]) {
		return ErrCorrupt
	}
	return nil
}

// lengthOrder is the order of section 3.2.7.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lengthSymbols are the entries of the code of lengths: the symbol as base.
var lengthSymbols = func() (s [19]entry) {
	for i := range s {
		s[i] = entry(i) << base
	}
	return s
}()

// readCodes reads the codes of a block.
func (d *decoder) readCodes() error {
	v, err := d.take(14)
	if err != nil {
		return err
	}
	lits, dists, n := uint(v&31)+257, uint(v>>5&31)+1, uint(v>>10)+4
	if lits > 286 || dists > 30 {
		return ErrCorrupt
	}
	var of [19]uint8
	for i := range n {
		v, err := d.take(3)
		if err != nil {
			return err
		}
		of[lengthOrder[i]] = uint8(v)
	}
	const first = 7 // the longest of these codes
	var t [1 << first]entry
	if !build(t[:], first, of[:], lengthSymbols[:]) {
		return ErrCorrupt
	}
	var l lengths
	for at := uint(0); at < lits+dists; {
		d.load()
		e, used := d.look(t[:], first, 0)
		if used > d.have {
			return d.cut()
		}
		if e&other != 0 {
			if d.have < first {
				return d.cut()
			}
			return ErrCorrupt
		}
		d.use(used)
		if e>>base < 16 {
			l[at] = uint8(e >> base)
			at++
			continue
		}
		if at, err = d.repeatLength(&l, at, lits+dists, uint(e>>base)); err != nil {
			return err
		}
	}
	return d.codesOf(&l, lits, dists)
}

// repeatLength reads how often a length is said again, from at on.
func (d *decoder) repeatLength(l *lengths, at, all, symbol uint) (uint, error) {
	var length uint8
	bits, times := uint(2), uint(3)
	switch symbol {
	case 16:
		if at == 0 {
			return at, ErrCorrupt
		}
		length = l[at-1]
	case 17:
		bits = 3
	default:
		bits, times = 7, 11
	}
	v, err := d.take(bits)
	if err != nil {
		return at, err
	}
	if times += uint(v); at+times > all {
		return at, ErrCorrupt
	}
	for range times {
		l[at] = length
		at++
	}
	return at, nil
}
