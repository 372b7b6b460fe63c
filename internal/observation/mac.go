package observation

import (
	"encoding/hex"
	"strings"
)

// MAC is an IEEE 802 48-bit address. The zero value means there is none.
type MAC [6]byte

// ParseMAC reads six octets in hexadecimal with ":", "-", "." or nothing
// between them. It reports false for anything else, and for the zero address.
func ParseMAC(s string) (MAC, bool) {
	var m MAC
	s = strings.NewReplacer(":", "", "-", "", ".", "").Replace(strings.TrimSpace(s))
	if len(s) != 12 {
		return MAC{}, false
	}
	if _, err := hex.Decode(m[:], []byte(s)); err != nil {
		return MAC{}, false
	}
	return m, !m.IsZero()
}

// String is lower-case hexadecimal with colons; "" for the zero address.
func (m MAC) String() string {
	if m.IsZero() {
		return ""
	}
	const digits = "0123456789abcdef"
	var b [17]byte
	for i, o := range m {
		if i > 0 {
			b[i*3-1] = ':'
		}
		b[i*3], b[i*3+1] = digits[o>>4], digits[o&15]
	}
	return string(b[:])
}

// IsZero reports whether there is no address.
func (m MAC) IsZero() bool { return m == MAC{} }

// Local reports whether the address was chosen by software and so names no
// manufacturer (IEEE 802, U/L bit).
func (m MAC) Local() bool { return m[0]&2 != 0 }

// Group reports whether the address is multicast or broadcast.
func (m MAC) Group() bool { return m[0]&1 != 0 }
