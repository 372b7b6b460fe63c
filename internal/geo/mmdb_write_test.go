package geo

import (
	"encoding/binary"
	"net/netip"
	"sort"
)

// An mmdbWriter writes small MaxMind DB files, so that the reader is held to the
// format and not to a library's writer.
//
// Source: MaxMind DB File Format Specification 2.0. Records have 32 bits.
type mmdbWriter struct {
	six   bool
	nodes [][2]uint32 // 0: nothing; odd numbers are 1 + 2 × node, even ones 2 + 2 × offset in data
	data  []byte
	at    map[string]uint32
}

func newMMDBWriter(six bool) *mmdbWriter {
	return &mmdbWriter{six: six, nodes: make([][2]uint32, 1), at: map[string]uint32{}}
}

// put says that the addresses of p have the encoded value v.
func (w *mmdbWriter) put(p netip.Prefix, v []byte) {
	offset, ok := w.at[string(v)]
	if !ok {
		offset = uint32(len(w.data))
		w.data = append(w.data, v...)
		w.at[string(v)] = offset
	}
	b, n := p.Addr().AsSlice(), p.Bits()
	if w.six && p.Addr().Is4() {
		b, n = append(make([]byte, 12), b...), n+96
	}
	node := uint32(0)
	for i := range n {
		bit := b[i/8] >> (7 - i%8) & 1
		if i == n-1 {
			w.nodes[node][bit] = 2 + 2*offset
			return
		}
		next := w.nodes[node][bit]
		if next%2 == 0 {
			w.nodes = append(w.nodes, [2]uint32{})
			next = 1 + 2*uint32(len(w.nodes)-1)
			w.nodes[node][bit] = next
		}
		node = next / 2
	}
}

func (w *mmdbWriter) bytes(kind string) []byte {
	count := uint32(len(w.nodes))
	var out []byte
	for _, n := range w.nodes {
		for _, r := range n {
			switch {
			case r == 0:
				r = count
			case r%2 == 1:
				r /= 2
			default:
				r = count + 16 + (r-2)/2
			}
			out = binary.BigEndian.AppendUint32(out, r)
		}
	}
	out = append(out, make([]byte, 16)...)
	out = append(out, w.data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	version := uint64(4)
	if w.six {
		version = 6
	}
	return append(out, mmdbMap(map[string][]byte{
		"node_count": mmdbUint(6, uint64(count)), "record_size": mmdbUint(5, 32), "ip_version": mmdbUint(5, version), "database_type": mmdbText(kind),
		"languages": {0x00, 0x04}, "binary_format_major_version": mmdbUint(5, 2), "binary_format_minor_version": mmdbUint(5, 0),
		"build_epoch": mmdbUint(9, 1_780_000_000), "description": mmdbMap(nil),
	})...)
}

func mmdbText(s string) []byte {
	if len(s) < 29 {
		return append([]byte{2<<5 | byte(len(s))}, s...)
	}
	return append([]byte{2<<5 | 29, byte(len(s) - 29)}, s...)
}

// mmdbUint is a uint16 (5), uint32 (6) or uint64 (9).
func mmdbUint(kind int, n uint64) []byte {
	var b []byte
	for ; n > 0; n >>= 8 {
		b = append([]byte{byte(n)}, b...)
	}
	head := []byte{byte(kind<<5) | byte(len(b))}
	if kind > 7 {
		head = []byte{byte(len(b)), byte(kind - 7)}
	}
	return append(head, b...)
}

func mmdbMap(m map[string][]byte) []byte {
	out := []byte{7<<5 | byte(len(m))}
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		out = append(append(out, mmdbText(k)...), m[k]...)
	}
	return out
}

// prefixes cuts a range of keys into prefixes.
func prefixes(s span, four bool) []netip.Prefix {
	var out []netip.Prefix
	bits := 64
	if four {
		bits = 32
	}
	for first := s.first; first <= s.last; {
		size := 0
		for size < bits && first>>size&1 == 0 && first+(1<<(size+1)-1) <= s.last && first+(1<<(size+1)-1) >= first {
			size++
		}
		if four {
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(first))
			out = append(out, netip.PrefixFrom(netip.AddrFrom4(b), bits-size))
		} else {
			var b [16]byte
			binary.BigEndian.PutUint64(b[:], first)
			out = append(out, netip.PrefixFrom(netip.AddrFrom16(b), bits-size))
		}
		next := first + 1<<size
		if next <= first {
			break
		}
		first = next
	}
	return out
}
