package capture

import (
	"encoding/binary"
	"io"
)

// Syntax: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html

const (
	pcapFileHeader = 24
	maxClockJump   = 366 * 24 * 3600 // seconds between neighbouring records that a search believes
)

// A pcapKind is what the magic number tells.
type pcapKind struct {
	name   string
	big    bool
	nano   bool
	record int // bytes of a record header
}

// pcapState is what the file header tells, and the time of the last record.
type pcapState struct {
	kind    pcapKind
	header  bool // the file header is still to be read
	swapped bool // older than version 2.3: captured and wire length are exchanged
	link    Link
	snap    uint32
	sec     uint32 // of the last record
	some    bool   // there was one
}

// A pcapRecord is a record header.
type pcapRecord struct{ sec, frac, captured, wire uint32 }

// pcapMagic recognises the four bytes a pcap file begins with.
func pcapMagic(b []byte) (pcapKind, bool) {
	if len(b) < 4 {
		return pcapKind{}, false
	}
	for _, big := range [...]bool{false, true} {
		switch u32(b, big) {
		case 0xa1b2c3d4:
			return pcapKind{"pcap", big, false, 16}, true
		case 0xa1b23c4d:
			return pcapKind{"pcap (ns)", big, true, 16}, true
		case 0xa1b2cd34: // Kuznetzov's: eight more bytes a record
			return pcapKind{"pcap (modified)", big, false, 24}, true
		}
	}
	return pcapKind{}, false
}

func u32(b []byte, big bool) uint32 {
	if big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

func u16(b []byte, big bool) uint16 {
	if big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// nextPcap reads one record. It returns false and no error when it only moved on.
func (r *Reader) nextPcap(f *Frame) (bool, error) {
	s := &r.pcap
	if s.header {
		return false, r.pcapHeader()
	}
	b := r.in.peek(s.kind.record)
	if len(b) < s.kind.record {
		return false, r.cutShort(len(b), 1)
	}
	h := s.record(b)
	if h.captured > MaxFrame || s.odd(h) {
		if done, err := r.pcapOdd(b, h); done {
			return false, err
		}
	}
	size := s.kind.record + int(h.captured)
	if len(b) < size {
		if b = r.in.peek(size); len(b) < size {
			return false, r.pcapCut(h, len(b))
		}
	}
	f.Data = b[s.kind.record:size:size]
	f.Time = int64(h.sec)*1e9 + s.nanos(h.frac)
	f.Wire = int(max(h.wire, h.captured))
	f.Link = s.link
	f.Offset = r.in.offset()
	s.sec, s.some = h.sec, true
	r.in.take(size)
	return true, nil
}

// readyPcap is for [Reader.More]; a record that breaks a rule is not looked into.
func (r *Reader) readyPcap() bool {
	s, b := &r.pcap, r.in.shown()
	if s.header || len(b) < s.kind.record {
		return false
	}
	h := s.record(b)
	return h.captured <= MaxFrame && !s.odd(h) && s.kind.record+int(h.captured) <= len(b)
}

// pcapHeader reads the file header.
func (r *Reader) pcapHeader() error {
	s := &r.pcap
	b := r.in.peek(pcapFileHeader)
	if len(b) < pcapFileHeader {
		return r.cutShort(len(b), 0)
	}
	big := s.kind.big
	major, minor := u16(b[4:], big), u16(b[6:], big)
	s.swapped = major == 2 && minor < 3
	s.snap = u32(b[16:], big)
	s.link = Link(u32(b[20:], big)) // the upper half holds flags
	s.header = false
	r.in.take(pcapFileHeader)
	return nil
}

func (s *pcapState) record(b []byte) pcapRecord {
	_ = b[15]
	big := s.kind.big
	h := pcapRecord{u32(b, big), u32(b[4:], big), u32(b[8:], big), u32(b[12:], big)}
	if s.swapped {
		h.captured, h.wire = h.wire, h.captured
	}
	return h
}

func (s *pcapState) nanos(frac uint32) int64 {
	if s.kind.nano {
		return int64(frac)
	}
	return int64(frac) * 1000
}

// odd reports whether a record header breaks a rule that some writers break
// too. Such a record is believed if another follows it.
func (s *pcapState) odd(h pcapRecord) bool {
	limit := uint32(1e6)
	if s.kind.nano {
		limit = 1e9
	}
	return h.frac >= limit || h.captured > h.wire || h.captured == 0 ||
		(h.captured > s.snap && s.snap != 0)
}

// likely reports whether h may be a record header, for a search that can start
// anywhere: all rules are kept, and the clock is near the last record's.
func (s *pcapState) likely(h pcapRecord) bool {
	if s.odd(h) || h.captured > MaxFrame || h.wire > 64*MaxFrame {
		return false
	}
	jump := int64(h.sec) - int64(s.sec)
	return !s.some || (jump < maxClockJump && jump > -maxClockJump)
}

// follows reports whether a record, a new file header or the end of the input
// stands at b[at:]. Fewer bytes than a header are the end of an input cut short.
func (s *pcapState) follows(b []byte, at int) bool {
	if at > len(b) {
		return false
	}
	b = b[at:]
	if len(b) < s.kind.record {
		return true
	}
	return s.likely(s.record(b)) || fileBegins(b)
}

// fileBegins reports whether another capture starts here: captures are glued
// together by cat, and by compressed files of several members.
func fileBegins(b []byte) bool {
	if kind, ok := pcapMagic(b); ok {
		return len(b) >= 8 && u16(b[4:], kind.big) == 2 && u16(b[6:], kind.big) <= 4
	}
	return isSection(b) && len(b) >= 12 && isSectionOrder(b[8:])
}

// pcapOdd deals with a record header that breaks a rule. It returns true when
// there is no record to read here: another file begins, or the bytes up to the
// next likely record were skipped.
func (r *Reader) pcapOdd(b []byte, h pcapRecord) (bool, error) {
	if fileBegins(b) {
		r.begin(b)
		return true, nil
	}
	if h.captured <= MaxFrame {
		size := r.pcap.kind.record + int(h.captured)
		if r.pcap.follows(r.in.peek(size+r.pcap.kind.record), size) {
			return false, nil
		}
	}
	return true, r.pcapSearch("a pcap record header that cannot be right")
}

// pcapCut deals with a record that the input ends in: have bytes of it are there.
func (r *Reader) pcapCut(h pcapRecord, have int) error {
	if r.pcap.likely(h) {
		return r.cutShort(have, 1)
	}
	return r.pcapSearch("a pcap record header that cannot be right")
}

// pcapSearch skips at least one byte, up to the next place at which two record
// headers follow one another, or to the end. It takes linear time.
func (r *Reader) pcapSearch(why string) error {
	s, start := &r.pcap, r.in.offset()
	for {
		r.in.take(1)
		b := r.in.peek(s.kind.record)
		if len(b) < s.kind.record {
			r.in.take(len(b))
			r.gap(start, r.in.offset()-start, 1, why)
			return io.EOF
		}
		if fileBegins(b) || s.stands(r.in, s.record(b)) {
			r.gap(start, r.in.offset()-start, 1, why)
			return nil
		}
	}
}

// stands reports whether a likely record is at the window's position, and
// followed by another.
func (s *pcapState) stands(w *window, h pcapRecord) bool {
	if !s.likely(h) {
		return false
	}
	size := s.kind.record + int(h.captured)
	return s.follows(w.peek(size+s.kind.record), size)
}

// cutShort counts the rest of the input, have bytes of an unfinished record.
func (r *Reader) cutShort(have int, packets int64) error {
	if have > 0 {
		r.gap(r.in.offset(), int64(have), packets, "the input ends inside a record")
		r.in.take(have)
	}
	return io.EOF
}
