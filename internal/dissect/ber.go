package dissect

import (
	"strconv"
	"strings"
)

// Tags of ASN.1, X.690 section 8, that certificates and SNMP use.
const (
	berInteger     = 0x02
	berBitString   = 0x03
	berOctetString = 0x04
	berOID         = 0x06
	berSequence    = 0x30
	berSet         = 0x31
)

// A ber reads ASN.1 in the basic encoding (X.690) from bytes that may be cut
// anywhere. crypto/x509 and x/crypto/cryptobyte take the distinguished encoding
// only and refuse the whole of a certificate or SNMP message with one length
// written long, a negative serial number or a missing tail; devices send all
// three, and what they say before the fault is still worth having.
type ber struct{ b []byte }

// next returns the next element: its tag, its contents, and the element whole
// with tag and length. Contents that end before their length are returned as
// far as they go, with cut set. ok is false at the end, and for tags of several
// bytes and the indefinite length, which neither format uses.
func (r *ber) next() (tag byte, contents, whole []byte, cut, ok bool) {
	b := r.b
	if len(b) < 2 || b[0]&0x1f == 0x1f {
		r.b = nil
		return 0, nil, nil, false, false
	}
	length, at := int(b[1]), 2
	if length >= 0x80 {
		n := length & 0x7f
		if n == 0 || n > 8 || len(b) < 2+n {
			r.b = nil
			return 0, nil, nil, false, false
		}
		length, at = 0, 2+n
		for _, o := range b[2:at] {
			if length > 1<<24 {
				break // longer than any input: cut
			}
			length = length<<8 | int(o)
		}
	}
	end := at + length
	if end > len(b) {
		end, cut = len(b), true
	}
	r.b = b[end:]
	return b[0], b[at:end], b[:end], cut, true
}

// expect is next for an element that must have the given tag; any other leaves
// r where it was and reports false.
func (r *ber) expect(tag byte) (contents []byte, ok bool) {
	if len(r.b) == 0 || r.b[0] != tag {
		return nil, false
	}
	_, contents, _, _, ok = r.next()
	return contents, ok
}

// oidText writes an object identifier with dots; "" if it is empty, longer
// than 128 bytes, ends inside a number, or holds a number above 2^56.
func oidText(b []byte) string {
	if len(b) == 0 || len(b) > 128 || b[len(b)-1]&0x80 != 0 {
		return ""
	}
	var s strings.Builder
	var n uint64
	first := true
	for _, o := range b {
		if n >= 1<<49 {
			return ""
		}
		n = n<<7 | uint64(o&0x7f)
		if o&0x80 != 0 {
			continue
		}
		if first {
			arc := min(n/40, 2)
			s.WriteString(strconv.FormatUint(arc, 10))
			n -= 40 * arc
			first = false
		}
		s.WriteByte('.')
		s.WriteString(strconv.FormatUint(n, 10))
		n = 0
	}
	return s.String()
}
