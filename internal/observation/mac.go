package observation

import "strings"

// MAC is an IEEE 802 48-bit address. The zero value means there is none.
type MAC [6]byte

// ParseMAC reads six octets in hexadecimal with ":", "-", "." or nothing
// between them, and white space around. It reports false for anything else, and
// for the zero address. It does not allocate.
func ParseMAC(s string) (MAC, bool) {
	var m MAC
	s = strings.TrimSpace(s)
	n := 0 // digits so far
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == ':' || c == '-' || c == '.' {
			continue
		}
		d, ok := digit(c)
		if !ok || n == 2*len(m) {
			return MAC{}, false
		}
		m[n/2] = m[n/2]<<4 | d
		n++
	}
	if n != 2*len(m) {
		return MAC{}, false
	}
	return m, !m.IsZero()
}

// digit is the value of a hexadecimal digit.
func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return (c | 0x20) - 'a' + 10, true
	}
	return 0, false
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
