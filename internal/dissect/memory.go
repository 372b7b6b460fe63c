package dissect

import (
	"encoding/binary"
	"hash/maphash"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Memory dissects as [Datagram] and [Stream] do, with the same result, and
// remembers what messages that come again and again say: a client's hello, a
// certificate, a name's addresses, an answer's page. What must be equal for that
// is written down in full (the random bytes of a hello, the number of a DNS
// message and the date of an answer are not part of it) and hashed under two
// seeds of this Memory, 128 bits, so that nobody outside can bring about that two
// messages are taken for one.
//
// The fields it emits are shared between messages and must not be changed. It is
// not safe for use by several goroutines. A nil Memory remembers nothing.
type Memory struct {
	seeds [2]maphash.Seed
	known []memory // sets of ways, found by the first hash
	text  []byte   // of what is looked up
}

// A memory is what one message said.
type memory struct {
	key   [2]uint64
	parts []part // nil: nothing is known
}

// Of what is remembered: about as many messages as a site repeats in a minute,
// and none of unusual size, which keeps all under 12 MB.
const (
	memoryWays   = 2
	memorySets   = 1 << 11
	memoryFields = 32
	memoryBytes  = 1 << 11
)

// What a text is of; the first byte of it.
const (
	ofHello = iota + 1
	ofCertificate
	ofDNS
	ofRequest
	ofAnswer
	ofDatagram
)

// NewMemory returns an empty Memory.
func NewMemory() *Memory {
	return &Memory{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, known: make([]memory, memoryWays*memorySets)}
}

// begin returns the empty text, in room that is used again each time.
func (m *Memory) begin(of byte) []byte { return append(m.text[:0], of) }

// find returns where what the text's message said is, or is to be put.
func (m *Memory) find(text []byte) *memory {
	m.text = text
	key := [2]uint64{maphash.Bytes(m.seeds[0], text), maphash.Bytes(m.seeds[1], text)}
	at := key[0] % memorySets * memoryWays
	set := m.known[at : at+memoryWays]
	for i := range set {
		if set[i].key == key {
			return &set[i]
		}
	}
	set[1], set[0] = set[0], memory{key: key}
	return &set[0]
}

// keep remembers parts, of which there is at least one, unless they are large.
func (k *memory) keep(parts []part) {
	count, size := 0, 0
	for i := range parts {
		f := parts[i].fields
		count += len(f)
		for j := range f {
			size += len(f[j].Value)
		}
		parts[i].fields = f[:len(f):len(f)]
	}
	if count > memoryFields || size > memoryBytes {
		return
	}
	digests := make([]observation.Digest, len(parts))
	for i := range parts {
		parts[i].known = &digests[i]
	}
	k.parts = parts
}

// one remembers f as the only part, and returns that.
func (k *memory) one(protocol string, about observation.About, f fields) part {
	parts := []part{{protocol: protocol, about: about, fields: f}}
	k.keep(parts)
	return parts[0]
}

// appendText appends s with its length before it.
func appendText[T ~string | ~[]byte](text []byte, s T) []byte {
	return append(binary.LittleEndian.AppendUint32(text, uint32(len(s))), s...)
}

// appendHash appends hashes of b, which may be long, and its length.
func (m *Memory) appendHash(text, b []byte) []byte {
	text = binary.LittleEndian.AppendUint32(text, uint32(len(b)))
	for _, seed := range m.seeds {
		text = binary.LittleEndian.AppendUint64(text, maphash.Bytes(seed, b))
	}
	return text
}
