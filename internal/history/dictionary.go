package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/parquet-go/parquet-go/format"
)

// readAddrs reads the addresses that rows at hand have, where that was not done
// before: a dictionary has those of thousands of devices.
func (p *pages) readAddrs() error {
	for len(p.addrs) < len(p.texts) {
		p.addrs, p.known = make([]netip.Addr, len(p.texts)), make([]bool, len(p.texts))
	}
	for _, k := range p.codes {
		if p.known[k] {
			continue
		}
		p.known[k] = true
		if p.texts[k] == "" {
			continue
		}
		a, err := netip.ParseAddr(p.texts[k])
		if err != nil {
			return err
		}
		p.addrs[k] = a
	}
	return nil
}

// addr is a place of the dictionary. One that no address stands at is nobody's
// until a row has it, which is an error of next.
func (p *pages) addr(code int) netip.Addr {
	if p.known[code] {
		return p.addrs[code]
	}
	a, _ := netip.ParseAddr(p.texts[code])
	return a
}

func (p *pages) readDictionary(r *reader, c int) error {
	at := r.g.cols[c].dict
	if at.size == 0 {
		return errors.New("there is none")
	}
	raw, packed := p.raw, p.packed // the page at hand has them
	p.raw, p.packed = nil, nil
	h, b, err := p.bytes(r, c, at.offset, int(at.size))
	p.raw, p.packed = raw, packed
	if err != nil {
		return err
	}
	col := &columns[c]
	if h.kind != format.DictionaryPage || h.values > len(b) {
		return fmt.Errorf("a page of kind %d with %d values", h.kind, h.values)
	}
	if col.text != nil || col.addr != nil {
		return p.readWords(b, h.values)
	}
	size := 8
	if col.narrow {
		size = 4
	}
	if len(b) != h.values*size {
		return errShort
	}
	p.ints = make([]int64, h.values)
	for i := range p.ints {
		switch {
		case !col.narrow:
			p.ints[i] = int64(binary.LittleEndian.Uint64(b[8*i:])) //nolint:gosec // its bits
		case col.signed:
			p.ints[i] = int64(int32(binary.LittleEndian.Uint32(b[4*i:]))) //nolint:gosec // its bits
		default:
			p.ints[i] = int64(binary.LittleEndian.Uint32(b[4*i:]))
		}
	}
	return nil
}

func (p *pages) readWords(b []byte, n int) error {
	p.texts = make([]string, n)
	all := string(b)
	for i := range p.texts {
		if len(b) < 4 {
			return errShort
		}
		size := binary.LittleEndian.Uint32(b)
		if b = b[4:]; uint64(size) > uint64(len(b)) {
			return errShort
		}
		at := len(all) - len(b)
		p.texts[i] = all[at : at+int(size)]
		b = b[size:]
	}
	return nil
}
