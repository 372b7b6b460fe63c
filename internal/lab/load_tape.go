package lab

import (
	"encoding/binary"
	"hash/fnv"
	"io"
	"math/bits"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// A tape writes frames as pcap with stamps in microseconds. It builds packets in
// one buffer, with right lengths and checksums.
type tape struct {
	w       io.Writer
	err     error
	packets int64
	bytes   int64
	lot     uint64 // state of the lottery
	frame   [pcapRecord + 14 + 40 + 32 + tapePayload]byte
	filler  [tapePayload]byte
}

const (
	pcapRecord  = 16
	tapePayload = 1472
)

func newTape(w io.Writer, seed string) *tape {
	h := fnv.New64a()
	_, _ = h.Write([]byte(seed)) // never fails
	t := &tape{w: w, lot: h.Sum64()}
	head := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	head = append(head, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	head = binary.LittleEndian.AppendUint32(head, 262144)
	head = binary.LittleEndian.AppendUint32(head, linkEthernet)
	t.put(head)
	return t
}

func (t *tape) put(b []byte) {
	if t.err == nil {
		_, t.err = t.w.Write(b)
		t.bytes += int64(len(b))
	}
}

// random is SplitMix64 (Steele and others, 2014).
func (t *tape) random() uint64 {
	t.lot += 0x9e3779b97f4a7c15
	z := t.lot
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws a number from 0 to n-1.
func (t *tape) below(n int) int {
	hi, _ := bits.Mul64(t.random(), uint64(n))
	return int(hi)
}

// noise is size bytes by lot, at most tapePayload, valid until the next call:
// encoded video and ciphertext do not compress, and neither does this.
func (t *tape) noise(size int) []byte {
	for i := 0; i < size; i += 8 {
		binary.LittleEndian.PutUint64(t.filler[i:], t.random())
	}
	return t.filler[:size]
}

// write writes a finished frame.
func (t *tape) write(at time.Duration, frame []byte) {
	n := copy(t.frame[pcapRecord:], frame)
	t.record(at, n)
}

// record writes the frame of that size that stands in the buffer.
func (t *tape) record(at time.Duration, size int) {
	stamp := loadStart.Add(at)
	b := t.frame[:pcapRecord+size]
	binary.LittleEndian.PutUint32(b, uint32(stamp.Unix()))
	binary.LittleEndian.PutUint32(b[4:], uint32(stamp.Nanosecond()/1000))
	binary.LittleEndian.PutUint32(b[8:], uint32(size))
	binary.LittleEndian.PutUint32(b[12:], uint32(size))
	t.packets++
	t.put(b)
}

// A peer is an end of a flow as it looks where the capture is made: a far one
// has the router's hardware address.
type peer struct {
	mac observation.MAC
	ip  netip.Addr
	ttl uint8
}

// udp writes a datagram.
func (t *tape) udp(at time.Duration, from, to *peer, sport, dport uint16, payload []byte) {
	h := t.open(from, to, protoUDP, 8+len(payload))
	b := t.frame[h : h+8+len(payload)]
	binary.BigEndian.PutUint16(b, sport)
	binary.BigEndian.PutUint16(b[2:], dport)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	b[6], b[7] = 0, 0
	copy(b[8:], payload)
	c := transportSum(from, to, protoUDP, b)
	if c == 0 {
		c = 0xffff
	}
	binary.BigEndian.PutUint16(b[6:], c)
	t.close(at, h+len(b))
}

// tcp writes a segment.
func (t *tape) tcp(at time.Duration, from, to *peer, sport, dport uint16, seq, ack uint32, flags uint8, payload []byte) {
	head := 20
	if flags&flagSYN != 0 {
		head = 32
	}
	h := t.open(from, to, protoTCP, head+len(payload))
	b := t.frame[h : h+head+len(payload)]
	binary.BigEndian.PutUint16(b, sport)
	binary.BigEndian.PutUint16(b[2:], dport)
	binary.BigEndian.PutUint32(b[4:], seq)
	binary.BigEndian.PutUint32(b[8:], ack)
	copy(b[12:], []byte{uint8(head/4) << 4, flags, 0xfa, 0xf0, 0, 0, 0, 0})
	if head > 20 {
		copy(b[20:], []byte{2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7, 1, 1})
	}
	copy(b[head:], payload)
	binary.BigEndian.PutUint16(b[16:], transportSum(from, to, protoTCP, b))
	t.close(at, h+len(b))
}

// open writes the headers before a segment of size bytes and returns its offset.
func (t *tape) open(from, to *peer, proto uint8, size int) int {
	b := t.frame[pcapRecord:]
	copy(b, to.mac[:])
	copy(b[6:], from.mac[:])
	if from.ip.Is6() {
		b[12], b[13] = 0x86, 0xdd
		b = b[14:]
		copy(b, []byte{0x60, 0, 0, 0, byte(size >> 8), byte(size), proto, from.ttl})
		src, dst := from.ip.As16(), to.ip.As16()
		copy(b[8:], src[:])
		copy(b[24:], dst[:])
		return pcapRecord + 14 + 40
	}
	b[12], b[13] = 8, 0
	b = b[14:34]
	id := uint16(t.packets)
	src, dst := from.ip.As4(), to.ip.As4()
	copy(b, []byte{0x45, 0, byte((size + 20) >> 8), byte(size + 20), byte(id >> 8), byte(id), 0x40, 0, from.ttl, proto, 0, 0})
	copy(b[12:], src[:])
	copy(b[16:], dst[:])
	binary.BigEndian.PutUint16(b[10:], fold(sum(0, b)))
	return pcapRecord + 14 + 20
}

// close fills a short frame up and writes what ends at end.
func (t *tape) close(at time.Duration, end int) {
	for ; end < pcapRecord+minFrame; end++ {
		t.frame[end] = 0
	}
	t.record(at, end-pcapRecord)
}

// transportSum is [checksum] at eight bytes a step.
func transportSum(from, to *peer, proto uint8, segment []byte) uint16 {
	s := uint64(proto) + uint64(len(segment))
	src, dst := from.ip.As16(), to.ip.As16()
	if from.ip.Is4() {
		src, dst = from.ip.Unmap().As16(), to.ip.Unmap().As16()
		src[10], src[11], dst[10], dst[11] = 0, 0, 0, 0
	}
	s = sum64(sum64(s, src[:]), dst[:])
	s = sum64(s, segment)
	s = s>>32 + s&0xffffffff
	s = s>>32 + s&0xffffffff
	return fold(uint32(s>>16 + s&0xffff))
}

// sum64 adds b as big-endian words, keeping carries.
func sum64(s uint64, b []byte) uint64 {
	var carry uint64
	for ; len(b) >= 8; b = b[8:] {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), carry)
	}
	if len(b) > 0 {
		var rest [8]byte
		copy(rest[:], b)
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(rest[:]), carry)
	}
	s, carry = bits.Add64(s, 0, carry)
	return s + carry
}
