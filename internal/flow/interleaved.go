package flow

import (
	"bytes"
	"encoding/binary"
)

// A framer tells the messages of one half of an RTSP connection from the RTP
// and RTCP frames between them (RFC 2326, section 10.12: "$", channel, length,
// frame). It finds its way again after a hole.
type framer struct {
	skip    uint32 // bytes of the body or frame still to come
	body    uint32 // Content-Length of the message
	head    [4 + 16]byte
	line    [32]byte // beginning of a header line, lower case
	headN   uint8
	lineN   uint8
	mode    uint8
	rtsp    bool
	message uint16 // bytes of the message's header
}

const (
	atBoundary = iota // a message or a frame begins
	inHeader
	inBody
	inFrameHead
	inFrame
	lost
)

const (
	bodyMost    = 1 << 20
	headerMost  = 16 << 10
	channelMost = 32 // channels are numbered from 0 in SETUP; cameras use 0 to 7
)

// lose forgets where messages begin.
func (h *framer) lose() { h.mode = lost }

// frames takes bytes in sequence: text is stored, frames are counted.
func (j joint) frames(data []byte, number, time int64) {
	h := j.h
	text := 0 // data[text:i] is text not yet stored
	flush := func(to int) {
		if to > text {
			j.store(data[text:to], number, time)
		}
	}
	for i := 0; i < len(data); {
		switch h.mode {
		case atBoundary:
			switch c := data[i]; {
			case c == '$':
				flush(i)
				h.mode, h.headN = inFrameHead, 0
			case c == '\r' || c == '\n':
				i++
			case isLetter(c):
				h.mode, h.lineN, h.body, h.message = inHeader, 0, 0, 0
			default:
				flush(i)
				h.lose()
				text = i
			}
		case inHeader:
			h.header(data[i])
			i++
		case inBody:
			n := min(int(h.skip), len(data)-i)
			i += n
			h.passed(n)
		case inFrameHead:
			n := h.frameHead(data[i:])
			i += n
			text = i
			if h.mode == inFrame {
				j.frame(time)
			}
		case inFrame:
			n := min(int(h.skip), len(data)-i)
			i += n
			text = i
			h.passed(n)
		case lost:
			n := findStart(data[i:], i == 0)
			i += n
			text = i
			if i < len(data) {
				h.mode = atBoundary
			}
		}
	}
	if h.mode != lost && h.mode != inFrame && h.mode != inFrameHead {
		flush(len(data))
	}
}

// passed notes n bytes of a body or frame.
func (h *framer) passed(n int) {
	if h.skip -= uint32(n); h.skip == 0 {
		h.mode = atBoundary
	}
}

// header takes one byte of a message's header.
func (h *framer) header(c byte) {
	h.message++
	switch {
	case h.message >= headerMost:
		h.lose()
	case c == '\r':
	case c != '\n':
		if int(h.lineN) < len(h.line) {
			h.line[h.lineN] = lower(c)
			h.lineN++
		}
	case h.lineN > 0:
		h.headerLine(h.line[:h.lineN])
		h.lineN = 0
	case h.body > 0:
		h.mode, h.skip = inBody, h.body
	default:
		h.mode = atBoundary
	}
}

// headerLine looks for Content-Length.
func (h *framer) headerLine(line []byte) {
	value, ok := bytes.CutPrefix(line, contentLength)
	if !ok {
		return
	}
	h.body = 0
	for _, c := range bytes.TrimSpace(value) {
		if c < '0' || c > '9' {
			return
		}
		h.body = min(h.body*10+uint32(c-'0'), bodyMost)
	}
}

var contentLength = []byte("content-length:")

// frameHead takes the frame's head and as much of the RTP header as tells the
// stream, and returns how many bytes of b that was.
func (h *framer) frameHead(b []byte) int {
	taken := 0
	for taken < len(b) {
		need := 4
		if h.headN >= 4 {
			need += min(h.length(), len(h.head)-4)
		}
		if int(h.headN) == need {
			break
		}
		n := copy(h.head[h.headN:need], b[taken:])
		h.headN += uint8(n)
		taken += n
		if h.headN == 4 && (h.head[1] >= channelMost || h.length() == 0) {
			h.lose()
			return taken
		}
	}
	if h.headN > 4 && int(h.headN) == 4+min(h.length(), len(h.head)-4) {
		h.mode, h.skip = inFrame, uint32(h.length()-int(h.headN-4))
	}
	return taken
}

func (h *framer) length() int { return int(binary.BigEndian.Uint16(h.head[2:])) }

// frame counts the frame whose head is complete.
func (j joint) frame(time int64) {
	h := j.h
	j.t.stats.Interleaved++
	rtp, ok := parseRTP(h.head[4:h.headN], h.length())
	fromClient := h == &j.s.client
	if side := j.f.Side(fromClient); ok && side.strikes != rtpNever {
		j.t.rtpPacket(side, j.s.owner-1, fromClient, int8(h.head[1]), rtp, time)
	}
}

// looksRTSP reports whether b begins with an RTSP message.
func looksRTSP(b []byte) bool {
	b = b[:min(len(b), 512)]
	line, _, _ := bytes.Cut(b, []byte("\n"))
	return bytes.HasPrefix(b, statusLine) || startsMessage(b) && bytes.Contains(line, []byte(" RTSP/1."))
}

var statusLine = []byte("RTSP/1.")

// startsMessage reports whether b begins like a message or a frame.
func startsMessage(b []byte) bool { return len(b) > 0 && (b[0] == '$' || isLetter(b[0])) }

// findStart returns where in b, behind lost bytes, the next answer or frame
// begins, or a request if b begins a segment with one; len(b) if none does.
func findStart(b []byte, segment bool) int {
	if segment && looksRTSP(b) {
		return 0
	}
	for i, c := range b {
		if c == '$' && isFrame(b[i:], segment && i == 0) || c == 'R' && bytes.HasPrefix(b[i:], statusLine) {
			return i
		}
	}
	return len(b)
}

// findFrame returns where in b, the beginning of a segment, a frame begins; -1
// if none does.
func findFrame(b []byte) int {
	for from := 0; ; from++ {
		i := bytes.IndexByte(b[from:], '$')
		if i < 0 {
			return -1
		}
		if from += i; isFrame(b[from:], from == 0) {
			return from
		}
	}
}

// isFrame reports whether b begins with an interleaved frame of RTP or RTCP: one
// that ends where b ends or the next begins or, if goesOn, behind b.
func isFrame(b []byte, goesOn bool) bool {
	if len(b) < 6 || b[0] != '$' {
		return false
	}
	end := 4 + int(binary.BigEndian.Uint16(b[2:]))
	kind := b[5] & 0x7f
	switch {
	case b[1] >= channelMost || end < 12 || b[4]>>6 != 2 || kind > 63 && kind < 72 || kind > 76 && kind < 96:
		return false
	case end < len(b):
		return b[end] == '$' || b[end] == 'R'
	}
	return end == len(b) || goesOn
}

func isLetter(c byte) bool { return lower(c) >= 'a' && lower(c) <= 'z' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}
