package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// A builder writes captures in one byte order.
type builder struct{ binary.AppendByteOrder }

var (
	little = builder{binary.LittleEndian}
	big    = builder{binary.BigEndian}
)

// words appends 32-bit values.
func (o builder) words(b []byte, v ...uint32) []byte {
	for _, v := range v {
		b = o.AppendUint32(b, v)
	}
	return b
}

// header is a pcap file header, version 2.4.
func (o builder) header(magic, snap uint32, link Link) []byte {
	b := o.words(nil, magic)
	b = o.AppendUint16(o.AppendUint16(b, 2), 4)
	return o.words(b, 0, 0, snap, uint32(link))
}

// record is a pcap record whose wire length is that of data plus more.
func (o builder) record(sec, frac uint32, data string, more int) []byte {
	b := o.words(nil, sec, frac, uint32(len(data)), uint32(len(data)+more))
	return append(b, data...)
}

// block is a pcapng block with its padding and both lengths.
func (o builder) block(kind uint32, body []byte) []byte {
	pad := -len(body) & 3
	n := uint32(12 + len(body) + pad)
	b := o.words(nil, kind, n)
	b = append(append(b, body...), make([]byte, pad)...)
	return o.words(b, n)
}

// section is a section header of unknown length, with a comment.
func (o builder) section() []byte {
	b := o.words(nil, sectionOrder)
	b = o.AppendUint16(o.AppendUint16(b, 1), 0)
	b = o.words(b, 0xffffffff, 0xffffffff)
	return o.block(blockSection, append(b, o.option(1, "made by a test")...))
}

// option is an option with its padding.
func (o builder) option(code uint16, value string) []byte {
	b := o.AppendUint16(o.AppendUint16(nil, code), uint16(len(value)))
	return append(append(b, value...), make([]byte, -len(value)&3)...)
}

// iface is an interface description.
func (o builder) iface(link Link, snap uint32, options ...[]byte) []byte {
	b := o.AppendUint16(o.AppendUint16(nil, uint16(link)), 0)
	b = o.words(b, snap)
	for _, opt := range options {
		b = append(b, opt...)
	}
	if len(options) > 0 {
		b = append(b, 0, 0, 0, 0)
	}
	return o.block(blockInterface, b)
}

// enhanced is an enhanced packet block with a comment.
func (o builder) enhanced(id uint32, ticks uint64, data string, more int) []byte {
	b := o.words(nil, id, uint32(ticks>>32), uint32(ticks), uint32(len(data)), uint32(len(data)+more))
	b = append(append(b, data...), make([]byte, -len(data)&3)...)
	return o.block(blockEnhanced, append(append(b, o.option(1, "seen")...), 0, 0, 0, 0))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zstandard(t testing.TB, b []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(b, nil)
}

// A read is all that came out of an input.
type read struct {
	Frames []Frame
	Stats  Stats
	Err    error
}

// readAll reads r to its end. Data are copied.
func readAll(t testing.TB, r io.Reader) read {
	t.Helper()
	rd, err := NewReader(r)
	if err != nil {
		return read{Err: err}
	}
	defer rd.Close()
	var all read
	for {
		var f Frame
		if err := rd.Next(&f); err != nil {
			if err != io.EOF {
				all.Err = err
			}
			break
		}
		f.Data = bytes.Clone(f.Data)
		all.Frames = append(all.Frames, f)
	}
	all.Stats = rd.Stats()
	return all
}
