package flow

// RTP is one RTP stream of one side of a flow (RFC 3550), recognised by shape.
type RTP struct {
	SSRC         uint32
	PayloadType  uint8
	Channel      int8   // of interleaved RTSP (RFC 2326, section 10.12); -1 for UDP
	Packets      uint64 // seen
	PayloadBytes uint64 // behind the RTP header
	Markers      uint64 // packets with the marker bit: ends of frames in video
	Lost         uint64 // sequence numbers skipped
	Span         uint64 // timestamp units from first to last
	First, Last  int64  // nanoseconds since 1970-01-01 UTC
}

// MeanSize returns the mean payload in bytes.
func (r *RTP) MeanSize() int {
	if r.Packets == 0 {
		return 0
	}
	return int(r.PayloadBytes / r.Packets)
}

// ClockRate returns the rate of the timestamps in Hz: the one that RFC 3551
// fixes for the payload type, or the usual one (8000 to 90000) that is within
// an eighth of what was measured; 0 when neither is so or the stream was shorter
// than half a second.
func (r *RTP) ClockRate() int { return 0 }

// RTP returns the RTP streams that the client, or the server, sent; those with
// at least rtpMinimum packets in the order that RTP prescribes. It may be
// called from a [Handler], usually from End.
func (f *Flow) RTP(fromClient bool) []RTP { return nil }
