package flow

// A Stream is the beginning of a TCP connection, put together.
type Stream struct {
	Client Half // sent by the client
	Server Half // sent by the server
}

// A Half is the beginning of what one side sent, from its first byte (after
// SYN, or the first captured when the capture began later) to the first hole,
// the end, or [Config.StreamBytes]. Interleaved frames of RTSP are left out.
type Half struct {
	Data  []byte // valid until the handler returns
	Start bool   // Data begins with the first byte of the connection: SYN was seen
	Full  bool   // more may follow: the limit was reached, or the budget used up
	Hole  bool   // more followed, but bytes between are missing from the capture
	runs  []run
}

// A run is the bytes of a half that one packet brought.
type run struct {
	end    int // offset behind its last byte
	number int64
	time   int64
}

// PacketAt returns the frame number and time, in nanoseconds since 1970-01-01
// UTC, of the packet that brought the byte at offset. An offset outside Data
// gives the nearest byte's, and an empty Data zeros.
func (h *Half) PacketAt(offset int) (number, timeNS int64) { return 0, 0 }
