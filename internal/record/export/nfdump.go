package export

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"io"
	"net/netip"

	"github.com/klauspost/compress/zstd"
)

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// blockUnpacker gives what unpacks the blocks of a file.
func blockUnpacker(method byte) (func([]byte) ([]byte, error), error) {
	switch method {
	case 0:
		return func(b []byte) ([]byte, error) { return b, nil }, nil
	case 2:
		return func(b []byte) ([]byte, error) {
			return io.ReadAll(io.LimitReader(bzip2.NewReader(bytes.NewReader(b)), maxBlock))
		}, nil
	case 4:
		d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxBlock))
		if err != nil {
			return nil, err
		}
		return func(b []byte) ([]byte, error) { return d.DecodeAll(b, nil) }, nil
	}
	return nil, ErrCompressed
}

// Elements of an nfdump record that are read.
const (
	exFlow, exIPv4, exIPv6, exBack, exVLAN, exMAC = 1, 2, 3, 5, 6, 15
)

// block decodes the records of a block; number counts them over the file.
func (x *Decoder) block(b []byte, number int64) int64 {
	for len(b) >= 4 {
		kind, size := le16(b), int(le16(b[2:]))
		if size < 4 || size > len(b) {
			x.gaps.add(-1, int64(len(b)), 1, "nfdump records whose length is wrong")
			return number
		}
		if kind == 11 && size >= 12 {
			number++
			r := exported{number: number}
			if r.elements(b[12:size]) {
				x.take(&r, 0)
				x.nfdump++
			} else {
				x.gaps.add(-1, int64(size), 1, "nfdump records cut short")
			}
		}
		b = b[size:]
	}
	return number
}

// elements reads the elements of a record, and reports false when one does not
// fit.
func (r *exported) elements(b []byte) bool {
	for len(b) >= 4 {
		kind, size := le16(b), int(le16(b[2:]))
		if size < 4 || size > len(b) {
			return false
		}
		e := b[4:size]
		b = b[size:]
		switch {
		case kind == exFlow && len(e) >= 46:
			r.first, r.last = int64(le64(e))*millisecond, int64(le64(e[8:]))*millisecond
			r.packets, r.bytes = le64(e[24:]), le64(e[32:])
			r.sport, r.dport = le16(e[40:]), le16(e[42:])
			r.proto, r.flags = e[44], e[45]
		case kind == exIPv4 && len(e) >= 8:
			r.src, r.dst = addr4(e), addr4(e[4:])
		case kind == exIPv6 && len(e) >= 32:
			r.src, r.dst = addr6(e), addr6(e[16:])
		case kind == exBack && len(e) >= 24:
			r.backPackets, r.backBytes = le64(e[8:]), le64(e[16:])
		case kind == exVLAN && len(e) >= 8:
			if r.vlan = uint16(le32(e)) & 0xfff; r.vlan == 0 {
				r.vlan = uint16(le32(e[4:])) & 0xfff
			}
		case kind == exMAC && len(e) >= 32:
			for i := range 6 { // the source as it came in, else as it went out
				r.srcMAC[i], r.dstMAC[i] = e[5-i], e[8+5-i]
			}
		}
	}
	return true
}

// addr4 and addr6 read addresses as the machine's own numbers.
func addr4(b []byte) netip.Addr {
	return netip.AddrFrom4([4]byte{b[3], b[2], b[1], b[0]})
}

func addr6(b []byte) netip.Addr {
	var a [16]byte
	binary.BigEndian.PutUint64(a[:8], le64(b))
	binary.BigEndian.PutUint64(a[8:], le64(b[8:]))
	return netip.AddrFrom16(a)
}
