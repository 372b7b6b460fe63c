package history

import (
	"encoding/binary"
	"errors"
)

var errThrift = errors.New("it claims more than it holds")

// checkThrift is nil when b is one structure in Thrift's compact protocol whose
// lengths fit into b. The library makes room for a list of two thousand million
// entries when five bytes ask for it, so a footer is looked at before it is
// believed.
//
// Encoding: thrift/doc/specs/thrift-compact-protocol.md.
func checkThrift(b []byte) error {
	w := walk{b}
	return w.value(12, 0)
}

type walk struct{ b []byte }

func (w *walk) take(n uint64) error {
	if n > uint64(len(w.b)) {
		return errThrift
	}
	w.b = w.b[n:]
	return nil
}

func (w *walk) varint() (uint64, error) {
	v, n := binary.Uvarint(w.b)
	if n <= 0 {
		return 0, errThrift
	}
	w.b = w.b[n:]
	return v, nil
}

func (w *walk) byte() (byte, error) {
	if len(w.b) == 0 {
		return 0, errThrift
	}
	c := w.b[0]
	w.b = w.b[1:]
	return c, nil
}

// value passes over a value of a compact type, where 12 is a structure.
func (w *walk) value(kind byte, depth int) error {
	if depth > 16 {
		return errors.New("it is nested too deeply")
	}
	switch kind {
	case 1, 2, 3: // a truth inside a list, a byte
		return w.take(1)
	case 4, 5, 6: // whole numbers
		_, err := w.varint()
		return err
	case 7:
		return w.take(8)
	case 8:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.take(n)
	case 9, 10:
		return w.list(depth)
	case 12:
		return w.fields(depth)
	}
	return errors.New("it has a field of a type that Parquet does not use")
}

func (w *walk) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.b)) { // an entry is a byte at least
		return errThrift
	}
	for range n {
		if err := w.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) fields(depth int) error {
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // the field's number is written out
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		if kind := head & 15; kind > 2 { // a truth is in its type
			if err := w.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
}
