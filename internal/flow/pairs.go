package flow

import (
	"iter"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// A Pair is a MAC address and an IP address that frames came from together, in
// one input. The MAC may be a router's.
type Pair struct {
	Addr    [16]byte // IPv4 as ::ffff:a.b.c.d
	First   int64    // nanoseconds since 1970-01-01 UTC
	Last    int64
	Packets int64
	Bytes   int64 // whole frames as on the wire
	Input   int
	MAC     observation.MAC
	VLAN    uint16 // of the first frame
	TTL     uint8  // largest seen
}

// IP returns the pair's address; IPv4 is unmapped.
func (p *Pair) IP() netip.Addr { return netip.AddrFrom16(p.Addr).Unmap() }

// Pairs keeps the pairs seen, a fixed number at most.
type Pairs struct{}

// NewPairs returns an empty Pairs that keeps at most limit pairs (0: 1<<18);
// when a new one needs room, the longest unseen is given to evicted, if that is
// not nil, and forgotten.
func NewPairs(limit int, evicted func(*Pair)) *Pairs { return &Pairs{} }

// Add counts p as sent by its source; p without MAC or IP is ignored.
func (s *Pairs) Add(p *packet.Packet) {}

// All yields the pairs in the order first seen. They are valid until the next Add.
func (s *Pairs) All() iter.Seq[*Pair] { return func(func(*Pair) bool) {} }

// Len returns the number of pairs kept; Evicted how many were forgotten.
func (s *Pairs) Len() int { return 0 }

// Evicted returns how many pairs were forgotten for room.
func (s *Pairs) Evicted() int64 { return 0 }
