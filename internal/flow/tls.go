package flow

// Records of TLS (RFC 8446, section 5.1): type, version, length, contents. What
// is worth reading are the handshake records at the beginning; from the first of
// another type on, a half is encrypted, and nobody can read it.
const (
	tlsHead      = 5
	tlsHandshake = 22
)

// isHello reports whether b begins with the hello of a client or a server.
func isHello(b []byte) bool {
	return len(b) > tlsHead && isRecord(b) && b[0] == tlsHandshake && (b[tlsHead] == 1 || b[tlsHead] == 2)
}

// isRecord reports whether b begins like any record. By itself that says little;
// beside a hello in the other half it is one.
func isRecord(b []byte) bool {
	return len(b) >= 3 && b[0] >= 20 && b[0] <= 23 && b[1] == 3 && b[2] <= 4
}

// records follows the records in data, bytes in sequence, and returns how many of
// them are of handshake records, and whether what follows those is of another.
// A head that data ends in is looked at when it is whole; it counts as handshake.
func (h *framer) records(data []byte) (n int, secret bool) {
	for n < len(data) {
		if h.skip > 0 {
			step := min(int(h.skip), len(data)-n)
			n += step
			h.skip -= uint32(step)
			continue
		}
		took := copy(h.head[h.headN:tlsHead], data[n:])
		h.headN += uint8(took)
		if h.head[0] != tlsHandshake {
			return n, true
		}
		n += took
		if h.headN == tlsHead {
			h.headN = 0
			h.skip = uint32(h.head[3])<<8 | uint32(h.head[4])
		}
	}
	return n, false
}
