// Package gunzip unpacks gzip, about twice as fast as compress/gzip and as
// gzip(1): a capture is read no faster than it is unpacked.
//
// It takes what compress/gzip takes and refuses what that refuses, with the bytes
// before the fault given first. It writes nothing, and other forms of deflate
// (zlib, raw) are none of its business.
//
// Format: RFC 1952; the data in it: RFC 1951.
package gunzip

import (
	"errors"
	"hash/crc32"
	"io"
)

// Errors of damaged data. Data that end early are [io.ErrUnexpectedEOF].
var (
	ErrHeader   = errors.New("no gzip header")
	ErrCorrupt  = errors.New("damaged gzip data")
	ErrChecksum = errors.New("gzip data do not agree with their checksum")
)

// A Reader unpacks a file of one or more gzip members.
type Reader struct {
	d    decoder
	sum  uint32 // of the member so far
	size uint32 // of the member so far, as the format counts it
	err  error  // to be given behind what is left to give
}

// NewReader begins to unpack r, of which it reads large pieces, and beyond the end
// of the gzip data. The error is [ErrHeader], or what reading the header gave.
func NewReader(r io.Reader) (*Reader, error) {
	z := &Reader{}
	z.d.src = r
	if err := z.header(); err != nil {
		return nil, err
	}
	return z, nil
}

// Read implements [io.Reader].
func (z *Reader) Read(p []byte) (int, error) {
	for z.d.given == z.d.to {
		if z.err != nil {
			return 0, z.err
		}
		z.err = z.more()
	}
	n := copy(p, z.d.out[z.d.given:z.d.to])
	z.d.given += uint(n)
	return n, nil
}

// more unpacks until there is much to give, or the end of a member.
func (z *Reader) more() error {
	z.d.makeRoom()
	err := z.d.decode()
	fresh := z.d.out[z.d.given:z.d.to]
	z.sum = crc32.Update(z.sum, crc32.IEEETable, fresh)
	z.size += uint32(len(fresh))
	if err != io.EOF { //nolint:errorlint // decode's own end
		return err
	}
	if err := z.trailer(); err != nil {
		return err
	}
	return z.header()
}

// trailer reads what stands behind the data of a member.
func (z *Reader) trailer() error {
	z.d.align()
	sum, err := z.d.take(32)
	if err != nil {
		return err
	}
	size, err := z.d.take(32)
	if err != nil {
		return err
	}
	if uint32(sum) != z.sum || uint32(size) != z.size {
		return ErrChecksum
	}
	return nil
}

// Flags of a header.
const (
	flagSum     = 1 << 1
	flagExtra   = 1 << 2
	flagName    = 1 << 3
	flagComment = 1 << 4
)

// header reads the header of the next member; it is [io.EOF] where the file ends
// in its place.
func (z *Reader) header() error {
	if z.d.atEnd() {
		return z.d.fault
	}
	z.sum, z.size = 0, 0
	z.d.reset()
	h := headerSum{d: &z.d}
	magic := h.byte()<<8 | h.byte()
	method, flags := h.byte(), h.byte()
	if h.err == nil && (magic != 0x1f8b || method != 8) {
		return ErrHeader
	}
	for range 6 { // time, level, system
		h.byte()
	}
	if flags&flagExtra != 0 {
		for range h.byte() | h.byte()<<8 {
			h.byte()
		}
	}
	for _, flag := range []uint{flagName, flagComment} {
		if flags&flag != 0 {
			h.text()
		}
	}
	if want := uint16(h.sum); flags&flagSum != 0 {
		if got := h.byte() | h.byte()<<8; h.err == nil && uint16(got) != want {
			return ErrHeader
		}
	}
	return h.err
}

// A headerSum reads a header byte by byte and adds up its checksum. After an error
// bytes are 0.
type headerSum struct {
	d   *decoder
	sum uint32
	err error
}

func (h *headerSum) byte() uint {
	if h.err != nil {
		return 0
	}
	var v uint64
	if v, h.err = h.d.take(8); h.err != nil {
		return 0
	}
	h.sum = crc32.Update(h.sum, crc32.IEEETable, []byte{byte(v)})
	return uint(v)
}

// text reads to a zero byte; one of more than 512 bytes is refused, as by
// compress/gzip.
func (h *headerSum) text() {
	for range 512 {
		if h.byte() == 0 {
			return
		}
	}
	h.err = ErrHeader
}
