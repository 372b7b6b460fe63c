package dissect

import (
	"encoding/binary"
	"strconv"
)

// RTP (RFC 3550) has no dissector of messages: packets are counted per flow, and
// package flow asks RTPHeader which ones are RTP.
var rtpDissector = Dissector{Name: "rtp", Fuzz: "FuzzRTP"}

// RTP is the header of one RTP packet.
type RTP struct {
	PayloadType uint8 // 0–127
	Marker      bool
	Sequence    uint16
	Timestamp   uint32
	SSRC        uint32
	Header      int // bytes before the payload: fixed part, sources, extension
	Payload     int // bytes of payload, padding taken off; may be 0
}

const rtpFixedLen = 12

// RTPHeader reads the header of an RTP packet. It reports false if b cannot be
// one: another version, the payload types 72–76 that RTCP's packet types fall on
// (RFC 5761, section 4), or a header or padding that does not fit. Random bytes
// pass one time in five or so: callers must see several packets agree on SSRC
// and count up before they believe it. It allocates nothing.
func RTPHeader(b []byte) (h RTP, ok bool) {
	if len(b) < rtpFixedLen || b[0]>>6 != 2 {
		return RTP{}, false
	}
	h = RTP{
		PayloadType: b[1] & 0x7f,
		Marker:      b[1]&0x80 != 0,
		Sequence:    binary.BigEndian.Uint16(b[2:]),
		Timestamp:   binary.BigEndian.Uint32(b[4:]),
		SSRC:        binary.BigEndian.Uint32(b[8:]),
		Header:      rtpFixedLen + 4*int(b[0]&0x0f),
	}
	if h.PayloadType >= 72 && h.PayloadType <= 76 || h.Header > len(b) {
		return RTP{}, false
	}
	if b[0]&0x10 != 0 { // extension: profile, length in words
		if h.Header+4 > len(b) {
			return RTP{}, false
		}
		h.Header += 4 + 4*int(binary.BigEndian.Uint16(b[h.Header+2:]))
	}
	h.Payload = len(b) - h.Header
	if b[0]&0x20 != 0 { // padding: its length is the last byte
		h.Payload -= int(b[len(b)-1])
		if b[len(b)-1] == 0 {
			return RTP{}, false
		}
	}
	if h.Payload < 0 {
		return RTP{}, false
	}
	return h, true
}

// rtpStatic is the table of static payload types (RFC 3551, section 6).
var rtpStatic = map[uint8]struct{ codec, media string }{
	0: {"PCMU", "audio"}, 3: {"GSM", "audio"}, 4: {"G723", "audio"},
	5: {"DVI4", "audio"}, 6: {"DVI4", "audio"}, 7: {"LPC", "audio"},
	8: {"PCMA", "audio"}, 9: {"G722", "audio"}, 10: {"L16", "audio"},
	11: {"L16", "audio"}, 12: {"QCELP", "audio"}, 13: {"CN", "audio"},
	14: {"MPA", "audio"}, 15: {"G728", "audio"}, 16: {"DVI4", "audio"},
	17: {"DVI4", "audio"}, 18: {"G729", "audio"},
	25: {"CELB", "video"}, 26: {"JPEG", "video"}, 28: {"NV", "video"},
	31: {"H261", "video"}, 32: {"MPV", "video"}, 33: {"MP2T", "video"},
	34: {"H263", "video"},
}

// Codec names the codec of a static payload type, and for others gives the
// number: "dynamic 96".
func (h RTP) Codec() string {
	if s, ok := rtpStatic[h.PayloadType]; ok {
		return s.codec
	}
	return "dynamic " + strconv.Itoa(int(h.PayloadType))
}

// Media is "video" or "audio" for a static payload type and "unknown" for
// others.
func (h RTP) Media() string {
	if s, ok := rtpStatic[h.PayloadType]; ok {
		return s.media
	}
	return "unknown"
}
